"""Explanations over HTTP; the scores are worked out in `conftest.py`."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from services.recommender.bodies.explained import Explanations, UserExplanation
from services.recommender.bodies.recommended import Recommendations, UserRecommendations
from shared.graph import Graph
from shared.schema import ACTED_IN, DIRECTED, MOVIE, PERSON

Serve = Callable[[Graph], httpx.Client]
UntilServed = Callable[[httpx.Client, str | None], None]

ALIEN = {"movieId": "a", "title": "Alien", "year": 1979}
BLADE_RUNNER = {"movieId": "b", "title": "Blade Runner", "year": 1982}
SCOTT = {"way": "director", "ownWay": "director", "name": "Ridley Scott", "movies": 2}
SCI_FI = {"way": "genre", "ownWay": "genre", "name": "Sci-Fi", "movies": 2}


def told(rest: httpx.Client, user_id: str, movie_id: str) -> dict[str, Any]:
    answer = rest.get(f"/v1/users/{user_id}/movies/{movie_id}/explanation")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    UserExplanation.model_validate_json(answer.content, strict=True)
    found: dict[str, Any] = answer.json()["explanation"]
    return found


def asked(rest: httpx.Client, **body: object) -> list[dict[str, Any]]:
    answer = rest.post("/v1/explanations", json=body)
    assert answer.status_code == 200, answer.text
    Explanations.model_validate_json(answer.content, strict=True)
    return [item["explanation"] for item in answer.json()["items"]]


def test_a_user_is_told_which_movie_adds_how_much_and_what_connects_it(rest: httpx.Client) -> None:
    assert told(rest, "u", "b") == {
        "method": "shares",
        "score": 1.6,
        "bias": 0,
        "contributions": [{"share": 1.6, "opinion": "like", **ALIEN}],
        "rest": 0,
        "nearest": [],
        "paths": [{**ALIEN, "links": [SCOTT, SCI_FI]}],
        "sentence": "Because you liked Alien (1979): both directed by Ridley Scott, both in the genre Sci-Fi.",
    }


def test_a_movie_that_shares_nothing_with_ones_own_is_explained_by_the_score_alone(rest: httpx.Client) -> None:
    found = told(rest, "u", "d")

    assert (found["score"], found["bias"], found["paths"]) == (1.7, 0.5, [])
    assert found["contributions"] == [{"share": 1.2, "opinion": "like", **ALIEN}]
    assert found["sentence"] == "Because you liked Alien (1979)."


def test_a_movie_that_nothing_speaks_for_is_said_to_be_so(rest: httpx.Client) -> None:
    found = told(rest, "u", "e")

    assert (found["score"], found["contributions"], found["rest"]) == (-2, [], -2)
    assert found["sentence"] == "None of your movies adds to its score."


def test_a_movie_that_came_since_has_paths_and_no_score(rest: httpx.Client, movies: Graph) -> None:
    movies.put_edges(DIRECTED, np.array(["r"], object), np.array(["f"], object), {})
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        pass

    found = told(rest, "u", "f")

    assert (found["method"], found["score"], found["rest"]) == ("new", None, None)
    assert found["paths"] == [{**ALIEN, "links": [{**SCOTT, "movies": 3}]}]
    assert found["sentence"] == "It has no score yet: it came after the last training."


@pytest.mark.parametrize("picks", [{"userId": "x"}, {"likes": ["c", "b"]}, {"likes": ["c", "b"], "dislikes": ["e"]}])
def test_the_shares_are_those_of_the_score_that_is_recommended_by(
    rest: httpx.Client, picks: dict[str, list[str]]
) -> None:
    if "userId" in picks:
        ranking = rest.get(f"/v1/users/{picks['userId']}/recommendations").json()["items"]
    else:
        ranking = rest.post("/v1/recommendations", json=picks).json()["items"]
    explanations = asked(rest, movieIds=[item["movieId"] for item in ranking], **picks)

    assert [found["score"] for found in explanations] == pytest.approx([item["score"] for item in ranking], abs=1e-5)
    for found in explanations:
        shares = [contribution["share"] for contribution in found["contributions"]]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) + found["rest"] + found["bias"] == pytest.approx(found["score"], abs=1e-5)


def test_a_dislike_may_be_what_a_movie_is_recommended_for(rest: httpx.Client) -> None:
    # (0, 1) - (-1, 0) / 2 is (.5, 1): all that it has in common with a comes from e
    [found] = asked(rest, movieIds=["a"], likes=["c"], dislikes=["e"])

    dr_no = {"movieId": "e", "title": "Dr. No", "year": 1962}
    assert found["contributions"] == [
        {"share": pytest.approx(2 * 0.5 / 1.25**0.5), "opinion": "dislike", **dr_no},
    ]
    assert found["sentence"] == "Because you disliked Dr. No (1962)."


def test_what_is_disliked_alone_explains_nothing(rest: httpx.Client) -> None:
    assert asked(rest, movieIds=["a"], dislikes=["e"])[0]["method"] == "popular"


def test_of_movies_that_add_about_as_much_the_connected_one_is_named(rest: httpx.Client) -> None:
    # (1, 0) + (.6, .8): a adds .8 of it to b, and d .96, but a has the director
    [found] = asked(rest, movieIds=["b"], likes=["a", "d"])

    assert [own["movieId"] for own in found["contributions"]] == ["d", "a"]
    assert found["sentence"].startswith("Because you liked Alien (1979): both directed by Ridley Scott")


def test_one_who_directed_the_one_and_plays_in_the_other_is_told_so(rest: httpx.Client, movies: Graph) -> None:
    movies.put_nodes(PERSON, {"personId": np.array(["w"], object), "name": np.array(["Woody Allen"], object)})
    movies.put_edges(DIRECTED, np.array(["w"], object), np.array(["d"], object), {})
    movies.put_edges(ACTED_IN, np.array(["w"], object), np.array(["c"], object), {"order": np.array([0])})
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        pass

    [one], [other] = asked(rest, movieIds=["d"], likes=["c"]), asked(rest, movieIds=["c"], likes=["d"])

    assert one["sentence"] == (
        "Because you liked Casablanca (1942): directed by Woody Allen, who plays in Casablanca (1942)."
    )
    assert other["sentence"] == "Because you liked Amélie (2001): with Woody Allen, who directed Amélie (2001)."


@pytest.mark.parametrize("user_id", ["nobody", "silent", "neutral"])
def test_who_is_not_known_is_told_that_popular_movies_come_first(rest: httpx.Client, user_id: str) -> None:
    found = told(rest, user_id, "c")

    assert (found["method"], found["score"], found["contributions"]) == ("popular", None, [])
    assert found["sentence"] == "Popular movies come first: 3 users have rated this one."


def test_before_the_first_model_paths_of_picks_are_shown(
    movies: Graph, serve: Serve, until_served: UntilServed
) -> None:
    rest = serve(movies)
    until_served(rest, None)

    [found] = asked(rest, movieIds=["a"], likes=["b"])

    assert (found["method"], found["paths"]) == ("popular", [{**BLADE_RUNNER, "links": [SCOTT, SCI_FI]}])
    assert asked(rest, movieIds=["c"], userId="u")[0]["method"] == "popular"


def test_a_user_known_by_id_is_told_of_the_nearest_instead_of_shares(
    movies: Graph, publish: Callable[..., None], serve: Serve, until_served: UntilServed
) -> None:
    publish("v1", users={"u": [0, 3], "silent": [1, 0]})
    rest = serve(movies)
    until_served(rest, "v1")

    found = told(rest, "u", "b")

    assert (found["method"], found["score"], found["bias"]) == ("nearest", 1.2, 0)
    assert (found["contributions"], found["rest"]) == ([], None)
    assert found["nearest"] == [{"similarity": 0.8, **ALIEN}]
    assert found["sentence"] == (
        "Of the movies that you liked, Alien (1979) is nearest to it: "
        "both directed by Ridley Scott, both in the genre Sci-Fi."
    )
    assert told(rest, "u", "a")["nearest"] == []
    assert told(rest, "silent", "a")["sentence"] == "It suits what the last training learned of you."


def test_foreign_text_comes_as_it_is(rest: httpx.Client, movies: Graph) -> None:
    title = '<script>alert("{name}")</script>,"genres":['
    movies.put_nodes(MOVIE, {"movieId": np.array(["a"], object), "title": np.array([title], object)})
    revision = movies.bump_revision()
    while rest.get("/readyz").json()["revision"] != revision:
        pass

    found = told(rest, "u", "d")

    assert found["contributions"][0]["title"] == title
    assert found["sentence"] == f"Because you liked {title} (1979)."


def test_recommendations_come_with_explanations_if_asked_for(rest: httpx.Client) -> None:
    plain = rest.get("/v1/users/u/recommendations").json()
    answer = rest.get("/v1/users/u/recommendations", params={"explain": "true"})
    UserRecommendations.model_validate_json(answer.content, strict=True)
    explained = answer.json()

    assert explained["items"][1].pop("explanation") == told(rest, "u", "b")
    for item in explained["items"]:
        item.pop("explanation", None)
    assert explained == plain


@pytest.mark.parametrize(("likes", "method"), [(["a"], "shares"), ([], "popular")])
def test_recommendations_for_picks_come_with_explanations_too(
    rest: httpx.Client, likes: list[str], method: str
) -> None:
    answer = rest.post("/v1/recommendations", json={"likes": likes, "explain": True, "limit": 2, "offset": 1})
    Recommendations.model_validate_json(answer.content, strict=True)
    items = answer.json()["items"]

    assert [item["explanation"]["method"] for item in items] == [method] * 2
    assert [item["explanation"] for item in items] == asked(
        rest, movieIds=[item["movieId"] for item in items], likes=likes
    )


def test_what_does_not_fit_is_refused(rest: httpx.Client) -> None:
    def refused(**body: object) -> dict[str, Any]:
        answer = rest.post("/v1/explanations", json=body)
        assert answer.status_code == 422, answer.text
        found: dict[str, Any] = answer.json()
        return found

    assert refused(movieIds=["a", "nope"], userId="u")["movieIds"] == ["nope"]
    assert refused(movieIds=["a"], likes=["nope"])["movieIds"] == ["nope"]
    assert "the one or the others" in str(refused(movieIds=["a"], userId="u", likes=["b"]))
    refused(movieIds=[])
    refused(movieIds=["a"] * 101)
    refused(userId="u")
    assert rest.get("/v1/users/u/movies/nope/explanation").status_code == 404
