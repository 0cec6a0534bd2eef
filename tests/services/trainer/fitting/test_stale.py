"""Checkpoints of trainings that have ended go, and those that a training may go on from stay."""

import os
import time
from pathlib import Path

from services.trainer.fitting.checkpoints import Checkpoints
from services.trainer.fitting.stale import remove_stale_checkpoints
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import JobState, TrainRequest

EIGHT_DAYS_SECONDS = 8 * 24 * 3_600


def test_what_an_ended_job_has_left_goes_and_what_a_waiting_one_has_stays(sqlite_graph: Graph, tmp_path: Path) -> None:
    jobs = Jobs(sqlite_graph)
    ended, _ = jobs.ask(TrainRequest(), lambda *_: None)
    claim = jobs.claim(ended.job_id, owner="w", lease_seconds=30)
    assert isinstance(claim, Claim)
    jobs.finish(claim, JobState.FAILED)
    waits, _ = jobs.ask(TrainRequest(), lambda *_: None)
    folder = tmp_path / "checkpoints"
    for job in (ended, waits):
        Checkpoints(folder / job.job_id, "key").stage("select", dict)

    remove_stale_checkpoints(folder, jobs)

    assert {path.name for path in folder.iterdir()} == {waits.job_id}


def test_what_a_job_unknown_to_this_graph_has_left_goes_after_a_week(sqlite_graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    for name, age_seconds in (("young", 0), ("old", EIGHT_DAYS_SECONDS)):
        Checkpoints(folder / name, "key")
        os.utime(folder / name, (0, time.time() - age_seconds))

    remove_stale_checkpoints(folder, Jobs(sqlite_graph))

    assert {path.name for path in folder.iterdir()} == {"young"}


def test_the_folder_of_checkpoints_goes_with_the_last(sqlite_graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    first, second = (Checkpoints(folder / name, "key") for name in ("first", "second"))

    first.delete()
    assert folder.exists()
    second.delete()

    assert not folder.exists()
    remove_stale_checkpoints(folder, Jobs(sqlite_graph))
