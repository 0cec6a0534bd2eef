"""A Redis of one's own: it answers with its password only, and leaves nothing behind."""

import socket

import pytest
import redis

from shared.local.redis import find_redis, running_redis

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
