"""kill -9 in every stage of an ingest and of a training: each ends as if nothing had happened, once, and in order."""

from collections.abc import Sequence

import pytest
from pyarrow import parquet

from shared.graph.neo4j import Neo4jGraph
from shared.jobs import BatchRequest, IngestRequest, Job, JobKind, JobRequest, JobState
from shared.models import checksum, get_version
from shared.recommended import shown_batch
from shared.schema import MOVIE, USER
from tests.faults import audit
from tests.faults.client import Client
from tests.faults.contents import summarise
from tests.faults.forms import BOTH_GRAPHS_IF_LONG, KILLS
from tests.faults.marquee import Marquee
from tests.faults.plan import Plan
from tests.faults.reference import LIMIT, Reference, quick_training
from tests.faults.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def plan(kind: JobKind, point: str, passes: int = 0, **more: object) -> Plan:
    return Plan(kind, point, passes, **more)  # type: ignore[arg-type]


def do(marquee: Marquee, request: JobRequest, plans: Sequence[Plan]) -> Job:
    """Have a job done whose deliveries are struck, one after the other, as planned."""
    marquee.saboteurs.leave(plans[0])
    job = marquee.ask(request)
    for number, following in enumerate([*plans[1:], None], start=1):
        await_blow(marquee, job, number)
        assert marquee.count("struck", job) == number, f"{plans[number - 1]} was not passed"
        if following is not None:
            marquee.saboteurs.leave(following)
    return marquee.await_end(job)


def await_blow(marquee: Marquee, job: Job, number: int) -> None:
    """Wait for the `number`-th blow at a job, or for the job's end."""
    marquee.until(
        lambda: marquee.count("struck", job) == number or marquee.jobs.get(job.job_id).state.is_final,
        seconds=180,
        what=f"blow {number} at {job.job_id}",
    )


def test_an_ingest_that_is_killed_in_each_stage_leaves_the_graph_of_an_undisturbed_one(
    marquee: Marquee, reference: Reference, site: Site
) -> None:
    kind = JobKind.INGEST
    plans = [
        plan(kind, "fetch", 20, whom="all"),
        plan(kind, "check", whom="child"),
        plan(kind, "movies", 2, delay_ms=3),
        plan(kind, "ratings", 2, delay_ms=7),
        plan(kind, "finish"),
    ]
    site.chunk_seconds = 0.02

    job = do(marquee, IngestRequest(source=site.address), plans)

    assert job.state is JobState.SUCCEEDED, job.error
    assert summarise(marquee.graph) == reference.contents
    notes = list(marquee.saboteurs.notes(job.job_id))
    audit.check(notes)
    assert job.fence >= len(plans) + 1
    assert site.ranges[0] is None
    assert site.ranges[1] is not None, "the download began anew"


def test_a_training_that_is_killed_in_each_stage_goes_on_and_answers_are_whole_all_the_time(
    marquee: Marquee, reference: Reference
) -> None:
    kind = JobKind.TRAIN
    first = marquee.await_end(marquee.ask(quick_training(0)))
    assert first.state is JobState.SUCCEEDED, first.error
    before_writing = [plan(kind, "read"), plan(kind, "train", 25), plan(kind, "refit", 25, whom="child")]
    on_neo4j = isinstance(marquee.graph, Neo4jGraph)  # until it writes, a training goes the same way around both
    plans = [
        *([] if on_neo4j and not KILLS else before_writing),
        plan(kind, "write", 10, delay_ms=2),
        plan(kind, "index", 1),
        plan(kind, "pointer"),
        plan(kind, "pointed"),
    ]

    with Client(marquee.url) as client:
        client.begin_with(name_of(first), 20)
        client.wait_for_more(30, 20)
        job = do(marquee, quick_training(1), plans)
        client.wait_for_version(name_of(job), 20)

    assert job.state is JobState.SUCCEEDED, job.error
    audit.check(list(marquee.saboteurs.notes(job.job_id)))
    assert job.fence >= len(plans) + 1
    versions = {name_of(first): 0, name_of(job): 1}
    for version, seed in versions.items():
        assert get_version(marquee.graph, version).checksum == reference.checksums[seed]
    slot = get_version(marquee.graph, name_of(job)).slot
    assert slot is not None
    assert checksum({k: marquee.graph.read_slot(k, slot) for k in (MOVIE, USER)}) == reference.checksums[1]
    client.check({version: reference.rankings[seed] for version, seed in versions.items()})
    assert {answer.version for answer in client.answers} == set(versions)
    assert not client.refusals


@BOTH_GRAPHS_IF_LONG
def test_a_batch_whose_worker_is_killed_in_a_shard_does_that_shard_alone_again(
    marquee: Marquee, reference: Reference
) -> None:
    assert marquee.await_end(marquee.ask(IngestRequest(source=str(reference.folder)))).state is JobState.SUCCEEDED
    trained = marquee.await_end(marquee.ask(quick_training(0)))
    marquee.saboteurs.leave(plan(JobKind.BATCH_SHARD, "rank", whom="child"))

    batch = marquee.ask(BatchRequest(top=LIMIT, graph=True))
    job = marquee.await_end(batch)

    assert job.state is JobState.SUCCEEDED, job.error
    shards = marquee.jobs.parts(job.job_id)
    assert sorted(shard.fence for shard in shards) == [*[1] * (len(shards) - 1), 2]
    assert len(shards) > 2
    for part in (job, *shards):
        audit.check(list(marquee.saboteurs.notes(part.job_id)))
    rows = parquet.read_table((job.result or {})["folder"]).to_pylist()
    assert {row["version"] for row in rows} == {name_of(trained)}
    for user, ranking in reference.rankings[0].items():
        assert {row["movieId"]: row["score"] for row in rows if row["userId"] == user} == pytest.approx(ranking)
    assert marquee.graph.check().edges["RECOMMENDED"] == len(rows)
    assert shown_batch(marquee.graph) == job.job_id


def name_of(job: Job) -> str:
    assert job.result is not None
    return str(job.result["version"])
