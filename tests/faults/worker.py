"""A real worker with a saboteur in it.

The saboteur notes what the worker does, and kills or stops it at the point it is told (`tests.faults.plan`). It changes
sizes, so that small data are written in several parts, and nothing else of what the worker does.
"""

import functools
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.ingest.forms.text import TextTable
from services.trainer import publish
from services.trainer.fitting import checkpoints
from services.trainer.fitting.training import Training
from services.trainer.staged import Stages
from shared.cli import main
from shared.errors import LeaseLostError
from shared.graph.neo4j import Neo4jGraph
from shared.graph.sqlite import SqliteGraph
from shared.job_records import Jobs
from shared.jobs import Job
from shared.local.process import end_with_parent
from shared.work import JobContext
from tests.faults.plan import Folder, Plan

_WRITES = (
    "put_nodes", "put_edges", "delete_nodes", "delete_edges", "delete_edges_of", "put_generation",
    "delete_generations", "clear_slot", "write_slot", "index_slot", "await_indexes", "create_record", "update_record",
    "move_pointer", "bump_revision",
)  # fmt: skip


class Saboteur:
    """Sits in a worker's process; the worker does one job at a time, or the parts of one within it."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._passed: dict[str, int] = {}
        self._jobs: list[Job] = []  # the job in hand, after those that it is a part of

    @property
    def _job(self) -> Job | None:
        return self._jobs[-1] if self._jobs else None

    def begin(self, job: Job) -> None:
        """This process has claimed a job."""
        if job.part_of is None:
            self._jobs.clear()
        self._jobs.append(job)
        self._passed = {}
        self.note("claimed")
        self.passes("claimed")

    def note(self, what: str, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Note something about the job in hand."""
        if self._job is not None:
            self._folder.note(what, self._job.job_id, self._job.fence, **more)

    def note_end(self) -> None:
        """Note that the job has finished, and how often it has passed each point."""
        self.note("finished", passed={point: times + 1 for point, times in self._passed.items()})
        self._jobs.pop()

    def passes(self, point: str) -> None:
        """The worker passes a point: carry out the plan, if it names this one."""
        plan = self._folder.read()
        passed = self._passed[point] = self._passed.get(point, -1) + 1
        if plan is None or self._job is None or (plan.kind, plan.point) != (self._job.kind, point):
            return
        if passed < plan.passes or not self._folder.take():
            return
        if plan.delay_ms:
            threading.Thread(target=self._strike, args=(plan,), daemon=True).start()
        else:
            self._strike(plan)

    def _strike(self, plan: Plan) -> None:
        time.sleep(plan.delay_ms / 1_000)
        self.note("struck", point=plan.point, whom=plan.whom, signal=plan.signal)
        number = signal.Signals[plan.signal]
        if plan.whom == "all":
            os.killpg(os.getpgid(0), number)
        else:
            os.kill(os.getpid() if plan.whom == "child" else os.getppid(), number)


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    """Put `around(original, self, …)` in place of a method."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the method takes and gives
        return around(functools.partial(original, self), self, *args, **kwargs)

    setattr(owner, name, wrapped)


def _watch_jobs(saboteur: Saboteur) -> None:
    def begins(init: Callable[..., None], _self: JobContext, graph: Any, job: Job, *rest: Any) -> None:  # noqa: ANN401
        init(graph, job, *rest)
        saboteur.begin(job)

    def progresses(progress: Callable[..., None], _self: JobContext, stage: str, fraction: float) -> None:
        saboteur.passes(stage)
        progress(stage, fraction)

    def finishes(finish: Callable[..., None], _self: Jobs, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        saboteur.passes("finish")
        finish(*args, **kwargs)
        saboteur.note_end()

    _wrap(JobContext, "__init__", begins)
    _wrap(JobContext, "progress", progresses)
    _wrap(Jobs, "finish", finishes)


def _watch_writes(saboteur: Saboteur, method: str) -> None:
    """Note each write of a job's: when it began, and when it was done or refused."""

    def writes(write: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if self._fence is None:
            return write(*args, **kwargs)
        if method == "move_pointer":
            saboteur.passes("pointer")
        began = time.monotonic()
        try:
            result = write(*args, **kwargs)
        except LeaseLostError:
            saboteur.note("refused", method=method)
            raise
        saboteur.note("wrote", method=method, began=began)
        if method == "move_pointer":
            saboteur.passes("pointed")
        return result

    for graph in (SqliteGraph, Neo4jGraph):
        _wrap(graph, method, writes)


def _watch_training(saboteur: Saboteur) -> None:
    """Note what a training does and keeps; keep every step, and write vectors in many parts."""

    def does(stage: Callable[..., Any], _self: Any, name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        def noted() -> Any:  # noqa: ANN401
            saboteur.note("does", stage=name)
            return work()

        result = stage(name, noted)
        saboteur.note("has", stage=name)
        return result

    def saves(save: Callable[..., None], _self: Any, name: str, state: Callable[[], Any], **how: bool) -> None:  # noqa: ANN401
        kept: list[int] = []

        def seen() -> Any:  # noqa: ANN401
            found = state()
            kept.append(found["steps"])
            return found

        save(name, seen, **how)
        for steps in kept:
            saboteur.note("kept", stage=name, steps=steps)

    def loads(load: Callable[..., Any], _self: Any, name: str) -> Any:  # noqa: ANN401
        state = load(name)
        saboteur.note("loaded", stage=name, steps=state["steps"] if state else 0)
        return state

    _wrap(checkpoints.Checkpoints, "stage", does)
    _wrap(checkpoints.Checkpoints, "save", saves)
    _wrap(checkpoints.Checkpoints, "load", loads)
    for name in ("_SECONDS_BETWEEN", "_TIMES_BETWEEN"):
        setattr(checkpoints, name, 0.0)
    setattr(publish, "_ROWS_AT_ONCE", 40)  # noqa: B010 - mypy takes the constant for final


def _watch_steps(saboteur: Saboteur) -> None:
    """Note the steps of trainings that are kept; one within a stage, as a baseline's, is done again with its stage."""
    kept: list[Training] = []

    def trains(train: Callable[..., Any], _self: Any, name: str, training: Any) -> Any:  # noqa: ANN401
        kept[:] = [training]
        return train(name, training)

    def steps(step: Callable[[], None], self: Training) -> None:
        if self in kept:
            saboteur.note("step", steps=self.steps)
        step()

    _wrap(Stages, "train", trains)
    _wrap(Training, "step", steps)


def _watch_ingest() -> None:
    """Read and write in many parts."""
    defaults = TextTable.__init__.__defaults__ or ()
    TextTable.__init__.__defaults__ = (*defaults[:-1], 2**17)  # block_bytes


def run(command: str, environment: Mapping[str, str], log: Path) -> None:
    """Be the worker that `marquee COMMAND` runs, in a process group of its own whose output goes to `log`."""
    os.setsid()
    end_with_parent()
    with log.open("ab") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.environ.update(environment)
    saboteur = Saboteur(Folder(Path(os.environ["FAULTS_FOLDER"])))
    _watch_jobs(saboteur)
    for method in _WRITES:
        _watch_writes(saboteur, method)
    _watch_ingest()
    _watch_training(saboteur)
    _watch_steps(saboteur)
    main([command], prog_name="marquee")
