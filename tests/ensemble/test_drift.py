"""Drift: what is noticed, and what is done about it."""

from __future__ import annotations

import numpy as np
import pytest
from river import base
from river import drift as river_drift

from streamsnn import AdaptiveSpikingClassifier, drift
from streamsnn import memory as m
from streamsnn.ensemble import places as p
from streamsnn.ensemble.members import MemberSettings


class EveryTime(base.DriftDetector):
    """Fires at every event."""

    def update(self, x):
        self._drift_detected = True


def test_a_flip_is_noticed_and_a_steady_stream_is_not(tiny, flipping) -> None:
    X, y = flipping(30_000, 20_000)
    model = tiny()
    model.predict_learn_many(X[:20_000], y[:20_000])
    assert model.drifts["mixture"] <= 2
    before = model.drifts["mixture"]
    model.predict_learn_many(X[20_000:], y[20_000:])
    assert model.drifts["mixture"] > before
    assert model.drifts["last"] > 20_000
    assert model.drifts["rungs"] > 0


def lost(events: int, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels that become noise: the mixture gets over a mere flip before every detector has seen it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(events, 2))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    y[at:] = rng.integers(2, size=events - at)
    return X, y


def test_drift_is_seen_by_the_event_and_called_back(tiny, same) -> None:
    X, y = lost(1_600, 1_000)
    quiet, loud = tiny(), tiny()
    called: list[int] = []
    loud.on_drift = lambda model: called.append(model.events_learned)
    expected = quiet.predict_learn_many(X, y)
    np.testing.assert_array_equal(expected, loud.predict_learn_many(X, y))
    same(quiet, loud)
    single = tiny()
    seen = []
    for row, label in zip(X, y.tolist(), strict=True):
        single.learn_one(dict(enumerate(row)), label)
        if single.drift_detected:
            seen.append(single.events_learned)
    assert called == seen
    assert len(called) == quiet.drifts["mixture"] > 0
    assert called[-1] == quiet.drifts["last"]


def test_a_batch_tells_which_event_has_shown_drift(tiny) -> None:
    X, y = lost(1_600, 1_000)
    single, many, threads, watched = tiny(), tiny(), tiny(threads=2), tiny(detector=river_drift.ADWIN())
    expected = []
    for x, label in zip(X, y, strict=True):
        before = single.drifts
        single.learn_one(dict(enumerate(x.tolist())), label)
        expected.append([single.drifts[name] - before[name] for name in ("mixture", "rungs")])
    for model in (many, threads, watched):
        model.predict_learn_many(X, y)
        assert model.drifts_by_event.sum(axis=0).tolist() == [model.drifts["mixture"], model.drifts["rungs"]]
    assert many.drifts_by_event.tolist() == threads.drifts_by_event.tolist() == expected
    assert many.drifts["mixture"] > 0
    assert watched.drifts["mixture"] > 0


@pytest.mark.parametrize("detector", [drift.PageHinkley(threshold=10.0), drift.DDM(), river_drift.ADWIN()])
def test_other_detectors_work(tiny, detector) -> None:
    X, y = lost(1_500, 1_000)
    model = tiny(detector=detector)
    model.predict_learn_many(X, y)
    assert model.drifts["mixture"] > 0
    assert model.drifts["last"] > 1_000


def test_a_detector_that_cannot_be_saved_is_named(tiny, tmp_path) -> None:
    model = tiny(detector=river_drift.ADWIN())
    with pytest.raises(ValueError, match="ADWIN"):
        model.save(tmp_path / "ladder")


def test_a_detector_of_ours_is_saved_with_its_settings(tiny, tmp_path) -> None:
    model = tiny(detector=drift.PageHinkley(threshold=7.0))
    model.learn_one({"a": 1.0}, 1)
    model.save(tmp_path / "ladder")
    again = AdaptiveSpikingClassifier.load(tmp_path / "ladder")
    assert again.detector.to_dict() == model.detector.to_dict()


