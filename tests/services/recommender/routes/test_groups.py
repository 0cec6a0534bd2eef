"""Recommendations for several users together; u's vector is (1, 0), z's (.8, 1.6) made one long."""

from typing import Any

import httpx
import pytest

from services.recommender.bodies.recommended import GroupRecommendations


def together(rest: httpx.Client, *user_ids: str, **body: object) -> dict[str, Any]:
    answer = rest.post("/v1/recommendations/group", json={"userIds": user_ids, **body})
    assert answer.status_code == 200, answer.text
    GroupRecommendations.model_validate_json(answer.content, strict=True)
    found: dict[str, Any] = answer.json()
    return found


def ranking(body: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(item["movieId"], item["score"]) for item in body["items"]]


LENGTH = 3.2**0.5
OF_Z = {"d": 2 * (0.6 * 0.8 + 0.8 * 1.6) / LENGTH + 0.5, "e": -2 * 0.8 / LENGTH}
OF_U = {"d": 1.7, "e": -2.0}


@pytest.mark.parametrize(("strategy", "put_together"), [("least-misery", min), ("average", lambda a, b: (a + b) / 2)])
def test_what_nobody_has_rated_comes_by_the_scores_of_all(rest: httpx.Client, strategy: str, put_together: Any) -> None:  # noqa: ANN401 - a function of two numbers
    body = together(rest, "u", "z", strategy=strategy)  # u has rated a, z has rated b and c

    assert ranking(body) == [(m, pytest.approx(put_together(OF_U[m], OF_Z[m]), rel=1e-5)) for m in ("d", "e")]
    assert (body["basis"], body["strategy"], body["model"]) == ("group", strategy, {"version": "v1"})
    assert body["members"] == [{"userId": "u", "hasSay": True}, {"userId": "z", "hasSay": True}]


def test_least_misery_is_the_default(rest: httpx.Client) -> None:
    assert together(rest, "u", "z") == together(rest, "u", "z", strategy="least-misery")


def test_who_likes_nothing_has_no_say_but_what_they_rated_is_left_out(rest: httpx.Client) -> None:
    body = together(rest, "u", "neutral", "nobody")

    assert ranking(body) == [("d", 1.7), ("b", 1.6), ("e", -2)]  # neutral has rated c
    assert [member["hasSay"] for member in body["members"]] == [True, False, False]


def test_a_group_of_unknown_users_gets_popular_movies(rest: httpx.Client) -> None:
    body = together(rest, "nobody", "neutral", limit=2)

    assert (body["basis"], ranking(body)) == ("popular", [("b", 2), ("a", 1)])


def test_filters_exclusions_and_cursors_hold_for_groups(rest: httpx.Client) -> None:
    first = together(rest, "u", "nobody", limit=1)

    assert [movie for movie, _ in ranking(together(rest, "u", "nobody", cursor=first["next"]))] == ["b", "c", "e"]
    assert [movie for movie, _ in ranking(together(rest, "u", filter="year < 1980"))] == ["c", "e"]
    assert [movie for movie, _ in ranking(together(rest, "u", exclude=["d"], limit=1))] == ["b"]
    assert together(rest, "u", filter='title = "Paths of Glory"')["basis"] == "popular"


@pytest.mark.parametrize(
    "body",
    [
        {"userIds": []},
        {"userIds": ["u"] * 2},
        {"userIds": [str(n) for n in range(21)]},
        {"userIds": ["a\n"]},
        {"userIds": ["u"], "strategy": "dictator"},
        {"userIds": ["u"], "limit": "5"},
        {},
    ],
)
def test_a_group_off_the_limits_is_refused(rest: httpx.Client, body: object) -> None:
    assert rest.post("/v1/recommendations/group", json=body).status_code == 422
