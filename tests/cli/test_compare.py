from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time


def test_models_on_streams(streamsnn, tmp_path):
    result = streamsnn(
        *("compare", "Bananas", "sea_abrupt", "--limit", 300, "--models", "lr", "--only", "--jobs", 2),
        *("--out", "found"),
    )
    assert result.exit_code == 0, result.stderr
    for word in ("logistic regression", "2/2"):
        assert word in result.stdout
    folder = tmp_path / "found"
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["model"], row["stream"]) for row in rows} == {("lr", "Bananas"), ("lr", "sea_abrupt")}
    assert json.loads((folder / "machine.json").read_text())["versions"]["streamsnn"]
    assert "## All streams" in (folder / "report.md").read_text()
    again = streamsnn(
        *("compare", "Bananas", "sea_abrupt", "--limit", 300, "--models", "lr", "--only", "--out", "found")
    )
    assert again.exit_code == 0
    assert len((folder / "results.csv").read_text().splitlines()) == 3  # nothing was run again


def test_help_teaches(streamsnn):
    text = streamsnn("compare", "--help").stdout
    for word in ("streamsnn compare Phishing", "capymoa-arf-100", "Ctrl-C", "sea_abrupt", "--jobs"):
        assert word in text


def test_unusable_input_is_found_before_the_run(streamsnn, tmp_path):
    for arguments, reason in (
        (("Phishing", "--models", "forest"), "there is no forest"),
        (("nowhere.csv",), "there is no such file"),
        (("SEA",), "never ends"),
        (("-",), "give a file"),
        (("Phishing", "phishing"), "the same name"),
    ):
        result = streamsnn("compare", *arguments)
        assert result.exit_code == 2
        assert reason in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_what_is_done(tmp_path):
    arguments = ["compare", "Bananas", "--models", "no-change,srp", "--only", "--out", "out"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from streamsnn.cli import main; main()", *arguments],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    table = tmp_path / "out" / "results.csv"
    waited = time.monotonic() + 120
    while not (table.exists() and table.read_text().count("\n") > 1) and time.monotonic() < waited:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "goes on from here" in errors
    assert table.read_text().splitlines()[1].startswith("no-change,Bananas,1,0,done,5300")
    assert (tmp_path / "out" / "report.md").exists()
