"""The command line asks for jobs and shows them: on a real store and a real queue, with no worker to do them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result

from shared.cli import main
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Claim, Jobs
from shared.jobs import JobState
from shared.schema import JOB

pytestmark = pytest.mark.slow
Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.db"


@pytest.fixture
def marquee(path: Path, redis_server: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{path}")
    monkeypatch.setenv("MARQUEE_REDIS_URL", redis_server)
    monkeypatch.setenv("COLUMNS", "160")
    return lambda *words: CliRunner().invoke(main, words)


def test_an_ingest_is_queued_with_all_that_was_said(marquee: Run, path: Path, redis_server: str) -> None:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        said = marquee(
            "ingest", "r.csv", "--column", "userId=who", "--min-rating", "1", "--max-rating", "10", "--strict"
        )

        assert said.exit_code == 0, said.output
        assert "queued" in said.output
        assert client.llen("ingest") == 1
    with SqliteGraph(path, timeout_seconds=5) as graph:
        job = Jobs(graph).list()[0]
    assert (job.kind, job.state) == ("ingest", "queued")
    assert job.payload == {
        "source": "r.csv",
        "columns": {"userId": "who"},
        "min_rating": 1.0,
        "max_rating": 10.0,
        "strict": True,
    }


def test_a_path_that_exists_is_sent_whole(marquee: Run, path: Path, tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()

    marquee("ingest", str(tmp_path / "x" / ".." / "ml"))
    marquee("ingest", str(tmp_path / "ml"))

    with SqliteGraph(path, timeout_seconds=5) as graph:
        sources = {job.payload["source"] for job in Jobs(graph).list()}
    assert str(tmp_path / "ml") in sources


def test_asking_twice_for_a_training_names_the_same_job(marquee: Run, path: Path) -> None:
    first, second = (marquee("train", "--width", "64") for _ in range(2))

    assert "queued" in first.output
    assert "was waiting already" in second.output
    with SqliteGraph(path, timeout_seconds=5) as graph:
        assert [job.payload["width"] for job in Jobs(graph).list()] == [64]


def test_a_batch_is_queued_with_all_that_was_said(marquee: Run, path: Path, tmp_path: Path) -> None:
    said = marquee("batch", "--top", "5", "--format", "csv", "--out", str(tmp_path / "x" / ".." / "out"), "--graph")

    assert said.exit_code == 0, said.output
    with SqliteGraph(path, timeout_seconds=5) as graph:
        job = Jobs(graph).list()[0]
    assert job.kind == "batch"
    assert job.payload == {"top": 5, "format": "csv", "out": str(tmp_path / "out"), "graph": True}


def test_a_training_is_asked_for_with_its_split_and_its_baselines(marquee: Run, path: Path) -> None:
    marquee("train", "--split", "fold-in", "--baseline", "ease", "--baseline", "matrix-factorisation")

    with SqliteGraph(path, timeout_seconds=5) as graph:
        (job,) = Jobs(graph).list()
    assert (job.payload["split"], job.payload["baselines"]) == ("fold-in", ["ease", "matrix-factorisation"])


def test_asking_twice_for_a_clean_up_names_the_same_job(marquee: Run, path: Path) -> None:
    assert "clean-up job" in marquee("clean-up").output
    assert "was waiting already" in marquee("clean-up").output

    with SqliteGraph(path, timeout_seconds=5) as graph:
        assert [job.kind for job in Jobs(graph).list()] == ["clean-up"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("ingest", "r.csv", "--column", "userId"), "--column 'userId' is not of the form OURS=THEIRS"),
        (("batch", "--top", "0"), "top: Input should be greater than or equal to 1"),
        (("train", "--width", "3"), "width: Input should be greater than or equal to 8"),
        (("jobs", "show", "nope"), "There is no job 'nope'"),
        (("jobs", "cancel", "nope"), "There is no job 'nope'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(marquee: Run, words: tuple[str, ...], fault: str) -> None:
    said = marquee(*words)

    assert said.exit_code == 1
    assert fault in said.output


def test_a_queue_that_is_away_is_told_and_the_job_is_kept_as_failed(
    marquee: Run, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUEE_REDIS_URL", "redis://127.0.0.1:1/0")

    said = marquee("train")

    assert said.exit_code == 1
    assert "Redis" in said.output
    with SqliteGraph(path, timeout_seconds=5) as graph:
        assert Jobs(graph).list()[0].state is JobState.FAILED


def test_the_report_of_an_ingest_is_shown_with_its_faulty_lines(marquee: Run, path: Path) -> None:
    marquee("ingest", "r.csv")
    lines = [{"file": "r.csv", "line": 7, "text": "1,10,11.5"}]
    fault = {
        "table": "ratings",
        "kind": "scale",
        "count": 3,
        "why": "off the scale",
        "done": "left out",
        "lines": lines,
    }
    with SqliteGraph(path, timeout_seconds=5) as graph:
        jobs = Jobs(graph)
        claim = jobs.claim(jobs.list()[0].job_id, owner="test", lease_seconds=5)
        assert isinstance(claim, Claim)
        counts = {"ratings": {"read": 1_003, "written": 1_000, "left_out": 3}}
        jobs.finish(claim, JobState.SUCCEEDED, result={"source": "r.csv", "counts": counts, "faults": [fault]})

    said = marquee("jobs", "show", claim.job.job_id)

    assert "ratings: 1,003 read, 1,000 written, 3 left out" in said.output
    assert "off the scale" in said.output
    assert "r.csv:7: 1,10,11.5" in said.output


def test_a_waiting_job_is_cancelled(marquee: Run, path: Path) -> None:
    marquee("train")
    with SqliteGraph(path, timeout_seconds=5) as graph:
        job = Jobs(graph).list()[0]

        said = marquee("jobs", "cancel", job.job_id)

        assert "is cancelled" in said.output
        record = graph.read_record(JOB, job.job_id)
    assert record is not None
    assert record["state"] == "cancelled"


def test_jobs_are_listed_by_state(marquee: Run) -> None:
    marquee("ingest", "r.csv")

    assert "ingest" in marquee("jobs", "--state", "queued").output
    assert "ingest" not in marquee("jobs", "--state", "failed").output


def test_asking_for_another_training_than_the_waiting_one_queues_it_too(marquee: Run) -> None:
    marquee("train", "--seed", "1")

    assert "queued" in marquee("train", "--seed", "7").output
    assert "was waiting already" in marquee("train", "--seed", "1").output


def test_all_that_a_training_may_be_asked_is_on_the_command_line(marquee: Run, path: Path) -> None:
    marquee(
        "train", "--family", "rgcn", "--relation", "genre", "--relation", "age", "--neighbours", "15", "--loss", "bpr"
    )

    with SqliteGraph(path, timeout_seconds=5) as graph:
        payload = Jobs(graph).list()[0].payload
    assert (payload["family"], payload["relations"], payload["neighbours"]) == ("rgcn", ["genre", "age"], 15)
    assert payload["loss"] == "bpr"


def test_a_result_as_json_comes_out_alone(marquee: Run, path: Path) -> None:
    marquee("ingest", "x[/y].csv")
    with SqliteGraph(path, timeout_seconds=5) as graph:
        jobs = Jobs(graph)
        claim = jobs.claim(jobs.list()[0].job_id, owner="test", lease_seconds=5)
        assert isinstance(claim, Claim)
        jobs.finish(claim, JobState.SUCCEEDED, result={"source": "x[/y].csv"})

    said = marquee("jobs", "show", claim.job.job_id, "--json", "--wait")

    assert json.loads(said.stdout) == {"source": "x[/y].csv"}
    assert "x[/y].csv" in marquee("jobs", "show", claim.job.job_id).output


def test_a_name_comes_before_a_folder_of_that_name(
    marquee: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample").mkdir()
    monkeypatch.chdir(tmp_path)

    marquee("ingest", "sample")
    marquee("ingest", "./sample")

    with SqliteGraph(path, timeout_seconds=5) as graph:
        sources = {job.payload["source"] for job in Jobs(graph).list()}
    assert sources == {"sample", str(tmp_path / "sample")}
