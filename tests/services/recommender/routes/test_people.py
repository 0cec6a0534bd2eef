"""Users like a user, and a movie's audience, by vectors that are written beside the movies'."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.bodies.people import Audience, SimilarUsers
from shared.graph import Graph
from shared.graph.columns import objects
from shared.schema import DIRECTED, USER, Slot

VECTORS = {"u": [1, 0], "x": [0.6, 0.8], "z": [0, 1], "neutral": [-1, 0]}


@pytest.fixture
def people(movies: Graph, rest: httpx.Client) -> httpx.Client:
    """Users' vectors as an inductive training publishes them: the recommender serves without them."""
    columns = {"embedding": np.array([*VECTORS.values()], np.float32)}
    movies.write_slot(USER, Slot.A, objects(list(VECTORS)), columns)
    return rest


def similar(rest: httpx.Client, user_id: str, **query: int) -> dict[str, Any]:
    answer = rest.get(f"/v1/users/{user_id}/similar", params=query)
    assert answer.status_code == 200, answer.text
    SimilarUsers.model_validate_json(answer.content, strict=True)
    body: dict[str, Any] = answer.json()
    return body


def audience(rest: httpx.Client, movie_id: str, **query: object) -> dict[str, Any]:
    answer = rest.get(f"/v1/movies/{movie_id}/audience", params=query)  # type: ignore[arg-type]  # numbers and truths
    assert answer.status_code == 200, answer.text
    Audience.model_validate_json(answer.content, strict=True)
    body: dict[str, Any] = answer.json()
    return body


def scores(body: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(item["userId"], pytest.approx(item["score"], abs=2e-3)) for item in body["items"]]


def test_users_with_the_nearest_vectors_come_first(people: httpx.Client) -> None:
    body = similar(people, "u")

    assert scores(body) == [("x", 0.6), ("z", 0), ("neutral", -1)]
    assert (body["basis"], body["history"], body["model"]) == ("history", "current", {"version": "v1"})
    assert scores(similar(people, "u", limit=1)) == [("x", 0.6)]


@pytest.mark.parametrize("user_id", ["nobody", "silent", "neutral"])
def test_who_has_liked_nothing_is_like_nobody(people: httpx.Client, user_id: str) -> None:
    body = similar(people, user_id)

    assert (body["items"], body["basis"]) == ([], "nothing")


def test_a_deleted_user_is_neither_like_anyone_nor_in_an_audience(people: httpx.Client, movies: Graph) -> None:
    similar(people, "u")
    movies.delete_nodes(USER, ["x"])

    assert [user for user, _ in scores(similar(people, "u"))] == ["z", "neutral"]
    assert [user for user, _ in scores(audience(people, "d"))] == ["z", "u", "neutral"]


def test_the_audience_of_a_movie_are_those_who_give_it_the_highest_scores(people: httpx.Client) -> None:
    body = audience(people, "d")  # (.6, .8) by a temperature of .5, and a bias of .5

    assert scores(body) == [("x", 2.5), ("z", 2.1), ("u", 1.7), ("neutral", -0.7)]
    assert (body["basis"], body["movieId"], body["model"]) == ("model", "d", {"version": "v1"})


def test_who_has_rated_the_movie_is_left_out_or_marked(people: httpx.Client) -> None:
    assert scores(audience(people, "c")) == [("u", 0)]  # x, z and neutral have rated it

    marked = audience(people, "c", includeRated=True)

    assert scores(marked) == [("z", 2), ("x", 1.6), ("neutral", 0), ("u", 0)]
    assert [item["hasRated"] for item in marked["items"]] == [True, True, True, False]
    assert scores(audience(people, "c", includeRated=True, limit=1)) == [("z", 2)]


def test_a_movie_that_the_model_does_not_know_stands_for_those_like_it(people: httpx.Client, movies: Graph) -> None:
    assert audience(people, "f")["basis"] == "nothing"
    movies.put_edges(DIRECTED, objects(["r"]), objects(["f"]), {})
    revision = movies.bump_revision()
    while people.get("/readyz").json()["revision"] != revision:
        pass

    body = audience(people, "f")  # like a (1, 0) and b (.8, .6): (.9, .3)

    assert body["basis"] == "content"
    assert scores(body) == [("u", 1.8), ("x", 1.56), ("z", 0.6), ("neutral", -1.8)]


def test_before_the_first_model_there_is_nobody(
    movies: Graph, serve: Callable[[Graph], httpx.Client], until_served: Callable[[httpx.Client, str | None], None]
) -> None:
    rest = serve(movies)
    until_served(rest, None)

    assert (similar(rest, "u")["items"], similar(rest, "u")["model"]) == ([], None)
    assert audience(rest, "a")["basis"] == "nothing"
    assert rest.get("/v1/movies/nope/audience").status_code == 404


def test_users_known_by_id_are_compared_by_directions(
    movies: Graph,
    publish: Callable[..., None],
    serve: Callable[[Graph], httpx.Client],
    until_served: Callable[[httpx.Client, str | None], None],
) -> None:
    publish("v1", users={"u": [3, 0], "x": [0.3, 0.4], "silent": [0, 7]})
    rest = serve(movies)
    until_served(rest, "v1")

    assert scores(similar(rest, "u")) == [("x", 0.6), ("silent", 0)]
    assert scores(audience(rest, "d")) == [("x", 2.5), ("silent", 2.1), ("u", 1.7)]
