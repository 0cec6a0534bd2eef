"""Model versions, as they are answered."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from services.recommender.bodies.answer import VERSION_EXAMPLE, Answer, Time
from shared.models import UserForm, VersionState
from shared.movie_map import EXTENT


class ModelAnswer(Answer):
    """A model version."""

    version: str = Field(examples=[VERSION_EXAMPLE])
    objective: Literal["ranking", "rating"] = Field(description="What it is for: recommending, or predicting stars.")
    state: VersionState
    is_served: bool = Field(
        description="Whether its objective's pointer names it: every recommender serves it within a second."
    )
    can_be_served: bool = Field(description="Whether its vectors are still kept, so that it can be activated.")
    created_at: Time
    family: str = Field(examples=["inductive"])
    user_form: UserForm
    width: int = Field(description="Dimensions of a vector.", examples=[128])
    movies: int
    users: int
    metrics: dict[str, float] = Field(
        description="On held-out ratings.", examples=[{"recall_at_20": 0.29, "ndcg_at_20": 0.387}]
    )
    job_id: str | None


class ModelDetail(ModelAnswer):
    """A model version with the report of its training."""

    report: dict[str, Any] = Field(
        description="Settings, data, metrics, baselines, curve and the gate's verdict, as the training wrote them."
    )


class MapItem(Answer):
    """A movie on a map."""

    movie_id: str
    title: str | None
    year: int | None
    x: int = Field(description="To the right, 0 to `extent`.")
    y: int = Field(description="Upwards, 0 to `extent`.")
    genre: str | None = Field(
        description="Of the movie's genres that a map shows apart, its rarest, which says most; null where it has none."
    )


class ModelMap(Answer):
    """The movies of a model version in the plane, the most liked first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": VERSION_EXAMPLE,
                "extent": EXTENT,
                "items": [
                    {"movieId": "1", "title": "Toy Story", "year": 1995, "x": 6120, "y": 2204, "genre": "Animation"}
                ],
            }
        }
    )

    version: str
    extent: int = Field(description="The longer side of the map.")
    items: list[MapItem]


class ModelList(Answer):
    """Model versions, newest first."""

    items: list[ModelAnswer]


class Both(Answer):
    """What the first version has, and what the second has; null where it has none."""

    first: Any
    second: Any


class MetricOfBoth(Answer):
    """A metric of both versions."""

    first: float | None
    second: float | None
    difference: float | None = Field(description="The second less the first; NDCG is better larger, RMSE smaller.")
    first_interval: tuple[float, float] | None = Field(description="95% over users, where the report has it.")
    second_interval: tuple[float, float] | None


class ModelComparison(Answer):
    """Two versions of one objective, side by side."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "first": VERSION_EXAMPLE,
                "second": "20261122-020000-91c3",
                "served": "20261122-020000-91c3",
                "settings": {"width": {"first": 64, "second": 128}},
                "metrics": {
                    "ndcg_at_20": {
                        "first": 0.381,
                        "second": 0.387,
                        "difference": 0.006,
                        "firstInterval": [0.373, 0.389],
                        "secondInterval": [0.379, 0.395],
                    }
                },
                "data": {"fingerprint": {"first": "5d0c", "second": "5d0c"}, "ratings": {"first": 100, "second": 100}},
                "judgedAlike": True,
            }
        }
    )

    first: str
    second: str
    served: str | None = Field(
        description="The version that their objective's pointer names: one of these, or another."
    )
    settings: dict[str, Both] = Field(description="Those that differ, by the names that the reports use.")
    metrics: dict[str, MetricOfBoth]
    data: dict[str, Both] = Field(description="What each was trained on; equal fingerprints are equal data.")
    judged_alike: bool = Field(
        description="Whether both were judged on the same held-out events of the same data. If not, a difference of "
        "metrics is also one of data."
    )
