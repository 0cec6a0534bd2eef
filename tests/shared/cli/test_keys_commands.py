"""The command line makes, lists and revokes keys in the graph."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shared.cli.keys import keys
from shared.graph.sqlite import SqliteGraph
from shared.keys import Scope, digest_of, list_keys

Run = Callable[..., Result]


@pytest.fixture
def marquee_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("COLUMNS", "160")
    return lambda *words: CliRunner().invoke(keys, words, catch_exceptions=False)


def test_a_key_is_made_listed_and_revoked(marquee_keys: Run, tmp_path: Path) -> None:
    made = marquee_keys("create", "the shop", "--scope", "read", "--scope", "events", "--user", "7", "--rate", "60")
    token = made.stdout.strip()

    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=5) as graph:
        (key,) = list_keys(graph, 10)
    assert key.digest == digest_of(token.encode())
    assert (key.name, key.scopes, key.user_id, key.rate_per_minute) == ("the shop", (Scope.EVENTS, Scope.READ), "7", 60)
    assert token not in made.stderr

    listed = marquee_keys("list").output
    assert all(word in listed for word in (key.key_id, "the shop", "events read", "valid"))
    assert token.rpartition("_")[2] not in listed

    assert "is revoked" in marquee_keys("revoke", key.key_id).output
    assert "revoked" in marquee_keys("list").output
