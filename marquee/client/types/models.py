"""Model versions. The names are those of the JSON."""

from typing import Any, Literal, TypedDict

VersionState = Literal["writing", "ready", "rejected"]

UserForm = Literal["inductive", "id"]


class ModelAnswer(TypedDict):
    """A model version."""

    version: str
    objective: Literal["ranking", "rating"]
    state: VersionState
    isServed: bool
    canBeServed: bool
    createdAt: str
    family: str
    userForm: UserForm
    width: int
    movies: int
    users: int
    metrics: dict[str, float]
    jobId: str | None


class ModelDetail(ModelAnswer):
    """A model version with the report of its training."""

    report: dict[str, Any]


class MapItem(TypedDict):
    """A movie on a map."""

    movieId: str
    title: str | None
    year: int | None
    x: int
    y: int
    genre: str | None


class ModelMap(TypedDict):
    """The movies of a version in the plane, the most liked first."""

    version: str
    extent: int
    items: list[MapItem]


class ModelList(TypedDict):
    """Model versions, newest first."""

    items: list[ModelAnswer]


class Both(TypedDict):
    """What the first version has, and what the second has; null where it has none."""

    first: Any
    second: Any


class MetricOfBoth(TypedDict):
    """A metric of both versions."""

    first: float | None
    second: float | None
    difference: float | None
    firstInterval: list[float] | None
    secondInterval: list[float] | None


class ModelComparison(TypedDict):
    """Two versions of one objective, side by side."""

    first: str
    second: str
    served: str | None
    settings: dict[str, Both]
    metrics: dict[str, MetricOfBoth]
    data: dict[str, Both]
    judgedAlike: bool
