"""A graph with something of every kind that is exported, and what it holds."""

from typing import Any

import numpy as np

from shared.describing import Credit
from shared.events import Event, EventRequest, EventType
from shared.graph import Graph
from shared.graph.columns import objects
from shared.movies import MovieChange, Tag, put_movies
from shared.own_properties import OwnType, declare
from shared.schema import USER
from tests.faults.contents import summarise

NEVER_EXPORTED = {
    "Recommendations", "ModelVersion", "ServedModel", "Job", "JobQueue", "Trial", "TunedSettings", "GraphState",
    "Change", "Receipt", "ApiKey", "Account", "LoginName", "Session", "JobLog", "Schedule", "RECOMMENDED", "SERVES",
}  # fmt: skip


def quiet(part: str, done: float) -> None:
    """Nothing to see."""


def contents(graph: Graph) -> dict[str, Any]:
    return {name: found for name, found in summarise(graph).items() if name not in NEVER_EXPORTED}


def fill(graph: Graph) -> dict[str, Any]:
    """Something of every kind, with what is hard in files: missing values, empty texts, quotes, lines, commas."""
    declare(graph, "studio", OwnType.STRING)
    put_movies(
        graph,
        [
            MovieChange(
                "1",
                {"title": 'A "title",\nof two lines; é🎬', "year": 1995, "language": ""},
                genres=["War"],
                tags=[Tag("dark, sad", 2), Tag("x")],
                directors=[Credit.of_name("Agnès Varda")],
                actors=[Credit("p", None), Credit("q", "Q")],
                properties={"studio": "Ciné, «Tamaris»"},
            ),
            MovieChange("2", {"title": None, "year": None}),
            MovieChange("007", {"title": "NULL", "year": 1962}),
            MovieChange('a\\"b", ;', {"title": ' \\"\\", ;\ttab\r\n\r\n; '}, genres=["War", "null"]),
        ],
        creates=True,
    )
    graph.put_nodes(USER, {"userId": objects(["u", "v", "NA"]), "age": np.array([1, 2, -(2**63)])})
    types = [EventType.LIKE, EventType.VIEW, EventType.HIDE, EventType.WATCHLIST]
    events = [Event(type_, "u", "1", time=1_000 + place) for place, type_ in enumerate(types)]
    events += [Event(EventType.DISLIKE, "v", "007", time=5), Event(EventType.RATE, "NA", "2", rating=0.1 + 0.2, time=7)]
    graph.append_events([EventRequest(events)])
    return contents(graph)
