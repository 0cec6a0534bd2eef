"""Settings that every service has. Each is an environment variable `MARQUEE_…`; `.env.example` lists them all."""

from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import InvalidInputError
from shared.watching.logs import LogFormat

S = TypeVar("S", bound=BaseSettings)


class GraphSettings(BaseSettings):
    """Where the graph is. Only a composition root builds settings: nothing reads the environment at import."""

    model_config = SettingsConfigDict(env_prefix="MARQUEE_", extra="ignore")

    graph_url: str = "sqlite:data/marquee.db"
    """`sqlite:PATH`, or the `bolt://` or `neo4j://` (with TLS `bolt+s://`, `neo4j+s://`) address of a Neo4j."""
    graph_user: str = "neo4j"
    graph_password: SecretStr | None = None
    graph_timeout_seconds: float = Field(default=30.0, gt=0)
    """How long a call waits for the store, its retries included."""


class QueueSettings(GraphSettings):
    """Settings of what also speaks to the queue."""

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    """`redis://` or, with TLS, `rediss://`; or the sentinels that know where Redis is, `sentinel://…;sentinel://…`."""
    redis_sentinel_master: str | None = Field(default=None, validate_default=True)
    """What the sentinels call the Redis that they watch."""
    redis_sentinel_password: SecretStr | None = None
    """The sentinels' own password; that of Redis stands in `redis_url`."""
    job_lease_seconds: float = Field(default=30.0, gt=0)
    """A worker that has not renewed its lease for so long is taken for dead, and its job may be taken over."""
    longest_job_hours: float = Field(default=24.0, gt=0)
    """Redis hands a message out again after this time: shorter than a job, and the job would run twice."""
    heartbeat_file: Path | None = None
    """A worker touches this file every few seconds, for health checks (`shared.heartbeat`)."""
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)
    """Where Prometheus reads this process's metrics, 0 for any free port; without it nowhere."""
    metrics_host: str = "127.0.0.1"
    """The address of that port. It asks for no key: open it to the network that Prometheus is in, and to no other."""
    log_format: LogFormat = "text"
    """How log lines are written: for people, or as JSON for programs."""
    tracing: bool = False
    """Whether traces are sent to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; it needs the extra `tracing`."""

    @field_validator("redis_sentinel_master")
    @classmethod
    def _is_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        url = info.data.get("redis_url")
        if not value and url is not None and url.get_secret_value().startswith("sentinel://"):
            raise ValueError("sentinels are asked by the name of the Redis that they watch, often mymaster; set it")
        return value


def split_commas(value: object) -> object:
    """Texts separated by commas as a tuple; what is no text stays as it is, for pydantic to judge.

    >>> split_commas("a, b,")
    ('a', 'b')
    """
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def load(kind: type[S]) -> S:
    """Build settings of `kind` from the environment.

    Raises:
        InvalidInputError: a value does not fit; the message names each variable.
    """
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(f"{name}: {why}" for name, why in describe(error).items())
        raise InvalidInputError(f"Settings do not fit: {faults}.") from error


def describe(error: ValidationError) -> dict[str, str]:
    """The variables that do not fit, and why: without their values, which may be secrets."""
    return {f"MARQUEE_{str(fault['loc'][0]).upper()}": fault["msg"] for fault in error.errors()}
