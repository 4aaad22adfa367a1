from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time

import pytest

from streamsnn.evaluation.arena import Source, Store, Summary, Task, perform, publish, run
from streamsnn.evaluation.arena.store import COLUMNS

COMMAND = [sys.executable, "-c", "from streamsnn.cli import main; main()"]
BANANAS = Source("bananas", "Bananas", rows=400)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def lines(store):
    with store.table.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_result_has_all_columns_and_comes_back(store):
    result = perform(Task("single", Source("sea", "sea_abrupt", rows=6000), seed=3))
    store.add(result)
    (line,) = lines(store)
    assert tuple(line) == COLUMNS
    (row,) = store.rows()
    assert row["status"] == "done"
    assert (row["events"], row["features"], row["labels"], row["drifts"]) == (6000, 3, 2, 1)
    assert 0.8 < row["accuracy"] < 0.9
    assert 200 <= row["recovery"] <= 1000
    assert row["log_loss"] < 0.5
    assert row["calibration"] < 0.1
    assert 0 < row["microseconds"] < 1000
    assert row["memory_bytes"] > 1000
    curve = store.curves()["single", "sea", 3, 6000]
    assert len(curve) == 200
    assert curve[-1][0] == 6000
    assert sum(accuracy for _, accuracy in curve) / 200 == pytest.approx(row["accuracy"], abs=1e-3)


@pytest.mark.parametrize("name", ["lr", "hat", "arf", "srp", "lb", "amf", "knn", "rls", "single"])
def test_every_model_learns_more_than_the_commonest_label(name):
    sea = Source("sea", "sea_abrupt", rows=500)
    accuracy = {model: perform(Task(model, sea, seed=1)).row["accuracy"] for model in (name, "majority")}
    assert accuracy[name] > accuracy["majority"] + 0.03


@pytest.mark.parametrize("name", ["lr", "hat", "arf", "knn", "rls", "single", "no-change"])
def test_categories_and_missing_values_are_taken(name, tmp_path):
    rows = [f"{k % 7 if k % 5 else ''},{'red' if k % 3 else 'blue'},{'up' if k % 3 else 'down'}" for k in range(300)]
    (tmp_path / "s.csv").write_text("\n".join(["size,colour,way", *rows]) + "\n")
    row = perform(Task(name, Source("s", str(tmp_path / "s.csv")), seed=1)).row
    assert row["events"] == 300
    assert row["accuracy"] > (0.7 if name != "no-change" else 0.3)


def test_what_is_there_is_not_run_again(store):
    tasks = [Task(model, BANANAS, 1) for model in ("no-change", "majority")]
    store.add(perform(tasks[0]))
    seen = []
    assert run(tasks, store, jobs=2, on_done=lambda done, task, _: seen.append((done, task.model)))
    assert seen == [(2, "majority")]
    assert [row["model"] for row in store.rows()] == ["no-change", "majority"]


def test_a_torn_line_costs_only_its_own_task(store):
    for model in ("no-change", "majority"):
        store.add(perform(Task(model, BANANAS, 1)))
    whole = store.table.read_bytes()
    store.table.write_bytes(whole[:-40])
    assert store.finished() == {("no-change", "bananas", 1, 400)}
    store.add(perform(Task("lr", BANANAS, 1)))
    assert [row["model"] for row in store.rows()] == ["no-change", "lr"]


def test_a_killed_run_is_gone_on_with(tmp_path):
    arguments = ["compare", "Bananas", "--limit", "400", "--models", "no-change,majority", "--only", "--out", "out"]
    process = subprocess.Popen([*COMMAND, *arguments], cwd=tmp_path, stderr=subprocess.DEVNULL)
    table = tmp_path / "out" / "results.csv"
    waited = time.monotonic() + 120
    while not (table.exists() and table.read_text().count("\n") > 1) and time.monotonic() < waited:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {row["model"] for row in Store(tmp_path / "out").rows()}
    assert "no-change" in before
    again = []
    tasks = [Task(model, Source("Bananas", "Bananas", 400), 1) for model in ("no-change", "majority")]
    assert run(tasks, Store(tmp_path / "out"), on_done=lambda _, task, __: again.append(task.model))
    assert before | set(again) == {"no-change", "majority"}
    assert not before & set(again)


def test_a_model_that_fails_is_a_line_that_says_why_and_is_tried_again(store):
    task = Task("hat", Source("s", "nowhere.csv"), 1)
    assert run([task], store)
    (row,) = store.rows()
    assert row["status"] == "failed"
    assert "nowhere.csv: there is no such file" in row["note"]
    assert store.finished() == set()


def test_a_task_that_takes_too_long_is_given_up():
    row = perform(Task("lr", Source("sea", "sea_abrupt", rows=20_000), 1, limit=0.02)).row
    assert row["status"] == "timed out"
    assert 500 <= row["events"] < 20_000


def test_the_report_tells_means_spreads_and_mishaps(store):
    for seed in (1, 2):
        store.add(perform(Task("single", BANANAS, seed)))
    store.add(perform(Task("majority", BANANAS, 1)))
    failed = perform(Task("hat", BANANAS, 1))
    failed.row |= {"status": "timed out", "accuracy": None}
    store.add(failed)
    summary = publish(store, "A test", {"Half": ["bananas"]})["Half"]
    assert list(summary.ranking().ranks) == ["single", "majority"]
    text = (store.folder / "report.md").read_text()
    single = summary.cell("single", "bananas")
    assert f"{single.mean['accuracy']:.4f} ±{single.spread['accuracy']:.4f}" in text
    assert "HAT on bananas: timed out" in text
    with (store.folder / "summary.csv").open() as file:
        assert [(line["model"], line["seeds"]) for line in csv.DictReader(file)] == [
            ("single", "2"), ("majority", "1"), ("hat", "0"),
        ]  # fmt: skip


def test_a_summary_takes_only_what_it_is_asked_for(store):
    for rows in (300, 400):
        store.add(perform(Task("majority", Source("bananas", "Bananas", rows), 1)))
    short = Summary(store.rows(), keys={("majority", "bananas", 1, 300)})
    assert short.cell("majority", "bananas").seeds == 1


def test_capymoa_learns_in_a_process_of_its_own(store):
    pytest.importorskip("capymoa")
    from streamsnn.evaluation.arena.capymoa_peers import available

    if available() is not None:
        pytest.skip(available())
    assert run([Task("capymoa-knn", Source("images", "ImageSegments", rows=600), 1)], store)
    (row,) = store.rows()
    assert row["note"] == ""
    assert row["accuracy"] > 0.7
    assert row["memory_bytes"] > 10_000
    assert json.loads((store.folder / "curves.jsonl").read_text())["model"] == "capymoa-knn"
