"""Rate limits in Redis: for each name a bucket of tokens that all replicas take from. The one place with its driver."""

from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import RedisError

from shared.errors import UnavailableError
from shared.settings import QueueSettings

_SOCKET_SECONDS: Final = 0.5  # a request waits for it
_PREFIX: Final = "marquee:rate:"

# A bucket holds a minute's worth, and fills evenly. By Redis's clock, so that replicas need not agree on the time.
_TAKE: Final = """
local rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = rate
if kept[1] then
  tokens = math.min(rate, kept[1] + math.max(0, now - kept[2]) * rate / 60)
end
local taken = math.min(wanted, math.floor(tokens))
tokens = tokens - taken
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 120)
local wait = 0
if taken == 0 then wait = math.ceil((1 - tokens) * 60000 / rate) end
return {taken, wait}
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket gave: so many tokens, or none, and then milliseconds until there is one."""

    tokens: int
    wait_milliseconds: int


class RateLimits:
    """Buckets by name. Lives in one event loop; connects when it is first used.

    Args:
        settings: where Redis is.
    """

    def __init__(self, settings: QueueSettings) -> None:
        self._settings = settings
        self._client: Redis | None = None

    async def take(self, name: str, *, per_minute: int, wanted: int) -> Taken:
        """Take up to `wanted` tokens of a bucket that gets `per_minute`, and holds so many at most.

        Raises:
            UnavailableError: Redis does not answer.
        """
        if self._client is None:
            self._client = _connect(self._settings)
        try:
            # The stub takes the arguments for text and the answer for text; numbers are sent and come back as well.
            call = cast("Any", self._client).eval(_TAKE, 1, f"{_PREFIX}{name}", per_minute, wanted)
            tokens, wait = await call
        except (RedisError, OSError) as error:
            raise UnavailableError(f"The rate limits (Redis) do not answer: {error}") from error
        return Taken(int(tokens), int(wait))

    async def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _connect(settings: QueueSettings) -> Redis:
    """The Redis of the queue."""
    url = settings.redis_url.get_secret_value()
    patience: dict[str, Any] = {"socket_connect_timeout": _SOCKET_SECONDS, "socket_timeout": _SOCKET_SECONDS}
    if settings.redis_sentinel_master is None or not url.startswith("sentinel://"):
        return Redis.from_url(url, **patience)
    parts = [urlsplit(part) for part in url.split(";")]
    password = settings.redis_sentinel_password
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [(part.hostname or "", part.port or 26379) for part in parts],
        sentinel_kwargs={"password": password.get_secret_value() if password else None, **patience},
        username=next((part.username for part in parts if part.username), None),
        password=next((part.password for part in parts if part.password), None),
        db=max(part.path for part in parts).strip("/") or 0,
        **patience,
    )
    client: Redis = sentinel.master_for(settings.redis_sentinel_master)
    return client
