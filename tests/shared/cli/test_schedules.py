"""Schedules and logs on the command line, over a real store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.cli.jobs import jobs
from shared.cli.schedules import schedules
from shared.errors import InvalidInputError, NotFoundError
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import TrainRequest
from shared.schedules import Plan, Schedules
from shared.work import JobContext, Outcome, do_job

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _environment(sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - made first
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("COLUMNS", "200")


def run(*words: str) -> Result:
    return CliRunner().invoke(schedules, words)


def test_a_schedule_is_made_listed_put_to_rest_and_deleted(sqlite_graph: Graph) -> None:
    request = '{"likeThreshold": 3.5, "seed": 2}'
    said = run("create", "train", "--cron", "30 2 * * *", "--every-events", "10000", "--request", request)
    (made,) = Schedules(sqlite_graph).list()
    assert (made.payload["like_threshold"], made.payload["seed"]) == (3.5, 2)
    assert made.plan == Plan(cron="30 2 * * *", every_events=10_000)
    assert said.output.startswith(f"schedule {made.schedule_id} asks for a train at ")
    assert "02:30 UTC or after 10,000 new events" in said.output

    for words in ([], ["list"]):
        assert made.schedule_id in run(*words).output
    assert run("disable", made.schedule_id).output == f"schedule {made.schedule_id} rests\n"
    assert not Schedules(sqlite_graph).get(made.schedule_id).plan.enabled
    assert "asks for a train" in run("enable", made.schedule_id).output
    assert "is deleted" in run("delete", made.schedule_id).output
    assert isinstance(run("delete", made.schedule_id).exception, NotFoundError)


@pytest.mark.parametrize("words", [["--request", "[]"], ["--request", "{"], ["--every-events", "0"], []])
def test_what_does_not_fit_is_refused(sqlite_graph: Graph, words: list[str]) -> None:
    assert isinstance(run("create", "train", *words).exception, InvalidInputError)
    assert Schedules(sqlite_graph).list() == []


def test_the_log_of_a_job_is_shown(sqlite_graph: Graph, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    job, _ = Jobs(sqlite_graph).ask(TrainRequest(), lambda *_: None)

    def work(context: JobContext) -> Outcome:
        context.progress("fit", 0.5)
        return Outcome()

    do_job(sqlite_graph, job.job_id, work, stages={"fit": 1.0}, lease_seconds=30)

    for more in ([], ["--follow"]):
        lines = CliRunner().invoke(jobs, ["log", job.job_id, *more]).output.splitlines()
        assert [line.rpartition("INFO ")[2] for line in lines] == [
            f"train job {job.job_id} begins here, for the first time",
            "stage fit",
            f"job {job.job_id} succeeded",
        ]
