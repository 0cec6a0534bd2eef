"""Whole training jobs on planted data in a real SQLite graph."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from services.trainer import job as job_module
from services.trainer.fitting.stale import remove_stale_checkpoints
from services.trainer.job import train
from services.trainer.settings import TrainerSettings
from services.trainer.stages import STAGES
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.graph.port import Array, Columns
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import Job, JobState, TrainRequest
from shared.models import UserForm, list_versions, read_map, read_page, read_report, read_served_vectors, served_version
from shared.movie_map import EXTENT
from shared.schema import MOVIE, RATED, USER, NodeKind, Slot
from shared.work import JobContext, Outcome, do_job

RunJob = Callable[[TrainRequest], Job]
pytestmark = pytest.mark.slow
QUICK = TrainRequest(width=16, temperature=0.2, epochs=8, linear_rank=0)


class Crash(BaseException):
    """As if the process were killed: nothing catches it."""


def test_a_training_serves_a_model_that_knows_the_blocks(run_job: RunJob, rated_graph: Graph) -> None:
    done = run_job(QUICK)

    assert done.state is JobState.SUCCEEDED, done.error
    served = read_served_vectors(rated_graph)
    assert served is not None
    assert done.result is not None
    assert (done.result["version"], done.result["verdict"]) == (served.version.version, "passed")
    assert (served.version.movies, served.version.users) == (61, 120)
    own_block = served.movies.columns["embedding"][:20] @ served.movies.columns["embedding"][:20].T
    other_block = served.movies.columns["embedding"][:20] @ served.movies.columns["embedding"][20:40].T
    assert own_block.mean() > other_block.mean() + 0.3


def test_a_movie_that_nobody_rated_points_where_its_genre_does(run_job: RunJob, rated_graph: Graph) -> None:
    run_job(QUICK)

    served = read_served_vectors(rated_graph)
    assert served is not None
    outputs = served.movies.columns["embedding"]
    assert served.movies.keys[60] == "unrated"
    cosines = outputs[:60] @ outputs[60]
    assert cosines[:20].min() > cosines[20:].max()


def test_the_report_says_what_was_done_and_how_good_it_is(run_job: RunJob, rated_graph: Graph) -> None:
    done = run_job(TrainRequest(width=16, epochs=4, seed=3))

    assert done.result is not None
    report = read_report(rated_graph, done.result["version"])
    assert report["recipe"]["seed"] == 3
    assert (report["data"]["users"], report["data"]["movies"], report["data"]["ratings"]) == (120, 61, 1_560)
    assert (report["data"]["likes"], report["data"]["test"]["likes_held_out"]) == (1_440, 120)
    assert len(report["data"]["fingerprint"]) == 64
    assert report["data"]["split"].startswith("by time")
    assert [trial["temperature"] for trial in report["selection"]][:3] == [0.1, 0.15, 0.2]
    assert report["metrics"]["ndcg_at_20"] > report["baselines"]["popularity"]["ndcg_at_20"]
    assert report["baselines"]["ease"]["recall_at_20"] > 0.5
    assert report["baselines"]["matrix-factorisation"]["epochs"] == 4
    assert report["baselines"]["matrix-factorisation"]["recall_at_20"] > 0.5
    assert report["gate"]["verdict"] == "passed"
    assert set(report["seconds"]) == {"select", "train_and_evaluate", "gate"}
    assert report["software"]["dgl"] == "1.1.3"


def test_the_report_says_how_sure_its_figures_are(run_job: RunJob, rated_graph: Graph) -> None:
    done = run_job(QUICK.model_copy(update={"baselines": ["ease", "bias"]}))

    assert done.result is not None
    report = read_report(rated_graph, done.result["version"])
    assert set(report["baselines"]) == {"popularity", "bias", "ease"}  # popularity is always there: the gate asks
    low, high = report["details"]["intervals"]["ndcg_at_20"]
    assert low <= report["metrics"]["ndcg_at_20"] <= high
    assert report["baselines"]["popularity"]["versus_model"]["ndcg_at_20"]["interval"][0] > 0
    assert "95% of resamples of the 120 users" in report["gate"]["reasons"][0]
    assert "per_user" not in report


@pytest.mark.parametrize(
    ("split", "family", "how"),
    [
        ("fold-in", "lightgcn", "users unseen in training"),  # whose users are known by id, but not these
        ("cold-movies", "inductive", "strict cold movies"),
        ("global-time", "inductive", "by time, all likes after one date"),
    ],
)
def test_a_training_is_judged_on_the_split_that_is_asked_for(
    run_job: RunJob, rated_graph: Graph, split: str, family: str, how: str
) -> None:
    done = run_job(QUICK.model_copy(update={"split": split, "family": family, "baselines": ["random"]}))

    assert done.result is not None, done.error
    report = read_report(rated_graph, done.result["version"])
    assert report["data"]["split"].startswith(how)
    assert report["request"]["split"] == split
    random = report["baselines"]["random"]
    assert report["details"]["other_lengths"]["recall_at_5"] > 1.5 * random["other_lengths"]["recall_at_5"]


def test_a_served_version_has_a_page_with_a_map_of_its_movies(run_job: RunJob, rated_graph: Graph) -> None:
    rated_graph.put_nodes(MOVIE, {"movieId": np.array(["m000"], object), "title": np.array(["<i>Amélie</i>"], object)})
    done = run_job(TrainRequest(width=16, temperature=0.2, epochs=8))

    assert done.result is not None
    placed = read_map(rated_graph, done.result["version"])
    assert len(placed) == len(set(placed.movie_ids)) == 60
    assert max(*placed.x, *placed.y) == EXTENT
    assert min(placed.x) == min(placed.y) == 0
    page = read_page(rated_graph, done.result["version"])
    assert page.count("<svg") == 5, "comparison, deciles, curves, linear part, map"
    assert "the 60 most liked movies" in page
    assert "&lt;i&gt;Amélie&lt;/i&gt;" in page
    assert "training loss" in page
    assert f"NDCG@20 {done.result['ndcg_at_20']:.4f} is better" in page


def test_the_served_recipe_is_trained_again_on_the_same_events(run_job: RunJob, rated_graph: Graph) -> None:
    first = run_job(QUICK)
    second = run_job(QUICK.model_copy(update={"temperature": 0.25}))

    assert first.result is not None
    assert second.result is not None
    reasons = read_report(rated_graph, second.result["version"])["gate"]["reasons"]
    assert f"the {first.result['ndcg_at_20']:.4f} that the settings of {first.result['version']}" in reasons[1]


def test_where_nobody_likes_two_movies_no_model_can_be_judged(run_job: RunJob, rated_graph: Graph) -> None:
    rated_graph.delete_nodes(USER, [f"u{row:03}" for row in range(120)])
    rated_graph.put_nodes(USER, {"userId": np.array(["a", "b"], object)})
    columns = {"rating": np.array([5.0, 5.0]), "ratedAt": np.array([1, 2])}
    rated_graph.put_edges(RATED, np.array(["a", "b"], object), np.array(["m000", "m001"], object), columns)

    done = run_job(QUICK)

    assert done.state is JobState.FAILED
    assert "No user has two likes" in (done.error or "")


def test_the_id_family_serves_users_by_id(run_job: RunJob, rated_graph: Graph) -> None:
    done = run_job(QUICK.model_copy(update={"family": "lightgcn"}))

    assert done.state is JobState.SUCCEEDED, done.error
    served = read_served_vectors(rated_graph)
    assert served is not None
    assert served.version.parameters.user_form is UserForm.ID
    assert served.users is not None
    assert len(served.users.keys) == 120


def test_content_that_is_asked_for_takes_part_and_is_in_the_report(run_job: RunJob, rated_graph: Graph) -> None:
    done = run_job(QUICK.model_copy(update={"family": "rgcn", "relations": ["genre"]}))

    assert done.state is JobState.SUCCEEDED, done.error
    assert done.result is not None
    recipe = read_report(rated_graph, done.result["version"])["recipe"]
    assert (recipe["family"], recipe["relations"], recipe["loss"]) == ("rgcn", ["genre"], "softmax")


def test_content_that_the_graph_does_not_hold_is_refused(run_job: RunJob) -> None:
    done = run_job(QUICK.model_copy(update={"family": "rgcn", "relations": ["occupation"]}))

    assert done.state is JobState.FAILED
    assert "holds no occupation" in (done.error or "")


def test_the_same_seed_gives_the_same_vectors(run_job: RunJob, rated_graph: Graph) -> None:
    checksums = []
    for _ in range(2):
        run_job(QUICK)
        served = served_version(rated_graph)
        assert served is not None
        checksums.append(served.checksum)

    assert checksums[0] == checksums[1]


def test_a_job_is_cancelled_within_a_step(
    rated_graph: Graph, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(rated_graph)
    asked, _ = jobs.ask(QUICK.model_copy(update={"epochs": 1_000}), lambda *_: None)
    steps: list[float] = []

    def work(context: JobContext) -> Outcome:
        progress = context.progress

        def cancel_at_first(stage: str, done: float) -> None:
            if stage == "train" and not steps:
                jobs.cancel(asked.job_id)
                time.sleep(1.0)  # the keeper of the lease looks twice a second
            if stage == "train":
                steps.append(done)
            progress(stage, done)

        monkeypatch.setattr(context, "progress", cancel_at_first)  # to know when training has begun
        return train(settings, torch.device("cpu"), context)

    do_job(rated_graph, asked.job_id, work, stages=STAGES, lease_seconds=30)

    assert jobs.get(asked.job_id).state is JobState.CANCELLED
    assert len(steps) == 1
    assert list_versions(rated_graph) == []
    assert not (settings.checkpoints / asked.job_id).exists()


def test_a_job_whose_worker_died_goes_on_from_the_last_finished_stage(
    rated_graph: Graph, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, _ = Jobs(rated_graph).ask(TrainRequest(width=16, temperature=0.2), lambda *_: None)
    run = partial(train, settings, torch.device("cpu"))
    with monkeypatch.context() as patched:
        patched.setattr(job_module, "compare", _crash)
        with pytest.raises(Crash):
            do_job(rated_graph, asked.job_id, run, stages=STAGES, lease_seconds=0.2)
    time.sleep(0.3)  # the lease ends

    with monkeypatch.context() as patched:
        patched.setattr(job_module, "select_recipe", _crash)  # it is not to be called again
        do_job(rated_graph, asked.job_id, run, stages=STAGES, lease_seconds=30)

    assert Jobs(rated_graph).get(asked.job_id).state is JobState.SUCCEEDED
    assert not (settings.checkpoints / asked.job_id).exists()


def test_a_job_whose_worker_died_while_training_ends_with_the_same_vectors(
    run_job: RunJob, rated_graph: Graph, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_job(QUICK)
    served = served_version(rated_graph)
    assert served is not None
    asked, _ = Jobs(rated_graph).ask(QUICK, lambda *_: None)

    def die_in_refit(context: JobContext) -> Outcome:
        progress = context.progress

        def die(stage: str, done: float) -> None:
            if stage == "refit" and done > 0.5:
                raise Crash
            progress(stage, done)

        monkeypatch.setattr(context, "progress", die)
        return train(settings, torch.device("cpu"), context)

    with pytest.raises(Crash):
        do_job(rated_graph, asked.job_id, die_in_refit, stages=STAGES, lease_seconds=0.2)
    assert (settings.checkpoints / asked.job_id / "refit.pt").exists()
    time.sleep(0.3)
    do_job(
        rated_graph,
        asked.job_id,
        partial(train, settings, torch.device("cpu")),
        stages=STAGES,
        lease_seconds=30,
    )

    again = served_version(rated_graph)
    assert again is not None
    assert again.job_id == asked.job_id
    assert again.checksum == served.checksum


def test_a_job_one_of_whose_processes_is_killed_ends_with_the_same_vectors(
    run_job: RunJob, rated_graph: Graph, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = QUICK.model_copy(update={"processes": 2, "baselines": ["popularity"]})
    run_job(request)
    undisturbed = served_version(rated_graph)
    asked, _ = Jobs(rated_graph).ask(request, lambda *_: None)
    killed: list[int] = []

    def kill_in_training(context: JobContext) -> Outcome:
        progress = context.progress

        def kill(stage: str, done: float) -> None:
            if stage == "train" and done > 0.5 and not killed:
                killed.extend(children())
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)
            progress(stage, done)

        monkeypatch.setattr(context, "progress", kill)
        return train(settings, torch.device("cpu"), context)

    do_job(rated_graph, asked.job_id, kill_in_training, stages=STAGES, lease_seconds=30)

    done, served = Jobs(rated_graph).get(asked.job_id), served_version(rated_graph)
    assert done.state is JobState.SUCCEEDED, done.error
    assert len(killed) == 1
    assert served is not None
    assert undisturbed is not None
    assert (served.job_id, served.checksum) == (asked.job_id, undisturbed.checksum)
    assert read_report(rated_graph, served.version)["device"].endswith("processes: 2")
    assert not children()


def children() -> list[int]:
    """Processes that this one has started for trainings, and that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            is_child = int(path.read_text("ascii").rpartition(")")[2].split()[1]) == os.getpid()
            if is_child and b"services.trainer.follower" in (path.parent / "cmdline").read_bytes():
                found.append(int(path.parent.name))
    return found


