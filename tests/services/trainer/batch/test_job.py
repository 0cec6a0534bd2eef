"""A batch from the asking to its files: shards, what is done again, what is taken away, and what stays."""

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from services.trainer.batch import job as batch_job
from services.trainer.batch.files import BatchFolder
from services.trainer.batch.job import batch
from services.trainer.batch.shard import do_shard
from services.trainer.settings import TrainerSettings
from services.trainer.stages import BATCH_STAGES, SHARD_STAGES
from shared.errors import LeaseLostError, MarqueeError, UnavailableError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.job_records import Jobs
from shared.jobs import BatchRequest, Job, JobKind, JobState
from shared.recommended import shown_batch
from shared.schema import JOB, MOVIE, RATED, RECOMMENDED, USER, Slot
from shared.work import JobContext, Outcome, do_job
from tests.services.trainer.batch.conftest import MOVIES, USERS, WITHOUT_LIKES, RunBatch, fill, nobody, publish

Rows = list[dict[str, Any]]


@pytest.fixture
def filled(sqlite_graph: Graph) -> Graph:
    fill(sqlite_graph)
    return sqlite_graph


@pytest.fixture
def filled_store(graph: Graph) -> Graph:
    """Likewise, in each store."""
    fill(graph)
    return graph


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_job, "_GRACE_SECONDS", 0.0)


def result_of(job: Job) -> dict[str, Any]:
    assert job.state is JobState.SUCCEEDED, job.error
    return dict(job.result or {})


def rows_of(job: Job) -> Rows:
    folder = Path(result_of(job)["folder"])
    found: Rows = parquet.read_table(folder).to_pylist()
    return found


def in_graph(graph: Graph) -> Rows:
    """The RECOMMENDED relationships that count, as the rows of a file."""
    shown = shown_batch(graph)
    found: Rows = []
    for user in graph.read_nodes(USER).keys.tolist():
        names = ("rank", "score", "version", "basis", "batchId")
        movies, columns = graph.edges_from(RECOMMENDED, user, names) or ([], {})
        for movie, *values in zip(movies, *(columns[name].tolist() for name in names), strict=True):
            row = {"userId": user, "movieId": movie, **dict(zip(names, values, strict=True))}
            if row.pop("batchId") == shown:
                found.append(row)
    return found


def ordered(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row["userId"], row["rank"]))


def test_every_user_gets_a_list_in_one_of_the_shards_files(filled: Graph, run_batch: RunBatch) -> None:
    job = run_batch(filled, top=3)

    rows = rows_of(job)
    assert {row["userId"]: 0 for row in rows}.keys() == {f"u{row:02}" for row in range(USERS)}
    assert [row["rank"] for row in ordered(rows)] == [1, 2, 3] * USERS
    assert {row["version"] for row in rows} == {"v1"}
    assert {row["userId"] for row in rows if row["basis"] == "popular"} == set(WITHOUT_LIKES)
    result = result_of(job)
    assert (result["users"], result["popular_users"], result["recommendations"], result["files"]) == (50, 2, 150, 3)
    folder = Path(result["folder"])
    assert sorted(path.name for path in folder.iterdir()) == [
        "_manifest.json", "part-00000.parquet", "part-00001.parquet", "part-00002.parquet",
    ]  # fmt: skip
    manifest = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))
    assert (manifest["version"], manifest["recommendations"]) == ("v1", 150)
    assert [file["users"] for file in manifest["files"]] == [17, 17, 16]
    metadata = parquet.read_schema(folder / "part-00000.parquet").metadata
    assert metadata[b"marquee.version"] == b"v1"


def test_a_file_of_csv_says_the_same_as_one_of_parquet(filled: Graph, run_batch: RunBatch) -> None:
    as_parquet = rows_of(run_batch(filled, top=5))

    folder = Path(result_of(run_batch(filled, top=5, format="csv"))["folder"])

    files = sorted(folder.glob("*.csv"))
    assert len(files) == 3
    names = pa.concat_tables([csv.read_csv(path) for path in files]).to_pylist()
    for found, expected in zip(names, as_parquet, strict=True):
        assert found == {**expected, "score": pytest.approx(expected["score"], rel=1e-6)}


def test_a_user_gets_no_more_than_the_movies_that_are_left(filled: Graph, run_batch: RunBatch) -> None:
    rows = rows_of(run_batch(filled, top=200))

    rated = filled.edges_from(RATED, "u00")
    assert rated is not None
    assert sum(row["userId"] == "u00" for row in rows) == MOVIES - len(rated[0])


