"""A broker, topics and workers for the benchmark of the service, and the loops it is compared with."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("events", "labels", "predictions", "alerts", "dead_letters", "state")
READY = re.compile(r"after ([\d.]+) s, (\d+) records learned again since snapshot (-?\d+)")


def start_broker(folder: Path) -> Any:
    """A real Apache Kafka, as the tests start it (KAFKA_HOME)."""
    spec = importlib.util.spec_from_file_location("broker", ROOT / "tests" / "kafka" / "broker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.home() is None:
        raise SystemExit("no Apache Kafka: set KAFKA_HOME to an unpacked release")
    broker = module.Broker(folder)
    broker.start()
    return broker


class Start(NamedTuple):
    """Of a task: how long it took, what was learned again, and the number of the snapshot it began with (-1: none)."""

    seconds: float
    again: int
    snapshot: int


class Place:
    """Topics of one measurement."""

    def __init__(self, address: str, folder: Path, partitions: int = 1) -> None:
        self.address, self.partitions = address, partitions
        self.name = f"b{uuid.uuid4().hex[:8]}"
        self.log = folder / f"{self.name}.log"
        named = {f"STREAMSNN_{name.upper()}": self.topic(name) for name in NAMES}
        self.environment = os.environ | {
            "STREAMSNN_BOOTSTRAP_SERVERS": address,
            "STREAMSNN_GROUP": self.name,
            **named,
        }
        self.command("topics", "create", "--partitions", str(partitions))

    def topic(self, name: str) -> str:
        return f"{self.name}.{name.replace('_', '-')}"

    def command(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "streamsnn", *arguments], env=self.environment, check=True, capture_output=True
        )

    def worker(self, *flags: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "streamsnn", "serve", *flags],
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def fill(self, events: list[bytes], partition: int = 0) -> None:
        """Put a backlog into the topic."""
        producer = KafkaProducer(bootstrap_servers=self.address, linger_ms=50, batch_size=2**18, acks="all")
        for value in events:
            producer.send(self.topic("events"), value=value, partition=partition)
        producer.flush(120)
        producer.close()

    def wait_for(self, count: int, seconds: float = 600.0) -> None:
        """Wait until so many events of every partition are committed; looks rarely, so as not to disturb."""
        end = time.monotonic() + seconds
        consumer = KafkaConsumer(bootstrap_servers=self.address, group_id=self.name, enable_auto_commit=False)
        tops = [TopicPartition(self.topic("events"), p) for p in range(self.partitions)]
        while min(found := [consumer.committed(top) or 0 for top in tops]) < count:
            if time.monotonic() > end:
                raise SystemExit(f"stuck at {found} of {count}; see {self.log}")
            time.sleep(1.0)
        consumer.close()

    def ready(self) -> list[Start]:
        """Every start of a task, from the log."""
        return [Start(float(a), int(b), int(c)) for a, b, c in READY.findall(self.log.read_text())]

    def read(self, name: str, partition: int = 0) -> list[Any]:
        """All committed records."""
        top = TopicPartition(self.topic(name), partition)
        consumer = KafkaConsumer(
            bootstrap_servers=self.address, isolation_level="read_committed", enable_auto_commit=False
        )
        consumer.assign([top])
        consumer.seek_to_beginning(top)
        end, found = consumer.end_offsets([top])[top], []
        while consumer.position(top) < end:
            found += consumer.poll(1000).get(top, [])
        consumer.close()
        return found


def rate_of(times_ms: list[int], warm: int) -> float:
    """Records a second between the `warm`-th record and the last, by the times at which they were sent."""
    return (len(times_ms) - warm) / max(1e-3, (times_ms[-1] - times_ms[warm]) / 1000)


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    process.send_signal(number)
    process.wait(60)


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """What a running process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare_loop(address: str, name: str, batch: int, count: int, payload: int) -> None:
    """Consume, write as many bytes, commit: transactions with the client alone, no model and no JSON."""
    events, predictions, state = (TopicPartition(f"{name}.{each}", 0) for each in ("events", "predictions", "state"))
    consumer = KafkaConsumer(
        bootstrap_servers=address,
        group_id=name,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=16 * 2**20,
    )
    consumer.subscribe([events.topic])
    producer = KafkaProducer(bootstrap_servers=address, transactional_id=name, linger_ms=5, batch_size=2**18)
    producer.init_transactions()
    value, journal, done = b"x" * payload, b"j" * 200, 0
    held: list[Any] = []
    while done < count:
        while len(held) < min(batch, count - done):
            held += consumer.poll(1000, max_records=10 * batch).get(events, [])
        taken, held = held[:batch], held[batch:]
        producer.begin_transaction()
        for _ in taken:
            producer.send(predictions.topic, value=value, partition=0)
        producer.send(state.topic, key=b"journal", value=journal, partition=0)
        done += len(taken)
        offsets = {events: OffsetAndMetadata(taken[-1].offset + 1, "", -1)}
        producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
        producer.commit_transaction()
    producer.close()
    consumer.close()


def send_at(address: str, topic: str, events: list[bytes], rate: float) -> list[float]:
    """Send events at a rate; gives the time just before each was handed to the client."""
    producer = KafkaProducer(bootstrap_servers=address, linger_ms=0, acks="all")
    sent: list[float] = []
    begin = time.time()
    for number, value in enumerate(events):
        pause = begin + number / rate - time.time()
        if pause > 0.002:
            time.sleep(pause)
        sent.append(time.time())
        producer.send(topic, value=value, partition=0)
    producer.flush(60)
    producer.close()
    return sent


def note_arrivals(address: str, topic: str, count: int) -> dict[int, float]:
    """When each of the next so many committed predictions came, by the offset of its event."""
    top = TopicPartition(topic, 0)
    consumer = KafkaConsumer(
        bootstrap_servers=address, isolation_level="read_committed", enable_auto_commit=False, fetch_max_wait_ms=20
    )
    consumer.assign([top])
    consumer.seek_to_end(top)
    seen: dict[int, float] = {}
    end = time.time() + 120
    while len(seen) < count and time.time() < end:
        for answer in consumer.poll(200).get(top, []):
            now = time.time()
            seen[json.loads(answer.value)["source"]["offset"]] = now
    consumer.close()
    return seen


def forest_loop(address: str, name: str, count: int) -> None:
    """The same job as many write it: River's adaptive random forest in a plain loop, at least once, no state kept."""
    from river.forest import ARFClassifier

    model = ARFClassifier(n_models=10, seed=1)
    events, predictions = TopicPartition(f"{name}.events", 0), TopicPartition(f"{name}.predictions", 0)
    consumer = KafkaConsumer(
        bootstrap_servers=address, group_id=name, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    consumer.subscribe([events.topic])
    producer = KafkaProducer(bootstrap_servers=address, linger_ms=5)
    done = 0
    while done < count:
        for record in consumer.poll(1000, max_records=min(500, count - done)).get(events, []):
            event = json.loads(record.value)
            said = model.predict_proba_one(event["features"])
            model.learn_one(event["features"], event["label"])
            answer = {"id": event["id"], "probabilities": {str(label): share for label, share in said.items()}}
            producer.send(predictions.topic, value=json.dumps(answer).encode(), partition=0)
            done += 1
        producer.flush()
        consumer.commit()
    consumer.close()


def median(values: list[float]) -> float:
    return statistics.median(values) if values else float("nan")


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    if kind == "bare":
        bare_loop(rest[0], rest[1], int(rest[2]), int(rest[3]), int(rest[4]))
    else:
        forest_loop(rest[0], rest[1], int(rest[2]))
