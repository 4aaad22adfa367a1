"""The long run: workers are killed at random moments, many times over; then everything is judged.

python tests/kafka/kill_run.py --kills 200

Needs KAFKA_HOME. Two partitions, two workers; some kills fall between the sends and the commit, during a snapshot, or
during a restore (`breakable.py`). Exit code 0: no complaint of the judge (`verify.py`).
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

from rich.progress import track

FAULTS = (None, None, "between sends and commit", "during a snapshot", "during a restore")
FLAGS = ("--max-batch", "100", "--snapshot-events", "2000")


def sibling(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"kafka_tests_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, conftest, make = random.Random(given.seed), sibling("conftest"), sibling("events")
    with tempfile.TemporaryDirectory() as name:
        broker = conftest.broker_module.Broker(Path(name) / "kafka")
        broker.start()
        place = conftest.Place(broker.address, Path(name), partitions=2)
        try:
            sent = [0, 0]
            workers = [place.worker(*FLAGS) for _ in range(2)]
            for kill in track(range(given.kills), "kills"):
                for partition in range(2):
                    place.send("events", make.events(200, seed=kill, first=sent[partition]), partition)
                    sent[partition] += 200
                time.sleep(chance.uniform(0.5, 8.0))
                victim = chance.randrange(2)
                workers[victim].kill()
                workers[victim].wait()
                fault = chance.choice(FAULTS)
                broken = {"script": "breakable.py", "BREAK": fault, "BREAK_SEED": str(kill)} if fault else {}
                workers[victim] = place.worker(*FLAGS, **broken)
            for worker in workers:
                worker.kill()
                worker.wait()
            last = place.worker(*FLAGS)
            for partition in range(2):
                place.wait_for(sent[partition], seconds=300, partition=partition)
            place.stop(last)
            verdicts = place.judge()
        finally:
            place.close()
            broker.stop()
    total = sum(verdict.counts["predictions"] for verdict in verdicts)
    print(f"{given.kills} kills, {sum(sent):,} events, {total:,} committed predictions, no complaint")
    return 0 if total == sum(sent) else 1


if __name__ == "__main__":
    sys.exit(main())
