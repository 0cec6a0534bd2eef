"""The command line makes, links and changes accounts in the graph."""

from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from services.recommender.accounts import cli
from shared.accounts import Account, find_account
from shared.errors import ConflictError, NotFoundError
from shared.graph.columns import objects
from shared.graph.sqlite import SqliteGraph
from shared.schema import SESSION, USER
from shared.sessions import begin_session

Run = Callable[..., Result]


@pytest.fixture
def marquee_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(cli, "make_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return lambda *words: CliRunner().invoke(cli.accounts, words, catch_exceptions=False)


def named(graph: SqliteGraph, login: str) -> Account:
    account = find_account(graph, login)
    assert account is not None
    return account


def test_an_account_is_made_linked_and_changed(marquee_accounts: Run, tmp_path: Path) -> None:
    made = marquee_accounts("create", "Ann", "--name", "Ann Lee")
    password = made.stdout.strip()

    with SqliteGraph(tmp_path / "graph.db", timeout_seconds=5) as graph:
        account = named(graph, "ann")
        assert PasswordHasher().verify(account.password_hash, password)
        assert password not in made.stderr
        graph.put_nodes(USER, {"userId": objects(["7"])})
        begin_session(graph, account.account_id, account.password_hash, days=1)

        assert "7" in marquee_accounts("link", "ann", "7").output
        assert "an admin" in marquee_accounts("admin", "ann").output
        listed = marquee_accounts("list").output
        assert all(word in listed for word in ("ann", "Ann Lee", "7 (linked)", "admin"))
        assert "ann" in marquee_accounts("list", "--like", "LEE").output
        assert "ann" not in marquee_accounts("list", "--like", "bob").output
        marquee_accounts("admin", "ann", "--off")
        marquee_accounts("link", "ann")
        assert (named(graph, "ann").is_admin, named(graph, "ann").is_linked) == (False, False)

        newer = marquee_accounts("reset-password", "ann").stdout.strip()
        assert newer != password
        assert PasswordHasher().verify(named(graph, "ann").password_hash, newer)
        assert graph.list_records(SESSION, after=None, limit=9) == []
    with pytest.raises(ConflictError, match="is taken"):
        marquee_accounts("create", "ANN")
    with pytest.raises(NotFoundError, match="marquee accounts list"):
        marquee_accounts("admin", "bob")
