"""What a recommender says of its own state."""

from typing import Literal

from pydantic import Field

from services.recommender.bodies.answer import Answer, ModelName


class Health(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """Requests can be answered."""

    status: Literal["ready"] = "ready"
    model: ModelName | None = Field(description="The version in service; null before the first training.")
    rating_model: ModelName | None = Field(description="The version that predicts ratings; null where there is none.")
    movies: int = Field(description="In the catalogue.")
    scored_movies: int = Field(description="Those that the version has vectors of.")
    revision: int = Field(description="Of the graph that the catalogue was read at.")
    age_seconds: float = Field(description="Since the catalogue or the version in memory last changed.")
    graph: Literal["here", "away"] = Field(description="Whether the graph answers: `away`, answers come from memory.")
    graph_seen_seconds_ago: float | None = Field(description="Since the graph last answered.")
    versions_in_memory: list[str] = Field(
        description="The versions that can be served without reading them first: the one in service, and the one in "
        "the other slot."
    )
    vectors_bytes: int = Field(description="What the vectors of these versions take.")
    memory_bytes: int | None = Field(description="What the process takes; null where the system does not tell.")
