"""A disk that is full: the job says so, nothing is damaged, and the job can be run again once there is room."""

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from services.ingest.job import STAGES, ingest
from services.ingest.sample import write_sample
from services.ingest.settings import IngestSettings
from services.trainer.job import train
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES as TRAINER_STAGES
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, Job, JobState
from shared.local.neo4j import Neo4jServer
from shared.schema import RATED, TAG
from shared.work import do_job
from tests.conftest import small_disk
from tests.faults.reference import quick_training
from tests.faults.site import serving, zipped

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A small disk: of 6 MiB, or of as many as the test says."""
    with small_disk(tmp_path / "disk", getattr(request, "param", 6)) as folder:
        yield folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_sample(tmp_path / "sample", users=300)
    return tmp_path / "sample"


def fill(disk: Path, leave_bytes: int) -> Path:
    """Take all but so much of a disk; gives the file to delete."""
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(disk).free - leave_bytes))
    return ballast


def do(graph: Graph, settings: IngestSettings, source: str) -> Job:
    """Ask for an ingest, and do it here."""
    job, _ = Jobs(graph).ask(IngestRequest(source=source), lambda *_: None)
    return do_again(graph, settings, job)


def do_again(graph: Graph, settings: IngestSettings, job: Job) -> Job:
    """A delivery of a job."""
    do_job(graph, job.job_id, partial(ingest, settings), stages=STAGES, lease_seconds=0.1)
    return Jobs(graph).get(job.job_id)


def test_a_full_disk_under_the_graph_is_told_by_the_job_and_the_file_stays_whole(disk: Path, data: Path) -> None:
    settings = IngestSettings(data_dir=data.parent, ingest_roots=(data.parent,))
    with SqliteGraph(disk / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        ballast = fill(disk, leave_bytes=700_000)

        failed = do(graph, settings, str(data))

        assert (failed.state, failed.error_type) == (JobState.FAILED, "NoSpaceError")
        assert f"The disk of the graph {disk / 'graph.db'} is full. Make room there" in (failed.error or "")
        assert graph.check().problems == ()

        ballast.unlink()
        again = do(graph, settings, str(data))

        assert again.state is JobState.SUCCEEDED, again.error
        assert graph.check().edges[RATED.type] == (again.result or {})["counts"]["ratings"]["written"]
        with graph._connections.read() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_full_disk_under_a_download_is_told_by_the_job_and_the_download_goes_on_from_there(
    disk: Path, data: Path, tmp_path: Path
) -> None:
    with serving(zipped(data)) as site, SqliteGraph(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        host = site.address.split("/")[2]
        settings = IngestSettings(data_dir=disk, ingest_hosts=(host,), ingest_retry_seconds=0.01)
        ballast = fill(disk, leave_bytes=200_000)

        failed = do(graph, settings, site.address)

        assert (failed.state, failed.error_type) == (JobState.FAILED, "NoSpaceError")
        assert "is full" in (failed.error or "")
        assert "MARQUEE_DATA_DIR" in (failed.error or "")

        ballast.unlink()
        again = do(graph, settings, site.address)

        assert again.state is JobState.SUCCEEDED, again.error
        assert site.ranges[-1] is not None, "the download began anew"


def test_a_full_disk_under_the_checkpoints_is_told_and_the_training_ends_without_them(
    disk: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = TrainerSettings(data_dir=disk, threads=1)
    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=10) as graph:
        graph.prepare()
        do(graph, IngestSettings(data_dir=data.parent, ingest_roots=(data.parent,)), str(data))
        job, _ = Jobs(graph).ask(quick_training(0), lambda *_: None)
        ballast = fill(disk, leave_bytes=8_000)

        work = partial(train, settings, torch.device("cpu"))
        do_job(graph, job.job_id, work, stages=TRAINER_STAGES, lease_seconds=30)

        ended = Jobs(graph).get(job.job_id)
        assert ended.state is JobState.SUCCEEDED, ended.error
        told = [record.getMessage() for record in caplog.records if "could not be written" in record.getMessage()]
        assert len(told) == 1
        assert "No space left on device" in told[0]
        assert "MARQUEE_DATA_DIR" in told[0]
        assert [file for file in disk.rglob("*") if file.is_file()] == [ballast]


@pytest.mark.parametrize("disk", [pytest.param(64, id="neo4j")], indirect=True)
def test_a_full_disk_under_neo4j_is_told_and_all_that_was_acknowledged_is_there_after_a_start(
    disk: Path, data: Path, neo4j_cache: Path, kills: int
) -> None:
    if not kills:
        pytest.skip("Neo4j takes a minute to look through its damaged log; `make test-faults` waits for it")
    settings = IngestSettings(data_dir=data.parent, ingest_roots=(data.parent,))
    server = Neo4jServer(
        disk / "neo4j", cache=neo4j_cache, preallocates_log=False, heap_megabytes=512, page_cache_megabytes=32
    )
    address = server.address
    with server, Neo4jGraph(address.url, user=address.user, password=address.password, timeout_seconds=20) as graph:
        graph.prepare()
        graph.put_nodes(TAG, {"name": objects(["acknowledged"])})
        job, _ = Jobs(graph).ask(IngestRequest(source=str(data)), lambda *_: None)
        ballast = fill(disk, leave_bytes=300_000)

        with pytest.raises(UnavailableError, match="its log says why; where the disk is full, make room and start it"):
            do_again(graph, settings, job)

        ballast.unlink()
        server.stop()
        # As docs/operations.md says: the end of Neo4j's log is half a transaction, which nobody was told to be there.
        with (disk / "neo4j" / "conf" / "neo4j.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("internal.dbms.tx_log.fail_on_corrupted_log_files=false\n")
        server.start()
        assert graph.read_nodes(TAG).keys.tolist() == ["acknowledged"]
        time.sleep(0.2)  # the lease of the delivery that failed ends
        done = do_again(graph, settings, job)

        assert done.state is JobState.SUCCEEDED, done.error
        check = graph.check()
        assert check.problems == ()
        assert check.edges[RATED.type] == (done.result or {})["counts"]["ratings"]["written"]
