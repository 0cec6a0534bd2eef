"""Accounts of people, in the graph: made, changed, linked to users, removed. Passwords come here as hashes."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.errors import ConflictError, InvalidInputError, NotFoundError
from shared.graph.columns import objects
from shared.graph.port import Graph, Record
from shared.marks import Mark, change_mark
from shared.schema import ACCOUNT, LOGIN_NAME, SESSION, USER
from shared.sessions import session_ids
from shared.users import read_user

MAX_LOGIN_CHARACTERS: Final = 64
MAX_NAME_CHARACTERS: Final = 80
USER_PREFIX: Final = "account:"
"""Begins the ids of users that came with an account; 64 bits of chance follow, so that no source has the same."""
_LOGIN: Final = re.compile(rf"[a-z0-9][a-z0-9._@+-]{{2,{MAX_LOGIN_CHARACTERS - 1}}}")
_LOOKED_THROUGH: Final = 1_000  # accounts, by one query
_CHANGEABLE: Final = frozenset({"displayName", "isAdmin", "disabledAt", "userId"})


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who logs in. Times are milliseconds since 1970.

    Attributes:
        login: the name that they log in with, normalised.
        user_id: whose data are theirs.
        own_user_id: the user that came with the account; another than `user_id` where an admin has linked it.
        logins: how often they have logged in; says which place the next session gets.
    """

    account_id: str
    login: str
    display_name: str
    user_id: str
    own_user_id: str
    is_admin: bool
    created_at: int
    disabled_at: int | None
    logins: int
    password_hash: str = field(repr=False)

    @classmethod
    def from_record(cls, record: Record) -> "Account":
        """The account that an `Account` node describes."""
        return cls(
            account_id=record["accountId"],
            login=record["login"],
            display_name=record["displayName"],
            user_id=record["userId"],
            own_user_id=record["ownUserId"],
            is_admin=bool(record["isAdmin"]),
            created_at=record["createdAt"],
            disabled_at=record["disabledAt"],
            logins=record["logins"] or 0,
            password_hash=record["passwordHash"],
        )

    @property
    def is_linked(self) -> bool:
        """Whether an admin has linked it to another user than its own."""
        return self.user_id != self.own_user_id

    def is_like(self, folded: str) -> bool:
        """Whether its login, name or user holds a text whose case is folded."""
        return any(folded in text.casefold() for text in (self.login, self.display_name, self.user_id))


def normalised(login: str) -> str:
    """A login name as it is compared: without differences of width and case.

    Raises:
        InvalidInputError: it can't be one.

    >>> normalised("Ann.Lee@example.org")
    'ann.lee@example.org'
    """
    found = unicodedata.normalize("NFKC", login).casefold()
    if not _LOGIN.fullmatch(found):
        raise InvalidInputError(
            f"A login name has 3 to {MAX_LOGIN_CHARACTERS} letters (a to z), digits and . _ - @ +, and begins with a "
            "letter or a digit."
        )
    return found


def create_account(graph: Graph, login: str, display_name: str, password_hash: str, *, is_admin: bool) -> Account:
    """A new account, and the user who comes with it, in one step.

    Args:
        graph: where.
        login: normalised.
        display_name: for people.
        password_hash: of the password, by a slow hash.
        is_admin: whether they may do everything.

    Raises:
        ConflictError: the login name is taken.
    """
    record = {
        "accountId": secrets.token_hex(8),
        "login": login,
        "displayName": display_name,
        "passwordHash": password_hash,
        "userId": (user_id := USER_PREFIX + secrets.token_hex(8)),
        "ownUserId": user_id,
        "isAdmin": is_admin,
        "createdAt": graph.now(),
        "disabledAt": None,
        "logins": 0,
    }

    def work(tx: Graph) -> None:
        if not tx.create_record(LOGIN_NAME, {"login": login, "accountId": record["accountId"]}):
            raise ConflictError(f"The login name {login!r} is taken. Choose another.")
        tx.create_record(ACCOUNT, record)
        tx.put_nodes(USER, {"userId": objects([user_id])})

    graph.atomically(work)
    return Account.from_record(record)


def find_account(graph: Graph, login: str) -> Account | None:
    """The account with a login name, normalised."""
    name = graph.read_record(LOGIN_NAME, login)
    record = graph.read_record(ACCOUNT, name["accountId"]) if name else None
    return Account.from_record(record) if record else None


