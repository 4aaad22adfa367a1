"""Workers that are killed: every event is answered once, and learned once."""

from __future__ import annotations

import random
import signal
import time
from typing import Any

import pytest

from .conftest import sibling

make = sibling("events")
EVENTS = 10_000


def test_an_undisturbed_run(place: Any) -> None:
    place.send("events", make.events(2_000))
    worker = place.worker()
    place.wait_for(2_000)
    assert place.stop(worker) == 0
    verdict = place.judge()
    assert verdict.counts["events"] == verdict.counts["predictions"] == verdict.counts["labels learned"] == 2_000


@pytest.mark.apache
def test_ten_kills_at_random_moments(place: Any) -> None:
    stream, moments = make.events(EVENTS), random.Random(7)
    place.send("events", stream[:1000])
    for number in range(10):
        worker = place.worker("--snapshot-events", "1500", "--max-batch", "100")
        place.send("events", stream[1000 + 900 * number : 1900 + 900 * number])
        time.sleep(moments.uniform(1.5, 9.0) if number else 0.5)
        worker.kill()
        worker.wait()
    worker = place.worker()
    place.wait_for(EVENTS)
    assert place.stop(worker) == 0
    assert place.judge().counts["predictions"] == EVENTS


@pytest.mark.apache
@pytest.mark.parametrize("fault", ["between sends and commit", "during a snapshot"])
def test_kills_at_chosen_moments(place: Any, fault: str) -> None:
    place.send("events", make.events(3_000))
    flags = ("--max-batch", "100", "--snapshot-events", "400")
    deaths = [place.ends_of_worker(*flags, script="breakable.py", BREAK=fault, BREAK_SEED=str(n)) for n in range(3)]
    assert -signal.SIGKILL in deaths
    place.log.write_text("")  # the broken ones may have done all the work, and have said so
    worker = place.worker(*flags)
    place.wait_until_ready()
    place.wait_for(3_000)
    assert place.stop(worker) == 0
    place.judge()


@pytest.mark.apache
def test_kills_during_restores(place: Any) -> None:
    place.send("events", make.events(3_000))
    flags = ("--max-batch", "50")
    worker = place.worker(*flags)
    place.wait_for(1_500)
    worker.kill()
    worker.wait()
    faults = {"script": "breakable.py", "BREAK": "during a restore"}
    deaths = [place.ends_of_worker(*flags, BREAK_SEED=str(n), **faults) for n in range(3)]
    assert -signal.SIGKILL in deaths
    place.log.write_text("")
    worker = place.worker(*flags)
    place.wait_until_ready()
    place.wait_for(3_000)
    assert place.stop(worker) == 0
    place.judge()


def test_a_transaction_that_has_lost_a_part_is_not_committed(place: Any) -> None:
    place.send("events", make.events(3_000))
    worker = place.worker("--max-batch", "100", script="breakable.py", BREAK="lost journal")
    place.wait_for(3_000)
    assert "starting again" in place.said()
    assert place.stop(worker) == 0
    place.judge()


@pytest.mark.apache
def test_the_judge_sees_a_commit_without_offsets_and_the_service_refuses(place: Any) -> None:
    place.send("events", make.events(3_000))
    flags = ("--max-batch", "100")
    assert place.ends_of_worker(*flags, script="breakable.py", BREAK="without offsets") == -signal.SIGKILL
    assert any("the group has committed" in complaint for complaint in place.verify(complete=False).wrong)
    assert place.worker(*flags).wait(60) == 3
    assert "--trust-journal" in place.said()
    worker = place.worker(*flags, "--trust-journal")
    place.wait_for(3_000)
    assert place.stop(worker) == 0
    place.judge()  # the journal is the authority: with it, nothing was lost


@pytest.mark.apache
def test_the_judge_sees_predictions_that_are_committed_alone(place: Any) -> None:
    place.send("events", make.events(3_000))
    flags = ("--max-batch", "100")
    assert place.ends_of_worker(*flags, script="breakable.py", BREAK="without journal") == -signal.SIGKILL
    worker = place.worker(*flags)
    place.wait_for(3_000)
    place.stop(worker)
    assert any("two committed predictions" in complaint for complaint in place.verify().wrong)


@pytest.mark.apache
@pytest.mark.parametrize("fault", ["no entries in manifests", "entries missing in manifests"])
def test_the_judge_sees_a_snapshot_that_forgets_what_was_learned_while_it_was_packed(place: Any, fault: str) -> None:
    place.send("events", make.events(3_000))
    flags = ("--max-batch", "20", "--snapshot-events", "400")
    worker = place.worker(*flags, script="breakable.py", BREAK=fault)
    place.wait_for(3_000)
    assert place.stop(worker) == 0
    assert any(complaint.startswith("snapshot ") for complaint in place.verify().wrong)


@pytest.mark.parametrize(
    ("kept", "complaint"), [([0, 1], None), ([], "at [0, 0], not [100, 0]"), ([1], "a gap before 50"), ([0], "at [50")]
)
def test_the_judge_reads_the_entries_in_a_manifest(kept: list[int], complaint: str | None) -> None:
    judge = sibling("verify")
    inputs = [dict.fromkeys(range(100)), {}]
    ranges = [[0, 0, 50]], [[0, 50, 100]]
    entries = [{"snapshot": 0, "number": k, "ranges": ranges[k], "positions": [50 + 50 * k, 0]} for k in range(2)]
    written = [
        {"kind": "manifest", "snapshot": 0, "positions": [0, 0], "journal": []},
        *({"kind": "journal"} | entry for entry in entries),
        {"kind": "manifest", "snapshot": 1, "positions": [0, 0], "journal": [entries[k] for k in kept]},
    ]
    verdict = judge.Verdict()
    assert judge.taken_in_order(written, inputs, verdict) == [(0, offset) for offset in range(100)]
    assert any(complaint in wrong for wrong in verdict.wrong) if complaint else not verdict.wrong
