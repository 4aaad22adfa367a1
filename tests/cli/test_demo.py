from __future__ import annotations

import json
import sys


def test_demo_shows_a_table_and_writes_report_plot_and_model(streamsnn, tmp_path):
    result = streamsnn("demo", "--limit", 3000)
    assert result.exit_code == 0, result.stderr
    folder = tmp_path / "streamsnn-demo"
    assert {path.name for path in folder.iterdir()} == {"report.json", "plot.png", "model.safetensors"}
    for word in ("Shuttle: 3,000 events", "streamsnn", "no-change", "majority", "accuracy"):
        assert word in result.stdout
    report = json.loads((folder / "report.json").read_text())
    model, no_change, majority = report["models"]
    assert report["events"] == 3000
    assert model["accuracy"] > max(no_change["accuracy"], majority["accuracy"])
    assert 0 < model["curve"][-1]["spike_rate"] < 1
    assert (folder / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_demo_can_write_elsewhere_and_its_model_can_be_inspected(streamsnn, tmp_path):
    assert streamsnn("demo", "--limit", 500, "--output", "a/b").exit_code == 0
    result = streamsnn("inspect", tmp_path / "a" / "b" / "model.safetensors")
    assert result.exit_code == 0
    assert "f1, f2, f3" in result.stdout


def test_demo_is_repeatable(streamsnn, tmp_path):
    reports = []
    for folder in ("one", "two"):
        assert streamsnn("demo", "--limit", 1000, "--output", folder).exit_code == 0
        reports.append(json.loads((tmp_path / folder / "report.json").read_text())["models"][0])
    assert reports[0]["log_loss"] == reports[1]["log_loss"]
    assert reports[0]["curve"] == reports[1]["curve"]


def test_demo_without_matplotlib_does_the_rest_and_says_how_to_get_the_plot(streamsnn, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["importlib.util"], "find_spec", lambda name: None)
    result = streamsnn("demo", "--limit", 500)
    assert result.exit_code == 0
    assert 'pip install "streamsnn[plot]"' in result.stderr
    assert {path.name for path in (tmp_path / "streamsnn-demo").iterdir()} == {"report.json", "model.safetensors"}


def test_demo_where_nothing_can_be_written(streamsnn, tmp_path):
    (tmp_path / "streamsnn-demo").write_text("a file is in the way")
    result = streamsnn("demo", "--limit", 500)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == ["streamsnn: streamsnn-demo: File exists"]
