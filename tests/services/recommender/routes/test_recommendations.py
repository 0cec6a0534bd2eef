"""Recommendations over HTTP; the scores are worked out in `conftest.py`."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.bodies.recommended import Recommendations, UserRecommendations
from shared.graph import Graph
from shared.schema import MOVIE, RATED, Slot

Serve = Callable[[Graph], httpx.Client]
UntilServed = Callable[[httpx.Client, str | None], None]


def asked(rest: httpx.Client, user_id: str, **query: object) -> dict[str, Any]:
    answer = rest.get(f"/v1/users/{user_id}/recommendations", params=query)  # type: ignore[arg-type]  # numbers, texts and lists
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


def test_dislikes_alone_bring_popular_movies_without_them(rest: httpx.Client) -> None:
    body = picked(rest, dislikes=["c"], limit=2)

    assert body["basis"] == "popular"
    assert ranking(body) == [("b", 2), ("a", 1)]


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
        ("/v1/users/u/recommendations?diversity=1.1", "query.diversity"),
        ("/v1/users/u/recommendations?diversity=nan", "query.diversity"),
        ("/v1/users/u/recommendations?popularityDamping=-1", "query.popularityDamping"),
        (f"/v1/users/u/recommendations?cursor={'A' * 6_701}", "query.cursor"),
        ("/v1/users/u/recommendations?exclude=", "query.exclude.0"),
    ],
)
def test_a_page_off_the_limits_is_refused(rest: httpx.Client, path: str, at: str) -> None:
    answer = rest.get(path)

    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [at]


def test_a_query_of_too_many_fields_is_refused(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/u/recommendations", params={f"a{n}": "1" for n in range(1_025)})

    assert answer.status_code == 422
    assert "more than 52 fields" in answer.json()["detail"]


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
        {"likes": ["a"], "diversity": "0.5"},
        {"likes": ["a"], "popularityDamping": 2},
        {"likes": ["a"], "exclude": "b"},
        {"likes": ["a"], "exclude": ["b"] * 1_001},
        {"likes": ["a"], "filter": 'gener = "War"'},
        {"likes": ["a"], "cursor": "mine"},
        {"loves": ["a"]},
        [],
    ],
)
def test_picks_off_the_limits_are_refused(rest: httpx.Client, body: object) -> None:
    answer = rest.post("/v1/recommendations", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


# --- filters, exclusions, pages, weights ---


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("year >= 1980", ["d", "b"]),
        ('genre = "sci-fi"', ["b"]),
        ('not genre exists and title contains "a"', ["d", "c"]),
        ('director = "Ridley Scott"', ["b"]),
        ("ratingCount >= 3", ["c"]),
    ],
)
def test_a_filter_leaves_the_best_of_some_movies(rest: httpx.Client, filter_: str, expected: list[str]) -> None:
    body = asked(rest, "u", filter=filter_)

    assert [movie for movie, _ in ranking(body)] == expected
    assert body["basis"] == "history"
    assert ranking(picked(rest, likes=["a"], filter=filter_)) == ranking(body)


def test_who_gets_popular_movies_gets_those_that_the_filter_leaves(rest: httpx.Client) -> None:
    body = asked(rest, "silent", filter="year >= 1970", limit=2)

    assert body["basis"] == "popular"
    assert ranking(body) == [("b", 2), ("a", 1)]


def test_where_the_model_knows_no_movie_that_the_filter_leaves_popular_ones_of_these_come(rest: httpx.Client) -> None:
    body = asked(rest, "u", filter='title = "paths of glory"')

    assert (body["basis"], ranking(body)) == ("popular", [("f", 0)])


def test_a_filter_that_leaves_only_what_was_rated_leaves_nothing(rest: httpx.Client) -> None:
    body = asked(rest, "u", filter='title = "Alien"')

    assert (body["basis"], body["items"], body["next"]) == ("history", [], None)


def test_a_filter_that_can_not_be_read_is_refused_with_the_place(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/u/recommendations", params={"filter": "year > 1990 and genre = War"})

    assert answer.status_code == 422
    assert answer.json()["position"] == 25
    assert answer.json()["detail"].startswith("Filter, character 25: a text in quotes")
    assert answer.json()["detail"].endswith("^")


def test_excluded_movies_are_left_out(rest: httpx.Client) -> None:
    assert [movie for movie, _ in ranking(asked(rest, "u", exclude=["d", "c", "none such"]))] == ["b", "e"]
    assert [movie for movie, _ in ranking(asked(rest, "silent", exclude="c", limit=2))] == ["b", "a"]
    assert [movie for movie, _ in ranking(picked(rest, likes=["a"], exclude=["b"]))] == ["d", "c", "e"]


def test_damping_takes_the_logarithm_of_the_ratings_away(rest: httpx.Client) -> None:
    # d has no ratings, b 2, c 3, e 1
    expected = [("d", 1.7), ("b", 1.6 - 0.5 * np.log(3)), ("c", -0.5 * np.log(4)), ("e", -2 - 0.5 * np.log(2))]

    body = asked(rest, "u", popularityDamping=0.5)

    assert ranking(body) == [(movie, pytest.approx(score, rel=1e-5)) for movie, score in expected]


def test_diversity_puts_what_is_unlike_first(rest: httpx.Client) -> None:
    body = asked(rest, "u", diversity=1)

    # after d (.6, .8), e (-1, 0) is the least like it; then c (0, 1) has .8 with d, and b (.8, .6) has .96
    assert ranking(body) == [("d", 1.7), ("e", -2), ("c", 0), ("b", 1.6)]


def test_pages_by_cursor_repeat_nothing_though_ratings_come_and_another_version_is_served(
    rest: httpx.Client,
    movies: Graph,
    publish: Callable[..., None],
    serve: Serve,
    until_served: UntilServed,
) -> None:
    first = asked(rest, "u", limit=2)
    assert [movie for movie, _ in ranking(first)] == ["d", "b"]

    # Now c is rated, and a version that would put b and d first again is served, by another process.
    rated = {"rating": np.array([1.0]), "ratedAt": np.array([99])}
    movies.put_edges(RATED, np.array(["u"], object), np.array(["c"], object), rated)
    movies.bump_revision()
    publish("v2", Slot.B, np.array([[1, 0], [1, 0], [0.6, 0.8], [1, 0], [0, 1]], np.float32))
    other = serve(movies)
    until_served(other, "v2")
    second = asked(other, "u", limit=2, cursor=first["next"])

    assert [movie for movie, _ in ranking(asked(other, "u", limit=2))] == ["d", "b"]
    assert [movie for movie, _ in ranking(second)] == ["e"]
    assert second["next"] is None


def test_popular_movies_and_picks_have_cursors_too(rest: httpx.Client) -> None:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = picked(rest, limit=2, cursor=cursor)
        found += [movie for movie, _ in ranking(page)]
        cursor = page["next"]

    assert found == list("cbaedf")


def test_a_page_by_offset_has_a_cursor_that_knows_what_was_passed_over(rest: httpx.Client) -> None:
    page = asked(rest, "u", limit=1, offset=1)

    assert [movie for movie, _ in ranking(asked(rest, "u", cursor=page["next"]))] == ["c", "e"]


def test_a_cursor_that_is_none_is_refused(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/u/recommendations?cursor=mine")

    assert answer.status_code == 422
    assert "none of ours" in answer.json()["detail"]
