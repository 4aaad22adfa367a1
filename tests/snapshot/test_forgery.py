"""Files with a valid checksum and wrong content: kernels read memory by number, so every number is checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from streamsnn import SnapshotError, SpikingClassifier
from streamsnn.encoding import slots as places
from streamsnn.memory import CLASSES, CLOCK, ROWS

Change = Callable[[dict[str, Any], dict[str, np.ndarray]], None]


def entry(name: str, at: int, value: Any) -> Change:
    def change(content: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        arrays[name][at] = value

    return change


def array(name: str, make: Callable[[np.ndarray], np.ndarray | None]) -> Change:
    def change(content: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        made = make(arrays.pop(name))
        if made is not None:
            arrays[name] = made

    return change


def setting(**settings: Any) -> Change:
    return lambda content, arrays: content["settings"].update(settings)


def part(**parts: Any) -> Change:
    return lambda content, arrays: content.update(parts)


def row(part_number: int, which: int, value: int) -> Change:
    return entry("slots", places.PART_ROWS + part_number * places.PART_STRIDE + which, value)


ARRAYS = ("params", "optimiser", "slots", "ranges", "silence", "filled", "counters")
FORGERIES: dict[str, Change] = {
    "kind too high": entry("slots", places.KIND, 5),
    "kind negative": entry("slots", places.KIND, -1),
    "stored beyond the batch": entry("slots", places.STORED, 64),
    "stored negative": entry("slots", places.STORED, -1),
    "stored beyond filled": entry("slots", places.STORED, 63),
    "known values beyond the lines": entry("slots", places.VALUES_KNOWN, 8),
    "filled beyond the batch": entry("filled", 0, 64),
    "filled negative": entry("filled", 0, -1),
    "no rows": entry("counters", ROWS, 0),
    "more rows than weights": entry("counters", ROWS, 10**6),
    "more rows than memory": entry("counters", ROWS, 2**62),
    "more classes than labels": entry("counters", CLASSES, 99),
    "classes negative": entry("counters", CLASSES, -1),
    "clock negative": entry("counters", CLOCK, -1),
    "a weight is NaN": entry("params", 5, np.nan),
    "a weight is infinite": entry("params", 5, np.inf),
    "optimiser is NaN": entry("optimiser", 5, np.nan),
    "a range is NaN": entry("ranges", places.MEAN, np.nan),
    "a range is infinite": entry("ranges", places.LOW, np.inf),
    "an unknown setting": setting(nosuch=1),
    "more units than weights": setting(hidden=[60_000, 60_000]),
    "other units": setting(hidden=[5]),
    "no units": setting(hidden=[]),
    "no steps": setting(steps=0),
    "another encoder": setting(encoder="rate"),
    "no encoder of ours": setting(encoder={"name": "os.system", "command": "touch executed"}),
    "another optimiser": setting(optimiser="adam"),
    "settings are a list": part(settings=[1]),
    "a seed too large": part(seed=2**80),
    "a seed that is none": part(seed="one"),
    "a label twice": part(labels=["class 0", "class 0", "class 1"]),
    "fewer labels": part(labels=["class 0"]),
    "labels are a number": part(labels=3),
    "a label that is a list": part(labels=[[1], [2], [3]]),
    "an unknown tag": part(labels=[{"pickle": "gASV"}, "b", "c"]),
    "a feature twice": lambda content, arrays: content["features"].append(content["features"][0]),
    "more features than ranges": lambda content, arrays: content["features"].extend(
        [f"more {k}", None, False] for k in range(999)
    ),
    "features without kind": part(features=[["a"]]),
    "counts that are none": part(ignored=["a", "b"]),
    "empty content": lambda content, arrays: content.clear(),
    "counters without entries": array("counters", lambda a: a[:0]),
    "counters without dimension": array("counters", lambda a: np.array(3, dtype=np.int64)),
    "an array of bytes": array("slots", lambda a: a.view(np.uint8)),
}
for _name in ARRAYS:
    FORGERIES |= {
        f"{_name} not there": array(_name, lambda a: None),
        f"{_name} shorter": array(_name, lambda a: a[:-1]),
        f"{_name} longer": array(_name, lambda a: np.append(a, a[:1])),
        f"{_name} as a matrix": array(_name, lambda a: a[None]),
        f"{_name} of another type": array(_name, lambda a: a.view(np.int16)),
        f"{_name} of another kind": array(_name, lambda a: a.view({4: np.int32, 8: np.uint64}[a.itemsize])),
    }
for _part in range(3):
    for _value in (-1, 10**6, 2**62):
        for _which in (places.BASE_ROW, places.FIELD_ROW, places.LINE_ROWS + 7):
            FORGERIES[f"row {_value} at {_which} of part {_part}"] = row(_part, _which, _value)


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_file_is_refused(change, forge, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = forge(change)
    with pytest.raises(SnapshotError):
        SpikingClassifier.load(path)
    assert list(tmp_path.iterdir()) == [path]


def test_the_last_row_is_refused_where_two_or_many_are_meant(forge, model) -> None:
    rows = int(model._model.counters[ROWS])
    for change in (row(2, places.BASE_ROW, rows - 1), row(1, places.FIELD_ROW, rows - 7)):
        with pytest.raises(SnapshotError, match="row out of range"):
            SpikingClassifier.load(forge(change))


def test_a_forger_who_changes_nothing_is_believed(forge, model, same_bits) -> None:
    same_bits(SpikingClassifier.load(forge(lambda content, arrays: None)), model)
