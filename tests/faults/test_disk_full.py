"""A disk that is full: the job says so, nothing is damaged, and the job can be run again once there is room."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from services.ingest.job import STAGES, ingest
from services.ingest.sample import write_sample
from services.ingest.settings import IngestSettings
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import IngestRequest, Job, JobState
from shared.schema import RATED
from shared.work import do_job
from tests.conftest import skip_or_fail
from tests.faults.site import serving, zipped

pytestmark = pytest.mark.slow

DISK_BYTES = 6 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip_or_fail("tmpfs", f"no tmpfs can be mounted here: {getattr(error, 'stderr', error)}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_sample(tmp_path / "sample", users=300)
    return tmp_path / "sample"


def fill(disk: Path, leave_bytes: int) -> Path:
    """Take all but so much of a disk; gives the file to delete."""
    used = sum(file.stat().st_blocks * 512 for file in disk.rglob("*") if file.is_file())
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * max(0, DISK_BYTES - used - leave_bytes))
    return ballast


def do(graph: SqliteGraph, settings: IngestSettings, source: str) -> Job:
    """Ask for an ingest, and do it here."""
    job, _ = Jobs(graph).ask(IngestRequest(source=source), lambda *_: None)
    do_job(graph, job.job_id, partial(ingest, settings), stages=STAGES, lease_seconds=30)
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
