"""The keys in memory, where the clock stands until a test moves it."""

import pytest

from services.recommender.access.keyring import Keyring
from services.recommender.access.refusals import RefusedError
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.keys import KeyRequest, Scope, create_key
from tests.services.recommender.conftest import Clock


def keyring(clock: Clock, rate: int = 0) -> Keyring:
    return Keyring(admin_key=None, rate_per_minute=rate, announce=lambda _key: None, clock=clock)


def bearing(token: str) -> dict[str, list[tuple[bytes, bytes]]]:
    return {"headers": [(b"host", b"test"), (b"authorization", f"Bearer {token}".encode())]}


def test_a_key_expires_at_its_moment_without_a_look_at_the_graph(sqlite_graph: Graph, clock: Clock) -> None:
    key, token = create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ], expires_in_days=1))
    keys = keyring(clock)
    keys.renew(sqlite_graph)
    assert key.expires_at == key.created_at + 86_400_000

    clock.seconds = key.expires_at / 1_000 - 1
    found = keys.find(bearing(token))
    assert found is not None
    assert (found.scopes, found.user_id) == (frozenset([Scope.READ]), None)
    clock.seconds = key.expires_at / 1_000
    with pytest.raises(RefusedError, match="expired"):
        keys.find(bearing(token))


def test_before_the_keys_are_known_nobody_is_told_that_theirs_is_wrong(sqlite_graph: Graph, clock: Clock) -> None:
    _, token = create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ]))
    keys = keyring(clock)

    assert keys.find({"headers": []}) is None
    with pytest.raises(UnavailableError):
        keys.find(bearing(token))
    keys.renew(sqlite_graph)
    assert keys.find(bearing(token)) is not None
    with pytest.raises(RefusedError, match="no such key"):
        keys.find(bearing(token[:-1]))


def test_a_key_keeps_its_allowance_when_others_change(sqlite_graph: Graph, clock: Clock) -> None:
    _, own = create_key(sqlite_graph, KeyRequest(name="a", scopes=[Scope.READ], rate_per_minute=7))
    keys = keyring(clock, rate=100)
    keys.renew(sqlite_graph)
    before = keys.find(bearing(own))
    _, other = create_key(sqlite_graph, KeyRequest(name="b", scopes=[Scope.READ]))
    keys.renew(sqlite_graph)
    after, second = keys.find(bearing(own)), keys.find(bearing(other))

    assert before is not None
    assert after is not None
    assert second is not None
    assert before.allowance is after.allowance
    assert [found.allowance and found.allowance.per_minute for found in (after, second)] == [7, 100]
