"""What every store does with events, and what it tells those who follow."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shared.errors import InvalidInputError, LeaseLostError
from shared.events import KIND_OF, Change, Changes, Event, EventRequest, EventType, KeyReused, Taken, UnknownMovies
from shared.graph import Graph, appending
from shared.graph.columns import objects
from shared.graph.port import Fence
from shared.graph.state import STATE_KEY
from shared.schema import CHANGE, GRAPH_STATE, JOB, MISSING_INT, MOVIE, RATED, RECEIPT, USER

RATE, LIKE, DISLIKE, VIEW, HIDE, WATCHLIST = EventType

Said = dict[str, dict[str, int | tuple[float, int]]]


@pytest.fixture
def movies(graph: Graph) -> Graph:
    """Movies 1, 2, 3 and no users."""
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2", "3"])})
    return graph


def said(graph: Graph, user: str = "u") -> Said:
    """Type of relationship to movie to its time, of ratings with the stars before it."""
    kinds = [(kind, (*(p.name for p in kind.properties),)) for kind in KIND_OF.values()]
    found = graph.edges_of_kinds(kinds, user)
    assert found is not None
    return {
        kind.type: {
            movie: values[0] if len(values) == 1 else values
            for movie, *values_ in zip(targets, *(columns[name].tolist() for name in names), strict=True)
            if (values := tuple(values_))
        }
        for (kind, names), (targets, columns) in zip(kinds, found, strict=True)
        if len(targets)
    }


def take(graph: Graph, *events: Event, key: str | None = None) -> object:
    (outcome,) = graph.append_events([EventRequest(events, key)])
    return outcome


def counters(graph: Graph) -> tuple[int | None, int | None]:
    state = graph.read_record(GRAPH_STATE, STATE_KEY)
    assert state is not None
    return state["eventSeq"], state["eventCount"]


def test_each_type_makes_its_relationship_and_the_user(movies: Graph) -> None:
    events = [Event(type_, "u", "1", time=int(type_ is not DISLIKE) + 5) for type_ in (LIKE, VIEW, HIDE, WATCHLIST)]

    assert take(movies, Event(RATE, "u", "1", 4.5, 7), *events, Event(DISLIKE, "u", "2", time=9)) == Taken(1)

    assert said(movies) == {
        "RATED": {"1": (4.5, 7)}, "LIKED": {"1": 6}, "DISLIKED": {"2": 9}, "VIEWED": {"1": 6}, "HIDDEN": {"1": 6},
        "WATCHLISTED": {"1": 6},
    }  # fmt: skip
    assert movies.read_nodes(USER).keys.tolist() == ["u"]
    assert counters(movies) == (1, 6)
    assert not movies.check().problems


def test_an_event_without_a_time_or_with_one_to_come_happens_now(movies: Graph) -> None:
    before = movies.now()

    take(movies, Event(VIEW, "u", "1"), Event(VIEW, "u", "2", time=before + 3_600_000))

    times = said(movies)["VIEWED"].values()
    assert all(isinstance(at, int) and before <= at <= movies.now() for at in times)


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([Event(RATE, "u", "1", 2.0, 9), Event(RATE, "u", "1", 5.0, 8)], {"RATED": {"1": (2.0, 9)}}),
        ([Event(RATE, "u", "1", 2.0, 9), Event(RATE, "u", "1", 5.0, 9)], {"RATED": {"1": (5.0, 9)}}),
        ([Event(LIKE, "u", "1", time=9), Event(DISLIKE, "u", "1", time=8)], {"LIKED": {"1": 9}}),
        ([Event(LIKE, "u", "1", time=8), Event(DISLIKE, "u", "1", time=9)], {"DISLIKED": {"1": 9}}),
        ([Event(DISLIKE, "u", "1", time=9), Event(LIKE, "u", "1", time=9)], {"LIKED": {"1": 9}}),
        ([Event(VIEW, "u", "1", time=9), Event(VIEW, "u", "1", time=9, undo=True)], {}),
        ([Event(VIEW, "u", "1", time=9), Event(VIEW, "u", "1", time=8, undo=True)], {"VIEWED": {"1": 9}}),
        ([Event(VIEW, "u", "1", time=9, undo=True), Event(VIEW, "u", "1", time=9)], {"VIEWED": {"1": 9}}),
        ([Event(LIKE, "u", "1", time=9), Event(DISLIKE, "u", "1", time=9, undo=True)], {"LIKED": {"1": 9}}),
        ([Event(RATE, "u", "1", 5.0, 9), Event(RATE, "u", "1", time=10, undo=True)], {}),
        ([Event(HIDE, "u", "1", time=t, undo=bool(t % 2)) for t in range(1, 41)], {"HIDDEN": {"1": 40}}),
    ],
)
def test_the_newest_of_a_relationship_and_of_opposites_stays(movies: Graph, events: list[Event], left: Said) -> None:
    """In one request, in one group of requests, and one after the other."""
    in_one = [event._replace(user_id="in one") for event in events]
    in_group = [EventRequest([event._replace(user_id="in group")]) for event in events]
    take(movies, *in_one)
    movies.append_events(in_group)
    for event in events:
        take(movies, event)

    assert said(movies, "in one") == said(movies, "in group") == said(movies) == left


def test_a_rating_without_a_time_is_older_than_every_event(movies: Graph) -> None:
    movies.put_nodes(USER, {"userId": objects(["u"])})
    movies.put_edges(RATED, objects(["u", "u"]), objects(["1", "2"]), {"rating": np.array([1.0, 2.0])})
    assert said(movies)["RATED"]["1"] == (1.0, MISSING_INT)

    take(movies, Event(RATE, "u", "1", 4.0, 0), Event(RATE, "u", "2", time=0, undo=True))

    assert said(movies) == {"RATED": {"1": (4.0, 0)}}


def test_a_request_counts_whole_or_not_at_all_and_its_fault_is_no_others(movies: Graph) -> None:
    bad = EventRequest([Event(VIEW, "u", "1"), Event(VIEW, "new", "9"), Event(VIEW, "u", "8")], "bad")
    good = EventRequest([Event(VIEW, "v", "2", time=3)])

    assert movies.append_events([bad, good]) == [UnknownMovies((1, 2)), Taken(1)]

    assert movies.read_nodes(USER).keys.tolist() == ["v"]
    assert counters(movies) == (1, 1)
    movies.put_nodes(MOVIE, {"movieId": objects(["8", "9"])})
    assert movies.append_events([bad]) == [Taken(2)], "its key was not used up"


def test_nothing_is_written_where_nothing_is_taken(movies: Graph) -> None:
    assert movies.append_events([EventRequest([Event(VIEW, "u", "9")])]) == [UnknownMovies((0,))]

    assert (counters(movies)[1] or 0, movies.read_changes(0)) == (0, Changes(0, ()))
    assert movies.append_events([]) == []


def test_an_id_that_can_not_be_one_stops_all(movies: Graph) -> None:
    with pytest.raises(InvalidInputError, match=r"User\.userId"):
        movies.append_events([EventRequest([Event(VIEW, "u", "1")]), EventRequest([Event(VIEW, "a\nb", "1")])])

    assert movies.check().nodes["User"] == 0


def test_a_request_with_a_key_counts_once_also_if_its_event_was_undone_between(movies: Graph) -> None:
    like = EventRequest([Event(LIKE, "u", "1")], "key")

    assert movies.append_events([like, like]) == [Taken(1), Taken(1, is_repeated=True)]
    take(movies, Event(LIKE, "u", "1", undo=True))
    assert movies.append_events([like]) == [Taken(1, is_repeated=True)]

    assert said(movies) == {}
    assert counters(movies) == (2, 2)


def test_a_key_with_another_content_is_refused(movies: Graph) -> None:
    take(movies, Event(LIKE, "u", "1"), key="key")

    other = EventRequest([Event(LIKE, "u", "2")], "key")
    assert movies.append_events([other, EventRequest([Event(VIEW, "u", "2", time=5)])]) == [KeyReused("key"), Taken(2)]

    assert said(movies)["VIEWED"] == {"2": 5}
    assert list(said(movies)["LIKED"]) == ["1"]


def test_who_follows_learns_whose_relationships_changed(movies: Graph) -> None:
    assert movies.read_changes(None) == Changes(0, None)
    assert movies.read_changes(0) == Changes(0, ())
    movies.append_events([EventRequest([Event(VIEW, "v", "1")]), EventRequest([Event(VIEW, 'ü"', "1")])])
    take(movies, Event(VIEW, "v", "2"))
    assert movies.announce(["w"]) == 3

    first, second, third = Change(1, ("v", 'ü"')), Change(2, ("v",)), Change(3, ("w",))
    assert movies.read_changes(0) == Changes(3, (first, second, third))
    assert movies.read_changes(2) == Changes(3, (third,))
    assert movies.read_changes(3) == Changes(3, ())
    assert movies.read_changes(4) == Changes(3, None), "of a graph that was put back"
    assert movies.read_changes(None) == Changes(3, None)
    assert counters(movies) == (3, 3)


def test_who_is_too_far_behind_learns_that(movies: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (appending, *_adapters()):
        monkeypatch.setattr(module, "CHANGES_KEPT", 3)

    for _ in range(5):
        take(movies, Event(VIEW, "u", "1"))

    assert movies.check().nodes[CHANGE.label] == 3
    assert [change.sequence for change in movies.read_changes(2).changes or ()] == [3, 4, 5]
    assert movies.read_changes(1) == Changes(5, None)


def _adapters() -> Sequence[object]:
    from shared.graph.neo4j import events as neo4j_events
    from shared.graph.sqlite import events as sqlite_events

    return neo4j_events, sqlite_events


def test_requests_of_several_threads_are_counted_each_once_and_in_order(movies: Graph) -> None:
    def write(number: int) -> list[object]:
        requests = [
            EventRequest([Event(RATE, f"u{number}", "1", float(turn), turn)], f"{turn}") for turn in range(1, 6)
        ]
        return [*movies.append_events(requests[:3]), *movies.append_events(requests[3:])]

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(write, range(4)))

    taken = [(turn, one.sequence) for of_one in outcomes for turn, one in enumerate(of_one) if isinstance(one, Taken)]
    assert sorted(turn for turn, _ in taken) == [0, 1, 2, 3, 4], "each key was taken from one thread"
    assert all(isinstance(one, Taken | KeyReused) for of_one in outcomes for one in of_one)
    assert counters(movies)[1] == 5
    changes = movies.read_changes(0).changes
    assert changes is not None
    assert [change.sequence for change in changes] == list(range(1, len(changes) + 1))


def test_a_request_that_was_taken_over_writes_nothing(movies: Graph) -> None:
    movies.create_record(JOB, {"jobId": "j", "fence": 1})
    fenced = movies.fenced(Fence(JOB, "j", {"fence": 2}))

    for write in (
        lambda: fenced.append_events([EventRequest([Event(VIEW, "u", "1")])]),
        lambda: fenced.announce(["u"]),
    ):
        with pytest.raises(LeaseLostError):
            write()
    assert movies.read_changes(0) == Changes(0, ())


def test_receipts_are_removed_by_their_age(movies: Graph) -> None:
    for key in ("a", "b", "c"):
        take(movies, Event(VIEW, "u", "1"), key=key)
    now = movies.now()
    movies.update_record(RECEIPT, "c", {"at": now + 1_000})

    assert movies.delete_before(RECEIPT, "at", now - 1_000_000, 100) == 0
    assert movies.delete_before(RECEIPT, "at", now + 1, 1) == 1
    assert movies.delete_before(RECEIPT, "at", now + 1, 100) == 1
    assert movies.read_nodes(RECEIPT).keys.tolist() == ["c"]


def test_a_user_is_deleted_with_all_that_events_have_said(movies: Graph) -> None:
    take(movies, Event(RATE, "u", "1", 3.0), *(Event(type_, "u", "1") for type_ in (LIKE, VIEW, HIDE, WATCHLIST)))

    assert movies.delete_nodes(USER, ["u"]) == 1

    assert sum(movies.check().edges.values()) == 0


def test_ten_thousand_events_of_a_few_pairs_take_no_longer(movies: Graph) -> None:
    events = [Event(list(EventType)[n % 6], f"u{n % 7}", str(n % 3 + 1), 3.0, n, n % 5 == 0) for n in range(10_000)]
    started = time.monotonic()

    assert take(movies, *events) == Taken(1)

    assert time.monotonic() - started < 20
    assert counters(movies) == (1, 10_000)
