"""Long runs on a broker: a million events, and a hundred thousand malformed records between good ones.

python tests/kafka/soak_run.py [--events 1000000] [--malformed 100000]

Needs KAFKA_HOME. One worker, default settings but for its small ladder. Exit code 0: every event has one committed
prediction, in order, equal bit by bit to what the library says; every malformed record is dead-lettered with its bytes;
the worker's memory stays flat, nothing is left to read.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from rich.progress import Progress

from streamsnn import AdaptiveSpikingClassifier

GROWTH = 1.15  # of the worker's memory, from the first fifth of a run to its end


def events_of(count: int) -> Iterator[bytes]:
    """Four features and two labels; the concept changes every 100,000 events."""
    chance = random.Random(5)
    for k in range(count):
        x = {
            "a": chance.gauss(0, 1),
            "b": chance.gauss(0, 1),
            "c": chance.choice(["red", "green", "blue"]),
            "d": k % 24,
        }
        label = (x["a"] + (x["b"] if k // 100_000 % 2 else -x["b"]) > 0) ^ (x["c"] == "red" and x["d"] > 12)
        yield json.dumps({"id": f"e{k}", "features": x, "label": label}).encode()


def records(place: Any, name: str) -> Iterator[Any]:
    """All committed records of a topic, one after the other."""
    top = TopicPartition(place.topic(name), 0)
    consumer = KafkaConsumer(
        bootstrap_servers=place.address, isolation_level="read_committed", enable_auto_commit=False
    )
    consumer.assign([top])
    consumer.seek_to_beginning(top)
    end = consumer.end_offsets([top])[top]
    while consumer.position(top) < end:
        yield from consumer.poll(1000).get(top, [])
    consumer.close()


def follow(place: Any, worker: Any, count: int, memory_of: Any, bar: Progress, task: Any) -> list[float]:
    """Wait until all is committed; the worker's megabytes on the way, and the lag at the end must be zero."""
    sizes, last, begin = [], 0, time.monotonic()
    while last < count:
        time.sleep(2)
        there = place.committed()[0]
        if there > last:
            last, begin = there, time.monotonic()
            sizes.append(memory_of(worker.pid))
            bar.update(task, completed=there)
        elif time.monotonic() - begin > 120 or worker.poll() is not None:
            raise SystemExit(f"stuck at {there} of {count}\n{place.said()}")
    return sizes


def wrong_answers(place: Any, good: Iterator[tuple[int, bytes]]) -> tuple[int, list[str]]:
    """How many predictions there are, and what is wrong with them."""
    model, wrong, count = AdaptiveSpikingClassifier("small", seed=1), [], 0
    answers = records(place, "predictions")
    for offset, value in good:
        answer, event = next(answers, None), json.loads(value)
        said = model.predict_proba_one(event["features"])
        model.learn_one(event["features"], event["label"])
        if answer is None:
            wrong.append(f"event {offset} has no prediction")
            break
        count += 1
        content = json.loads(answer.value)
        wanted = {json.dumps(label): share for label, share in said.items()}
        if content["source"]["offset"] != offset or content["probabilities"] != wanted:
            wrong.append(f"event {offset}: {content}, not {wanted}")
    rest = sum(1 for _ in answers)
    return count, wrong + ([f"{rest} predictions too many"] if rest else [])


def run(broker: Any, folder: Path, title: str, values: list[bytes | None], bad: set[int], tests: Any) -> list[str]:
    """Send everything, wait, judge; gives what is wrong."""
    place = tests.Place(broker.address, folder)
    worker = place.worker()
    begin = time.monotonic()
    try:
        with Progress() as bar:
            task = bar.add_task(title, total=len(values))
            for start in range(0, len(values), 20_000):
                place.send("events", values[start : start + 20_000])
            sizes = follow(place, worker, len(values), tests.sibling("events").memory_of, bar, task)
        took = time.monotonic() - begin
        code = place.stop(worker)
        good = ((k, value) for k, value in enumerate(values) if k not in bad)
        answered, wrong = wrong_answers(place, good)
        letters = {int(dict(letter.headers)["offset"]): letter.value for letter in records(place, "dead-letters")}
    finally:
        place.close()
    if code != 0:
        wrong.append(f"the worker ended with {code}")
    if letters != {k: values[k] for k in bad}:
        wrong.append(f"{len(letters)} dead letters of {len(bad)} malformed records, or other bytes")
    early, late = max(sizes[: max(1, len(sizes) // 5)]), sizes[-1]
    if late > GROWTH * early:
        wrong.append(f"the worker has grown from {early:.0f} to {late:.0f} MB")
    print(
        f"{title}: {answered:,} predictions, {len(letters):,} dead letters, {took:.0f} s, {len(values) / took:,.0f} "
        f"records/s, memory {early:.0f} -> {late:.0f} MB, lag 0, {len(wrong)} complaints"
    )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--malformed", type=int, default=100_000)
    given = parser.parse_args()
    from kill_run import sibling  # beside this script

    tests = sibling("conftest")
    bad_values = tests.sibling("events").nonsense(given.malformed, 1)
    mixed: list[tuple[bool, bytes | None]] = [(True, value) for value in bad_values]
    mixed += [(False, value) for value in events_of(max(1, given.malformed // 4))]
    chance = random.Random(2)
    places = sorted(range(len(mixed)), key=lambda k: (chance.random(), k))
    order = iter([each for each in mixed if not each[0]])
    shuffled = [mixed[k] if mixed[k][0] else next(order) for k in places]  # good ones stay in their order
    with tempfile.TemporaryDirectory() as name:
        broker = tests.broker_module.Broker(Path(name) / "kafka")
        broker.start()
        try:
            bad = {k for k, (is_bad, _) in enumerate(shuffled) if is_bad}
            values = [value for _, value in shuffled]
            wrong = run(broker, Path(name), "malformed records", values, bad, tests)
            wrong += run(broker, Path(name), "a long run", list(events_of(given.events)), set(), tests)
        finally:
            broker.stop()
    for complaint in wrong[:20]:
        print(complaint)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
