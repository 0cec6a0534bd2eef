"""Workers on one study. A trial is a formula here; the real one is tested in `test_objective.py`."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import optuna
import pytest

from services.trainer.families.space import Between
from services.trainer.recipe import Recipe
from services.trainer.tuning.objective import Objective, OnStep, Result
from services.trainer.tuning.search import Search
from services.trainer.tuning.study import distributions
from services.trainer.tuning.trials import Trials, TrialState
from shared.errors import CancelledError
from shared.graph import Graph
from shared.job_records import Claim, Jobs
from shared.jobs import Job, TuneRequest

WITHIN = distributions({"temperature": Between(0.05, 0.5), "keep": Between(0.5, 1.0)}, Recipe())


class Formula(Objective):
    """The nearer the temperature is to .1, the better; what `fail` raises ends a trial."""

    def __init__(self, fail: Callable[[], None] = lambda: None) -> None:
        self.fail = fail
        self.done: list[float] = []

    def default(self, on_step: OnStep) -> Result:
        on_step(0.5)
        self.fail()
        self.done.append(0.2)
        return Result(TrialState.COMPLETE, 0.5 - math.log(2), [{"ndcg_at_20": 0.0}], Recipe())

    def run(self, trial: optuna.trial.Trial, on_step: OnStep, is_over: Callable[[], bool]) -> Result:
        on_step(0.5)
        self.fail()
        temperature = trial.params["temperature"]
        self.done.append(temperature)
        if is_over():
            return Result(TrialState.PRUNED, 0.0, [], None)
        return Result(TrialState.COMPLETE, 0.5 - abs(math.log(temperature / 0.1)), [], Recipe(temperature=temperature))


def claimed(graph: Graph, request: TuneRequest) -> Job:
    jobs = Jobs(graph)
    job, _ = jobs.ask(request, lambda *_: None)
    claim = jobs.claim(job.job_id, owner="test", lease_seconds=60)
    assert isinstance(claim, Claim)
    return claim.job


def search(
    graph: Graph,
    request: TuneRequest,
    objective: Objective,
    *,
    minutes_after: float = 0,
    told: Callable[[float], None] = lambda _: None,
) -> tuple[Search, Trials]:
    """A worker whose clock says that its job has begun so many minutes ago."""
    trials = Trials(graph, "study", claimed(graph, request))
    now = graph.now()
    started_at = now - round(minutes_after * 60_000)
    return Search(request, trials, objective, WITHIN, started_at, lambda: now, told), trials


def test_the_first_trial_is_the_default_and_the_study_ends_with_its_last(sqlite_graph: Graph) -> None:
    objective, told = Formula(), list[float]()
    worker, trials = search(sqlite_graph, TuneRequest(trials=4), objective, told=told.append)

    worker.run()

    found = trials.all()
    assert [trial.number for trial in found] == [0, 1, 2, 3]
    assert found[0].parameters == {"temperature": 0.2, "keep": 0.8}
    assert objective.done == [trial.parameters and trial.parameters["temperature"] for trial in found]
    assert told == [0.125, 0.375, 0.625, 0.875]


def test_trials_that_have_ended_are_not_repeated(sqlite_graph: Graph) -> None:
    first, _ = search(sqlite_graph, TuneRequest(trials=3), Formula())
    first.run()
    objective = Formula()
    second, trials = search(sqlite_graph, TuneRequest(trials=5), objective)

    second.run()

    assert len(trials.all()) == 5
    assert len(objective.done) == 2


def test_several_workers_share_the_trials_and_no_two_try_the_same(sqlite_graph: Graph) -> None:
    together = threading.Barrier(2, timeout=30)

    def meet() -> None:
        """At each of the first trials both workers are at one at the same moment."""
        with _whole(together):
            together.wait()

    objectives = [Formula(meet), Formula(meet)]
    workers = [search(sqlite_graph, TuneRequest(trials=8), objective) for objective in objectives]
    threads = [threading.Thread(target=worker.run) for worker, _ in workers]
    for thread in threads:
        thread.start()
    threads[0].join(60)
    together.abort()
    threads[1].join(60)

    found = workers[0][1].all()
    assert [trial.number for trial in found] == list(range(8))
    assert {trial.state for trial in found} == {TrialState.COMPLETE}
    done = [temperature for objective in objectives for temperature in objective.done]
    assert len(done) == len(set(done)) == 8, "each trial was done once, and no two are alike"
    assert min(len(objective.done) for objective in objectives) >= 1


@contextmanager
def _whole(barrier: threading.Barrier) -> Iterator[None]:
    """Whoever is left alone goes on alone."""
    try:
        yield
    except threading.BrokenBarrierError:
        assert barrier.broken


def test_no_trial_begins_once_the_minutes_are_over(sqlite_graph: Graph) -> None:
    worker, trials = search(sqlite_graph, TuneRequest(minutes=5), Formula(), minutes_after=6)

    worker.run()

    assert [trial.state for trial in trials.all()] == [TrialState.COMPLETE], "the default is tried in any case"


def test_a_failing_trial_is_noted_and_the_next_begins(sqlite_graph: Graph) -> None:
    calls = iter([None, ValueError("not finite"), None, None])

    def fail() -> None:
        if (error := next(calls)) is not None:
            raise error

    worker, trials = search(sqlite_graph, TuneRequest(trials=4), Formula(fail))

    worker.run()

    assert [trial.state for trial in trials.all()] == ["complete", "failed", "complete", "complete"]
    assert trials.all()[1].error == "ValueError: not finite"


def test_where_the_default_fails_nothing_else_is_tried(sqlite_graph: Graph) -> None:
    def fail() -> None:
        raise ValueError("not finite")

    worker, trials = search(sqlite_graph, TuneRequest(trials=4), Formula(fail))

    with pytest.raises(ValueError, match="not finite"):
        worker.run()

    assert [trial.state for trial in trials.all()] == ["failed"]


def test_a_cancelled_worker_leaves_its_trial_to_another(sqlite_graph: Graph) -> None:
    def cancel(part: float) -> None:
        if part >= 0.5:
            raise CancelledError("Cancelled.")

    worker, trials = search(sqlite_graph, TuneRequest(trials=3), Formula(), told=cancel)
    with pytest.raises(CancelledError):
        worker.run()
    Jobs(sqlite_graph).release(Claim(trials._job, trials._job.fence))
    objective = Formula()
    other, _ = search(sqlite_graph, TuneRequest(trials=3), objective)

    other.run()

    assert [trial.attempts for trial in trials.all()] == [1, 2, 1]
    assert len(objective.done) == 2
