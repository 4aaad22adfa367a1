"""Three brokers, three copies of everything: the leader of inputs and state dies, and comes back."""

from __future__ import annotations

import time
from typing import Any

from .conftest import sibling

make = sibling("events")


def test_the_leader_of_inputs_and_state_is_killed(cluster: list[Any], cluster_place: Any) -> None:
    place = cluster_place
    place.send("events", make.events(3_000))
    worker = place.worker("--max-batch", "100", "--snapshot-events", "700")
    place.wait_for(500)
    cluster[1].kill()
    place.wait_for(3_000, seconds=150)
    cluster[1].start()
    place.send("events", make.events(1_000, first=3_000))
    time.sleep(2)
    cluster[2].kill()
    place.wait_for(4_000, seconds=150)
    assert place.stop(worker) == 0
    assert place.judge().counts["predictions"] == 4_000
