"""A Redis of one's own: it answers with its password only, and leaves nothing behind."""

import socket
from pathlib import Path

import pytest
import redis

from shared.local.redis import RedisServer, find_redis, running_redis

pytestmark = pytest.mark.slow


def test_redis_runs_with_a_password_and_ends(redis_server: str) -> None:
    assert find_redis() is not None, redis_server  # the fixture skips where there is no Redis
    with running_redis() as url:
        with redis.Redis.from_url(url) as client:
            assert client.ping()
        address = url.rpartition("@")[2].partition("/")[0]
        with redis.Redis.from_url(f"redis://{address}/0") as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()

    host, _, port = address.partition(":")
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(port))) != 0, "the port is still taken"


def test_a_redis_that_keeps_its_data_has_them_after_a_kill(redis_server: str, tmp_path: Path) -> None:
    assert redis_server
    with RedisServer(tmp_path, keeps_data=True) as server, redis.Redis.from_url(server.url) as client:
        client.execute_command("CONFIG", "SET", "appendfsync", "always")
        client.set("a", "1")
        server.kill()

        server.start()

        assert client.get("a") == b"1"


def test_a_redis_that_keeps_nothing_answers_at_the_same_address_and_has_forgotten(
    redis_server: str, tmp_path: Path
) -> None:
    assert redis_server
    with RedisServer(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("a", "1")
        server.kill()

        server.start()

        assert client.get("a") is None
