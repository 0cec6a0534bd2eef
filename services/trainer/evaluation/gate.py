"""The gate: what a new model has to show before people are served by it.

Why this: docs/decisions/0004-the-gate.md, and 0013-the-gate-uses-intervals.md.
"""

from dataclasses import dataclass
from typing import Any, Final

from services.trainer.evaluation.confidence import Interval, differences
from services.trainer.recipe import Recipe
from shared.graph.port import Graph
from shared.models import read_report, served_version
from shared.scoring import Floats

PASSED: Final = "passed"
REJECTED: Final = "rejected"
_UNKNOWN_RECIPE: Final = (
    "it was trained with settings that this version of Marquee does not know, or on content that the graph has lost"
)


@dataclass(frozen=True, slots=True)
class Served:
    """The served version's name and the recipe it was trained with; None where that can't be repeated."""

    version: str
    recipe: Recipe | None


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
    candidate: Floats, popularity: Floats, *, served: Served | None, repeated: Floats | None, tolerance: float
) -> Verdict:
    """Compare NDCG@20 of the same users on the same held-out events: float32[u] each.

    Args:
        candidate: of the new model.
        popularity: of the most popular movies for everyone: a model has to be better.
        served: the served version, if there is one.
        repeated: of the served version's recipe, trained again on the training events of this very split.
        tolerance: the part of the mean of `repeated` by which the new model may fall behind it.
    """
    better, why = _is_better(candidate, popularity, _popularity(popularity))
    if served is None:
        return Verdict(better, [why, "No model was served before."])
    if repeated is None:
        return Verdict(better, [why, f"{served.version}, which is served, can't be compared: {_UNKNOWN_RECIPE}."])
    holds, why_too = _holds_beside(candidate, repeated, served.version, tolerance)
    return Verdict(better and holds, [why, why_too])


def judge_settings(candidate: Floats, popularity: Floats, default: Floats, name: str) -> Verdict:
    """Whether tuned settings become those that trainings begin from: beside the default, without tolerance.

    A new model may be a little worse than the served one, because it knows newer ratings; settings that are worse have
    nothing for them.

    Args:
        candidate: of a model of the tuned settings.
        popularity: of the most popular movies for everyone.
        default: of a model of the settings from which trainings begin today.
        name: of these.
    """
    better, why = _is_better(candidate, popularity, _popularity(popularity))
    beside = f"the {default.mean():.4f} that the settings of {name}, from which trainings begin today, reach"
    holds, why_too = _is_better(candidate, default, beside)
    return Verdict(better and holds, [why, why_too])


def _popularity(popularity: Floats) -> str:
    return f"popularity's {popularity.mean():.4f}"


def _is_better(candidate: Floats, other: Floats, named: str) -> tuple[bool, str]:
    gap, described = _compare(candidate, other)
    words = "not better than" if gap.mean <= 0 else "better than" if gap.low > 0 else "better, if not surely, than"
    return gap.mean > 0, f"NDCG@20 {candidate.mean():.4f} is {words} {named}: {described}."


def _holds_beside(candidate: Floats, repeated: Floats, version: str, tolerance: float) -> tuple[bool, str]:
    """Fails what is worse by more than the tolerance, and surely worse: its interval lies below zero."""
    gap, described = _compare(candidate, repeated)
    allowed = tolerance * float(repeated.mean())
    holds = gap.mean >= -allowed or gap.high >= 0
    if not holds:
        words = "surely worse, and by more than the tolerance"
    else:
        words = "within the tolerance" if gap.mean >= -allowed else "not surely worse, if by more than the tolerance"
    return holds, (
        f"NDCG@20 {candidate.mean():.4f} is {words} of {allowed:.4f} beside the {repeated.mean():.4f} that the "
        f"settings of {version}, which is served, reach on the same events: {described}."
    )


def _compare(candidate: Floats, other: Floats) -> tuple[Interval, str]:
    """The difference of the means, and in words."""
    (found,) = differences(candidate[:, None], other[:, None])
    gap = found.interval
    return gap, (
        f"the difference is {gap.mean:+.4f}, 95% of resamples of the {len(candidate):,} users between {gap.low:+.4f} "
        f"and {gap.high:+.4f}, p = {found.p:.3f}"
    )