class BreaksOnUsers(SqliteGraph):
    """A store that fails, for once, when users' vectors are written."""

    def write_slot(self, kind: NodeKind, slot: Slot, keys: Array, columns: Columns) -> None:
        if kind is USER:
            raise OSError("disk I/O error")
        super().write_slot(kind, slot, keys, columns)


def test_a_failing_publication_leaves_the_served_version_whole(
    run_job: RunJob, rated_graph: Graph, settings: TrainerSettings, tmp_path: Path
) -> None:
    run_job(QUICK)
    before = read_served_vectors(rated_graph)
    assert before is not None
    asked, _ = Jobs(rated_graph).ask(QUICK.model_copy(update={"seed": 1}), lambda *_: None)

    with BreaksOnUsers(tmp_path / "graph.db", timeout_seconds=10) as broken:
        work = partial(train, settings, torch.device("cpu"))
        do_job(broken, asked.job_id, work, stages=STAGES, lease_seconds=30)

    failed = Jobs(rated_graph).get(asked.job_id)
    assert failed.state is JobState.FAILED
    assert "disk I/O error" in (failed.error or "")
    after = read_served_vectors(rated_graph)
    assert after is not None
    assert after.version == before.version
    assert (after.movies.columns["embedding"] == before.movies.columns["embedding"]).all()
    assert len(list_versions(rated_graph)) == 1


