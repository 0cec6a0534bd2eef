import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.trainer.data.fold import Fold
from services.trainer.tuning.cli import tune
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import JobKind
from shared.tuning import TunedSettings, keep_tuned, list_tuned

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, blocks: Fold) -> Path:
    """The planted likes; of the eight others of each user's block, four are for validation and four for the test."""
    held_out = [movies.tolist() for movies in blocks.held_out.each()]
    parts = {
        "train.txt": [movies.tolist() for movies in blocks.likes.each()],
        "valid.txt": [movies[:4] for movies in held_out],
        "test.txt": [movies[4:] for movies in held_out],
    }
    for name, lists in parts.items():
        lines = (f"u{user} {' '.join(f'm{movie}' for movie in movies)}\n" for user, movies in enumerate(lists))
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    return tmp_path


def test_a_folder_is_tuned_here_and_a_second_time_goes_on_with_the_trials_in_the_file(folder: Path) -> None:
    words = [str(folder), "--threads", "1", "--store", str(folder / "study.db")]

    shown = CliRunner().invoke(tune, [*words, "--trials", "1", "--out", str(folder / "plots")], catch_exceptions=False)
    done = CliRunner().invoke(tune, [*words, "--trials", "2", "--json"], catch_exceptions=False)

    assert shown.exit_code == 0, shown.output
    assert "1 trials" in shown.output
    assert "temperature" in shown.output
    assert "verdict: unchanged" in shown.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert [trial["number"] for trial in found["trials"]] == [0, 1]
    assert f"{found['trials'][0]['value']:.4f}" in shown.output, "the first trial is read from the file"
    assert found["importances"] == {}
    assert sorted(path.name for path in (folder / "plots").iterdir()) == ["tuning-history.png", "tuning-history.svg"]


@pytest.fixture
def graph(sqlite_graph: Graph, tmp_path: Path, redis_server: str, monkeypatch: pytest.MonkeyPatch) -> Graph:
    """The graph and the queue that the command finds in its environment."""
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path}/graph.db")
    monkeypatch.setenv("MARQUEE_REDIS_URL", redis_server)
    return sqlite_graph


def test_as_many_jobs_are_queued_as_workers_are_asked_for(graph: Graph) -> None:
    done = CliRunner().invoke(tune, ["--minutes", "5", "--family", "lightgcn", "--workers", "2"])

    assert done.output.count("queued") == 2, done.output
    assert [job.payload["minutes"] for job in Jobs(graph).list(kind=JobKind.TUNE)] == [5.0, 5.0]


def test_what_does_not_fit_is_told(graph: Graph) -> None:
    done = CliRunner().invoke(tune, ["--trials", "0"])

    assert "trials: Input should be greater than or equal to 1" in str(done.exception)
    assert Jobs(graph).list() == []


def test_tuned_settings_are_forgotten_family_by_family(graph: Graph) -> None:
    keep_tuned(graph, TunedSettings("lightgcn", 4.0, {"layers": 3}, {}, "a study", 12, "a-job", 1))

    said = [CliRunner().invoke(tune, ["--forget", "--family", "lightgcn"]).output for _ in range(2)]

    assert said[0] == "trainings of lightgcn begin from the defaults again\n"
    assert said[1] == "trainings of lightgcn began from the defaults already\n"
    assert list_tuned(graph) == []