def read_account(graph: Graph, account_id: str) -> Account:
    """An account by its id.

    Raises:
        NotFoundError: there is none.
    """
    record = graph.read_record(ACCOUNT, account_id)
    if record is None:
        raise NotFoundError(f"There is no account {account_id!r}.")
    return Account.from_record(record)


def list_accounts(graph: Graph, *, after: str | None, limit: int, like: str = "") -> list[Account]:
    """Accounts in the order of their ids: those whose login, name or user holds `like`, however its letters are cased.

    All are looked through for it, as many at once as are worth a query.
    """
    folded, at_once = like.casefold(), max(limit, _LOOKED_THROUGH) if like else limit
    found: list[Account] = []
    is_last = False
    while len(found) < limit and not is_last:
        accounts = [Account.from_record(record) for record in graph.list_records(ACCOUNT, after=after, limit=at_once)]
        found += [account for account in accounts if account.is_like(folded)]
        is_last = len(accounts) < at_once
        after = accounts[-1].account_id if accounts else after
    return found[:limit]


def change_account(graph: Graph, account_id: str, changes: Mapping[str, str | int | bool | None]) -> Account:
    """Change some of `displayName`, `isAdmin`, `disabledAt`, `userId`; every recommender follows within a second.

    Who is disabled has no session any more, and none again when they are not.

    Raises:
        NotFoundError: there is no such account.
    """
    if not set(changes) <= _CHANGEABLE:
        raise ValueError(f"{sorted(set(changes) - _CHANGEABLE)} can't be changed so")

    def work(tx: Graph) -> None:
        tx.update_record(ACCOUNT, account_id, dict(changes))
        if changes.get("disabledAt") is not None:
            tx.delete_nodes(SESSION, session_ids(account_id))
        change_mark(tx, Mark.SESSIONS)

    if changes:
        graph.atomically(work)
    return read_account(graph, account_id)


def link_account(graph: Graph, account_id: str, user_id: str | None) -> Account:
    """Let an account speak for a user of the data, or again for the user that came with it (None).

    Raises:
        NotFoundError: there is no such account, or no such user.
        ConflictError: the user came with another account.
    """
    account = read_account(graph, account_id)
    if user_id is None:
        return change_account(graph, account_id, {"userId": account.own_user_id})
    if user_id.startswith(USER_PREFIX) and user_id != account.own_user_id:
        raise ConflictError(f"User {user_id!r} came with another account: what they do is that person's alone.")
    read_user(graph, user_id)
    return change_account(graph, account_id, {"userId": user_id})


def end_sessions(graph: Graph, account_id: str) -> None:
    """Log an account out everywhere; every recommender follows within a second.

    Raises:
        NotFoundError: there is no such account.
    """
    read_account(graph, account_id)
    graph.atomically(lambda tx: _end_sessions(tx, account_id))


def set_password(graph: Graph, account: Account, password_hash: str) -> bool:
    """Another password, in one step with the end of all sessions; False where it was changed meanwhile."""

    def work(tx: Graph) -> bool:
        expected = {"passwordHash": account.password_hash}
        if not tx.update_record(ACCOUNT, account.account_id, {"passwordHash": password_hash}, expected=expected):
            return False
        _end_sessions(tx, account.account_id)
        return True

    return graph.atomically(work)


def renew_hash(graph: Graph, account: Account, password_hash: str) -> None:
    """The same password by a newer hash; sessions go on."""
    changes, expected = {"passwordHash": password_hash}, {"passwordHash": account.password_hash}
    graph.update_record(ACCOUNT, account.account_id, changes, expected=expected)


def remove_account(graph: Graph, account: Account) -> None:
    """Remove the account, its login name and its sessions. The user is erased by `shared.users.erase_user`, before."""

    def work(tx: Graph) -> None:
        _end_sessions(tx, account.account_id)
        tx.delete_nodes(LOGIN_NAME, [account.login])
        tx.delete_nodes(ACCOUNT, [account.account_id])

    graph.atomically(work)
    graph.scrub()


def _end_sessions(tx: Graph, account_id: str) -> None:
    tx.delete_nodes(SESSION, session_ids(account_id))
    change_mark(tx, Mark.SESSIONS)
