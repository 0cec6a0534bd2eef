"""Users over HTTP: written, listed, exported, erased."""

import httpx
import pytest

from services.recommender.bodies.users import UserExport, UserList


def test_a_user_is_written_changed_and_shown(rest: httpx.Client) -> None:
    assert rest.put("/v1/users/new", json={"age": 30, "gender": "F"}).status_code == 201
    assert rest.put("/v1/users/new", json={"age": 31}).json() == {
        "userId": "new",
        "gender": None,
        "age": 31,
        "occupation": None,
    }
    assert rest.patch("/v1/users/new", json={"occupation": "pilot"}).json()["age"] == 31
    assert rest.get("/v1/users/new").json()["occupation"] == "pilot"
    assert rest.patch("/v1/users/nobody", json={}).status_code == 404
    assert rest.get("/v1/users/nobody").status_code == 404
    assert rest.put("/v1/users/new", json={"age": -1}).status_code == 422


def test_users_are_read_by_cursor_while_others_come(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users", params={"limit": 2})
    page = UserList.model_validate_json(answer.content, strict=True)
    seen = [user.user_id for user in page.items]
    rest.put("/v1/users", json={"items": [{"userId": "aa"}, {"userId": "zz"}]})
    while page.next_cursor:
        answer = rest.get("/v1/users", params={"limit": 2, "cursor": page.next_cursor})
        page = UserList.model_validate_json(answer.content)
        seen += [user.user_id for user in page.items]

    assert seen == ["neutral", "silent", "u", "x", "z", "zz"]
    assert rest.get("/v1/users?cursor=abc").status_code == 422


def test_a_batch_of_users_is_written_whole_or_not_at_all(rest: httpx.Client) -> None:
    assert rest.put("/v1/users", json={"items": [{"userId": "p"}, {"userId": "u"}]}).json() == {
        "created": 1,
        "updated": 1,
    }
    faulty = rest.patch("/v1/users", json={"items": [{"userId": "p", "age": 5}, {"userId": "q", "age": 5}]})
    assert faulty.json()["errors"] == [{"at": "body.items.1", "detail": "there is no user 'q'"}]
    assert rest.get("/v1/users/p").json()["age"] is None
    twice = rest.put("/v1/users", json={"items": [{"userId": "p"}, {"userId": "p"}]})
    assert twice.status_code == 422


def test_all_that_is_known_of_a_user_can_be_had(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/x/export")

    found = UserExport.model_validate_json(answer.content)
    assert {rating["movieId"]: rating["rating"] for rating in found.relationships["RATED"]} == {
        "c": 5.0,
        "b": 4.0,
        "e": 1.0,
    }
    assert rest.get("/v1/users/nobody/export").status_code == 404


@pytest.mark.parametrize("user", ["u", "silent"])
def test_an_erased_user_is_a_stranger_at_once(rest: httpx.Client, user: str) -> None:
    before = rest.get(f"/v1/users/{user}/recommendations").json()

    assert rest.delete(f"/v1/users/{user}").status_code == 204

    after = rest.get(f"/v1/users/{user}/recommendations").json()
    assert after["basis"] == "popular"
    assert before["basis"] == ("history" if user == "u" else "popular")
    assert rest.get(f"/v1/users/{user}").status_code == 404
    assert rest.get(f"/v1/users/{user}/export").status_code == 404
    assert rest.delete(f"/v1/users/{user}").status_code == 404
