"""Settings that every service has. Each is an environment variable `MARQUEE_…`; `.env.example` lists them all."""

from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import InvalidInputError

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
    job_lease_seconds: float = Field(default=30.0, gt=0)
    """A worker that has not renewed its lease for so long is taken for dead, and its job may be taken over."""
    longest_job_hours: float = Field(default=24.0, gt=0)
    """Redis hands a message out again after this time: shorter than a job, and the job would run twice."""


def load(kind: type[S]) -> S:
    """Build settings of `kind` from the environment.

    Raises:
        InvalidInputError: a value does not fit; the message names each variable.
    """
    try:
        return kind()
    except ValidationError as error:
        faults = "; ".join(f"MARQUEE_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise InvalidInputError(f"Settings do not fit: {faults}.") from error
