"""What is sent again, and when: by both clients, to a real server that fails first."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from marquee.client import (
    AsyncClient,
    Client,
    NotFoundError,
    RateLimitedError,
    Retries,
    ServerFaultError,
    UnavailableError,
    UnreachableError,
    UnreadableError,
)
from marquee.client.operations import Operations
from tests.marquee.client.faulty import LOST, Answer, refused, serving

QUICK = Retries(attempts=3, first_seconds=0.01)
OK = Answer(200, {"status": "ok"})
TAKEN = Answer(200, {"accepted": 1, "sequence": 7})
RUNNING = {"jobId": "j", "kind": "train", "state": "running", "progress": 0.5}
ENDED = {**RUNNING, "state": "succeeded", "progress": 1.0}
GONE = Answer(204)
Ask = Callable[[str, Callable[[Any], Any]], Any]
"""Asks the server at a URL, and returns what came."""


def ask_at_once(url: str, what: Callable[[Any], Any], **more: Any) -> Any:  # noqa: ANN401 - whatever was asked
    with Client(url, **{"retries": QUICK, **more}) as client:
        return what(client)


def ask_and_await(url: str, what: Callable[[Any], Any], **more: Any) -> Any:  # noqa: ANN401 - whatever was asked
    async def main() -> object:
        async with AsyncClient(url, **{"retries": QUICK, **more}) as client:
            return await what(client)

    return asyncio.run(main())


@pytest.fixture(params=[ask_at_once, ask_and_await])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


def test_what_does_no_more_the_second_time_is_sent_until_it_is_answered(ask: Ask) -> None:
    with serving([refused(503), LOST, OK]) as (url, received):
        assert ask(url, lambda client: client.health()) == {"status": "ok"}

    assert [(each.method, each.path) for each in received] == [("GET", "/healthz")] * 3


def test_events_are_sent_again_with_the_same_key(ask: Ask) -> None:
    with serving([LOST, refused(503), TAKEN]) as (url, received):
        taken = ask(url, lambda client: client.send_event("rate", "u", "a", rating=4.5))

    assert taken == {"accepted": 1, "sequence": 7}
    assert len({each.headers["idempotency-key"] for each in received}) == 1
    assert len(received[0].headers["idempotency-key"]) == 32
    said = {"type": "rate", "userId": "u", "movieId": "a", "rating": 4.5}
    assert [json.loads(each.body) for each in received] == [said] * 3


def test_two_requests_of_events_have_different_keys_unless_one_is_given() -> None:
    with serving([TAKEN] * 3) as (url, received), Client(url) as client:
        client.send_event("like", "u", "a", undo=True)
        client.send_event("like", "u", "a", undo=True)
        client.send_events([{"type": "view", "userId": "u", "movieId": "b"}], idempotency_key="mine")

    first, second, third = [each.headers["idempotency-key"] for each in received]
    assert first != second
    assert third == "mine"
    assert json.loads(received[0].body)["undo"] is True


@pytest.mark.parametrize("answer", [LOST, refused(503)])
def test_a_job_is_not_asked_for_again_where_the_first_may_wait_already(ask: Ask, answer: Answer) -> None:
    with serving([answer, OK]) as (url, received), pytest.raises((UnreachableError, UnavailableError)):
        ask(url, lambda client: client.ingest(source="sample"))

    assert len(received) == 1


def test_what_a_rate_held_back_is_sent_again_no_sooner_than_the_answer_says(ask: Ask) -> None:
    with serving([refused(429, Retry_After="1"), Answer(202, RUNNING)]) as (url, received):
        assert ask(url, lambda client: client.train(seed=3)) == RUNNING

    assert received[1].at - received[0].at >= 1
    assert [json.loads(each.body) for each in received] == [{"seed": 3}] * 2


def test_a_pause_that_is_too_long_is_left_to_the_caller(ask: Ask) -> None:
    with serving([refused(429, Retry_After="40"), OK]) as (url, received), pytest.raises(RateLimitedError) as caught:
        ask(url, lambda client: client.health())

    assert (caught.value.retry_after, caught.value.status, len(received)) == (40, 429, 1)


def test_after_so_many_attempts_the_last_refusal_is_raised(ask: Ask) -> None:
    answers = [refused(502), refused(504), refused(503, "The graph is away.", X_Request_ID="r-1")]
    with serving(answers) as (url, received), pytest.raises(UnavailableError, match="The graph is away") as caught:
        ask(url, lambda client: client.health())

    assert (len(received), caught.value.request_id, caught.value.kind) == (3, "r-1", "urn:marquee:problem:test")


@pytest.mark.parametrize(("status", "error"), [(500, ServerFaultError), (404, NotFoundError)])
def test_what_would_be_refused_again_is_not_sent_again(ask: Ask, status: int, error: type[Exception]) -> None:
    with serving([refused(status), OK]) as (url, received), pytest.raises(error):
        ask(url, lambda client: client.movie("a"))

    assert len(received) == 1


def test_what_a_lost_answer_had_removed_is_removed(ask: Ask) -> None:
    with serving([LOST, refused(404)]) as (url, received):
        assert ask(url, lambda client: client.delete_movie("a")) is None

    assert [each.method for each in received] == ["DELETE"] * 2


def test_nobody_listens(ask: Ask) -> None:
    with serving([]) as (url, _):
        pass  # it has ended

    with pytest.raises(UnreachableError, match="GET /healthz was not answered"):
        ask(url, lambda client: client.health())


def test_an_address_that_is_not_a_recommenders_is_told(ask: Ask) -> None:
    page = Answer(200, text="Welcome", headers={"content-type": "text/plain"})
    with serving([page]) as (url, _), pytest.raises(UnreadableError, match="Is this a recommender's address"):
        ask(url, lambda client: client.health())


def test_a_proxys_page_is_a_problem_too() -> None:
    page = Answer(418, text="I am a teapot", headers={"content-type": "text/html"})
    with serving([page]) as (url, _), Client(url) as client, pytest.raises(Exception, match=r"418 .*I am a teapot"):
        client.health()


def stream(*events: tuple[str, dict[str, Any]], breaks_off: bool = False) -> Answer:
    told = "".join(f"id: {at}\nevent: job\ndata: {json.dumps(event)}\n\n" for at, event in events)
    text = f"retry: 10\n\n{told}: nothing new\n\n"
    return Answer(200, text=text, headers={"content-type": "text/event-stream"}, breaks_off=breaks_off)


STREAMS = [
    refused(503),
    stream(("1.a", RUNNING), breaks_off=True),
    LOST,
    stream(("2.b", {**RUNNING, "progress": 0.75})),
    stream(("3.c", ENDED)),
]


def check_streams(events: list[Any], seen: list[str | None]) -> None:
    assert [event["progress"] for event in events] == [0.5, 0.75, 1]
    assert seen == [None, None, "1.a", "1.a", "2.b"]


def test_a_stream_that_breaks_is_taken_up_where_it_broke() -> None:
    with serving(STREAMS) as (url, received), Client(url, retries=QUICK) as client:
        events = list(client.follow_job("j"))

    check_streams(events, [each.headers.get("last-event-id") for each in received])


def test_a_stream_that_breaks_is_taken_up_where_it_broke_by_the_awaited_client() -> None:
    async def follow(url: str) -> list[Any]:
        async with AsyncClient(url, retries=QUICK) as client:
            return [event async for event in client.follow_job("j")]

    with serving(STREAMS) as (url, received):
        events = asyncio.run(follow(url))

    check_streams(events, [each.headers.get("last-event-id") for each in received])


def test_a_stream_whose_end_was_seen_is_over() -> None:
    with serving([stream(("1.a", RUNNING)), GONE]) as (url, _), Client(url, retries=QUICK) as client:
        assert list(client.follow_job("j")) == [RUNNING]


def test_a_stream_that_never_comes_is_given_up() -> None:
    with serving([LOST] * 3) as (url, received), Client(url, retries=QUICK) as client:
        with pytest.raises(UnreachableError, match="/v1/jobs/events broke"):
            next(client.follow_jobs())

        assert len(received) == 3


def test_the_key_goes_with_each_request_and_into_no_text(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([OK, OK, OK]) as (url, received):
        monkeypatch.setenv("MARQUEE_API_KEY", "mq_environment")
        monkeypatch.setenv("MARQUEE_URL", url)
        ask(url, lambda client: client.health())
        with Client(url, "mq_secret") as client:
            client.health()
            assert "mq_secret" not in f"{client!r}{vars(client)}"
        with Client.from_environment() as client:
            client.health()

    keys = [each.headers.get("authorization") for each in received]
    assert keys == [None, "Bearer mq_secret", "Bearer mq_environment"]


def test_methods_say_what_they_do() -> None:
    with Client("http://127.0.0.1") as client:
        assert str(client.movie.__doc__).startswith("What is known of a movie.")
    assert str(Operations.recommendations.__doc__).startswith("Movies for a user, best first.")
