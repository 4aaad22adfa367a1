"""Real Apache Kafka in KRaft mode: started, killed and frozen by tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from kafka import KafkaAdminClient

DEFAULT_HOME = Path(__file__).parents[2] / ".." / "shared" / "kafka"
SERVER = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
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


class Broker:
    """One broker whose files live in a folder."""

    def __init__(self, folder: Path) -> None:
        found = home()
        assert found is not None
        self.home, self.folder = found, folder
        self.port, controller = free_port(), free_port()
        self.address = f"127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "server.properties"
        self._config.write_text(SERVER.format(port=self.port, controller=controller, folder=folder))
        cluster = self._tool("kafka.tools.StorageTool", "random-uuid").strip()
        self._tool("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(self._config))
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
        end = time.monotonic() + 60
        while True:
            try:
                KafkaAdminClient(bootstrap_servers=self.address).close()
                return
            except Exception:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.2)

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
