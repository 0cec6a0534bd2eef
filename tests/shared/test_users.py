"""Users changed in one transaction, and one who is erased: on both stores."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.errors import FaultyItemsError, NotFoundError
from shared.events import Event, EventRequest, EventType
from shared.graph import Graph
from shared.graph.columns import objects
from shared.graph.sqlite import SqliteGraph
from shared.schema import EDGE_KINDS, JOB, MOVIE, NODE_KINDS, RATED, RECOMMENDED, SLOT_KINDS, USER, Slot
from shared.users import REMOVED, UserChange, erase_user, export_user, put_users, read_user

LEAVER = "leaver-4711"


def test_users_are_written_all_together_or_not_at_all(graph: Graph) -> None:
    assert put_users(graph, [UserChange("u", {"age": 30, "gender": "F"}), UserChange("v", {})], creates=True) == [
        True,
        True,
    ]

    put_users(graph, [UserChange("u", {"age": None, "occupation": "pilot"})], creates=False)

    assert read_user(graph, "u") == {"userId": "u", "gender": "F", "age": None, "occupation": "pilot"}
    with pytest.raises(FaultyItemsError, match="user 1: there is no user 'w'"):
        put_users(graph, [UserChange("u", {"age": 7}), UserChange("w", {"age": 8})], creates=False)
    assert read_user(graph, "u")["age"] is None


@pytest.fixture
def known(graph: Graph) -> Graph:
    """Everything that the graph can hold of a user, and another user beside."""
    graph.put_nodes(MOVIE, {"movieId": objects(["1", "2"]), "title": objects(["Heat", "Ran"])})
    events = [
        Event(EventType.RATE, LEAVER, "1", rating=4.5, time=1_000),
        Event(EventType.LIKE, LEAVER, "2", time=2_000),
        Event(EventType.VIEW, LEAVER, "1", time=3_000),
        Event(EventType.RATE, "stayer", "1", rating=2.0, time=4_000),
    ]
    graph.append_events([EventRequest(events, key="a-key")])
    graph.put_nodes(USER, {"userId": objects([LEAVER]), "age": np.array([44])})
    columns = {
        "rank": np.array([1]),
        "score": np.array([0.5]),
        "version": objects(["v1"]),
        "basis": objects(["history"]),
    }
    graph.put_generation(RECOMMENDED, "job-1", objects([LEAVER]), objects(["2"]), columns)
    for slot in Slot:
        graph.write_slot(USER, slot, objects([LEAVER]), {"embedding": np.ones((1, 4), np.float32)})
    lines = [{"file": "r.csv", "line": 2, "text": f"{LEAVER},1,9,5"}, {"file": "r.csv", "line": 3, "text": "x,1,9,5"}]
    result = {"source": "r.csv", "faults": [{"table": "ratings", "lines": lines}]}
    error = f"1 of ratings: off the scale (first in r.csv, line 2: '{LEAVER},1,9,5')."
    graph.create_record(JOB, {"jobId": "j", "kind": "ingest", "result": json.dumps(result), "error": error})
    return graph


def everything(graph: Graph) -> str:
    """All that the port can read of a graph, as text."""
    found: list[Any] = []
    for kind in NODE_KINDS:
        table = graph.read_nodes(kind, [property_.name for property_ in kind.properties])
        found += [table.keys.tolist(), *(column.tolist() for column in table.columns.values())]
    for edge in EDGE_KINDS:
        sources, targets = graph.read_nodes(edge.source), graph.read_nodes(edge.target)
        for batch in graph.read_edges(edge, sources, targets):
            found += [sources.keys[batch.sources].tolist(), targets.keys[batch.targets].tolist()]
    found += [graph.read_slot(kind, slot).keys.tolist() for kind in SLOT_KINDS for slot in Slot]
    return json.dumps(found)


def test_all_that_is_known_of_a_user_is_exported(known: Graph) -> None:
    found = export_user(known, LEAVER)

    assert found["user"] == {"userId": LEAVER, "gender": None, "age": 44, "occupation": None}
    relationships = found["relationships"]
    assert relationships["RATED"] == [{"movieId": "1", "rating": 4.5, "ratedAt": 1_000}]
    assert relationships["LIKED"] == [{"movieId": "2", "at": 2_000}]
    assert relationships["VIEWED"] == [{"movieId": "1", "at": 3_000}]
    assert relationships["RECOMMENDED"][0]["movieId"] == "2"
    assert set(relationships) == {kind.type for kind in EDGE_KINDS if kind.source is USER}
    with pytest.raises(NotFoundError):
        export_user(known, "nobody")


def test_nothing_of_an_erased_user_is_left(known: Graph) -> None:
    assert LEAVER in everything(known)
    before, revision = known.read_changes(None).sequence, known.read_revision()

    erase_user(known, LEAVER)

    left = everything(known)
    assert LEAVER not in left
    assert "stayer" in left
    job = known.read_record(JOB, "j")
    assert job is not None
    assert json.loads(job["result"])["faults"][0]["lines"][1]["text"] == "x,1,9,5"
    assert REMOVED in job["result"]
    assert REMOVED in job["error"]
    assert known.check().problems == ()
    assert known.read_revision() == revision + 1
    with pytest.raises(NotFoundError):
        erase_user(known, LEAVER)
    changes = known.read_changes(before)
    assert changes.changes is None  # who follows forgets everybody
    assert changes.sequence == before + 1


def test_an_erased_users_id_is_in_no_byte_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    with SqliteGraph(path, timeout_seconds=10) as graph:
        graph.prepare()
        graph.put_nodes(MOVIE, {"movieId": objects(["1"])})
        users = objects([f"other-{number}" for number in range(500)] + [LEAVER])
        graph.put_nodes(USER, {"userId": users})
        ones = np.ones(len(users))
        graph.put_edges(RATED, users, objects(["1"] * len(users)), {"rating": ones, "ratedAt": ones.astype(np.int64)})
        graph.append_events([EventRequest([Event(EventType.VIEW, LEAVER, "1")])])
        assert any(LEAVER.encode() in file.read_bytes() for file in tmp_path.iterdir())

        erase_user(graph, LEAVER)

        assert [file.name for file in tmp_path.iterdir() if LEAVER.encode() in file.read_bytes()] == []
        assert len(graph.read_nodes(USER)) == 500
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
