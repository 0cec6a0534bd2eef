"""Model versions over HTTP."""

from collections.abc import Callable

import httpx
import numpy as np

from services.recommender.bodies.models import ModelComparison, ModelDetail, ModelMap
from shared.graph import Graph
from shared.models import ServingParameters, UserForm, parameters_json
from shared.movie_map import MovieMap
from shared.schema import MODEL_VERSION, Slot

Publish = Callable[..., None]
UntilServed = Callable[[httpx.Client, str | None], None]


def test_versions_are_listed_newest_first_and_the_served_one_is_marked(
    rest: httpx.Client, publish: Publish, movies: Graph
) -> None:
    movies.update_record(MODEL_VERSION, "v1", {"createdAt": 1_000})
    publish("v2", Slot.B)

    items = rest.get("/v1/models").json()["items"]

    assert [(model["version"], model["isServed"], model["canBeServed"]) for model in items] == [
        ("v2", True, True),
        ("v1", False, True),
    ]
    assert items[1]["createdAt"] == "1970-01-01T00:00:01Z"
    assert len(rest.get("/v1/models?limit=1").json()["items"]) == 1


def test_a_version_is_shown_with_its_report(rest: httpx.Client) -> None:
    answer = rest.get("/v1/models/v1")

    model = ModelDetail.model_validate_json(answer.content)
    assert answer.json()["report"] == {"seed": 7}
    assert (model.width, model.movies, model.metrics) == (2, 5, {"ndcg_at_20": 0.5})


def test_the_page_of_a_version_is_shown_and_may_run_and_fetch_nothing(rest: httpx.Client, movies: Graph) -> None:
    movies.update_record(MODEL_VERSION, "v1", {"page": "<!DOCTYPE html><p>Amélie</p>"})

    answer = rest.get("/v1/models/v1/report.html")

    assert (answer.status_code, answer.text) == (200, "<!DOCTYPE html><p>Amélie</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"} <= set(policy)
    assert not [rule for rule in policy if rule.startswith("script-src")]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_version_from_before_there_were_pages_says_where_its_report_is(rest: httpx.Client) -> None:
    answer = rest.get("/v1/models/v1/report.html")

    assert answer.status_code == 404
    assert "/v1/models/v1" in answer.json()["detail"]


def test_the_map_of_a_version_names_its_movies_and_leaves_out_those_that_are_gone(
    rest: httpx.Client, movies: Graph
) -> None:
    placed = MovieMap(["c", "gone", "a"], [0, 1, 10_000], [7, 2, 5_000], [None, "War", "Sci-Fi"])
    movies.update_record(MODEL_VERSION, "v1", {"map": placed.to_json()})

    answer = rest.get("/v1/models/v1/map")

    ModelMap.model_validate_json(answer.content)
    assert answer.json() == {
        "version": "v1",
        "extent": 10_000,
        "items": [
            {"movieId": "c", "title": "Casablanca", "year": 1942, "x": 0, "y": 7, "genre": None},
            {"movieId": "a", "title": "Alien", "year": 1979, "x": 10_000, "y": 5_000, "genre": "Sci-Fi"},
        ],
    }
    assert "map" not in rest.get("/v1/models/v1").json()["report"]


def test_a_version_without_a_map_says_why_there_may_be_none(rest: httpx.Client) -> None:
    answer = rest.get("/v1/models/v1/map")

    assert answer.status_code == 404
    assert "'v1' has no map" in answer.json()["detail"]


def test_an_older_version_is_activated_and_answers(
    rest: httpx.Client, publish: Publish, until_served: UntilServed
) -> None:
    publish("v2", Slot.B, np.zeros((5, 2), np.float32))
    until_served(rest, "v2")

    answer = rest.post("/v1/models/v1/activate")
    until_served(rest, "v1")

    assert answer.status_code == 200
    assert answer.json()["isServed"] is True


def test_a_version_whose_vectors_are_gone_can_not_be_activated(rest: httpx.Client, movies: Graph) -> None:
    movies.create_record(
        MODEL_VERSION,
        {
            "version": "old",
            "state": "ready",
            "createdAt": 1,
            "metrics": "{}",
            "parameters": parameters_json(ServingParameters("test", UserForm.INDUCTIVE, 2, 0.5, like_threshold=4)),
        },
    )

    answer = rest.post("/v1/models/old/activate")

    assert answer.status_code == 409
    assert "overwritten" in answer.json()["detail"]
    assert rest.get("/v1/models/old").json()["canBeServed"] is False


def test_a_version_that_is_not_there_is_not_found(rest: httpx.Client) -> None:
    paths = ("/v1/models/nope", "/v1/models/nope/report.html")
    for answer in (*map(rest.get, paths), rest.post("/v1/models/nope/activate")):
        assert answer.status_code == 404
        assert "'nope'" in answer.json()["detail"]


def test_two_versions_are_compared(rest: httpx.Client, publish: Publish, movies: Graph) -> None:
    publish("v2", Slot.B)
    report = '{"recipe": {"width": 3}, "details": {"intervals": {"ndcg_at_20": [0.5, 1.0]}}}'
    movies.update_record(MODEL_VERSION, "v2", {"metrics": '{"ndcg_at_20": 0.75}', "report": report})

    answer = rest.get("/v1/models/v1/compare/v2")

    found = ModelComparison.model_validate_json(answer.content)
    assert (found.first, found.second, found.served, found.judged_alike) == ("v1", "v2", "v2", False)
    assert answer.json()["settings"] == {"width": {"first": 2, "second": 3}}
    assert answer.json()["metrics"] == {
        "ndcg_at_20": {
            "first": 0.5, "second": 0.75, "difference": 0.25, "firstInterval": None, "secondInterval": [0.5, 1.0]
        }
    }  # fmt: skip
    assert rest.get("/v1/models/v1/compare/nope").status_code == 404


def test_going_back_serves_the_version_before(
    rest: httpx.Client, publish: Publish, until_served: UntilServed, movies: Graph
) -> None:
    assert rest.post("/v1/models/rollback").status_code == 409
    publish("v2", Slot.B)
    until_served(rest, "v2")

    answer = rest.post("/v1/models/rollback")
    until_served(rest, "v1")

    assert (answer.status_code, answer.json()["version"], answer.json()["isServed"]) == (200, "v1", True)
    movies.update_record(MODEL_VERSION, "v2", {"slot": None})
    refused = rest.post("/v1/models/rollback")
    assert refused.status_code == 409
    assert "Train again, or activate" in refused.json()["detail"]
    assert rest.post("/v1/models/rollback?objective=colour").status_code == 422
