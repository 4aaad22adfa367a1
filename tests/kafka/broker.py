"""Real Apache Kafka in KRaft mode: started, killed and frozen by tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from kafka import KafkaAdminClient

HEAP = "384m"
DEFAULT_HOME = Path(__file__).parents[2] / ".." / "shared" / "kafka"
SERVER = """\
process.roles={roles}
node.id={node}
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners={listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.num.partitions=4
transaction.state.log.min.isr={isr}
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.backoff.ms=500
log.initial.task.delay.ms=0
"""


def home() -> Path | None:
    """Where Kafka lies; None if nowhere."""
    path = Path(os.environ.get("KAFKA_HOME", DEFAULT_HOME))
    return path if list(path.glob("libs/kafka_*.jar")) else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Noida:
    """noida-db, a broker that pip installs: groups, transactions and fencing, but dead members never expire.

    Parameters
    ----------
    folder
        For its data and log.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        self._folder = folder

    def start(self) -> None:
        program = Path(sys.executable).with_name("noida-db")
        port = self.address.rpartition(":")[2]
        flags = ["start", "--only", "kafka", "--kafka-port", port, "--data-dir", str(self._folder / "data")]
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen([str(program), *flags], stdout=log, stderr=log, start_new_session=True)
        wait_for(self.address, self._process)

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(15)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until a broker answers."""
    end = time.monotonic() + 60
    while True:
        try:
            KafkaAdminClient(bootstrap_servers=address).close()
            return
        except Exception:
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.2)


class Broker:
    """One broker whose files live in a folder; the first of a cluster is its controller, too.

    Parameters
    ----------
    folder
        For configuration, log and data.
    node, first, copies
        Of a cluster: its number, the first broker, and how many copies the internal topics have.
    """

    def __init__(self, folder: Path, node: int = 1, first: Broker | None = None, copies: int = 1) -> None:
        found = home()
        assert found is not None
        self.home, self.folder = found, folder
        self.port = free_port()
        self.controller: int = first.controller if first else free_port()
        self.address = f"127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "server.properties"
        listeners = f"PLAINTEXT://{self.address}"
        self._config.write_text(
            SERVER.format(
                node=node,
                roles="broker" if first else "broker,controller",
                listeners=listeners if first else f"{listeners},CONTROLLER://127.0.0.1:{self.controller}",
                port=self.port,
                controller=self.controller,
                folder=folder,
                copies=copies,
                isr=max(1, copies - 1),
            )
        )
        tool = "kafka.tools.StorageTool"
        self.cluster: str = first.cluster if first else self._tool(tool, "random-uuid").strip()
        kind = [] if first else ["--standalone"]
        self._tool(tool, "format", *kind, "-t", self.cluster, "-c", str(self._config))
        self._process: subprocess.Popen[bytes] | None = None

    def _tool(self, *arguments: str) -> str:
        command = ["java", "-cp", f"{self.home}/libs/*", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self) -> None:
        log4j = self.home / "config" / "log4j2.yaml"
        command = [
            "java",
            "-Xmx512m",
            f"-Dlog4j2.configurationFile={log4j}",
            "-cp",
            f"{self.home}/libs/*",
            "kafka.Kafka",
        ]
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen([*command, str(self._config)], stdout=log, stderr=log)
        wait_for(self.address, self._process)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
