"""Files that are damaged, foreign or newer are refused, and nothing in them is executed."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from streamsnn import SnapshotError, SpikingClassifier, snapshot
from streamsnn.snapshot import file as snapshot_file


def refused(path: Path, match: str = "") -> None:
    with pytest.raises(SnapshotError, match=match or path.name):
        SpikingClassifier.load(path)
    with pytest.raises(SnapshotError):
        snapshot.describe(path)


def test_any_flipped_bit_is_noticed(saved) -> None:
    data = saved.read_bytes()
    header = 8 + int.from_bytes(data[:8], "little")
    rng = np.random.default_rng(0)
    places = [*range(8), *rng.choice(np.arange(8, header), 250, replace=False)]
    places += [*rng.choice(np.arange(header, len(data)), 100, replace=False), len(data) - 1]
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 1 << int(rng.integers(8))
        saved.write_bytes(damaged)
        try:
            SpikingClassifier.load(saved)
        except SnapshotError:
            continue
        # the only bits that may flip are those that JSON does not see, such as the padding of the header
        assert json.loads(data[8:header]) == json.loads(bytes(damaged[8:header])), place


def test_a_truncated_file_is_noticed_wherever_it_ends(saved) -> None:
    data = saved.read_bytes()
    for length in [*range(0, 200, 7), *range(200, len(data), max(1, len(data) // 60)), len(data) - 1]:
        saved.write_bytes(data[:length])
        refused(saved)


def test_a_file_with_more_at_its_end_is_noticed(saved) -> None:
    saved.write_bytes(saved.read_bytes() + b"more")
    refused(saved)


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("touch executed",))


FOREIGN = {
    "empty": b"",
    "noise": np.random.default_rng(1).bytes(4000),
    "text": b"model = 1\n" * 50,
    "pickle": pickle.dumps({"model": Bomb()}),
    "another's safetensors": save({"weight": np.ones((3, 3), dtype=np.float32)}, metadata={"format": "np"}),
    "safetensors without metadata": save({"weight": np.ones(3, dtype=np.float32)}),
    "our key with other content": save({"weight": np.ones(3, dtype=np.float32)}, metadata={"streamsnn": "[]"}),
    "our key with no JSON": save({"weight": np.ones(3, dtype=np.float32)}, metadata={"streamsnn": "{"}),
    "our key with deep JSON": save({"w": np.ones(3, dtype=np.float32)}, metadata={"streamsnn": "[" * 50_000}),
    "a header that claims to be huge": (2**62).to_bytes(8, "little") + b"{}" * 50,
    "a header that is no dict": (4).to_bytes(8, "little") + b"[1] ",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused_and_not_executed(data, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model"
    path.write_bytes(data)
    refused(path, "not a streamsnn model file")
    assert list(tmp_path.iterdir()) == [path]


def test_a_newer_format_is_refused_with_advice(saved, model, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(snapshot_file, "FORMAT_VERSION", snapshot.FORMAT_VERSION + 1)
        model.save(saved)
    refused(saved, "Update streamsnn")


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        SpikingClassifier.load(tmp_path / "nothing")
    with pytest.raises(OSError, match=tmp_path.name):
        SpikingClassifier.load(tmp_path)
