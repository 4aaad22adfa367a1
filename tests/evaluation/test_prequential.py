from __future__ import annotations

import json
import sys

import pandas as pd
import pytest
from river import datasets, naive_bayes, tree
from river.base import Classifier

from streamsnn.evaluation import Stream, baselines, open_stream, plot, prequential


def stream_of(events, **options):
    return Stream("example", events, **options)


def result_of(report, name):
    (result,) = [result for result in report.models if result.name == name]
    return result


def by_hand(model, events):
    """Prequential accuracy, counting every event."""
    right = 0
    for x, y in events:
        right += model.predict_one(x) == y
        model.learn_one(x, y)
    return right / len(events)


class Bulk(naive_bayes.GaussianNB):
    """A model that can be taken through many events in one call, and notes how it was called."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def predict_learn_many(self, X, y):
        self.calls.append(len(X))
        rows = []
        for x, label in zip(X.to_dict("records"), y, strict=True):
            rows.append(super().predict_proba_one(x))
            super().learn_one(x, label)
        return pd.DataFrame(rows)


class LabelsOnly(Classifier):
    """A model that gives no probabilities."""

    def learn_one(self, x, y):
        pass

    def predict_one(self, x):
        return True


def test_every_event_is_predicted_before_it_is_learned():
    report = prequential({"tree": tree.HoeffdingTreeClassifier()}, open_stream("Phishing"))
    assert report.models[0].accuracy == pytest.approx(
        by_hand(tree.HoeffdingTreeClassifier(), list(datasets.Phishing()))
    )
    assert report.events == 1250
    assert not report.interrupted


def test_models_run_beside_each_other_without_touching():
    alone = prequential({"nb": naive_bayes.GaussianNB()}, open_stream("Bananas"))
    beside = prequential({"nb": naive_bayes.GaussianNB(), **baselines()}, open_stream("Bananas"))
    assert result_of(beside, "nb").accuracy == alone.models[0].accuracy


def test_baselines():
    events = [({}, label) for label in "aabbbbab"]
    report = prequential(baselines(), stream_of(events))
    # no-change: right at events 2, 4, 5, 6; majority (first seen wins ties): 2, 6 and 8
    assert result_of(report, "no-change").accuracy == pytest.approx(4 / 8)
    assert result_of(report, "no-change").kappa_temporal == 0.0
    assert result_of(report, "majority").accuracy == pytest.approx(3 / 8)


def test_many_at_once_gives_what_one_by_one_gives():
    events = list(datasets.Phishing())
    one, many = naive_bayes.GaussianNB(), Bulk()
    report = prequential({"one": one, "many": many}, stream_of(events), chunk=100)
    assert many.calls == [100] * 12 + [50]
    first, second = report.models
    assert second.accuracy == first.accuracy
    assert second.log_loss == pytest.approx(first.log_loss)
    assert second.drift_marks == first.drift_marks


@pytest.mark.parametrize("odd", [{"x": "red"}, {}, {"x": 1, "y": 2}, {"x": 10**400}])
def test_a_chunk_with_an_unlike_event_goes_one_by_one(odd):
    class Noting(LabelsOnly):
        def predict_learn_many(self, X, y):
            raise AssertionError("no table says the same as these events")

    events = [({"x": 1.0}, True)] * 5 + [(odd, True)] + [({"x": 2}, True)] * 5
    assert prequential({"model": Noting()}, stream_of(events)).models[0].accuracy == 1.0


def test_missing_values_may_go_many_at_once():
    model = Bulk()
    prequential({"model": model}, stream_of([({"x": 1}, "a"), ({"x": True}, "a"), ({"x": 2.5}, "b")]))
    assert model.calls == [3]


def test_a_model_without_probabilities():
    report = prequential({"model": LabelsOnly()}, stream_of([({}, True), ({}, False)]))
    assert (report.models[0].accuracy, report.models[0].log_loss) == (0.5, None)


def test_limit_and_live_streams():
    seen = []
    stream = stream_of((({}, k % 2) for k in range(1000)), live=True)
    report = prequential(baselines(), stream, limit=7, on_progress=lambda done, tracks: seen.append(done))
    assert report.events == 7
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_an_empty_stream():
    report = prequential(baselines(), stream_of([]))
    assert report.events == 0
    assert [result.accuracy for result in report.models] == [0.0, 0.0]
    assert json.loads(report.to_json())["events"] == 0


def test_ctrl_c_while_reading_keeps_what_was_read():
    def events():
        for k in range(250):
            yield {"x": k}, k % 2
        raise KeyboardInterrupt

    report = prequential(baselines(), stream_of(events()), chunk=100)
    assert report.interrupted
    assert report.events == 250


def test_what_a_model_refuses_is_reported_with_its_place():
    class Refusing(LabelsOnly):
        def learn_one(self, x, y):
            if x["x"] == 150:
                raise ValueError("feature 'x' is too large")

    with pytest.raises(ValueError, match="model, events 101 to 200: feature 'x' is too large"):
        prequential({"model": Refusing()}, stream_of([({"x": k}, 1) for k in range(300)]), chunk=100)


def test_drift_of_the_stream_becomes_a_mark():
    events = [({}, "a")] * 2000 + [({}, "b")] * 500
    report = prequential(baselines(), stream_of(events))
    marks = result_of(report, "majority").drift_marks
    assert [2000 < mark.event < 2100 for mark in marks] == [True]


def test_rolling_accuracy_is_that_of_the_window():
    events = [({}, "a")] * 300 + [({}, "b")] * 100
    report = prequential(baselines(), stream_of(events), window=200, chunk=100)
    assert [(point.event, point.accuracy) for point in result_of(report, "majority").curve] == [
        (100, 0.99),
        (200, 0.995),
        (300, 1.0),
        (400, 0.5),
    ]


def test_the_report_as_json_holds_only_finite_plain_values(tmp_path):
    report = prequential({"nb": naive_bayes.GaussianNB(), **baselines()}, open_stream("Phishing"))
    report.write(tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    assert content["format"] == 1
    assert [model["name"] for model in content["models"]] == ["nb", "no-change", "majority"]
    expected = by_hand(naive_bayes.GaussianNB(), list(datasets.Phishing()))
    assert content["models"][0]["accuracy"] == pytest.approx(expected)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_plot(tmp_path, ending):
    class Spiking(naive_bayes.GaussianNB):
        spike_rates = (0.25, 0.75)

    report = prequential({"nb": Spiking(), **baselines()}, open_stream("Bananas"))
    assert {point.spike_rate for point in report.models[0].curve} == {0.5}
    path = tmp_path / f"run.{ending}"
    plot(report, path)
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


def test_a_plot_of_a_model_alone_and_of_nothing(tmp_path):
    for events in ([], [({}, 1)] * 10):
        plot(prequential({"model": LabelsOnly()}, stream_of(events)), tmp_path / "run.png")
        assert (tmp_path / "run.png").stat().st_size > 10_000


def test_a_plot_without_matplotlib_says_what_to_install(tmp_path, monkeypatch):
    report = prequential(baselines(), stream_of([]))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "streamsnn\[plot\]"'):
        plot(report, tmp_path / "run.png")
