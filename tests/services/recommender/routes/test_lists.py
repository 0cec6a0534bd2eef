"""Lists that are the same for everyone."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.bodies.recommended import Recommendations
from shared.graph import Graph
from shared.schema import RATED

DAY_MS = 86_400_000


def listed(rest: httpx.Client, name: str, **query: object) -> dict[str, Any]:
    answer = rest.get(f"/v1/movies/{name}", params=query)  # type: ignore[arg-type]  # numbers and texts
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate_json(answer.content, strict=True)
    body: dict[str, Any] = answer.json()
    return body


def ranking(body: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(item["movieId"], item["score"]) for item in body["items"]]


def rate_lately(graph: Graph, days_ago: dict[str, float]) -> None:
    movies = np.array(list(days_ago), object)
    at = np.array([int(time.time() * 1_000 - days * DAY_MS) for days in days_ago.values()])
    columns = {"rating": np.full(len(movies), 3.0), "ratedAt": at}
    graph.put_edges(RATED, np.array(["silent"] * len(movies), object), movies, columns)


def test_popular_movies_come_by_their_ratings(rest: httpx.Client) -> None:
    body = listed(rest, "popular", limit=3)

    assert (body["basis"], ranking(body)) == ("popular", [("c", 3), ("b", 2), ("a", 1)])
    assert ranking(listed(rest, "popular", filter='genre = "Horror"')) == [("a", 1)]
    assert ranking(listed(rest, "popular", exclude=["c", "b"], limit=2)) == [("a", 1), ("e", 1)]
    assert ranking(listed(rest, "popular", cursor=body["next"])) == [("e", 1), ("d", 0), ("f", 0)]


def test_the_newest_movies_come_by_their_years(rest: httpx.Client) -> None:
    body = listed(rest, "newest", limit=3)

    assert (body["basis"], ranking(body)) == ("newest", [("d", 2001), ("b", 1982), ("a", 1979)])
    assert ranking(listed(rest, "newest", filter='genre = "sci-fi"')) == [("b", 1982), ("a", 1979)]


def test_what_was_rated_lately_counts_the_more_the_later(movies: Graph, rest: httpx.Client) -> None:
    rate_lately(movies, {"d": 0.5, "e": 7.5, "c": 40})

    body = listed(rest, "trending")

    assert (body["basis"], ranking(body)) == ("trending", [("d", 1), ("e", 0.5)])


def test_where_nothing_was_rated_lately_popular_movies_come(rest: httpx.Client) -> None:
    body = listed(rest, "trending", limit=1)

    assert (body["basis"], ranking(body)) == ("popular", [("c", 3)])


@pytest.mark.parametrize("name", ["popular", "trending", "newest"])
def test_an_empty_graph_has_empty_lists(
    sqlite_graph: Graph,
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
    name: str,
) -> None:
    rest = serve(sqlite_graph)
    until_served(rest, None)

    body = listed(rest, name)

    assert (body["items"], body["model"], body["next"]) == ([], None, None)


def test_a_list_off_the_limits_is_refused(rest: httpx.Client) -> None:
    assert rest.get("/v1/movies/popular?limit=201").status_code == 422
    assert rest.get("/v1/movies/newest", params={"filter": "year >"}).json()["position"] == 7
