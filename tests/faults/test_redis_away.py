"""Redis hangs, dies, or loses all that it knew: no job is lost, none hangs, and the recommender goes on answering."""

import time

import pytest
import redis

from shared.jobs import IngestRequest, JobState
from tests.faults import audit
from tests.faults.client import Client
from tests.faults.forms import BOTH_GRAPHS_IF_LONG
from tests.faults.marquee import Marquee
from tests.faults.reference import Reference, quick_training

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), BOTH_GRAPHS_IF_LONG]


@pytest.fixture
def seconds(kills: int) -> float:
    """How long Redis hangs: a minute in the long form."""
    return 60.0 if kills else 3.0


def test_a_redis_that_hangs_costs_no_job(marquee: Marquee, reference: Reference, seconds: float) -> None:
    request = IngestRequest(source=str(reference.folder))
    running, waiting = marquee.ask(request), marquee.ask(request)

    with Client(marquee.url) as client:
        marquee.redis.pause()
        try:
            client.wait_for_more(30, 30)
            time.sleep(seconds)
        finally:
            marquee.redis.resume()
        ended = [marquee.await_end(job) for job in (running, waiting)]

    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 2, [job.error for job in ended]
    for job in ended:
        audit.check(list(marquee.saboteurs.notes(job.job_id)))
    assert not client.refusals


def test_a_redis_that_is_killed_and_started_again_costs_no_job(marquee: Marquee, reference: Reference) -> None:
    request = IngestRequest(source=str(reference.folder))
    running, waiting = marquee.ask(request), marquee.ask(request)

    with Client(marquee.url) as client:
        marquee.redis.kill()
        client.wait_for_more(30, 30)
        marquee.redis.start()
        ended = [marquee.await_end(job) for job in (running, waiting)]

    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 2, [job.error for job in ended]
    assert not client.refusals


def test_a_redis_that_loses_its_data_costs_no_job(marquee: Marquee, reference: Reference) -> None:
    ingest = IngestRequest(source=str(reference.folder))
    jobs = [marquee.ask(ingest), marquee.ask(ingest), marquee.ask(quick_training(0))]
    with redis.Redis.from_url(marquee.redis.url) as client:
        client.flushall()

    ended = [marquee.await_end(job) for job in jobs]

    assert [job.state for job in ended] == [JobState.SUCCEEDED] * 3, [job.error for job in ended]
    for job in ended:
        audit.check(list(marquee.saboteurs.notes(job.job_id)))
