"""API keys in both stores."""

import pytest

from shared.errors import ConflictError, InvalidInputError, NotFoundError
from shared.graph import Graph
from shared.jobs import parse_request
from shared.keys import (
    KeyRequest,
    Scope,
    create_first_key,
    create_key,
    digest_of,
    id_of,
    list_keys,
    read_mark,
    revoke_key,
    valid_keys,
)
from shared.schema import API_KEY


def test_a_key_is_kept_as_a_digest_and_listed_with_all_that_was_asked(graph: Graph) -> None:
    request = KeyRequest(
        name="the shop", scopes=[Scope.READ, Scope.EVENTS], user_id="7", expires_in_days=2, rate_per_minute=60
    )
    key, token = create_key(graph, request)

    assert token.startswith(f"mq_{key.key_id}_")
    assert len(token.rpartition("_")[2]) == 48
    assert id_of(token.encode()) == key.key_id.encode()
    assert list_keys(graph, 10) == valid_keys(graph) == [key]
    assert (key.name, key.scopes, key.user_id, key.rate_per_minute) == (
        "the shop",
        (Scope.EVENTS, Scope.READ),
        "7",
        60,
    )
    assert key.expires_at == key.created_at + 2 * 86_400_000
    assert key.digest == digest_of(token.encode())
    assert token.rpartition("_")[2] not in str(graph.read_record(API_KEY, key.key_id))
    assert key.digest.hex() not in repr(key)


def test_a_revoked_key_is_no_longer_valid_and_readers_can_see_that_something_changed(graph: Graph) -> None:
    key, _ = create_key(graph, KeyRequest(name="a", scopes=[Scope.READ]))
    marks = [read_mark(graph)]
    revoked = revoke_key(graph, key.key_id)
    marks.append(read_mark(graph))
    again = revoke_key(graph, key.key_id)
    marks.append(read_mark(graph))

    assert revoked.revoked_at is not None
    assert again == revoked
    assert valid_keys(graph) == []
    assert list_keys(graph, 10) == [revoked]
    assert len({None, *marks}) == 4
    with pytest.raises(NotFoundError, match="'none'"):
        revoke_key(graph, "none")


def test_the_first_key_is_made_where_there_never_was_one(graph: Graph) -> None:
    first = create_first_key(graph)

    assert first is not None
    assert [key.scopes for key in valid_keys(graph)] == [(Scope.ADMIN,)]
    assert create_first_key(graph) is None
    revoke_key(graph, "first")
    assert create_first_key(graph) is None


def test_there_is_a_bound_on_how_many_there_are(sqlite_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.keys.MAX_KEYS", 2)
    made = [create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ]))[0] for _ in range(2)]

    with pytest.raises(ConflictError, match="Revoke"):
        create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ]))
    revoke_key(sqlite_graph, made[0].key_id)
    create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ]))


def test_a_user_can_not_be_bound_to_what_is_everyones() -> None:
    with pytest.raises(InvalidInputError, match="can't be bound to one user"):
        parse_request(KeyRequest, {"name": "a", "scopes": ["admin"], "user_id": "7"})