@pytest.mark.parametrize("reaction", p.REACTIONS)
def test_a_detector_that_fires_at_every_event_does_no_harm(tiny, blobs, reaction) -> None:
    model = tiny(detector=EveryTime(), reaction=reaction)
    for x, y in blobs(300):
        model.learn_one(x, y)
    assert all(
        np.isfinite(array).all()
        for array in model._model.buffers.values()
        if array.dtype.kind == "f" and array.size < 1e5 and array is not model._model.buffers["silence"]
    )
    assert abs(sum(model.predict_proba_one(blobs(1)[0][0]).values()) - 1) < 1e-9
    if reaction != "none":
        assert model.drifts["reactions"] > 0


def waits(model: AdaptiveSpikingClassifier, blobs, events: int) -> None:
    """Learn some events, then let a reaction wait for the next multiple of 64."""
    for x, y in blobs(events):
        model.learn_one(x, y)
    model._model.parts["counts"][p.REACTION_WAITS] = 1


def test_the_optimiser_is_reset_at_the_next_tick(tiny, blobs) -> None:
    model = tiny(reaction="reset_optimiser", detector=drift.ADWIN(delta=1e-9))
    waits(model, blobs, 126)
    model.learn_one(*blobs(1, seed=1)[0])
    assert model._model.buffers["optimiser"].any()
    model.learn_one(*blobs(1, seed=2)[0])
    assert not model._model.buffers["optimiser"].any()


def test_rates_are_raised_for_512_events(tiny, blobs) -> None:
    model = tiny(reaction="raise_rate", detector=drift.ADWIN(delta=1e-9))
    waits(model, blobs, 63)
    rates = lambda: model._model.parts["member_hyper"].reshape(-1, m.HYPER_COUNT)[:, m.RATE].copy()  # noqa: E731
    usual = rates()
    stream = blobs(600, seed=1)
    model.learn_one(*stream[0])
    np.testing.assert_allclose(rates(), 3 * usual)
    for x, y in stream[1:512]:
        model.learn_one(x, y)
    np.testing.assert_allclose(rates(), 3 * usual)
    model.learn_one(*stream[512])
    np.testing.assert_array_equal(rates(), usual)


def test_the_mixture_is_reopened(tiny, blobs) -> None:
    model = tiny(reaction="reopen_mixture", detector=drift.ADWIN(delta=1e-9), mixture_rate=0.05)
    waits(model, blobs, 63)
    weights = model._model.parts["weights"]
    assert np.ptp(weights[: -p.MIXERS]) > 0
    model.learn_one(*blobs(1, seed=1)[0])
    np.testing.assert_allclose(weights[: -p.MIXERS], 1 / model._model.rungs)
    np.testing.assert_allclose(weights[-p.MIXERS :], 1 / p.MIXERS)
    fresh = tiny()._model.parts["covariance"]
    np.testing.assert_array_equal(model._model.parts["covariance"], fresh)


def test_the_shadows_weights_are_for_neurons_of_its_kind(tiny, blobs) -> None:
    graded, plain = MemberSettings(0.01, neuron="graded"), MemberSettings(0.01)
    for members, replaced in (((graded, plain), [1]), ((graded, graded), [])):
        model = tiny(members=members, reaction="replace_worst", detector=drift.ADWIN(delta=1e-9))
        waits(model, blobs, 63)
        progress = model._model.parts["progress"].reshape(-1, p.PROGRESS_STRIDE)
        progress[:2, p.RECENT_LOSS] = 60.0, 50.0
        model.learn_one(*blobs(1, seed=1)[0])
        assert model.drifts["reactions"] == 1
        assert np.flatnonzero(progress[:2, p.RECENT_LOSS] == 0.0).tolist() == replaced


def test_the_worst_member_takes_the_shadows_weights(tiny, blobs) -> None:
    model = tiny(reaction="replace_worst", detector=drift.ADWIN(delta=1e-9))
    waits(model, blobs, 63)
    ladder = model._model
    progress = ladder.parts["progress"].reshape(-1, p.PROGRESS_STRIDE)
    progress[1, p.RECENT_LOSS] = 50.0
    step = blobs(1, seed=1)[0]
    model.learn_one(*step)
    params = ladder.buffers["params"].reshape(ladder.networks, -1)
    readout = ladder.layout["readout"]
    shadow, replaced = params[3], params[1]
    assert not readout.view(shadow).any()
    assert readout.view(replaced).any()
    assert not np.array_equal(shadow[readout.size :], replaced[readout.size :])
    assert model.drifts["reactions"] == 1
