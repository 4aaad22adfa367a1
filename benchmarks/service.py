"""The Kafka service on a real broker: throughput beside the bare client, latency, recovery, two workers."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from common import Table, parser, publish
from service_place import (
    Place,
    cpu_seconds,
    median,
    note_arrivals,
    rate_of,
    send_at,
    start_broker,
    stop,
)

from streamsnn.evaluation import open_stream

DESCRIPTION = "Measure the service on a broker that is started for it (KAFKA_HOME)."
EPILOG = """\
Rows, for --only:
  throughput   events a second, exactly once, scoring and learning, on a backlog; beside the bare client loop (same
               bytes, same batches, a 200-byte state record, no model, no JSON) and River's ARF in a plain loop
  latency      event in -> committed prediction visible, at half of that load, with and without snapshots
  recovery     a state of about 10 MB with 10,000 events after its snapshot; and a kill -9 of the only worker
  snapshots    is the restore time flat over many snapshots?
  workers      two workers on two partitions against one

Some rows alone are stored under a name of their own, service_recovery.md for one.

examples:
  python benchmarks/service.py
  python benchmarks/service.py --quick --only throughput
  python benchmarks/service.py --rounds 3     where other work comes and goes on the machine
"""
HERE = Path(__file__).parent
STREAM = "Shuttle"


def stream(count: int) -> list[bytes]:
    """Events with labels; the stream is repeated as often as needed."""
    rows = [(dict(x), y) for x, y in open_stream(STREAM).events]
    found = []
    for number, (x, y) in enumerate(islice(cycle(rows), count)):
        found.append(json.dumps({"id": f"s-{number}", "features": x, "label": y}).encode())
    return found


def run_service(place: Place, count: int, *flags: str) -> tuple[float, list[Any]]:
    """Events a second over a backlog that is there, and the predictions."""
    worker = place.worker(*flags)
    place.wait_for(count)
    stop(worker)
    answers = place.read("predictions")
    return rate_of([answer.timestamp for answer in answers], min(5_000, count // 5)), answers


def run_loop(place: Place, count: int, *arguments: str) -> float:
    command = [sys.executable, "-W", "ignore", str(HERE / "service_place.py"), arguments[0], place.address, place.name]
    subprocess.run([*command, *arguments[1:]], check=True, capture_output=True)
    return rate_of([answer.timestamp for answer in place.read("predictions")], min(5_000, count // 5))


def throughput(address: str, folder: Path, quick: bool, rounds: int) -> tuple[Table, float]:
    count = 8_000 if quick else 60_000
    table = Table(
        "Throughput, one worker, one partition, events/s",
        ("records a transaction", "bare client", "default ladder", "of bare", "small ladder", "of bare"),
    )
    events, at_500 = stream(count), 0.0
    if rounds > 1:
        _rates(address, folder, events, 500)  # what a broker's first minute says is how Java warms up
    for batch in (100, 500, 2_000):
        found = [_rates(address, folder, events, batch) for _ in range(rounds)]
        rates = {name: median([each[name] for each in found]) for name in found[0]}
        shares = {name: median([each[name] / each["bare"] for each in found]) for name in found[0]}
        table.add(
            batch,
            f"{rates['bare']:,.0f}",
            f"{rates['default']:,.0f}",
            f"{shares['default']:.2f}",
            f"{rates['small']:,.0f}",
            f"{shares['small']:.2f}",
        )
        at_500 = rates["default"] if batch == 500 else at_500
    few = min(count, 4_000)
    place = Place(address, folder)
    place.fill(events[:few])
    forest = run_loop(place, few, "forest", str(few))
    table.notes.append(
        f"River's ARF(10) in a plain kafka-python loop, at least once, no state kept: {forest:,.0f} events/s"
    )
    table.notes.append(f"{count:,} events of {STREAM}, snapshots included; all on the same {_cores()} as the broker")
    if rounds > 1:
        table.notes.append(f"medians of {rounds} rounds, in each of which all three were measured in turn")
    return table, at_500


def _rates(address: str, folder: Path, events: list[bytes], batch: int) -> dict[str, float]:
    """Events a second of both ladders and of the bare client, which writes as many bytes."""
    rates, count, payload = {}, len(events), 300
    for ladder in ("default", "small"):
        place = Place(address, folder)
        place.fill(events)
        rates[ladder], answers = run_service(place, count, "--ladder", ladder, "--max-batch", str(batch))
        payload = sum(len(answer.value) for answer in answers) // len(answers)
    place = Place(address, folder)
    place.fill(events)
    rates["bare"] = run_loop(place, count, "bare", str(batch), str(count), str(payload))
    return rates


def latency(address: str, folder: Path, quick: bool, load: float) -> Table:
    table = Table(
        f"Latency at {load:,.0f} events/s, default settings, ms",
        ("snapshots", "events", "p50", "p99", "largest"),
    )
    seconds = 5 if quick else 30
    for name, every in (("every 50,000 records", 50_000), ("every 10,000 records", 10_000), ("none", 10**9)):
        place = Place(address, folder)
        place.fill(stream(2_000))
        worker = place.worker("--snapshot-events", str(every), "--snapshot-seconds", "1000000")
        place.wait_for(2_000)
        events = stream(2_000 + int(load * seconds))[2_000:]
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as others:
            reading = others.submit(note_arrivals, address, place.topic("predictions"), len(events))
            time.sleep(3)  # it reads from the end on
            sent = others.submit(send_at, address, place.topic("events"), events, load).result()
            seen = reading.result()
        stop(worker)
        found = sorted(1000 * (seen[2_000 + k] - sent[k]) for k in range(len(events)) if 2_000 + k in seen)
        table.add(name, len(found), f"{median(found):.0f}", f"{found[int(0.99 * len(found))]:.0f}", f"{found[-1]:.0f}")
    table.notes.append(
        "from just before the event is handed to a client to the arrival of its committed prediction at a consumer; "
        "both are processes of their own, on the same cores"
    )
    return table


def recovery(address: str, folder: Path, quick: bool) -> Table:
    table = Table("Recovery", ("what", "state, MB", "records learned again", "seconds from assignment to ready"))
    after = 1_000 if quick else 10_000
    chance = random.Random(1)
    names = [f"x{k}" for k in range(120)]

    def wide(count: int) -> list[bytes]:
        rows = ({name: chance.gauss(0, 1) for name in names} for _ in range(count))
        return [json.dumps({"features": row, "label": row["x0"] > 0}).encode() for row in rows]

    place = Place(address, folder)
    place.fill(wide(2_000))
    worker = place.worker()
    place.wait_for(2_000)
    stop(worker)  # leaves a snapshot
    place.fill(wide(after))
    worker = place.worker()
    place.wait_for(2_000 + after)
    stop(worker, signal.SIGKILL)
    worker = place.worker()
    _wait_for_starts(place, 3)
    stop(worker)
    size = max(len(record.value or b"") for record in place.read("state"))
    total = sum(len(r.value) for r in place.read("state") if r.value and b'"chunk",1' in r.key)
    start = place.ready()[2]
    table.add("120 features, default ladder", f"{max(size, total) / 1e6:.1f}", start.again, f"{start.seconds:.2f}")
    place = Place(address, folder)
    place.fill(stream(2_000))
    worker = place.worker()
    place.wait_for(2_000)
    stop(worker, signal.SIGKILL)
    before, begin = len(place.read("predictions")), time.monotonic()
    place.fill(stream(100))
    worker = place.worker()
    while len(place.read("predictions")) <= before:
        time.sleep(0.1)
    took = time.monotonic() - begin
    stop(worker)
    table.notes.append(
        f"kill -9 of the only worker, another started at once: first new committed prediction after {took:.1f} s"
    )
    return table


def _wait_for_starts(place: Place, count: int) -> None:
    end = time.monotonic() + 120
    while len(place.ready()) < count:
        if time.monotonic() > end:
            raise SystemExit(f"a worker does not start; see {place.log}")
        time.sleep(0.2)


def snapshots(address: str, folder: Path, quick: bool) -> Table:
    table = Table("Restore time over snapshots", ("snapshots written", "records learned again", "seconds"))
    every, stages = 200, (5, 20) if quick else (20, 60, 120, 200)
    place, done, starts, written = Place(address, folder), 0, 0, 0
    events = cycle(stream(every * stages[-1]))
    for stage in stages:
        while written < stage:  # some that are due come to nothing: one is under way at a time
            more = every * max(1, stage - written)
            place.fill(list(islice(events, more)))
            done += more
            worker = place.worker("--snapshot-events", str(every), "--max-batch", "100")
            place.wait_for(done)
            stop(worker, signal.SIGKILL)
            worker = place.worker("--snapshot-events", str(every))
            starts += 2
            _wait_for_starts(place, starts)
            stop(worker, signal.SIGKILL)
            start = place.ready()[-1]
            written = start.snapshot + 1
        table.add(written, start.again, f"{start.seconds:.2f}")
    table.notes.append("written by the numbers that the snapshots bear; the worker is killed, and another one starts")
    return table


def workers(address: str, folder: Path, quick: bool) -> Table:
    table = Table("Two partitions", ("workers", "seconds", "processor seconds of the workers"))
    count = 5_000 if quick else 30_000
    events = stream(count)
    for number in (1, 2):
        place = Place(address, folder, partitions=2)
        for partition in range(2):
            place.fill(events[:500], partition)
        crew = [place.worker() for _ in range(number)]
        place.wait_for(500)
        time.sleep(8)  # both have a partition now
        used, begin = sum(map(cpu_seconds, crew)), time.monotonic()
        for partition in range(2):
            place.fill(events, partition)
        place.wait_for(500 + count)
        took, cpu = time.monotonic() - begin, sum(map(cpu_seconds, crew)) - used
        for process in crew:
            stop(process)
        table.add(number, f"{took:.1f}", f"{cpu:.1f}")
    table.notes.append(
        f"a backlog of {count:,} events on each partition, sent while they work; {_cores()}, broker included"
    )
    return table


def _cores() -> str:
    import os

    return f"{os.cpu_count()} cores"


def main() -> None:
    options = parser(DESCRIPTION, EPILOG)
    rows = ("throughput", "latency", "recovery", "snapshots", "workers")
    options.add_argument("--only", choices=rows, nargs="+", default=rows, help="measure these rows only")
    options.add_argument("--load", type=float, help="events a second for latency; else half of the measured throughput")
    options.add_argument("--rounds", type=int, default=1, help="rounds of the throughput row; its medians are shown")
    given = options.parse_args()
    tables, load = [], given.load or 1_000.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = start_broker(folder / "broker")
        try:
            if "throughput" in given.only:
                table, rate = throughput(broker.address, folder, given.quick, given.rounds)
                tables.append(table)
                load = given.load or rate / 2
            if "latency" in given.only:
                tables.append(latency(broker.address, folder, given.quick, load))
            for row, measure in (("recovery", recovery), ("snapshots", snapshots), ("workers", workers)):
                if row in given.only:
                    tables.append(measure(broker.address, folder, given.quick))
        finally:
            broker.stop()
    some = [] if set(given.only) == set(rows) else given.only  # a part does not take the place of the whole
    publish("_".join(["service", *some]), tables, given.results, only=" ".join(given.only), quick=given.quick)


if __name__ == "__main__":
    main()
