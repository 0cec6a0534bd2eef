"""The recommender's settings, each an environment variable `MARQUEE_…`."""

from pydantic import Field

from shared.settings import QueueSettings


class RecommenderSettings(QueueSettings):
    """Where the recommender listens, and how fresh and how large its caches are."""

    host: str = "127.0.0.1"
    """Anyone who reaches this address may read everything and start jobs: open it to a trusted network alone."""
    port: int = Field(default=8000, ge=0, le=65_535)
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
    """How long a request may take to arrive whole; then its connection is closed."""
    max_connections: int = Field(default=1_000, ge=1)
    """From so many at once on, requests are answered by 503: below the 1,024 open files that most systems allow."""
    drain_seconds: float = Field(default=2.0, ge=0)
    """How long the process goes on answering after SIGTERM, `/readyz` aside, so that a proxy may turn away from it."""