def test_shards_that_other_workers_have_done_are_not_done_again(
    filled: Graph, settings: TrainerSettings, run_batch: RunBatch
) -> None:
    did: list[str] = []

    def other_worker(kind: JobKind, job_id: str) -> None:
        assert kind is JobKind.BATCH_SHARD
        do_job(filled, job_id, partial(do_shard, settings), stages=SHARD_STAGES, lease_seconds=30)
        did.append(job_id)

    job = run_batch(filled, other_worker, top=3)

    assert len(rows_of(job)) == 150
    parts = Jobs(filled).parts(job.job_id)
    assert (len(parts), len(did)) == (3, 2)
    assert [part.fence for part in parts] == [1, 1, 1]
    assert [listed.job_id for listed in Jobs(filled).list()] == [job.job_id], "shards stay out of the list of all jobs"


def test_a_batch_whose_worker_died_goes_on_with_the_shards_that_are_left(
    filled: Graph, settings: TrainerSettings
) -> None:
    jobs = Jobs(filled)
    job, _ = jobs.ask(BatchRequest(top=3), nobody)

    def die(_kind: JobKind, job_id: str) -> None:
        do_job(filled, job_id, partial(do_shard, settings), stages=SHARD_STAGES, lease_seconds=30)
        raise UnavailableError("as if it were killed")

    def killed(context: JobContext) -> Outcome:
        batch_job._Run(settings, die, context, BatchRequest(top=3), folder(settings, job))._plan()
        raise UnavailableError("as if it were killed")

    with pytest.raises(UnavailableError):
        do_job(filled, job.job_id, killed, stages=BATCH_STAGES, lease_seconds=0)
    before = {part.job_id: part.state for part in jobs.parts(job.job_id)}
    do_job(filled, job.job_id, partial(batch, settings, nobody), stages=BATCH_STAGES, lease_seconds=30)

    assert sorted(before.values()) == [JobState.QUEUED, JobState.QUEUED, JobState.SUCCEEDED]
    assert {part.job_id for part in jobs.parts(job.job_id)} == before.keys()
    assert all(part.fence == 1 for part in jobs.parts(job.job_id)), "each was done once"
    assert len(rows_of(jobs.get(job.job_id))) == 150


def folder(settings: TrainerSettings, job: Job) -> BatchFolder:
    return BatchFolder(settings.batches, job.job_id)


