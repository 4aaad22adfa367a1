"""Encoders as descriptions: by name, as a dict and back, combined, and refused when they make no sense."""

from __future__ import annotations

import json

import pytest

from streamsnn.encoding import (
    ENCODERS,
    CombinedEncoder,
    CurrentEncoder,
    DeltaEncoder,
    Encoder,
    LatencyEncoder,
    PopulationEncoder,
    RateEncoder,
    default_encoder,
    encoder_from,
)

EXAMPLES = [
    CurrentEncoder(strength=0.25),
    PopulationEncoder(fields=5, shape="gaussian", code="current", strength=2.0, width=0.9),
    LatencyEncoder(),
    RateEncoder(rate=0.5),
    DeltaEncoder(threshold=0.3),
    default_encoder(),
    RateEncoder() + (DeltaEncoder() + CurrentEncoder()),
]


@pytest.mark.parametrize("encoder", EXAMPLES, ids=lambda e: type(e).__name__)
def test_an_encoder_survives_json(encoder: Encoder) -> None:
    assert encoder_from(json.loads(json.dumps(encoder.to_dict()))) == encoder


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_has_a_name(name: str) -> None:
    assert encoder_from(name) == ENCODERS[name]()
    assert encoder_from(f" {name.upper()} + rate") == CombinedEncoder((ENCODERS[name](), RateEncoder()))


def test_a_combination_is_taken_apart() -> None:
    combined = RateEncoder() + (DeltaEncoder() + CurrentEncoder())
    assert combined.encoders == (RateEncoder(), DeltaEncoder(), CurrentEncoder())
    assert len(combined.parts()) == 3


def test_the_parts_of_a_combination_speak_side_by_side(taught, drive, lines) -> None:
    values = [float(k) for k in range(64)]
    alone = [taught(encoder, values) for encoder in (LatencyEncoder(), CurrentEncoder())]
    both = taught(LatencyEncoder() + CurrentEncoder(), values)
    found = drive(both, {"v": 40.0})
    assert list(found.currents.values()) == list(drive(alone[1], {"v": 40.0}).currents.values())
    assert [step for _, step in found.spikes] == [step for _, step in drive(alone[0], {"v": 40.0}).spikes]
    assert lines(both, "v", part=0).base != lines(both, "v", part=1).base


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: encoder_from("nosuch"), "nosuch"),
        (lambda: encoder_from(""), "unknown encoder"),
        (lambda: encoder_from({"name": "NoSuchEncoder"}), "NoSuchEncoder"),
        (lambda: encoder_from({"name": "RateEncoder", "nosuch": 1}), "nosuch"),
        (lambda: encoder_from({}), "None"),
        (lambda: CombinedEncoder(()), "at least one"),
        (lambda: PopulationEncoder(fields=1), "fields"),
        (lambda: PopulationEncoder(fields=10**6), "fields"),
        (lambda: PopulationEncoder(shape="square"), "shape"),
        (lambda: PopulationEncoder(code="morse"), "code"),
        (lambda: PopulationEncoder(width=0.0), "width"),
        (lambda: PopulationEncoder(width=float("nan")), "width"),
        (lambda: PopulationEncoder(strength=float("nan")), "strength"),
        (lambda: CurrentEncoder(strength=float("inf")), "strength"),
        (lambda: RateEncoder(rate=0.0), "rate"),
        (lambda: RateEncoder(rate=1.5), "rate"),
        (lambda: DeltaEncoder(threshold=-1.0), "threshold"),
        (lambda: DeltaEncoder(threshold=3.0), "threshold"),
    ],
)
def test_nonsense_is_refused_by_name(make, named) -> None:
    with pytest.raises(ValueError, match=named):
        make()
