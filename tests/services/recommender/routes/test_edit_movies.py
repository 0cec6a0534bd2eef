"""Movies and their declared properties over HTTP: written, listed, changed, removed."""

import json
from collections.abc import Callable

import httpx
import pytest

from services.recommender.bodies.movies import MovieDetail
from shared.graph import Graph
from shared.schema import MOVIE

HEAT = {
    "title": "Heat",
    "year": 1995,
    "genres": ["Crime", "Action", "Crime"],
    "tags": ["heist", {"name": "LA", "count": 4}],
    "directors": ["Michael Mann"],
    "actors": [{"personId": "ap", "name": "Al Pacino"}, "Robert De Niro", "robert  de niro"],
    "imdbId": "113277",
    "tmdbId": "949",
}

WaitUntil = Callable[[Callable[[], bool]], None]


def test_a_movie_that_was_written_is_shown_at_once_and_soon_in_lists(rest: httpx.Client, wait_until: WaitUntil) -> None:
    written = rest.put("/v1/movies/heat", json=HEAT)

    assert written.status_code == 201, written.text
    shown = rest.get("/v1/movies/heat")
    MovieDetail.model_validate_json(shown.content, strict=True)
    assert shown.json() == written.json()
    body = shown.json()
    assert (body["imdbId"], body["genres"], body["actors"]) == (
        "tt0113277",
        ["Action", "Crime"],
        ["Al Pacino", "Robert De Niro"],
    )
    assert body["tags"] == [{"name": "LA", "count": 4}, {"name": "heist", "count": None}]
    assert body["people"]["actors"][0] == {"personId": "ap", "name": "Al Pacino"}
    wait_until(lambda: rest.get("/v1/movies", params={"q": "heat"}).json()["total"] == 1)
    found = rest.get("/v1/movies", params={"q": "heat"}).json()["items"][0]
    assert {name: body[name] for name in found} == found


def test_put_replaces_a_movie_and_patch_changes_what_it_names(rest: httpx.Client) -> None:
    rest.put("/v1/movies/heat", json=HEAT)

    changed = rest.patch("/v1/movies/heat", json={"year": None, "genres": ["Drama"]}).json()
    assert (changed["title"], changed["year"], changed["genres"]) == ("Heat", None, ["Drama"])

    replaced = rest.put("/v1/movies/heat", json={"title": "Heat 2"})
    assert replaced.status_code == 200
    body = replaced.json()
    assert (body["title"], body["genres"], body["tags"], body["actors"], body["imdbId"]) == ("Heat 2", [], [], [], None)


def test_a_removed_movie_is_gone_here_and_from_lists(rest: httpx.Client, wait_until: WaitUntil) -> None:
    assert rest.delete("/v1/movies/a").status_code == 204

    assert rest.get("/v1/movies/a").status_code == 404
    assert rest.delete("/v1/movies/a").status_code == 404
    wait_until(lambda: rest.get("/v1/movies").json()["total"] == 5)


def test_a_batch_is_written_whole_or_not_at_all_and_names_what_is_at_fault(rest: httpx.Client, movies: Graph) -> None:
    items = [{"movieId": f"n{number}", "title": f"Film {number}"} for number in range(200)]

    assert rest.put("/v1/movies", json={"items": [*items, {"movieId": "a"}]}).json() == {"created": 200, "updated": 1}
    assert rest.patch("/v1/movies", json={"items": [{"movieId": "n7", "year": 2007}]}).json()["updated"] == 1
    assert rest.get("/v1/movies/n7").json()["title"] == "Film 7"

    faulty = rest.patch("/v1/movies", json={"items": [{"movieId": "n7", "year": 1999}, {"movieId": "nope"}]})
    assert faulty.status_code == 422
    assert faulty.json()["errors"] == [{"at": "body.items.1", "detail": "there is no movie 'nope'"}]
    off = rest.put("/v1/movies", json={"items": [{"movieId": "x"}, {"movieId": "y", "year": 12}]})
    assert [error["at"] for error in off.json()["errors"]] == ["body.items.1.year"]
    assert rest.get("/v1/movies/n7").json()["year"] == 2007
    assert movies.read_record(MOVIE, "x") is None


