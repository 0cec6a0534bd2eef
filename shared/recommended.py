"""What a batch recommends to every user, as relationships in the graph: replaced in one step.

A batch writes its RECOMMENDED relationships beside those of the batch before, and then changes one node, which says
whose count. So a reader who goes by that node never sees two batches mixed.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from shared.graph.port import Graph
from shared.schema import RECOMMENDATIONS, RECOMMENDED, USER

EVERYONE: Final = "everyone"
"""The name of the one `Recommendations` node."""
_USERS_AT_ONCE: Final = 1_000  # 20,000 relationships of 20 each: half a second of a Neo4j's time


class Basis(StrEnum):
    """What recommendations go by."""

    HISTORY = "history"  # what the user has rated
    PICKS = "picks"  # the movies picked in the request
    GROUP = "group"  # what several users have rated
    POPULAR = "popular"  # how often movies were rated
    TRENDING = "trending"  # how often they were rated lately
    NEWEST = "newest"  # their years
    MODEL = "model"  # how the model sees a movie
    CONTENT = "content"  # what the graph tells of a movie: genres, tags, people
    NOTHING = "nothing"  # there is nothing to go by, and so no answer


def shown_batch(graph: Graph) -> str | None:
    """The job whose RECOMMENDED relationships count, or None before the first."""
    record = graph.read_record(RECOMMENDATIONS, EVERYONE)
    return record["batchId"] if record else None


def show_batch(graph: Graph, batch_id: str, version: str) -> None:
    """Let the relationships that a job has written count from now on, in place of all others."""
    graph.create_record(RECOMMENDATIONS, {"name": EVERYONE})
    changes = {"batchId": batch_id, "version": version, "writtenAt": graph.now()}
    graph.update_record(RECOMMENDATIONS, EVERYONE, changes)


def remove_batches(graph: Graph, *, but: str | None, on_part: Callable[[float], None] = lambda _: None) -> None:
    """Delete the relationships of all jobs but one (None: of all). `on_part` is told what part is done, 0 to 1."""
    users = graph.read_nodes(USER).keys.tolist()
    for start in range(0, len(users), _USERS_AT_ONCE):
        on_part(start / len(users))
        graph.delete_generations(RECOMMENDED, users[start : start + _USERS_AT_ONCE], but=but)
