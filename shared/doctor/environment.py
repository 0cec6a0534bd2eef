"""Settings: whether each fits, whether any is misspelt, and whether they go together."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from shared.doctor.findings import Finding, Level
from shared.settings import QueueSettings, describe

PART: Final = "settings"
_PREFIX: Final = "MARQUEE_"
_NO_SETTINGS: Final = (
    "MARQUEE_VERSION",
    "MARQUEE_API_KEY",
    "MARQUEE_URL",
    "MARQUEE_DATASETS",
    "MARQUEE_REQUIRE",
    "MARQUEE_TEST_",
)  # Compose's, the client's, the tests'
_SCHEMES: Final = ("redis", "rediss", "sentinel", "redis+socket")
_HERE: Final = ("", "localhost", "127.0.0.1", "::1")


def check_environment(kinds: Sequence[type[BaseSettings]], environment: Mapping[str, str]) -> Iterator[Finding]:
    """Every `MARQUEE_…` variable against what the installed services know."""
    known = {f"{_PREFIX}{name.upper()}" for kind in kinds for name in kind.model_fields}
    there = sorted(name for name in environment if name.upper().startswith(_PREFIX))
    faults = {name: why for kind in kinds for name, why in _faults(kind).items()}
    for name, why in sorted(faults.items()):
        yield Finding(PART, Level.WRONG, f"{name} does not fit: {why}.", ".env.example says what each setting is.")
    for name in there:
        if name.upper() not in known and not name.upper().startswith(_NO_SETTINGS):
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.75)
            advice = f"Did you mean {near[0]}?" if near else "Take it away, or look it up in .env.example."
            yield Finding(PART, Level.WARNING, f"{name} is set, and there is no such setting.", advice)
    if not faults:
        count = sum(name.upper() in known for name in there)
        yield Finding(PART, Level.WELL, f"{count} of {len(known)} settings are set, and each fits.")


def check_together(settings: QueueSettings) -> Iterator[Finding]:
    """Settings that fit, each by itself, and not together."""
    if settings.longest_job_hours * 3_600 <= settings.job_lease_seconds:
        yield Finding(
            PART,
            Level.WRONG,
            "MARQUEE_LONGEST_JOB_HOURS is shorter than MARQUEE_JOB_LEASE_SECONDS: Redis hands jobs out again that run.",
            "Make it longer than the longest training.",
        )
    if settings.graph_timeout_seconds > settings.job_lease_seconds:
        yield Finding(
            PART,
            Level.WARNING,
            "MARQUEE_GRAPH_TIMEOUT_SECONDS is longer than MARQUEE_JOB_LEASE_SECONDS: a slow call loses a job's lease.",
            "Make the lease at least as long.",
        )
    yield from _about_graph(settings)
    yield from _about_redis(settings)


def _about_graph(settings: QueueSettings) -> Iterator[Finding]:
    if settings.graph_url.startswith("sqlite:"):
        if settings.graph_password is not None:
            what = "MARQUEE_GRAPH_PASSWORD is set, and an SQLite graph has none."
            yield Finding(
                PART, Level.WARNING, what, "Take it away, or set MARQUEE_GRAPH_URL to the Neo4j that it is for."
            )
    elif urlsplit(settings.graph_url).password is not None:
        what = "MARQUEE_GRAPH_URL holds a password, which is not looked at and appears in logs."
        yield Finding(PART, Level.WRONG, what, "Use MARQUEE_GRAPH_USER and MARQUEE_GRAPH_PASSWORD.")


def _about_redis(settings: QueueSettings) -> Iterator[Finding]:
    url = urlsplit(settings.redis_url.get_secret_value().partition(";")[0])
    if url.scheme not in _SCHEMES:
        what = "MARQUEE_REDIS_URL does not begin with redis://, rediss:// or sentinel://."
        yield Finding(PART, Level.WRONG, what, "Its form is redis://:PASSWORD@HOST:6379/0.")
    elif not url.password and (url.hostname or "") not in _HERE:
        what = f"MARQUEE_REDIS_URL has no password, and {url.hostname} is another machine."
        yield Finding(PART, Level.WARNING, what, "Whoever reaches that Redis can start jobs: give it a password.")


def _faults(kind: type[BaseSettings]) -> Mapping[str, str]:
    try:
        kind()
    except ValidationError as error:
        return describe(error)
    return {}
