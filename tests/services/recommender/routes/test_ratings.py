"""Ratings over HTTP: put, listed and removed, and counted in the very next answer."""

import httpx

from services.recommender.routes.ratings import RatingList


def rated(rest: httpx.Client, user: str) -> dict[str, float]:
    found = RatingList.model_validate_json(rest.get(f"/v1/users/{user}/ratings").content)
    return {rating.movie_id: rating.rating for rating in found.items}


def test_a_rating_is_put_shown_and_counted_at_once(rest: httpx.Client) -> None:
    assert rest.get("/v1/users/new/recommendations").json()["basis"] == "popular"

    put = rest.put("/v1/users/new/ratings/a", json={"rating": 5, "ratedAt": 1_600_000_000_000})

    assert put.json() == {"movieId": "a", "rating": 5.0, "ratedAt": "2020-09-13T12:26:40Z"}
    assert rest.get("/v1/users/new/ratings/a").json() == put.json()
    after = rest.get("/v1/users/new/recommendations").json()
    assert after["basis"] == "history"
    assert [movie["movieId"] for movie in after["items"]] == ["d", "b", "c", "e"]


def test_an_older_rating_does_not_replace_a_newer_one(rest: httpx.Client) -> None:
    rest.put("/v1/users/new/ratings/a", json={"rating": 5, "ratedAt": 1_600_000_000_000})

    assert rest.put("/v1/users/new/ratings/a", json={"rating": 1, "ratedAt": 1_500_000_000_000}).json()["rating"] == 5.0
    assert rest.put("/v1/users/new/ratings/a", json={"rating": 2}).json()["rating"] == 2.0


def test_a_removed_rating_does_not_count_any_more(rest: httpx.Client) -> None:
    assert rest.delete("/v1/users/u/ratings/a").status_code == 204

    assert rated(rest, "u") == {}
    assert rest.get("/v1/users/u/recommendations").json()["basis"] == "popular"
    assert rest.get("/v1/users/u/ratings/a").status_code == 404
    assert rest.delete("/v1/users/u/ratings/a").status_code == 404
    assert rest.get("/v1/users/nobody/ratings").status_code == 404


def test_a_batch_counts_whole_or_not_at_all(rest: httpx.Client) -> None:
    items = [{"movieId": "a", "rating": 5}, {"movieId": "b", "rating": 4.5}]
    assert rest.put("/v1/users/new/ratings", json={"items": items}).json() == {"written": 2}
    assert rated(rest, "new") == {"a": 5.0, "b": 4.5}

    both = [{"movieId": "c", "rating": 1}, {"movieId": "?", "rating": 1}]
    unknown = rest.put("/v1/users/new/ratings", json={"items": both})
    off = rest.put("/v1/users/new/ratings", json={"items": [{"movieId": "c", "rating": 77}]})
    twice = rest.put("/v1/users/new/ratings", json={"items": [items[0], items[0]]})

    assert [answer.status_code for answer in (unknown, off, twice)] == [422, 422, 422]
    assert unknown.json()["errors"] == [{"at": "body.items.1", "detail": "there is no movie '?'"}]
    assert off.json()["errors"][0]["at"] == "body.items.0"
    assert rated(rest, "new") == {"a": 5.0, "b": 4.5}


def test_ratings_are_read_by_cursor_while_others_come(rest: httpx.Client) -> None:
    for at, movie in enumerate("abcd"):
        rest.put(f"/v1/users/new/ratings/{movie}", json={"rating": 4, "ratedAt": 1_600_000_000_000 + at})

    page = rest.get("/v1/users/new/ratings?limit=2").json()
    rest.put("/v1/users/new/ratings/e", json={"rating": 4})
    rest_of = rest.get("/v1/users/new/ratings", params={"limit": 2, "cursor": page["nextCursor"]}).json()

    assert [r["movieId"] for r in (*page["items"], *rest_of["items"])] == ["d", "c", "b", "a"]
    assert rest_of["nextCursor"] is None
    assert rest.get("/v1/users/new/ratings?cursor=abc").status_code == 422
