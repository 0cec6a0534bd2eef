"""What is followed is renewed when its mark changes, and goes on being served when something is wrong."""

import logging
from collections.abc import Callable

import pytest

from services.recommender.snapshot import Serving
from services.recommender.watch import Follower, Watch
from shared.errors import ConflictError, UnavailableError
from shared.graph import Graph
from shared.schema import MODEL_VERSION, Slot


class Source:
    """A mark that can change or be away, and what was made of it."""

    def __init__(self) -> None:
        self.mark: str | None = "one"
        self.error: Exception | None = None
        self.renewed: list[str | None] = []

    def read(self) -> str | None:
        if self.error:
            raise self.error
        return self.mark

    def follower(self) -> Follower[str | None]:
        return Follower("model", self.read, self.renewed.append, interval_seconds=0.01)


def test_the_first_mark_renews_even_where_there_is_none() -> None:
    source = Source()
    source.mark = None
    follower = source.follower()

    follower.look()
    follower.look()

    assert source.renewed == [None]


def test_only_a_change_renews() -> None:
    source = Source()
    follower = source.follower()
    for mark in ("one", "one", "two", "two", "one"):
        source.mark = mark
        follower.look()

    assert source.renewed == ["one", "two", "one"]


@pytest.mark.parametrize("error", [UnavailableError("away"), ZeroDivisionError("a fault")])
def test_what_goes_wrong_is_logged_once_and_tried_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    source = Source()
    follower = source.follower()
    source.error = error
    for _ in range(5):
        follower.look()
    assert not follower.seen_at
    source.error = None
    follower.look()

    assert source.renewed == ["one"]
    assert follower.seen_at
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [f"the model can't be read, trying on: {error}"]
    assert caplog.records[-1].getMessage() == "the model can be read again"


def test_a_version_that_can_not_be_read_leaves_the_old_one_in_service(
    movies: Graph, publish: Callable[..., None]
) -> None:
    publish("v1")
    serving = Serving()
    watch = Watch(movies, serving, interval_seconds=0.01)
    for follower in watch.followers:
        follower.look()
    publish("broken", Slot.B)
    movies.update_record(MODEL_VERSION, "broken", {"slot": None})
    watch.followers[1].look()

    assert serving.snapshot.require_model().version.version == "v1"

    movies.update_record(MODEL_VERSION, "broken", {"slot": Slot.B.value})
    watch.followers[1].look()
    assert serving.snapshot.require_model().version.version == "broken"


def test_the_graph_may_answer_later_than_the_recommender_starts(sqlite_graph: Graph) -> None:
    serving = Serving()
    with pytest.raises(UnavailableError, match="not been read"):
        _ = serving.snapshot

    Watch(sqlite_graph, serving, interval_seconds=0.01).followers[0].look()

    with pytest.raises(ConflictError, match="No model is served yet"):
        serving.snapshot.require_model()
