"""Predicted stars over HTTP, from a model small enough to work out by hand.

The levels are 1 and 5 stars, the prior stands for one rating. A movie adds 2 to a user at the level they gave it; the
logit of 5 stars for movie a is what the user has at 5 less what they have at 1, for the others it is nought.
"""

from collections.abc import Callable

import httpx
import numpy as np
import pytest

from shared.graph import Graph
from shared.models import RATING, RatingParameters, UserForm, VersionState, parameters_json
from shared.rating import RatingWeights
from shared.schema import MODEL_VERSION, MOVIE_RATING, RATED, SERVES, Slot
from tests.services.recommender.conftest import strings

WEIGHTS = RatingWeights(
    levels=np.array([1, 5], np.float32),
    prior=np.zeros(2, np.float32),
    prior_weight=1.0,
    dense=np.eye(2, dtype=np.float32),
    output_mix=np.array([[0], [1]], np.float32),
)


def publish_ratings(graph: Graph, version: str, slot: Slot = Slot.A) -> None:
    outputs = np.zeros((5, 2), np.float32)
    outputs[0] = (-1, 1)
    columns = {"ratingInput": np.full((5, 2), 2, np.float32), "ratingOutput": outputs}
    graph.write_slot(MOVIE_RATING, slot, strings("abcde"), columns)
    record = {
        "version": version,
        "state": VersionState.READY.value,
        "slot": slot.value,
        "pointer": RATING,
        "parameters": parameters_json(RatingParameters("gc-mc", UserForm.INDUCTIVE, 2, 4.0, WEIGHTS.as_json())),
        "metrics": '{"rmse": 0.9}',
        "createdAt": graph.now(),
    }
    assert graph.create_record(MODEL_VERSION, record)
    before = graph.read_pointer(SERVES, RATING)
    assert graph.move_pointer(SERVES, RATING, expected=before, target=version)


@pytest.fixture
def rated(
    rest: httpx.Client, movies: Graph, wait_until: Callable[[Callable[[], bool]], None]
) -> Callable[[str], httpx.Response]:
    """Asks for the prediction of a user and a movie, `u/movies/a`, once version r1 is in service."""
    publish_ratings(movies, "r1")
    wait_until(lambda: rest.get("/readyz").json()["ratingModel"] == {"version": "r1"})
    return lambda pair: rest.get(f"/v1/users/{pair}/prediction")


def of_logit(logit: float) -> tuple[object, object]:
    """Stars and chance of a like."""
    five = 1 / (1 + np.exp(-logit))
    return pytest.approx(1 + 4 * five), pytest.approx(five)


def test_a_prediction_goes_by_what_the_user_has_rated(rated: Callable[[str], httpx.Response]) -> None:
    answer = rated("z/movies/a")  # z gave b and c 4.5 and 5 stars: both nearest to 5

    assert answer.status_code == 200
    body = answer.json()
    assert (body.pop("stars"), body.pop("likeProbability")) == of_logit(4 / 3)
    assert body == {
        "userId": "z",
        "movieId": "a",
        "likeThreshold": 4.0,
        "basis": "history",
        "history": "current",
        "model": {"version": "r1"},
    }


def test_a_rating_counts_at_once(rated: Callable[[str], httpx.Response], movies: Graph) -> None:
    before = rated("z/movies/a").json()["stars"]

    columns = {"rating": np.array([1.0]), "ratedAt": np.array([10**12])}
    movies.put_edges(RATED, strings("z"), strings("e"), columns)

    after = rated("z/movies/a").json()["stars"]
    assert after == of_logit(4 / 4 - 2 / 4)[0]
    assert after < before


def test_a_rating_of_the_very_movie_is_left_out(rated: Callable[[str], httpx.Response]) -> None:
    body = rated("u/movies/a").json()  # u has rated a alone

    assert (body["stars"], body["basis"]) == (3.0, "average")


def test_someone_who_has_rated_nothing_is_the_average_user(rated: Callable[[str], httpx.Response]) -> None:
    body = rated("silent/movies/a").json()

    assert (body["stars"], body["likeProbability"], body["basis"]) == (3.0, 0.5, "average")


def test_who_and_what_is_not_there_is_told(rated: Callable[[str], httpx.Response]) -> None:
    for pair, named in (("nobody/movies/a", "user 'nobody'"), ("u/movies/nope", "movie 'nope'")):
        answer = rated(pair)

        assert answer.status_code == 404
        assert named in answer.json()["detail"]


def test_a_movie_that_came_since_the_training_is_a_conflict(rated: Callable[[str], httpx.Response]) -> None:
    answer = rated("u/movies/f")

    assert answer.status_code == 409
    assert "'r1' has no vectors of movie 'f'" in answer.json()["detail"]


def test_without_a_rating_model_it_says_how_to_get_one(rest: httpx.Client) -> None:
    answer = rest.get("/v1/users/u/movies/a/prediction")

    assert answer.status_code == 409
    assert "objective" in answer.json()["detail"]


@pytest.mark.usefixtures("rated")
def test_a_version_that_rates_is_listed_and_activated_beside_the_one_that_ranks(
    rest: httpx.Client, movies: Graph
) -> None:
    publish_ratings(movies, "r2", Slot.B)

    answer = rest.post("/v1/models/r1/activate")

    assert answer.status_code == 200
    assert movies.read_pointer(SERVES, RATING) == "r1"
    listed = {m["version"]: (m["objective"], m["isServed"]) for m in rest.get("/v1/models").json()["items"]}
    assert listed == {"v1": ("ranking", True), "r1": ("rating", True), "r2": ("rating", False)}
    assert rest.get("/readyz").json()["model"] == {"version": "v1"}


def test_it_is_documented(rest: httpx.Client) -> None:
    path = rest.get("/openapi.json").json()["paths"]["/v1/users/{userId}/movies/{movieId}/prediction"]

    assert set(path["get"]["responses"]) == {"200", "404", "409", "422", "503"}
    assert [parameter["name"] for parameter in path["get"]["parameters"]] == ["userId", "movieId"]