def test_a_shard_that_fails_fails_the_batch_and_nothing_is_left(
    filled: Graph, settings: TrainerSettings, run_batch: RunBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.trainer.batch.shard.as_table", lambda *_: 1 / 0)

    job = run_batch(filled, top=3, graph=True)

    assert job.state is JobState.FAILED
    assert "Shard 2 of 3 failed: Unexpected ZeroDivisionError" in str(job.error)
    assert list(settings.batches.glob("*")) == []
    assert filled.check().edges["RECOMMENDED"] == 0
    assert {part.state for part in Jobs(filled).parts(job.job_id)} == {JobState.FAILED, JobState.CANCELLED}


def test_a_batch_that_is_cancelled_stops_in_the_middle_of_a_shard_and_leaves_nothing(
    filled: Graph, settings: TrainerSettings, run_batch: RunBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(filled)
    monkeypatch.setattr("services.trainer.batch.shard._POLL_SECONDS", -1.0)  # asks at each step
    put, stop, is_stopped = type(filled).put_generation, JobContext.stop, threading.Event()

    def noted_stop(context: JobContext, reason: MarqueeError) -> None:
        stop(context, reason)
        is_stopped.set()

    def put_and_cancel(*given: Any) -> None:  # noqa: ANN401 - what the method takes
        put(*given)
        jobs.cancel(jobs.list(kind=JobKind.BATCH)[0].job_id)
        assert is_stopped.wait(10)  # whoever keeps the batch's lease has noticed

    monkeypatch.setattr(JobContext, "stop", noted_stop)
    monkeypatch.setattr(type(filled), "put_generation", put_and_cancel)

    job = run_batch(filled, top=3, graph=True)

    assert job.state is JobState.CANCELLED
    assert list(settings.batches.glob("*")) == []
    assert filled.check().edges["RECOMMENDED"] == 0
    assert {part.state for part in jobs.parts(job.job_id)} == {JobState.CANCELLED}


def test_a_shard_whose_batch_has_ended_does_nothing(filled: Graph, settings: TrainerSettings) -> None:
    jobs, sent = Jobs(filled), []
    job, _ = jobs.ask(BatchRequest(top=3), nobody)

    def plan(context: JobContext) -> Outcome:
        run = batch_job._Run(
            settings, lambda _kind, id_: sent.append(id_), context, BatchRequest(), folder(settings, job)
        )
        run._plan()
        return Outcome()

    do_job(filled, job.job_id, plan, stages=BATCH_STAGES, lease_seconds=30)
    do_job(filled, sent[0], partial(do_shard, settings), stages=SHARD_STAGES, lease_seconds=30)

    assert jobs.get(sent[0]).state is JobState.CANCELLED
    assert not settings.batches.exists()


def test_without_a_model_it_says_what_to_do(sqlite_graph: Graph, run_batch: RunBatch) -> None:
    job = run_batch(sqlite_graph)

    assert job.state is JobState.FAILED
    assert job.error == "No model is served yet, so nothing can be recommended. Train one first."


def test_a_graph_without_users_gives_an_empty_file(filled: Graph, run_batch: RunBatch) -> None:
    filled.delete_nodes(USER, filled.read_nodes(USER).keys.tolist())

    job = run_batch(filled)

    assert rows_of(job) == []
    assert result_of(job)["files"] == 1


def test_a_batch_goes_where_it_is_sent_if_the_settings_allow_it(
    filled: Graph, settings: TrainerSettings, run_batch: RunBatch, tmp_path: Path
) -> None:
    allowed = settings.model_copy(update={"batch_roots": (tmp_path / "exports",)})

    sent = run_batch(filled, settings=allowed, out=str(tmp_path / "exports" / "monday"), top=1)
    refused = run_batch(filled, settings=allowed, out=str(tmp_path / "exports" / ".." / "etc"), top=1)

    assert Path(result_of(sent)["folder"]) == tmp_path / "exports" / "monday" / sent.job_id
    assert refused.state is JobState.FAILED
    assert "MARQUEE_BATCH_ROOTS of the trainer worker names them" in str(refused.error)
    assert not (tmp_path / "etc").exists()


def test_the_newest_batches_are_kept(filled: Graph, settings: TrainerSettings, run_batch: RunBatch) -> None:
    two = settings.model_copy(update={"keep_batches": 2})
    (settings.batches / "unknown.partial").mkdir(parents=True)

    ids = [run_batch(filled, settings=two, top=1).job_id for _ in range(3)]

    assert {path.name for path in settings.batches.iterdir()} == {*ids[1:], "unknown.partial"}


def test_relationships_say_the_same_as_the_files_and_replace_those_of_the_batch_before(
    filled_store: Graph, run_batch: RunBatch
) -> None:
    first = run_batch(filled_store, top=4, graph=True)
    shown_first = in_graph(filled_store)
    publish(filled_store, "v2", Slot.B)

    second = run_batch(filled_store, top=3, graph=True)

    for job, found in ((first, shown_first), (second, in_graph(filled_store))):
        assert ordered(found) == ordered(rows_of(job))
    assert shown_batch(filled_store) == second.job_id
    assert filled_store.check().edges["RECOMMENDED"] == 150, "those of the batch before are gone"


def test_readers_see_one_batch_whole_at_every_moment(
    filled: Graph, run_batch: RunBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_batch(filled, top=4, graph=True)
    expected = {"v1": ordered(rows_of(first))}
    publish(filled, "v2", Slot.B)
    seen: list[str] = []

    def look(when: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def looked(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
            found = method(*given, **named)
            rows = ordered(in_graph(filled))
            (version,) = {row["version"] for row in rows}
            seen.append(version)
            assert version == "v2" or rows == expected["v1"], when
            return found

        return looked

    for name in ("put_generation", "update_record"):
        monkeypatch.setattr(type(filled), name, look(name, getattr(type(filled), name)))
    second = run_batch(filled, top=4, graph=True)

    assert ordered(in_graph(filled)) == ordered(rows_of(second))
    assert seen == sorted(seen), "never back to the old ones"
    assert set(seen) == {"v1", "v2"}


def test_a_worker_that_was_taken_over_shows_nothing(filled: Graph, settings: TrainerSettings) -> None:
    jobs = Jobs(filled)
    job, _ = jobs.ask(BatchRequest(top=3, graph=True), nobody)

    def taken_over(context: JobContext) -> Outcome:
        filled.update_record(JOB, job.job_id, {"fence": 9})
        with pytest.raises(LeaseLostError):
            batch(settings, nobody, context)
        raise LeaseLostError("as it was")

    do_job(filled, job.job_id, taken_over, stages=BATCH_STAGES, lease_seconds=30)

    assert shown_batch(filled) is None
    assert filled.check().edges["RECOMMENDED"] == 0


def test_movies_that_came_after_the_training_are_left_out_of_what_the_model_recommends(
    filled: Graph, run_batch: RunBatch
) -> None:
    filled.put_nodes(MOVIE, {"movieId": objects(["new"])})
    filled.delete_nodes(MOVIE, ["m03"])

    rows = rows_of(run_batch(filled, top=200))

    bases = {row["movieId"]: row["basis"] for row in rows}
    assert bases["new"] == "popular"
    assert {row["userId"] for row in rows if row["movieId"] == "new"} == set(WITHOUT_LIKES)
    assert "m03" not in bases
