"""A flag, a variable, a line of a file, a default, in that order; secrets are never told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import streamsnn
from streamsnn.cli.main import app
from streamsnn_kafka.flags import read
from streamsnn_kafka.schema import Schema, read_schema
from streamsnn_kafka.settings import Settings
from streamsnn_kafka.wire import WireError


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("STREAMSNN_"):
            monkeypatch.delenv(name)


def test_the_first_that_is_given_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = tmp_path / "s.toml"
    toml.write_text('group = "file"\nevents = "file"\nlabels = "file"\n')
    monkeypatch.setenv("STREAMSNN_EVENTS", "variable")
    monkeypatch.setenv("STREAMSNN_LABELS", "variable")
    found = read(Settings, toml, {"labels": "flag", "max_batch": None})
    assert (found.group, found.events, found.labels, found.max_batch) == ("file", "variable", "flag", 500)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"max_batch": 0}, r"--max-batch \(or STREAMSNN_MAX_BATCH\)"),
        ({"delivery": "never"}, r"--delivery \(or STREAMSNN_DELIVERY\).*exactly-once"),
        ({"unknown": 1}, "--unknown"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(Settings, None, given)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no such file"):
        read(Settings, Path("nowhere.toml"), {})


def test_secrets_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMSNN_SASL_PASSWORD", "hunter2")
    found = read(Settings, None, {"sasl_mechanism": "PLAIN", "sasl_username": "me"})
    assert "hunter2" not in repr(found) + str(found) + found.model_dump_json()
    assert found.client["sasl_plain_password"] == "hunter2"
    with pytest.raises(ValueError) as error:  # noqa: PT011
        read(Settings, None, {"sasl_mechanism": "hunter3", "sasl_password": ["hunter2"]})
    assert "hunter" not in str(error.value)


def test_lines_without_a_broker(tmp_path: Path) -> None:
    events = [{"features": {"a": float(k % 2)}, "label": bool(k % 2)} for k in range(60)]
    late = [{"id": "late", "features": {"a": 1.0}}, {"id": "late", "label": True}]
    lines = [json.dumps(each) for each in [*events, *late]] + ["{not json"]
    given = ["serve", "--stdin", "--ladder", "small", "--save", str(tmp_path / "model")]
    done = CliRunner().invoke(app, given, input="\n".join(lines))
    assert done.exit_code == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 61
    assert answers[-1]["prediction"] is True
    assert '"dead_letter"' in done.stderr
    assert streamsnn.load(tmp_path / "model").events_learned == 61


def test_bad_settings_end_the_command_with_2() -> None:
    done = CliRunner().invoke(app, ["serve", "--max-batch", "0", "--dry-run"])
    assert done.exit_code == 2
    assert "--max-batch" in done.stderr


def test_a_schema_declares_features(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"features": {"size": "number", "postal": "category", "on": "boolean"}, "required": ["size"]}')
    schema = read_schema(path)
    assert schema.apply({"size": 2, "postal": 4711, "on": None}) == {"size": 2, "postal": "4711", "on": None}
    for features, complaint in [
        ({"size": "2"}, "must be a number"),
        ({"size": True}, "must be a number"),
        ({"size": None}, "is required"),
        ({"size": 1, "x": 1}, "'x'.*is not declared"),
    ]:
        with pytest.raises(WireError, match=complaint):
            schema.apply(features)
    path.write_text('{"features": {"size": "colour"}}')
    with pytest.raises(ValueError, match=r"schema.json.*'colour'"):
        read_schema(path)
    assert Schema({}, others=True).apply({"x": 1}) == {"x": 1}
