"""Movies over HTTP: found, shown, compared."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.bodies.answer import Movie
from services.recommender.bodies.recommended import MoviePage, SimilarMovies
from shared.graph import Graph
from shared.graph.port import Array
from shared.schema import DIRECTED, HAS_TAG, IN_GENRE, TAG


def ids(body: dict[str, Any]) -> list[str]:
    return [movie["movieId"] for movie in body["items"]]


def test_a_movie_is_shown(rest: httpx.Client) -> None:
    answer = rest.get("/v1/movies/a")

    assert answer.json()["title"] == "Alien"
    assert Movie.model_validate_json(answer.content, strict=True).actors == ["Sigourney Weaver", "Tom Skerritt"]


def test_without_a_query_the_most_rated_come_first(rest: httpx.Client) -> None:
    answer = rest.get("/v1/movies")

    MoviePage.model_validate_json(answer.content, strict=True)
    assert ids(answer.json()) == list("cbaedf")


def test_movies_come_in_pages(rest: httpx.Client) -> None:
    body = rest.get("/v1/movies", params={"limit": 2, "offset": 3}).json()

    assert ids(body) == ["e", "d"]
    assert body["total"] == 6


def test_movies_are_found_by_title_without_its_accents(rest: httpx.Client) -> None:
    body = rest.get("/v1/movies", params={"q": "AMELIE"}).json()

    assert (ids(body), body["total"]) == (["d"], 1)


@pytest.mark.parametrize(
    ("metric", "ranking", "larger_is_better"),
    [
        ("cosine", [("b", 0.8), ("d", 0.6), ("c", 0), ("e", -1)], True),
        ("dot", [("b", 0.8), ("d", 0.6), ("c", 0), ("e", -1)], True),
        ("euclidean", [("b", 0.4**0.5), ("d", 0.8**0.5), ("c", 2**0.5), ("e", 2)], False),
    ],
)
def test_similar_movies_are_those_with_the_nearest_output_vectors(
    rest: httpx.Client, metric: str, ranking: list[tuple[str, float]], larger_is_better: bool
) -> None:
    answer = rest.get("/v1/movies/a/similar", params={"metric": metric})

    SimilarMovies.model_validate_json(answer.content, strict=True)
    body = answer.json()
    assert ids(body) == [movie for movie, _ in ranking]
    assert [item["score"] for item in body["items"]] == pytest.approx([score for _, score in ranking], abs=1e-6)
    assert (body["metric"], body["largerIsBetter"]) == (metric, larger_is_better)
    assert (body["movieId"], body["model"]) == ("a", {"version": "v1"})


def test_cosine_is_the_metric_unless_another_is_named(rest: httpx.Client) -> None:
    assert rest.get("/v1/movies/b/similar?limit=1").json()["metric"] == "cosine"


def test_a_filter_leaves_some_of_the_similar_movies(rest: httpx.Client) -> None:
    body = rest.get("/v1/movies/a/similar", params={"filter": "year < 2000", "limit": 2}).json()

    assert [(movie["movieId"], movie["score"]) for movie in body["items"]] == [("b", pytest.approx(0.8)), ("c", 0)]
    assert body["basis"] == "model"


def test_a_movie_that_came_after_the_training_is_compared_by_its_content(rest: httpx.Client, movies: Graph) -> None:
    movies.put_edges(IN_GENRE, np.array(["f"], object), np.array(["Sci-Fi"], object), {})
    movies.put_edges(DIRECTED, np.array(["r"], object), np.array(["f"], object), {})
    movies.put_edges(HAS_TAG, *_tagged(movies, "b", "f"), {"count": np.array([1, 1])})
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        pass

    answer = rest.get("/v1/movies/f/similar", params={"metric": "euclidean"})

    SimilarMovies.model_validate_json(answer.content, strict=True)
    body = answer.json()
    assert ids(body) == ["b", "a"]  # both are Sci-Fi by the same director; b has the tag, too
    assert (body["basis"], body["largerIsBetter"], body["model"]) == ("content", True, {"version": "v1"})
    assert ids(rest.get("/v1/movies/f/similar", params={"filter": 'genre = "Horror"'}).json()) == ["a"]


def _tagged(graph: Graph, *movie_ids: str) -> tuple[Array, Array]:
    graph.put_nodes(TAG, {"name": np.array(["noir"], object)})
    return np.array(movie_ids, object), np.array(["noir"] * len(movie_ids), object)


def test_without_a_model_movies_are_compared_by_their_content(
    movies: Graph, serve: Callable[[Graph], httpx.Client], until_served: Callable[[httpx.Client, str | None], None]
) -> None:
    rest = serve(movies)
    until_served(rest, None)

    body = rest.get("/v1/movies/a/similar").json()

    assert (ids(body), body["basis"], body["model"]) == (["b"], "content", None)
    assert rest.get("/v1/movies/c/similar").json()["items"] == []  # nothing is known of it but its title


@pytest.mark.parametrize("path", ["/v1/movies/nope", "/v1/movies/nope/similar"])
def test_a_movie_that_is_not_there_is_not_found(rest: httpx.Client, path: str) -> None:
    answer = rest.get(path)

    assert answer.status_code == 404
    assert "'nope'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (f"/v1/movies?q={'x' * 201}", "query.q"),
        ("/v1/movies?limit=201", "query.limit"),
        ("/v1/movies?offset=-1", "query.offset"),
        ("/v1/movies/a/similar?metric=manhattan", "query.metric"),
    ],
)
def test_what_is_off_the_limits_is_refused(rest: httpx.Client, path: str, at: str) -> None:
    answer = rest.get(path)

    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [at]