def test_all_movies_are_read_by_cursor_while_others_come(rest: httpx.Client, wait_until: WaitUntil) -> None:
    page = rest.get("/v1/movies", params={"sort": "id", "limit": 2}).json()
    seen = [movie["movieId"] for movie in page["items"]]
    rest.put("/v1/movies/0", json={"title": "before all"})
    rest.put("/v1/movies/cc", json={"title": "in between"})
    wait_until(lambda: rest.get("/v1/movies").json()["total"] == 8)
    while page["nextCursor"]:
        page = rest.get("/v1/movies", params={"sort": "id", "limit": 2, "cursor": page["nextCursor"]}).json()
        seen += [movie["movieId"] for movie in page["items"]]

    assert seen == ["a", "b", "c", "cc", "d", "e", "f"]


@pytest.mark.parametrize("query", ["cursor=x", "sort=id&cursor=x", "sort=id&q=heat", "sort=id&offset=1", "sort=year"])
def test_a_list_that_is_asked_for_wrongly_is_refused(rest: httpx.Client, query: str) -> None:
    assert rest.get(f"/v1/movies?{query}").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": 7},
        {"colour": "red"},
        {"genres": [""]},
        {"genres": ["a\u0000b"]},
        {"directors": [" "]},
        {"imdbId": "nm1"},
        {"tmdbId": "x"},
        {"properties": {"undeclared": 1}},
        {"title": "\ud800"},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    rest: httpx.Client, movies: Graph, body: dict[str, object]
) -> None:
    json_type = {"content-type": "application/json"}
    answer = rest.put("/v1/movies/new", content=json.dumps(body), headers=json_type)  # as it is, surrogates too

    assert answer.status_code in {400, 422}, answer.text
    assert movies.read_record(MOVIE, "new") is None


@pytest.mark.parametrize("path", ["/v1/movies/a/simlar", "/v1/users/u/rating"])
def test_a_mistyped_path_changes_nothing(rest: httpx.Client, path: str) -> None:
    assert rest.put(path, json={}).status_code == 404
    assert rest.delete(path).status_code == 404


def test_an_id_may_hold_a_slash_that_is_encoded(rest: httpx.Client) -> None:
    assert rest.put("/v1/movies/a%2Fb", json={"title": "AC/DC"}).status_code == 201
    assert rest.get("/v1/movies/a%2Fb").json()["movieId"] == "a/b"
    assert rest.delete("/v1/movies/a%2Fb").status_code == 204


def test_declared_properties_are_shown_with_the_movies_that_have_any(rest: httpx.Client, wait_until: WaitUntil) -> None:
    assert rest.put("/v1/properties/studio", json={"type": "string"}).status_code == 201
    assert rest.put("/v1/properties/studio", json={"type": "string"}).status_code == 200
    assert rest.put("/v1/properties/studio", json={"type": "int"}).status_code == 409
    assert rest.put("/v1/properties/year", json={"type": "int"}).status_code == 422
    assert rest.put("/v1/properties/awards", json={"type": "strings"}).status_code == 201
    assert rest.get("/v1/properties").json()["items"] == [
        {"name": "awards", "type": "strings"},
        {"name": "studio", "type": "string"},
    ]

    changed = rest.patch("/v1/movies/a", json={"properties": {"studio": "Fox", "awards": ["Oscar", "Saturn"]}})

    assert changed.json()["properties"] == {"awards": ["Oscar", "Saturn"], "studio": "Fox"}
    wait_until(lambda: rest.get("/v1/movies?q=alien").json()["items"][0]["properties"] != {})
    assert rest.delete("/v1/properties/studio").status_code == 409
    assert rest.delete("/v1/properties/studio?removeValues=true").status_code == 204
    assert rest.get("/v1/movies/a").json()["properties"] == {"awards": ["Oscar", "Saturn"]}
    assert rest.delete("/v1/properties/studio").status_code == 404
