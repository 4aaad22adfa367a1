"""Ctrl-C as the terminal sends it: to a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from streamsnn import SpikingClassifier

COMMAND = [sys.executable, "-c", "from streamsnn.cli import main; main()"]


@pytest.fixture
def started(tmp_path):
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A test run in the background may have been told to ignore Ctrl-C, which children inherit.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_ctrl_c_while_waiting_for_input_ends_with_a_report_and_the_model(started, tmp_path):
    process = started("evaluate", "-", "--json", "--save", "model", "--seed", "1")
    lines = [json.dumps({"x": k % 3, "label": k % 3 == 0}) for k in range(40)]
    # A line that is far too long for the pipe's buffer is only taken when the lines before it have been read.
    filler = json.dumps({"x": 0, "label": True, "ignored": None}) + " " * 1_000_000
    process.stdin.write("\n".join([*lines, filler]) + "\n")
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    report = json.loads(output)
    assert report["interrupted"]
    assert 40 <= report["events"] <= 41
    assert SpikingClassifier.load(tmp_path / "model").events_learned == report["events"]


def test_ctrl_c_in_an_endless_run_ends_with_a_table(started):
    process = started("--verbose", "evaluate", "SEA", "--limit", "100000000", "--no-baselines")
    process.stdin.close()
    while "the run begins" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output = process.stdout.read()
    assert process.wait(timeout=300) == 130
    assert "ended by Ctrl-C" in output
    assert "streamsnn" in output
