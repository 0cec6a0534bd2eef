"""SIGSTOP: a worker hangs past its lease, another takes its job over, and when it wakes it writes nothing."""

import pytest

from shared.jobs import IngestRequest, Job, JobKind, JobRequest, JobState
from shared.models import get_version
from tests.faults import audit
from tests.faults.contents import summarise
from tests.faults.forms import BOTH_GRAPHS_IF_LONG, KILLS
from tests.faults.marquee import Marquee
from tests.faults.plan import Plan
from tests.faults.reference import SEEDS, Reference, quick_training

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def hang_and_wake(marquee: Marquee, worker: str, request: JobRequest, plan: Plan) -> Job:
    """Have a job done by a second worker while the first one hangs, and let the first one go on then."""
    marquee.saboteurs.leave(plan)
    job = marquee.ask(request)
    marquee.until(lambda: marquee.count("struck", job) == 1, seconds=180, what="the worker hangs")
    hung = marquee.services[worker].process
    second = marquee.beside(worker)
    ended = marquee.await_end(job)
    writes = marquee.count("wrote", job)

    hung.resume()

    marquee.until(
        lambda: "was taken over by another worker" in hung.output(), seconds=30, what="the hung worker notices"
    )
    assert marquee.count("wrote", job) == writes
    second.stop()
    return ended


@BOTH_GRAPHS_IF_LONG
def test_an_ingest_whose_worker_hung_writes_nothing_late(marquee: Marquee, reference: Reference) -> None:
    request = IngestRequest(source=str(reference.folder))

    job = hang_and_wake(marquee, "ingest-worker", request, Plan(JobKind.INGEST, "ratings", 3, signal="SIGSTOP"))

    assert (job.state, job.fence) == (JobState.SUCCEEDED, 2), job.error
    audit.check(list(marquee.saboteurs.notes(job.job_id)))
    assert summarise(marquee.graph) == reference.contents


@BOTH_GRAPHS_IF_LONG
@pytest.mark.parametrize("point", ["write", "pointer"] if KILLS else ["write"])
def test_a_training_whose_worker_hung_writes_nothing_late(marquee: Marquee, reference: Reference, point: str) -> None:
    assert marquee.await_end(marquee.ask(IngestRequest(source=str(reference.folder)))).state is JobState.SUCCEEDED
    seed = SEEDS[0]
    plan = Plan(JobKind.TRAIN, point, 10 if point == "write" else 0, signal="SIGSTOP")

    job = hang_and_wake(marquee, "trainer-worker", quick_training(seed), plan)

    assert (job.state, job.fence) == (JobState.SUCCEEDED, 2), job.error
    audit.check(list(marquee.saboteurs.notes(job.job_id)))
    version = get_version(marquee.graph, str((job.result or {})["version"]))
    assert version.checksum == reference.checksums[seed]
