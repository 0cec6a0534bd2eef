"""The gate: what a new model has to show before people are served by it. Why this: docs/decisions/0004-the-gate.md."""

from dataclasses import dataclass
from typing import Any, Final

from services.trainer.recipe import Recipe
from shared.graph.port import Graph
from shared.models import read_report, served_version

PASSED: Final = "passed"
REJECTED: Final = "rejected"
_UNKNOWN_RECIPE: Final = "it was trained with settings that this version of Marquee does not know"


@dataclass(frozen=True, slots=True)
class Served:
    """The served version's name and the recipe it was trained with; None where that can't be repeated.

    Tuned settings are compared with those that trainings begin from: then `what` says so.
    """

    version: str
    recipe: Recipe | None
    what: str = "which is served"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may be served, and why: one sentence for each comparison."""

    passed: bool
    reasons: list[str]

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a report."""
        return {"verdict": PASSED if self.passed else REJECTED, "reasons": self.reasons}


def find_served(graph: Graph) -> Served | None:
    """The served version, or None before the first."""
    version = served_version(graph)
    if version is None:
        return None
    try:
        recipe = Recipe.from_json(read_report(graph, version.version)["recipe"])
    except (KeyError, TypeError):
        return Served(version.version, None)
    return Served(version.version, recipe)


def judge(
    candidate: float, popularity: float, *, served: Served | None, repeated: float | None, tolerance: float
) -> Verdict:
    """Compare NDCG@20 on the same held-out events.

    Args:
        candidate: of the new model.
        popularity: of the most popular movies for everyone: a model has to be better.
        served: the served version, if there is one.
        repeated: of the served version's recipe, trained again on the training events of this very split.
        tolerance: the part of `repeated` by which the new model may fall behind it.
    """
    passed = candidate > popularity
    better = "better" if passed else "not better"
    reasons = [f"NDCG@20 {candidate:.4f} is {better} than popularity's {popularity:.4f}."]
    if served is None:
        return Verdict(passed, [*reasons, "No model is served yet."])
    if repeated is None:
        return Verdict(passed, [*reasons, f"{served.version}, which is served, can't be compared: {_UNKNOWN_RECIPE}."])
    least = repeated * (1 - tolerance)
    holds = candidate >= least
    below = "not below" if holds else "below"
    reasons.append(
        f"NDCG@20 {candidate:.4f} is {below} {least:.4f}, which is {1 - tolerance:.0%} of the {repeated:.4f} "
        f"that the settings of {served.version}, {served.what}, reach on the same events."
    )
    return Verdict(passed and holds, reasons)
