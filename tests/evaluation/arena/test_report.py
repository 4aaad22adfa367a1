from __future__ import annotations

from streamsnn.evaluation.arena.report import duel
from streamsnn.evaluation.arena.summary import MEASURES, Summary


def row(model, stream, accuracy, log_loss):
    values = dict.fromkeys(MEASURES, 1.0) | {"accuracy": accuracy, "log_loss": log_loss}
    return {"model": model, "stream": stream, "seed": 1, "rows": 10, "status": "done"} | values


def test_ours_stands_beside_the_best_peer_of_each_stream_and_baselines_are_no_peers():
    rows = [row("adaptive", "a", 0.9, 0.2), row("arf", "a", 0.85, 0.3), row("knn", "a", 0.8, 0.1)]
    rows += [row("adaptive", "b", 0.7, 0.2), row("knn", "b", 0.75, 0.3), row("no-change", "b", 0.99, 0.0)]
    heading, table, said = duel(Summary(rows))
    assert "Adaptive beside" in heading
    assert "| a | 0.9000 | 0.8500 | ARF(10) | +5.00 |" in table
    assert "| b | 0.7000 | 0.7500 | kNN | -5.00 |" in table
    assert said == "Ahead on 1 of 2 streams; the log loss is below every peer's on 1."


def test_without_peers_there_is_nothing_to_tell():
    assert duel(Summary([row("adaptive", "a", 0.9, 0.2), row("no-change", "a", 0.5, 3.0)])) == []
