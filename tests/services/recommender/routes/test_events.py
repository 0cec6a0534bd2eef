"""Events over REST: what is taken, what is refused and how, and that they count in the next answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.recommender.bodies.events import EventBody
from services.recommender.settings import RecommenderSettings
from shared.events import EventType
from shared.graph import Graph
from shared.graph.state import STATE_KEY
from shared.schema import DISLIKED, GRAPH_STATE, LIKED, RATED, VIEWED, WATCHLISTED, EdgeKind
from tests.services.recommender.conftest import Publish

Serve = Callable[[Graph], httpx.Client]
UntilServed = Callable[[httpx.Client, str | None], None]


def send(rest: httpx.Client, *events: dict[str, Any], key: str | None = None) -> httpx.Response:
    body = events[0] if len(events) == 1 else {"events": list(events)}
    return rest.post("/v1/events", json=body, headers={"Idempotency-Key": key} if key else {})


def event(type_: str, movie: str, user: str = "u", **more: object) -> dict[str, Any]:
    return {"type": type_, "userId": user, "movieId": movie, **more}


def recommended(rest: httpx.Client, user: str = "u") -> list[str]:
    body = rest.get(f"/v1/users/{user}/recommendations").raise_for_status().json()
    assert body["history"] == "current"
    return [movie["movieId"] for movie in body["items"]]


def basis(rest: httpx.Client, user: str) -> str:
    return str(rest.get(f"/v1/users/{user}/recommendations").json()["basis"])


def at(graph: Graph, kind: EdgeKind, user: str = "u") -> dict[str, int]:
    """Movie to time."""
    found = graph.edges_from(kind, user, ["at"])
    assert found is not None
    return dict(zip(found[0].tolist(), found[1]["at"].tolist(), strict=True))


def test_there_is_a_word_for_every_type() -> None:
    assert EventBody.model_json_schema()["properties"]["type"]["enum"] == [type_.value for type_ in EventType]


def test_one_event_counts_in_the_next_answer(rest: httpx.Client) -> None:
    assert recommended(rest) == ["d", "b", "c", "e"]

    answer = send(rest, event("hide", "b"))

    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "sequence": 1})
    assert recommended(rest) == ["d", "c", "e"]


@pytest.mark.parametrize("type_", ["like", "dislike", "view", "hide", "watchlist"])
def test_each_type_leaves_its_movie_out_but_the_watchlist_until_it_is_undone(rest: httpx.Client, type_: str) -> None:
    send(rest, event(type_, "e"))
    assert ("e" in recommended(rest)) is (type_ == "watchlist")

    send(rest, event(type_, "e", undo=True))
    assert recommended(rest) == ["d", "b", "c", "e"]


@pytest.mark.parametrize("said", [event("rate", "e", "new", rating=4.0), event("like", "e", "new")])
def test_a_new_user_is_recommended_to_by_their_first_like(rest: httpx.Client, said: dict[str, Any]) -> None:
    assert basis(rest, "new") == "popular"

    send(rest, said)

    assert basis(rest, "new") == "history"
    assert recommended(rest, "new") == ["c", "d", "b", "a"]  # by cosine with (-1, 0), d with its bias


def test_a_low_rating_and_a_view_say_nothing_of_what_is_liked(rest: httpx.Client) -> None:
    send(rest, event("rate", "e", "new", rating=1.0), event("view", "a", "new"), event("watchlist", "b", "new"))

    assert basis(rest, "new") == "popular"
    assert recommended(rest, "new") == ["c", "b", "d", "f"]


def test_a_dislike_counts_as_in_a_request_with_picks(rest: httpx.Client) -> None:
    send(rest, event("like", "b", "new"), event("dislike", "a", "new"))

    picked = rest.post("/v1/recommendations", json={"likes": ["b"], "dislikes": ["a"]}).json()["items"]
    items = rest.get("/v1/users/new/recommendations").json()["items"]
    assert [(item["movieId"], item["score"]) for item in items] == [
        (item["movieId"], pytest.approx(item["score"])) for item in picked
    ]


def test_users_known_by_id_keep_their_vector_and_lose_what_they_have_just_seen(
    movies: Graph,
    publish: Publish,
    serve: Serve,
    until_served: UntilServed,
) -> None:
    publish("v1", users={"u": [0, 3]})
    rest = serve(movies)
    until_served(rest, "v1")
    assert recommended(rest) == ["d", "c", "b", "e"]

    send(rest, event("like", "d"))

    assert recommended(rest) == ["c", "b", "e"]


def test_times_come_as_text_or_as_milliseconds(rest: httpx.Client, movies: Graph) -> None:
    send(rest, event("like", "c", time="2020-01-01T01:00:00+01:00"), event("view", "c", time=1_577_836_800_001))

    assert (at(movies, LIKED), at(movies, VIEWED)) == ({"c": 1_577_836_800_000}, {"c": 1_577_836_800_001})


def test_a_clock_that_is_a_little_fast_does_not_win_over_what_comes_later(rest: httpx.Client, movies: Graph) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()

    assert send(rest, event("like", "c", time=soon)).status_code == 200
    send(rest, event("dislike", "c"))

    assert (list(at(movies, LIKED)), list(at(movies, DISLIKED))) == ([], ["c"])


@pytest.mark.parametrize(
    ("bad", "where", "what"),
    [
        (event("love", "a"), "type", "'rate', 'like'"),
        (event("rate", "a"), "rating", "is missing"),
        (event("rate", "a", rating=5.5), "rating", "5.5 is off the scale, which goes from 0.5 to 5"),
        (event("rate", "a", rating="4"), "rating", "valid number"),
        (event("like", "a", rating=4), "rating", "with `rate` alone"),
        (event("rate", "a", rating=4, undo=True), "rating", "not with `undo`"),
        (event("like", "a", time=1_577_836_800), "time", "Are these seconds?"),
        (event("like", "a", time="2999-01-01T00:00:00Z"), "time", "in the future"),
        (event("like", "a", user=""), "userId", "at least 1 character"),
        (event("like", "a", user="x" * 129), "userId", "at most 128 characters"),
        (event("like", "a", user="a\tb"), "userId", "match pattern"),
        (event("like", "nothing"), "movieId", "There is no movie 'nothing'"),
        (event("like", "a", undone=True), "undone", "Extra inputs"),
    ],
)
def test_a_fault_refuses_the_whole_request_and_is_named_with_its_event(
    rest: httpx.Client, movies: Graph, bad: dict[str, Any], where: str, what: str
) -> None:
    many = send(rest, event("view", "b", "first"), bad)
    one = send(rest, bad)

    assert (many.status_code, one.status_code) == (422, 422)
    (fault,) = [fault for fault in many.json()["errors"] if fault["at"] == f"body.events.1.{where}"]
    assert what in fault["detail"]
    assert f"body.{where}" in [fault["at"] for fault in one.json()["errors"]]
    assert movies.edges_from(VIEWED, "first") is None, "the user has not come into being"


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 422), (b"7", 422), (b'{"events": []}', 422), (b"{}", 422), (b"\xff", 400)]
)
def test_what_is_no_event_is_refused(rest: httpx.Client, body: bytes, status: int) -> None:
    answer = rest.post("/v1/events", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == status, answer.text


def test_so_many_events_come_in_one_request_and_no_more(
    movies: Graph,
    publish: Publish,
    serve: Serve,
    until_served: UntilServed,
    settings: RecommenderSettings,
) -> None:
    settings.max_body_bytes = 4_000_000
    publish("v1")
    rest = serve(movies)
    until_served(rest, "v1")
    events = [event("view", "abcdef"[n % 6], f"u{n}") for n in range(10_000)]

    assert send(rest, *events).json() == {"accepted": 10_000, "sequence": 1}
    assert send(rest, *events, event("view", "a")).status_code == 422
    assert movies.check().edges[VIEWED.type] == 10_000
    state = movies.read_record(GRAPH_STATE, STATE_KEY)
    assert state is not None
    assert state["eventCount"] == 10_000


@pytest.mark.parametrize("in_body", [True, False])
def test_a_request_sent_again_is_answered_as_the_first_and_counts_once(
    rest: httpx.Client, movies: Graph, in_body: bool
) -> None:
    like = event("like", "c") | ({"idempotencyKey": "k"} if in_body else {})

    def again() -> httpx.Response:
        return send(rest, like, key=None if in_body else "k")

    first = again()
    send(rest, event("like", "c", undo=True))
    second = again()

    assert (second.status_code, second.json()) == (200, first.json())
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert at(movies, LIKED) == {}


def test_a_key_used_for_something_else_is_refused(rest: httpx.Client, movies: Graph) -> None:
    send(rest, event("watchlist", "c"), key="k")

    answer = send(rest, event("watchlist", "d"), key='"k"')

    assert answer.status_code == 409
    assert "idempotency key 'k'" in answer.json()["detail"]
    assert list(at(movies, WATCHLISTED)) == ["c"]
    differs = rest.post("/v1/events", json=event("like", "a", idempotencyKey="x"), headers={"Idempotency-Key": "y"})
    assert differs.json()["errors"][0]["at"] == "body.idempotencyKey"


def test_a_rating_over_rest_is_one_like_that_of_an_ingest(rest: httpx.Client, movies: Graph) -> None:
    send(rest, event("rate", "a", rating=2.5, time="2020-01-01T00:00:00Z"))

    found = movies.edges_from(RATED, "u", ["rating", "ratedAt"])
    assert found is not None
    assert (found[1]["rating"].tolist(), found[1]["ratedAt"].tolist()) == ([2.5], [1_577_836_800_000])
