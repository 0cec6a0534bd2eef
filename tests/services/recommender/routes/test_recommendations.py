"""Recommendations over HTTP; the scores are worked out in `conftest.py`."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.answers import Recommendations, UserRecommendations
from shared.graph import Graph
from shared.schema import MOVIE, RATED, Slot

Serve = Callable[[Graph], httpx.Client]
UntilServed = Callable[[httpx.Client, str | None], None]


def asked(rest: httpx.Client, user_id: str, **query: int) -> dict[str, Any]:
    answer = rest.get(f"/v1/users/{user_id}/recommendations", params=query)
    assert answer.status_code == 200, answer.text
    UserRecommendations.model_validate_json(answer.content, strict=True)
    body: dict[str, Any] = answer.json()
    return body


def picked(rest: httpx.Client, **body: object) -> dict[str, Any]:
    answer = rest.post("/v1/recommendations", json=body)
    assert answer.status_code == 200, answer.text
    Recommendations.model_validate_json(answer.content, strict=True)
    found: dict[str, Any] = answer.json()
    return found


def ranking(body: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(item["movieId"], item["score"]) for item in body["items"]]


def test_a_user_gets_what_the_model_scores_best_without_what_they_rated(rest: httpx.Client) -> None:
    body = asked(rest, "u")

    assert ranking(body) == [("d", 1.7), ("b", 1.6), ("c", 0), ("e", -2)]
    assert body["basis"] == "history"
    assert body["model"] == {"version": "v1"}
    assert body["userId"] == "u"
    assert body["items"][1]["title"] == "Blade Runner"
    assert body["items"][1]["directors"] == ["Ridley Scott"]


def test_what_a_user_rated_low_is_left_out_and_changes_nothing_else(rest: httpx.Client) -> None:
    # c (0, 1) and b (.8, .6) liked: (.8, 1.6), divided by its length; e (-1, 0), rated 1, is no part of it
    length = 3.2**0.5

    assert ranking(asked(rest, "x")) == [
        ("d", pytest.approx(2 * (0.6 * 0.8 + 0.8 * 1.6) / length + 0.5)),
        ("a", pytest.approx(2 * 0.8 / length)),
    ]


def test_what_someone_says_they_dislike_takes_its_part_away(rest: httpx.Client) -> None:
    # as above, and half of e (-1, 0) taken away: (1.3, 1.6)
    length = 4.25**0.5

    assert ranking(picked(rest, likes=["c", "b"], dislikes=["e"])) == [
        ("d", pytest.approx(2 * (0.6 * 1.3 + 0.8 * 1.6) / length + 0.5)),
        ("a", pytest.approx(2 * 1.3 / length)),
    ]


def test_limit_and_offset_cut_the_ranking(rest: httpx.Client) -> None:
    assert ranking(asked(rest, "u", limit=2)) == [("d", 1.7), ("b", 1.6)]
    assert ranking(asked(rest, "u", limit=2, offset=1)) == [("b", 1.6), ("c", 0)]
    assert ranking(asked(rest, "u", offset=4)) == []


@pytest.mark.parametrize("user_id", ["nobody", "silent"])
def test_a_user_without_history_gets_popular_movies_and_is_told_so(rest: httpx.Client, user_id: str) -> None:
    body = asked(rest, user_id)

    assert body["basis"] == "popular"
    assert body["model"] == {"version": "v1"}
    assert ranking(body) == [("c", 3), ("b", 2), ("a", 1), ("e", 1), ("d", 0), ("f", 0)]


def test_a_user_who_likes_nothing_yet_gets_popular_movies_that_they_have_not_rated(rest: httpx.Client) -> None:
    body = asked(rest, "neutral", limit=3)

    assert body["basis"] == "popular"
    assert ranking(body) == [("b", 2), ("a", 1), ("e", 1)]


def test_popular_movies_come_in_pages_too(rest: httpx.Client) -> None:
    assert ranking(asked(rest, "neutral", limit=2, offset=1)) == [("a", 1), ("e", 1)]


def test_before_the_first_model_everyone_gets_popular_movies(
    movies: Graph, serve: Serve, until_served: UntilServed
) -> None:
    rest = serve(movies)
    until_served(rest, None)

    body = asked(rest, "u")

    assert (body["basis"], body["model"]) == ("popular", None)
    assert ranking(body)[:2] == [("c", 3), ("b", 2)]
    assert "a" not in dict(ranking(body))


def test_an_empty_graph_answers_with_nothing(sqlite_graph: Graph, serve: Serve, until_served: UntilServed) -> None:
    rest = serve(sqlite_graph)
    until_served(rest, None)

    assert asked(rest, "u")["items"] == []
    assert picked(rest)["items"] == []


def test_a_user_known_by_id_is_scored_by_their_own_vector(
    movies: Graph, publish: Callable[..., None], serve: Serve, until_served: UntilServed
) -> None:
    publish("v1", users={"u": [0, 3]})  # made one long: (0, 1)
    rest = serve(movies)
    until_served(rest, "v1")

    by_id, by_history = asked(rest, "u"), asked(rest, "z")

    assert ranking(by_id) == [("d", 2.1), ("c", 2), ("b", 1.2), ("e", 0)]
    assert by_history["basis"] == "history"
    assert [movie for movie, _ in ranking(by_history)] == ["d", "a", "e"]


def test_another_version_answers_with_its_own_vectors(
    rest: httpx.Client, publish: Callable[..., None], until_served: UntilServed
) -> None:
    from_v1 = asked(rest, "u")
    outputs = np.array([[-1, 0], [-0.8, -0.6], [0, -1], [-0.6, -0.8], [1, 0]], np.float32)
    publish("v2", Slot.B, outputs)
    until_served(rest, "v2")

    from_v2 = asked(rest, "u")

    assert [movie for movie, _ in ranking(from_v1)] == ["d", "b", "c", "e"]
    assert ranking(from_v2) == [("e", 2), ("c", 0), ("d", pytest.approx(-0.7)), ("b", -1.6)]
    assert from_v2["model"] == {"version": "v2"}


def test_a_deleted_movie_is_recommended_no_more(rest: httpx.Client, movies: Graph, until_served: UntilServed) -> None:
    movies.delete_nodes(MOVIE, ["d"])
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        until_served(rest, "v1")

    assert ranking(asked(rest, "u")) == [("b", 1.6), ("c", 0), ("e", -2)]


def test_new_ratings_count_once_their_ingest_has_told_so(rest: httpx.Client, movies: Graph) -> None:
    assert asked(rest, "nobody")["basis"] == "popular"
    users, rated = np.array(["silent"], object), np.array(["a"], object)
    movies.put_edges(RATED, users, rated, {"rating": np.array([5.0]), "ratedAt": np.array([9])})
    asked(rest, "silent")
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        pass

    assert ranking(asked(rest, "silent")) == [("d", 1.7), ("b", 1.6), ("c", 0), ("e", -2)]


def test_a_user_id_may_hold_any_character_that_an_id_may(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/a%2Fb%20%C3%A9%3F/recommendations")

    assert answer.json()["userId"] == "a/b é?"


def test_picks_bring_their_like_and_are_left_out(rest: httpx.Client) -> None:
    body = picked(rest, likes=["a"])

    assert (body["basis"], body["model"]) == ("picks", {"version": "v1"})
    assert ranking(body) == [("d", 1.7), ("b", 1.6), ("c", 0), ("e", -2)]


def test_disliked_picks_take_their_part_away_and_are_left_out(rest: httpx.Client) -> None:
    # c (0, 1) less half of e (-1, 0): (.5, 1), divided by its length
    length = 1.25**0.5

    body = picked(rest, likes=["c"], dislikes=["e"])

    assert ranking(body) == [
        ("d", pytest.approx(2 * (0.6 * 0.5 + 0.8) / length + 0.5)),
        ("b", pytest.approx(2 * (0.8 * 0.5 + 0.6) / length)),
        ("a", pytest.approx(2 * 0.5 / length)),
    ]
    assert picked(rest, likes=["c"], dislikes=["e"], limit=1, offset=2)["items"] == body["items"][2:]


@pytest.mark.parametrize("picks", [{}, {"likes": ["f"]}])
def test_picks_that_tell_the_model_nothing_bring_popular_movies(
    rest: httpx.Client, picks: dict[str, list[str]]
) -> None:
    body = picked(rest, **picks, limit=2)

    assert body["basis"] == "popular"
    assert ranking(body) == [("c", 3), ("b", 2)]


def test_a_movie_picked_twice_counts_once(rest: httpx.Client) -> None:
    assert picked(rest, likes=["a", "a"]) == picked(rest, likes=["a"])


def test_unknown_picks_are_refused_by_name(rest: httpx.Client) -> None:
    answer = rest.post("/v1/recommendations", json={"likes": ["a", "nope"], "dislikes": ["naught"]})

    assert answer.status_code == 422
    assert answer.json()["movieIds"] == ["nope", "naught"]
    assert "'nope', 'naught'" in answer.json()["detail"]


def test_a_movie_both_liked_and_disliked_is_refused(rest: httpx.Client) -> None:
    answer = rest.post("/v1/recommendations", json={"likes": ["a", "b"], "dislikes": ["b"]})

    assert answer.status_code == 422
    assert "'b'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/v1/users/u/recommendations?limit=0", "query.limit"),
        ("/v1/users/u/recommendations?limit=201", "query.limit"),
        ("/v1/users/u/recommendations?limit=many", "query.limit"),
        ("/v1/users/u/recommendations?limit=", "query.limit"),
        ("/v1/users/u/recommendations?offset=1001", "query.offset"),
    ],
)
def test_a_page_off_the_limits_is_refused(rest: httpx.Client, path: str, at: str) -> None:
    answer = rest.get(path)

    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [at]


def test_a_query_of_too_many_fields_is_refused(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/u/recommendations", params={f"a{n}": "1" for n in range(25)})

    assert answer.status_code == 422
    assert "more than 20 fields" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"likes": ["a"] * 1_001},
        {"likes": ["x" * 129]},
        {"likes": [7]},
        {"likes": ["a"], "limit": 201},
        {"likes": ["a"], "limit": True},
        {"likes": ["a"], "limit": "5"},
        {"likes": ["a"], "offset": False},
        {"loves": ["a"]},
        [],
    ],
)
def test_picks_off_the_limits_are_refused(rest: httpx.Client, body: object) -> None:
    answer = rest.post("/v1/recommendations", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
