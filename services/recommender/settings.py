"""The recommender's settings, each an environment variable `MARQUEE_…`."""

import re
from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator

from shared.keys import MAX_RATE
from shared.settings import QueueSettings

_MIN_KEY_CHARACTERS: Final = 32
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")


class RecommenderSettings(QueueSettings):
    """Where the recommender listens, and how fresh and how large its caches are."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    access: Literal["keys", "open"] = "keys"
    """Who may ask: those who have a key, or everyone who reaches the address, who may then do everything."""
    page: Literal["open", "accounts", "off"] = "accounts"
    """Whom the page is for: visitors, who then may read what is nobody's; those with an account; or nobody."""
    registration: Literal["open", "closed"] = "closed"
    """Who may make an account: everyone for themselves, or admins for others."""
    posters_url: str | None = None
    """Where the page loads posters from, as in `https://image.tmdb.org/t/p/w342`; none: it draws covers."""
    page_rate_per_minute: int = Field(default=1_200, ge=0, le=MAX_RATE)
    """How many requests a visitor's address, and an account, may send; 0: as many as they like."""
    session_days: int = Field(default=30, ge=1, le=400)
    """How long a session lasts without being used; used, it lasts six times as long at most."""
    cookies: Literal["auto", "secure"] = "auto"
    """Whether cookies are for TLS alone where the request came by it, or always."""
    proxies: int = Field(default=0, ge=0, le=10)
    """How many proxies stand before this process: so many entries of `X-Forwarded-For`, and `X-Forwarded-Proto`, are
    believed."""
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

    @field_validator("posters_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        """It becomes a part of a policy, where a blank or a semicolon would end it."""
        if not value:
            return None
        if not _ADDRESS.fullmatch(value):
            raise ValueError("an address as in https://image.tmdb.org/t/p/w342 is needed")
        return value.rstrip("/")

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
