from __future__ import annotations

import json

import pytest

from streamsnn import SpikingClassifier


@pytest.fixture
def saved(tmp_path):
    model = SpikingClassifier(hidden=(12,), seed=1, classes=("up", "down"))
    for k in range(30):
        model.learn_one({"size": float(k), "colour": "red" if k % 2 else "blue"}, "up" if k % 2 else "down")
    path = tmp_path / "model.safetensors"
    model.save(path)
    return path


def test_a_table_of_what_is_in_it(streamsnn, saved):
    result = streamsnn("inspect", saved)
    assert result.exit_code == 0
    for word in ("SpikingClassifier", "learning_rate", "size", "colour=red", "up, down", "float32"):
        assert word in result.stdout


def test_json_has_everything(streamsnn, saved):
    content = json.loads(streamsnn("inspect", saved, "--json").stdout)
    assert content["kind"] == "SpikingClassifier"
    assert content["settings"]["hidden"] == [12]
    assert content["labels"] == ["up", "down"]


def test_long_lists_are_cut_in_the_table_only(streamsnn, tmp_path):
    model = SpikingClassifier(seed=1)
    model.learn_one({f"feature{k:03}": 1.0 for k in range(100)}, 0)
    model.save(tmp_path / "m")
    assert "100: feature000" in streamsnn("inspect", "m").stdout
    assert "feature099" not in streamsnn("inspect", "m").stdout
    assert "feature099" in streamsnn("inspect", "m", "--json").stdout


def test_a_file_that_is_not_there(streamsnn):
    result = streamsnn("inspect", "nope")
    assert result.exit_code == 2
    assert result.stderr == "streamsnn: nope: there is no such file\n"


def test_a_damaged_file(streamsnn, saved):
    content = bytearray(saved.read_bytes())
    content[-5] ^= 255
    saved.write_bytes(content)
    result = streamsnn("inspect", saved)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
