"""Sessions of accounts, in the graph: begun, read, renewed, ended. The graph keeps a digest of each token alone.

A token is `ACCOUNT-PLACE_SECRET`, with 192 bits of chance in the secret, so that one round of SHA-256 is enough. An
account has `PLACES` places for sessions; a new one takes the place of the oldest. So nothing has to be searched for,
and nobody can fill the graph by logging in.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from shared.errors import ConflictError
from shared.graph.port import Graph, Record
from shared.marks import Mark, change_mark
from shared.schema import ACCOUNT, SESSION

PLACES: Final = 20
_TOKEN: Final = re.compile(r"([0-9a-f]{16}-[0-9]{2})_[0-9a-f]{48}")
_DAY_MS: Final = 86_400_000
LONGEST: Final = 6
"""So many times as long as it lasts unused, a session lasts at most, however often it is renewed."""


@dataclass(frozen=True, slots=True)
class Session:
    """That a browser is logged in. Times are milliseconds since 1970."""

    session_id: str
    account_id: str
    created_at: int
    last_seen_at: int
    expires_at: int
    digest: bytes = field(repr=False)

    @classmethod
    def from_record(cls, record: Record) -> "Session":
        """The session that a `Session` node describes."""
        return cls(
            session_id=record["sessionId"],
            account_id=record["accountId"],
            created_at=record["createdAt"],
            last_seen_at=record["lastSeenAt"],
            expires_at=record["expiresAt"],
            digest=bytes.fromhex(record["digest"]),
        )


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def id_of(token: str) -> str | None:
    """The session that a token names; None for what is no token of ours.

    >>> id_of("0123456789abcdef-07_" + 48 * "0"), id_of("another")
    ('0123456789abcdef-07', None)
    """
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def session_ids(account_id: str) -> list[str]:
    """The ids of all sessions that an account can have."""
    return [_id(account_id, place) for place in range(PLACES)]


def _id(account_id: str, place: int) -> str:
    return f"{account_id}-{place:02}"


def begin_session(graph: Graph, account_id: str, password_hash: str, *, days: int) -> tuple[Session, str]:
    """A new session, and its token, which is kept nowhere else.

    Args:
        graph: where.
        account_id: whose.
        password_hash: that the password was checked by; a session begins only while it is still the account's.
        days: the session lasts, unused.

    Raises:
        ConflictError: meanwhile the account got another password, or was disabled or removed.
    """
    secret = secrets.token_hex(24)

    def work(tx: Graph) -> tuple[Session, str]:
        account = tx.read_record(ACCOUNT, account_id) or {"logins": None}
        logins = account["logins"] or 0
        expected = {"passwordHash": password_hash, "disabledAt": None, "logins": account["logins"]}
        if not tx.update_record(ACCOUNT, account_id, {"logins": logins + 1}, expected=expected):
            raise ConflictError("The account was changed meanwhile. Log in again.")
        now = tx.now()
        session_id = _id(account_id, logins % PLACES)
        token = f"{session_id}_{secret}"
        digest = digest_of(token)
        session = Session(session_id, account_id, now, now, now + days * _DAY_MS, digest)
        record = {
            "sessionId": session_id,
            "accountId": account_id,
            "digest": digest.hex(),
            "createdAt": now,
            "lastSeenAt": now,
            "expiresAt": session.expires_at,
        }
        if tx.delete_nodes(SESSION, [session_id]):
            change_mark(tx, Mark.SESSIONS)
        tx.create_record(SESSION, record)
        return session, token

    return graph.atomically(work)


def read_session(graph: Graph, session_id: str) -> Session | None:
    """A session, also one that has expired; None: there is none."""
    record = graph.read_record(SESSION, session_id)
    return Session.from_record(record) if record else None


def renew_session(graph: Graph, session: Session, *, days: int) -> Session:
    """Let a session last `days` from now, but in all not longer than `LONGEST` times as much."""
    now = graph.now()
    changes = {
        "lastSeenAt": now,
        "expiresAt": min(now + days * _DAY_MS, session.created_at + LONGEST * days * _DAY_MS),
    }
    graph.update_record(SESSION, session.session_id, changes, expected={"digest": session.digest.hex()})
    return replace(session, last_seen_at=now, expires_at=changes["expiresAt"])


def end_session(graph: Graph, session_id: str) -> None:
    """Let a session be good for nothing: every recommender knows within a second."""
    if graph.delete_nodes(SESSION, [session_id]):
        change_mark(graph, Mark.SESSIONS)
