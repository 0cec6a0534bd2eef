"""The recommender's settings, each an environment variable `MARQUEE_…`."""

from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator

from shared.keys import MAX_RATE
from shared.settings import QueueSettings

_MIN_KEY_CHARACTERS: Final = 32


class RecommenderSettings(QueueSettings):
    """Where the recommender listens, and how fresh and how large its caches are."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    access: Literal["keys", "open"] = "keys"
    """Who may ask: those who have a key, or everyone who reaches the address, who may then do everything."""
    docs: Literal["keys", "open"] = "keys"
    """Who may read the interface's own description, `/docs` and `/openapi.json`."""
    admin_key: SecretStr | None = None
    """A key with the scope admin, 32 visible characters or more, that works beside those in the graph."""
    rate_limit_per_minute: int = Field(default=0, ge=0, le=MAX_RATE)
    """How many requests a key without a rate of its own may send; 0: as many as it likes."""
    rate_limit_without_redis: Literal["open", "closed"] = "open"
    """Whether requests of keys with a rate are let in while Redis does not answer."""
    watch_interval_seconds: float = Field(default=0.25, gt=0, le=60)
    """How often the graph is asked whether another version is served, or movies have come."""
    history_ttl_seconds: float = Field(default=600.0, ge=0)
    """How long what a user has rated and said is remembered at most, though the graph has told of no change."""
    history_cache_users: int = Field(default=100_000, ge=1)
    """How many users' ratings are remembered: about 3 kB each for 100 ratings."""
    rating_lowest: float = Field(default=0.5, allow_inf_nan=False)
    """The lowest rating that an event may say."""
    rating_highest: float = Field(default=5.0, allow_inf_nan=False)
    """The highest one."""
    history_wait_seconds: float = Field(default=2.0, gt=0)
    """How long an answer waits for a user's ratings before it is given without them."""
    graph_wait_seconds: float = Field(default=5.0, gt=0)
    """How long an answer that only the graph can give waits for it before it is refused."""
    graph_away_after_seconds: float = Field(default=2.0, gt=0)
    """Silent for longer, the graph is taken to be away: answers come from memory and say so."""
    max_body_bytes: int = Field(default=4_000_000, ge=1_000)
    """The largest body of a request: 10,000 events have about 1 MB, and with long ids three."""
    request_seconds: float = Field(default=30.0, gt=0)
    """How long a request may take to arrive whole, and an answer to be taken; then its connection is closed."""
    max_connections: int = Field(default=1_000, ge=1)
    """From so many at once on, requests are answered by 503: below the 1,024 open files that most systems allow."""
    max_streams: int = Field(default=100, ge=0)
    """How many streams of jobs' events may be open at once; each is one of the connections."""
    drain_seconds: float = Field(default=2.0, ge=0)
    """How long the process goes on answering after SIGTERM, `/readyz` aside, so that a proxy may turn away from it."""

    @field_validator("admin_key")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        """Nothing (as a variable without a value is) is no key."""
        key = value.get_secret_value() if value else ""
        if not key:
            return None
        if len(key) < _MIN_KEY_CHARACTERS or not (key.isascii() and key.isprintable() and " " not in key):
            raise ValueError(
                f"a key has {_MIN_KEY_CHARACTERS} visible ASCII characters or more; `openssl rand -hex 24` makes one"
            )
        return value