def test_a_job_that_failed_and_is_asked_for_again_does_not_begin_anew(
    rated_graph: Graph, settings: TrainerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = TrainRequest(width=16, temperature=0.2)
    jobs = Jobs(rated_graph)
    failing, _ = jobs.ask(request, lambda *_: None)
    work = partial(train, settings, torch.device("cpu"))
    with BreaksOnUsers(tmp_path / "graph.db", timeout_seconds=10) as broken:
        do_job(broken, failing.job_id, work, stages=STAGES, lease_seconds=30)
    assert jobs.get(failing.job_id).state is JobState.FAILED
    again, _ = jobs.ask(request, lambda *_: None)

    monkeypatch.setattr(job_module, "select_recipe", _crash)  # they are not to be called again
    monkeypatch.setattr(job_module, "compare", _crash)
    remove_stale_checkpoints(settings.checkpoints, jobs)
    do_job(rated_graph, again.job_id, work, stages=STAGES, lease_seconds=30)

    assert jobs.get(again.job_id).state is JobState.SUCCEEDED, jobs.get(again.job_id).error
    assert not settings.checkpoints.exists()


def test_a_store_that_goes_away_leaves_the_job_to_another_delivery(
    rated_graph: Graph, settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, _ = Jobs(rated_graph).ask(QUICK, lambda *_: None)

    def away(*_args: object, **_kwargs: object) -> None:
        raise UnavailableError("The graph does not answer.")

    monkeypatch.setattr(job_module, "publish", away)
    work = partial(train, settings, torch.device("cpu"))
    with pytest.raises(UnavailableError):
        do_job(rated_graph, asked.job_id, work, stages=STAGES, lease_seconds=30)

    assert Jobs(rated_graph).get(asked.job_id).state is JobState.RUNNING
    assert (settings.checkpoints / asked.job_id / "gate.json").exists()


@pytest.mark.parametrize(
    ("threshold", "message"), [(6.0, "no likes to train on"), (5.0, None)], ids=["nothing liked", "all is well"]
)
def test_nothing_liked_is_told(run_job: RunJob, threshold: float, message: str | None) -> None:
    done = run_job(QUICK.model_copy(update={"like_threshold": threshold}))

    assert done.state is (JobState.FAILED if message else JobState.SUCCEEDED)
    assert (message or "") in (done.error or "")


def _crash(*_args: object, **_kwargs: object) -> None:
    raise Crash
