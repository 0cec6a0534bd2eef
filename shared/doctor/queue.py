"""Redis: whether it answers, and whether it keeps what it is given."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from celery import Celery
from kombu.exceptions import OperationalError

from shared.doctor.findings import Finding, Level
from shared.errors import InvalidInputError, UnavailableError
from shared.queue import make_celery
from shared.settings import QueueSettings

PART: Final = "queue"
_PATIENCE: Final = {"max_retries": 1, "socket_timeout": 3.0, "socket_connect_timeout": 3.0}
_REFUSALS: Final = ("username-password", "Authentication", "NOAUTH", "WRONGPASS", "NOPERM")
_OLDEST: Final = (6, 2)  # what the tests run with where no other is installed
_FULL: Final = 0.9


def check_queue(settings: QueueSettings) -> Iterator[Finding]:
    """What Redis says about itself.

    Raises:
        UnavailableError: it does not answer.
        InvalidInputError: it refuses the password, or the address is none.
    """
    info = _info(make_celery(settings))
    url = urlsplit(settings.redis_url.get_secret_value().partition(";")[0])
    where = (url.hostname or "") + (f":{url.port}" if url.port else "")
    yield Finding(PART, Level.WELL, f"Redis {info.get('redis_version', 'of an unknown version')} at {where} answers.")
    yield from _about_version(info)
    yield from _about_memory(info)
    yield from _about_keeping(info)


def _info(app: Celery) -> Mapping[str, Any]:
    try:
        connection = app.connection_for_read(transport_options=_PATIENCE)
    except (KeyError, ValueError) as error:
        raise InvalidInputError(f"MARQUEE_REDIS_URL can't be used: {error}.") from error
    with connection:
        errors: Any = (OperationalError, *connection.connection_errors, *connection.channel_errors)
        try:
            channel: Any = connection.default_channel
            found: Mapping[str, Any] = channel.client.info()
        except errors as error:
            if any(word in str(error) for word in _REFUSALS):
                raise InvalidInputError(
                    f"Redis refuses the password, or there is none: check MARQUEE_REDIS_URL ({error})."
                ) from error
            raise UnavailableError(
                f"The queue (Redis) does not answer ({error}). Start it, or check MARQUEE_REDIS_URL."
            ) from error
    return found


def _about_version(info: Mapping[str, Any]) -> Iterator[Finding]:
    numbers = tuple(int(part) for part in str(info.get("redis_version", "")).split(".")[:2] if part.isdigit())
    if numbers and numbers < _OLDEST:
        yield Finding(
            PART, Level.WARNING, "This Redis is older than 6.2, and Marquee is not tested with it.", "Upgrade it."
        )
    if info.get("role") == "slave":
        what = "This Redis is a replica, which takes no writes."
        yield Finding(PART, Level.WRONG, what, "Name the master in MARQUEE_REDIS_URL, or the sentinels that know it.")


def _about_memory(info: Mapping[str, Any]) -> Iterator[Finding]:
    limit, used, policy = (
        info.get("maxmemory", 0),
        info.get("used_memory", 0),
        info.get("maxmemory_policy", "noeviction"),
    )
    if policy != "noeviction":
        level = Level.WRONG if limit else Level.WARNING
        what = f"Redis throws messages away when its memory is full (maxmemory-policy {policy})."
        yield Finding(PART, level, what, "Set maxmemory-policy noeviction.")
    if limit and used > _FULL * limit:
        what = f"Redis uses {used / 1e6:,.0f} of the {limit / 1e6:,.0f} MB that it may."
        yield Finding(PART, Level.WRONG, what, "Raise maxmemory, and see what else is kept in this Redis.")


def _about_keeping(info: Mapping[str, Any]) -> Iterator[Finding]:
    broken = [name for name in ("rdb_last_bgsave_status", "aof_last_write_status") if info.get(name, "ok") != "ok"]
    if broken:
        what = f"Redis could not write its data to disk ({', '.join(broken)}), and may refuse messages."
        yield Finding(PART, Level.WRONG, what, "Look at its log, and at the room on its disk.")
    if not info.get("aof_enabled"):
        what = "Redis forgets what waits when it is started again (appendonly no); the workers put jobs back then."
        yield Finding(PART, Level.WARNING, what, "Set appendonly yes, and no job waits for that.")
