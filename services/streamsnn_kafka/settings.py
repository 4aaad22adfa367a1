"""Settings of the service: a flag, an environment variable and a line of a TOML file for each, in that order."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from .schema import read_schema
from .task import TaskSettings

EXACTLY_ONCE, AT_LEAST_ONCE = "exactly-once", "at-least-once"


class Connection(BaseSettings):
    """How to reach the brokers."""

    model_config = SettingsConfigDict(env_prefix="STREAMSNN_", extra="forbid", frozen=True)
    toml: ClassVar[Path | None] = None

    bootstrap_servers: str = Field("127.0.0.1:9092", description="Brokers to begin with, as HOST:PORT, with commas.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to talk to them."
    )
    ssl_cafile: Path | None = Field(None, description="Certificates of the authorities to trust (PEM).")
    ssl_certfile: Path | None = Field(None, description="Our own certificate (PEM).")
    ssl_keyfile: Path | None = Field(None, description="Its private key (PEM).")
    ssl_password: SecretStr | None = Field(None, description="Password of that key; better in the environment.")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="How to log in."
    )
    sasl_username: str | None = Field(None, description="Name to log in with.")
    sasl_password: SecretStr | None = Field(None, description="Password to log in with; better in the environment.")
    start_timeout: float = Field(60.0, gt=0, description="Seconds to wait for a broker at the start.")

    events: str = Field("streamsnn.events", description="Topic of events.")
    labels: str = Field("streamsnn.labels", description="Topic of labels that come later; empty: there is none.")
    predictions: str = Field("streamsnn.predictions", description="Topic of predictions.")
    alerts: str = Field("streamsnn.alerts", description="Topic of drift alerts.")
    dead_letters: str = Field("streamsnn.dead-letters", description="Topic of records that could not be taken.")
    state: str = Field("streamsnn.state", description="Topic of models and journals, compacted.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources = [init_settings, env_settings]
        if cls.toml is not None:
            sources.append(TomlConfigSettingsSource(settings_cls, cls.toml))
        return tuple(sources)

    @property
    def client(self) -> dict[str, Any]:
        """What every client of kafka-python is told."""
        told: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "security_protocol": self.security_protocol,
            "bootstrap_timeout_ms": 5_000,
        }
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            if getattr(self, name) is not None:
                told[name] = str(getattr(self, name))
        if self.ssl_password is not None:
            told["ssl_password"] = self.ssl_password.get_secret_value()
        if self.sasl_mechanism is not None:
            told["sasl_mechanism"] = self.sasl_mechanism
            told["sasl_plain_username"] = self.sasl_username
            told["sasl_plain_password"] = self.sasl_password.get_secret_value() if self.sasl_password else None
        return told


class Settings(Connection):
    """All that a worker needs to know."""

    group: str = Field("streamsnn", min_length=1, description="Consumer group; its name is part of every key of state.")
    instance_id: str | None = Field(None, description="Static membership: a name that no other worker has.")
    delivery: Literal["exactly-once", "at-least-once"] = Field(
        "exactly-once",
        description="at-least-once: no transactions, lower latency; after a crash predictions may repeat.",
    )
    commit_interval_ms: int = Field(
        100, ge=0, description="Milliseconds from the begin of a commit to the end of the next."
    )
    max_batch: int = Field(500, ge=1, description="Most records of a transaction.")
    snapshot_events: int = Field(50_000, ge=1, description="A snapshot of the model after so many records.")
    snapshot_seconds: float = Field(
        120.0, gt=0, description="A snapshot after so many seconds, if something was learned."
    )
    session_timeout_ms: int = Field(6_000, ge=1000, description="A worker silent for so long is taken for dead.")
    label_wait_ms: int = Field(
        500, ge=0, description="How long one input waits for the other, which has records to read."
    )
    start_at: Literal["earliest", "latest"] = Field("earliest", description="Where a group without a model begins.")
    trust_journal: bool = Field(False, description="Go on from the journal, whatever the group has committed.")
    accept_partitions: bool = Field(False, description="Go on though the number of partitions has changed.")

    ladder: Literal["small", "default", "large"] = Field("default", description="Size of a new model.")
    seed: int = Field(1, ge=0, description="Of a new model's first weights.")
    model: Path | None = Field(None, description="Begin with this model file of the library instead of a new model.")
    warm_start: int | None = Field(
        None, ge=0, description="A partition without a model begins with the last snapshot of this partition's model."
    )
    learn: bool = Field(True, description="Learn from labels; --no-learn only scores.")
    flat: str | None = Field(None, description="Events are flat objects whose label, if any, is in this field.")
    pending: int = Field(10_000, ge=1, description="Events, and labels, that wait for their counterparts at most.")
    expire_hours: float = Field(24.0, gt=0, description="How long a label waits for its event.")

    http_host: str = Field("127.0.0.1", description="Address of /metrics, /live and /ready.")
    http_port: int = Field(0, ge=0, le=65535, description="Port of them; 0: none.")
    log_format: Literal["text", "json"] = Field("text", description="Form of the log on standard error.")

    schema_file: Path | None = Field(None, description="JSON file that declares features and their types.")
    cloudevents: bool = Field(False, description="Events and predictions are CloudEvents in binary mode.")
    model_per: Literal["partition", "key"] = Field("partition", description="What has a model of its own.")
    max_keys: int = Field(100, ge=1, description="With --model-per key: most models of a partition.")

    @property
    def exactly_once(self) -> bool:
        return self.delivery == EXACTLY_ONCE

    @property
    def task(self) -> TaskSettings:
        return TaskSettings(
            learn=self.learn,
            late_labels=bool(self.labels),
            flat=self.flat,
            pending=self.pending,
            expire_ms=int(self.expire_hours * 3_600_000),
            schema=None if self.schema_file is None else read_schema(self.schema_file),
            cloudevents=self.cloudevents,
            model_per=self.model_per,
            max_keys=self.max_keys,
        )
