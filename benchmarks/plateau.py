"""Families on the large data set: seconds an epoch, and the way to the plateau of the validation curve."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Subject
from benchmarks.large import loaded
from benchmarks.results import Findings, Target, shown
from services.trainer.data.interactions import read_interactions
from services.trainer.environment import share_cores
from shared.apart import Stopwatch, Tell
from shared.graph import open_graph
from shared.jobs import Family, TrainRequest
from shared.settings import GraphSettings

if TYPE_CHECKING:
    from services.trainer.data.fold import Fold
    from services.trainer.fitting.training import Training

LIKED: Final = 4.0
_JUDGED_USERS: Final = 10_000  # as many as a training judges its trials by
_LOOKS_AN_EPOCH: Final = 4
_PATIENCE: Final = 4  # looks without a better one, after which the curve has reached its plateau
_BETTER: Final = 1.001  # by less, it is none
_MOST_MINUTES: Final[dict[Family, float]] = {"inductive": 20.0, "lightgcn": 60.0}
_MOST_MEGABYTES: Final = 6_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a training came to. The time of the looks at validation is not in it.

    Attributes:
        likes: how many it learned from.
        start_seconds: until the first step.
        epoch_seconds: the mean of an epoch.
        curve: points (seconds since the start, NDCG@20 on validation).
        epochs: how many it took, with a fraction.
        has_plateau: whether the curve had ended before the time did.
    """

    likes: int
    start_seconds: float
    epoch_seconds: float
    curve: list[tuple[float, float]]
    epochs: float
    has_plateau: bool


def do_fit(tell: Tell, settings: GraphSettings, family: Family) -> Fitted:
    """Read, hold out, and train to the plateau, as a training job does for one of its trials."""
    share_cores()
    from services.trainer.data.split import split
    from services.trainer.fitting.selection import default_recipe
    from services.trainer.fitting.training import Training
    from services.trainer.machine import prepare_machine

    device = prepare_machine(None, "auto")
    with open_graph(settings) as graph:
        data = read_interactions(graph)  # a job keeps them to its end, so their memory counts
    fold = split(data, LIKED).select.of_fewer_users(_JUDGED_USERS)
    recipe = default_recipe(fold.likes, TrainRequest(family=family))
    watch = Stopwatch()
    training = Training(fold.likes, recipe, device)
    start_seconds = watch.cost().seconds
    curve = _climb(training, fold, tell, 60 * _MOST_MINUTES[family])
    return Fitted(
        likes=len(fold.likes),
        start_seconds=start_seconds,
        epoch_seconds=curve[-1][0] / training.epoch,
        curve=[(start_seconds + seconds, ndcg) for seconds, ndcg in curve],
        epochs=training.epoch,
        has_plateau=_has_plateau(curve),
    )


def _climb(training: "Training", fold: "Fold", tell: Tell, most_seconds: float) -> list[tuple[float, float]]:
    """Train to the plateau, or until the time is over: points (seconds without looks, NDCG@20)."""
    from services.trainer.data.batches import Batches
    from services.trainer.evaluation.metrics import evaluate

    between = max(1, round(len(Batches(fold.likes, training.recipe)) / _LOOKS_AN_EPOCH))  # steps
    curve: list[tuple[float, float]] = []
    seconds = 0.0
    while not _has_plateau(curve) and seconds < most_seconds:
        watch = Stopwatch()
        model = training.run(steps=training.steps + between)
        seconds += watch.cost().seconds
        tell(min(1.0, seconds / most_seconds))
        curve.append((seconds, evaluate(model.scorer(fold.likes), fold).ndcg))
    return curve


def _has_plateau(curve: list[tuple[float, float]]) -> bool:
    """Whether the last looks were no better than those before them."""
    found = [ndcg for _, ndcg in curve]
    return len(found) > _PATIENCE and max(found[-_PATIENCE:]) <= _BETTER * max(found[:-_PATIENCE])


def measure(family: Family, bench: Bench, kind: str) -> Findings:
    """Train on the large data set."""
    found = loaded(bench, kind)
    limit = _MOST_MINUTES[family]
    with bench.step(f"{family}, to its plateau or for {limit:.0f} minutes") as tell:
        done = found.store.run(do_fit, tell, family)
    fitted, peak = done.value, round(done.peak_bytes / 1e6)
    best_seconds, best = max(fitted.curve, key=lambda point: point[1])
    row = {
        "ratings": found.shape.ratings,
        "likes learned from": fitted.likes,
        "start, s": fitted.start_seconds,
        "one epoch, s": fitted.epoch_seconds,
        "epochs": fitted.epochs,
        "to the best look, s": best_seconds,
        "to the end, s": fitted.curve[-1][0],
        "best NDCG@20": best,
        "peak MB": peak,
    }
    work = f"`{family}` on {found.shape.ratings:,} ratings"
    minutes = shown(fitted.curve[-1][0] / 60)
    ending = f"at its plateau after {minutes} min" if fitted.has_plateau else f"still rising after {minutes} min"
    targets = [
        Target(work, f"plateau within {limit:.0f} min", ending, fitted.has_plateau),
        Target.at_most(f"{work}, memory", peak, _MOST_MEGABYTES, "MB"),
    ]
    return Findings([row], targets, [(seconds / 60, ndcg) for seconds, ndcg in fitted.curve])


def _subject(family: Family) -> Subject:
    return Subject(
        family,
        f"Training `{family}` on it",
        "One process reads the graph, holds each user's latest likes out, and trains until NDCG@20 on validation has "
        f"not risen by a thousandth for {_PATIENCE} looks, {_LOOKS_AN_EPOCH} of them an epoch. Times are without the "
        "looks. The start is the SVD that vectors begin with.",
        ("sqlite",),
        partial(measure, family),
    )


SUBJECTS: Final = (_subject("inductive"), _subject("lightgcn"))
