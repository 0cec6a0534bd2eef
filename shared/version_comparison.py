"""Two model versions side by side: what they were trained with and on, and how they were judged."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from shared.errors import InvalidInputError
from shared.graph.port import Graph
from shared.models import ModelVersion, get_version, read_report
from shared.schema import SERVES

_JUDGED_BY: Final = ("fingerprint", "split", "like_threshold", "test")
"""What two versions must have in common for their metrics to be figures of the same thing."""
_NO_SETTING: Final = frozenset({"user_form", "weights", "processes", "baselines"})


@dataclass(frozen=True, slots=True)
class Pair:
    """What one version has, and what the other has; None where it has none."""

    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of both versions. Which direction is better depends on the metric: NDCG upwards, RMSE downwards."""

    first: float | None
    second: float | None
    difference: float | None
    """The second less the first."""
    first_interval: tuple[float, float] | None
    """95% over users, of the version alone: that two overlap does not say that the difference may be chance."""
    second_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions of one pointer."""

    first: ModelVersion
    second: ModelVersion
    served: str | None
    """The version that the pointer names: one of these, or another."""
    settings: Mapping[str, Pair]
    """Those that differ."""
    metrics: Mapping[str, Figure]
    data: Mapping[str, Pair]
    """What each was trained on, all of it."""
    judged_alike: bool
    """Whether both were judged on the same held-out events of the same data."""


def compare_versions(graph: Graph, first: str, second: str) -> VersionComparison:
    """The versions `first` and `second`, from their records and reports.

    Raises:
        NotFoundError: there is no such version.
        InvalidInputError: one ranks and the other predicts stars.
    """
    versions = get_version(graph, first), get_version(graph, second)
    if versions[0].pointer != versions[1].pointer:
        raise InvalidInputError(
            f"{first!r} is a {versions[0].pointer} version and {second!r} a {versions[1].pointer} version: they have "
            "nothing in common to compare."
        )
    reports = read_report(graph, first), read_report(graph, second)
    settings = _pairs(*(_settings(version, report) for version, report in zip(versions, reports, strict=True)))
    data = [report.get("data", {}) for report in reports]
    return VersionComparison(
        *versions,
        served=graph.read_pointer(SERVES, versions[0].pointer),
        settings={name: pair for name, pair in settings.items() if pair.first != pair.second},
        metrics=_figures(versions, reports),
        data={name: pair for name, pair in _pairs(*data).items() if not isinstance(pair.first or pair.second, dict)},
        judged_alike="fingerprint" in data[0] and all(data[0].get(name) == data[1].get(name) for name in _JUDGED_BY),
    )


def _settings(version: ModelVersion, report: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen, over what was asked for."""
    found = {**asdict(version.parameters), **report.get("request", {}), **report.get("recipe", {})}
    return {name: value for name, value in found.items() if name not in _NO_SETTING}


def _pairs(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Pair]:
    return {name: Pair(first.get(name), second.get(name)) for name in {**first, **second}}


def _figures(
    versions: tuple[ModelVersion, ModelVersion], reports: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> dict[str, Figure]:
    intervals = _pairs(*(report.get("details", {}).get("intervals", {}) for report in reports))
    found = {}
    for name, pair in _pairs(versions[0].metrics, versions[1].metrics).items():
        known = intervals.get(name, Pair(None, None))
        difference = None if pair.first is None or pair.second is None else pair.second - pair.first
        ends = (tuple(each) if each else None for each in (known.first, known.second))
        found[name] = Figure(pair.first, pair.second, difference, *ends)
    return found
