"""A real broker for all tests of this folder, fresh topics for each, and workers that can be killed."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError


def sibling(name: str) -> ModuleType:
    """A module of this folder; tests are not a package."""
    where = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"kafka_tests_{name}", where)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


broker_module, verify_module = sibling("broker"), sibling("verify")


NOIDA = "noida-db, which never takes a silent member for dead, is all there is: set KAFKA_HOME"


def given() -> str | None:
    """A broker that somebody runs already."""
    return os.environ.get("KAFKA_BOOTSTRAP_SERVERS")


@pytest.fixture(autouse=True)
def _apache(request: pytest.FixtureRequest) -> None:
    """Tests of what only Apache Kafka does are reported as skipped elsewhere."""
    if request.node.get_closest_marker("apache") and not given() and broker_module.home() is None:
        pytest.skip(NOIDA)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A broker, started once: a real Apache Kafka, which `.ci/run` insists on, or noida-db where there is none."""
    if given():

        class Given:
            address = given()

        yield Given()
        return
    folder = tmp_path_factory.mktemp("kafka")
    if broker_module.home() is not None:
        broker = broker_module.Broker(folder)
    elif os.environ.get("STREAMSNN_NEED_KAFKA"):
        pytest.fail("no Apache Kafka: set KAFKA_HOME")
    else:
        broker = broker_module.Noida(folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def private_broker(tmp_path: Path) -> Iterator[Any]:
    """A broker of the test's own, that it may kill and freeze."""
    if broker_module.home() is None:
        pytest.skip(NOIDA)
    broker = broker_module.Broker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[Any]]:
    """Three brokers; the first is the controller."""
    if broker_module.home() is None:
        pytest.skip(NOIDA)
    brokers = [broker_module.Broker(tmp_path / "broker-1", copies=3)]
    for node in (2, 3):
        brokers.append(broker_module.Broker(tmp_path / f"broker-{node}", node, brokers[0], copies=3))
    for broker in brokers:
        broker.start()
    yield brokers
    for broker in reversed(brokers):
        broker.stop()


