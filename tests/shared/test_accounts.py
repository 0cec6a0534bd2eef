"""Accounts and sessions in both stores."""

import pytest

from shared import accounts
from shared.accounts import (
    Account,
    change_account,
    create_account,
    find_account,
    link_account,
    list_accounts,
    normalised,
    remove_account,
    set_password,
)
from shared.errors import ConflictError, InvalidInputError, NotFoundError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.marks import Mark, read_marks
from shared.schema import ACCOUNT, LOGIN_NAME, SESSION, USER
from shared.sessions import PLACES, begin_session, digest_of, end_session, read_session, renew_session, session_ids

DAY = 86_400_000


def ann(graph: Graph) -> Account:
    return create_account(graph, "ann", "Ann", "a hash", is_admin=False)


def test_of_one_name_there_is_one_account_with_a_user_of_its_own(graph: Graph) -> None:
    account = ann(graph)

    assert find_account(graph, "ann") == account
    assert graph.read_record(USER, account.user_id) is not None
    with pytest.raises(ConflictError, match="taken"):
        create_account(graph, "ann", "Another", "another hash", is_admin=True)
    assert [len(graph.list_records(kind, after=None, limit=9)) for kind in (ACCOUNT, LOGIN_NAME, USER)] == [1, 1, 1]
    assert "a hash" not in repr(account)


def test_all_accounts_are_looked_through_for_what_they_are_like(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_LOOKED_THROUGH", 2)
    for login, name in [("ann", "Ann"), ("bob", "ÉLODIE"), ("cleo", "Cleo"), ("dora", "Élodie B."), ("eve", "Ann")]:
        create_account(graph, login, name, "a hash", is_admin=False)
    ids = {account.login: account.account_id for account in list_accounts(graph, after=None, limit=9)}

    def logins(like: str, after: str | None = None, limit: int = 9) -> list[str]:
        return [account.login for account in list_accounts(graph, after=after, limit=limit, like=like)]

    in_order = sorted(("bob", "dora"), key=ids.__getitem__)
    assert logins("élodie") == in_order
    assert logins("élodie", limit=1) == in_order[:1]
    assert logins("élodie", after=ids[in_order[0]]) == in_order[1:]
    cleo = find_account(graph, "cleo")
    assert cleo is not None
    assert logins(cleo.user_id) == ["cleo"]
    assert logins("nobody") == []
    assert len(logins("")) == 5


def test_a_session_begins_only_by_the_present_password(graph: Graph) -> None:
    account = ann(graph)
    session, token = begin_session(graph, account.account_id, "a hash", days=30)

    assert read_session(graph, session.session_id) == session
    assert (session.digest, session.expires_at) == (digest_of(token), session.created_at + 30 * DAY)
    assert token.partition("_")[2] not in str(graph.read_record(SESSION, session.session_id))
    assert set_password(graph, account, "a newer hash")
    assert not set_password(graph, account, "a third hash")
    assert read_session(graph, session.session_id) is None
    with pytest.raises(ConflictError):
        begin_session(graph, account.account_id, "a hash", days=30)
    change_account(graph, account.account_id, {"disabledAt": 1})
    with pytest.raises(ConflictError):
        begin_session(graph, account.account_id, "a newer hash", days=30)


def test_readers_see_that_sessions_are_not_what_they_were(graph: Graph) -> None:
    account = ann(graph)
    graph.put_nodes(USER, {"userId": objects(["7"])})
    marks = [read_marks(graph)[Mark.SESSIONS]]
    session, _ = begin_session(graph, account.account_id, "a hash", days=1)
    assert read_marks(graph)[Mark.SESSIONS] == marks[0], "a new one changes no other"
    for change in (
        lambda: end_session(graph, session.session_id),
        lambda: link_account(graph, account.account_id, "7"),
        lambda: change_account(graph, account.account_id, {"isAdmin": True}),
        lambda: set_password(graph, account, "another"),
        lambda: remove_account(graph, account),
    ):
        change()
        marks.append(read_marks(graph)[Mark.SESSIONS])

    assert len(set(marks)) == len(marks)


def test_an_account_has_so_many_sessions_and_leaves_none_behind(graph: Graph) -> None:
    account = ann(graph)
    tokens = [begin_session(graph, account.account_id, "a hash", days=1)[1] for _ in range(PLACES + 1)]
    first = read_session(graph, session_ids(account.account_id)[0])

    assert first is not None
    assert first.digest == digest_of(tokens[-1])
    assert len(graph.list_records(SESSION, after=None, limit=100)) == PLACES
    remove_account(graph, account)
    assert [graph.list_records(kind, after=None, limit=9) for kind in (ACCOUNT, LOGIN_NAME, SESSION)] == [[], [], []]
    with pytest.raises(NotFoundError):
        link_account(graph, account.account_id, None)


def test_a_session_is_renewed_for_a_bounded_time(graph: Graph) -> None:
    account = ann(graph)
    session, _ = begin_session(graph, account.account_id, "a hash", days=30)
    renewed = renew_session(graph, session, days=30)
    assert 0 <= renewed.expires_at - session.expires_at < 60_000
    assert read_session(graph, session.session_id) == renewed

    old = graph.now() - 170 * DAY
    graph.update_record(SESSION, session.session_id, {"createdAt": old})
    found = read_session(graph, session.session_id)
    assert found is not None
    assert renew_session(graph, found, days=30).expires_at == old + 180 * DAY


@pytest.mark.parametrize("name", ["", "an", "-ann", "a nn", "ann\n", "аnn", "a" * 65, "ann/..", "<b>"])  # noqa: RUF001
def test_what_is_no_login_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="login name"):
        normalised(name)