class Place:
    """Topics of a test's own, and what it does with them."""

    def __init__(self, address: str, folder: Path, partitions: int = 1, create: bool = True) -> None:
        self.address, self.folder, self.partitions = address, folder, partitions
        self.prefix = self.group = f"t{uuid.uuid4().hex[:8]}"
        names = ["events", "labels", "predictions", "alerts", "dead_letters", "state"]
        self.environment = {
            **os.environ,
            "STREAMSNN_BOOTSTRAP_SERVERS": address,
            "STREAMSNN_GROUP": self.group,
            "STREAMSNN_LADDER": "small",
            **{f"STREAMSNN_{name.upper()}": self.topic(name) for name in names},
        }
        self.workers: list[subprocess.Popen[bytes]] = []
        if create:
            self.run("topics", "create", "--partitions", str(partitions))
        self.producer = KafkaProducer(bootstrap_servers=address, linger_ms=20, acks="all")

    def topic(self, name: str) -> str:
        return f"{self.prefix}.{name.replace('_', '-')}"

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of streamsnn, to its end."""
        command = [sys.executable, "-W", "ignore", "-m", "streamsnn", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, done.stderr
        return done

    def worker(self, *flags: str, script: str | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """A worker in the background; `script`: one of this folder, which breaks it."""
        start = ["-m", "streamsnn"] if script is None else [str(Path(__file__).with_name(script))]
        command = [sys.executable, "-W", "ignore", *start, "serve", *flags]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, env=self.environment | environment, stdout=log, stderr=log)
        self.workers.append(process)
        return process

    @property
    def log(self) -> Path:
        return self.folder / "workers.log"

    def send(self, name: str, values: list[bytes | None], partition: int = 0) -> None:
        for value in values:
            key = b"tombstone" if value is None else None
            self.producer.send(self.topic(name), key=key, value=value, partition=partition)
        self.producer.flush(60)

    def ends(self, name: str, committed: bool = True) -> list[int]:
        """End of each partition of a topic, as a reader of committed records sees it."""
        isolation = "read_committed" if committed else "read_uncommitted"
        consumer = KafkaConsumer(bootstrap_servers=self.address, isolation_level=isolation, enable_auto_commit=False)
        tops = [TopicPartition(self.topic(name), p) for p in range(self.partitions)]
        ends = consumer.end_offsets(tops)
        consumer.close()
        return [ends[top] for top in tops]

    def read(self, name: str, partition: int = 0) -> list[Any]:
        """All committed records of a topic."""
        found: list[Any] = verify_module.read(self.address, self.topic(name), partition)
        return found

    def committed(self, name: str = "events") -> list[int]:
        """Offsets of the events that the group has committed."""
        consumer = KafkaConsumer(bootstrap_servers=self.address, group_id=self.group, enable_auto_commit=False)
        tops = [TopicPartition(self.topic(name), p) for p in range(self.partitions)]
        found = [consumer.committed(top) or 0 for top in tops]
        consumer.close()
        return found

    def wait_for(self, count: int, seconds: float = 90.0, partition: int = 0, name: str = "events") -> float:
        """Wait until so many offsets of a topic are committed; gives the seconds that it took."""
        begin, there = time.monotonic(), -1
        while there < count:
            if time.monotonic() - begin > seconds:
                raise AssertionError(f"at {there} of {count} after {seconds} s\n{self.said()}")
            time.sleep(0.2)
            try:
                there = self.committed(name)[partition]
            except KafkaError:
                continue  # the broker that was asked is the one that was killed
        return time.monotonic() - begin

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait until the log says that a task is ready."""
        end = time.monotonic() + seconds
        while "ready at offset" not in self.log.read_text():
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def ends_of_worker(self, *flags: str, seconds: float = 40.0, **more: str) -> int:
        """The exit code of a worker that dies by itself, or is stopped when it has answered all events."""
        worker, end = self.worker(*flags, **more), time.monotonic() + seconds
        all_events = self.ends("events")
        while worker.poll() is None and time.monotonic() < end and self.committed() < all_events:
            time.sleep(0.2)
        return worker.wait() if worker.poll() is not None else self.stop(worker)

    def said(self) -> str:
        """The end of the workers' log."""
        return self.log.read_text()[-4000:]

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Gracefully."""
        process.send_signal(signal.SIGTERM)
        return process.wait(60)

    def verify(self, **more: Any) -> Any:
        return verify_module.verify(self.address, group=self.group, prefix=self.prefix, ladder="small", **more)

    def judge(self, **more: Any) -> Any:
        """The judge's verdict, exported models included; there must be no complaint."""
        verdicts = []
        for partition in range(self.partitions):
            path = self.folder / f"model-{partition}"
            self.run("state", "export", str(path), "--partition", str(partition))
            verdicts.append(self.verify(partition=partition, model_file=path, **more))
            assert verdicts[-1].wrong == [], [*verdicts[-1].wrong[:5], self.said()]
        return verdicts[0] if self.partitions == 1 else verdicts

    def close(self) -> None:
        for process in self.workers:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        self.producer.close(timeout=5)


@pytest.fixture
def place(broker: Any, tmp_path: Path) -> Iterator[Place]:
    place = Place(broker.address, tmp_path)
    yield place
    place.close()


@pytest.fixture
def wide_place(broker: Any, tmp_path: Path) -> Iterator[Place]:
    """Two partitions."""
    place = Place(broker.address, tmp_path, partitions=2)
    yield place
    place.close()


@pytest.fixture
def cluster_place(cluster: list[Any], tmp_path: Path) -> Iterator[Place]:
    """Topics with three copies, led by the second broker, which may be killed."""
    place = Place(",".join(broker.address for broker in cluster), tmp_path, create=False)
    client = KafkaAdminClient(bootstrap_servers=place.address)
    for name in ("events", "labels", "predictions", "alerts", "dead_letters", "state"):
        size = {"max.message.bytes": "2097152"} if name == "dead_letters" else {}
        policy = {"cleanup.policy": "compact"} if name == "state" else {}
        configs = {"min.insync.replicas": "2"} | size | policy
        client.create_topics({place.topic(name): {"assignments": {0: [2, 3, 1]}, "configs": configs}})
    client.close()
    yield place
    place.close()


@pytest.fixture
def private_place(private_broker: Any, tmp_path: Path) -> Iterator[Place]:
    """A broker that may be killed."""
    place = Place(private_broker.address, tmp_path)
    yield place
    place.close()
