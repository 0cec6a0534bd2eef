"""The sessions in memory: whoever sends a session's cookie is the account's person, and may do what is theirs."""

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.types import Scope as AsgiScope

from services.recommender.access.guard import NotInMemoryError, Principal, Who, headers_of
from services.recommender.access.rates import Allowances
from services.recommender.access.refusals import RefusedError
from services.recommender.accounts.cookies import Cookies
from services.recommender.http.problems import NO_CSRF_TOKEN, SESSION_ENDED
from services.recommender.replica.graph_calls import GraphCalls
from shared.accounts import Account
from shared.errors import UnavailableError
from shared.graph import Graph
from shared.keys import Scope, expand
from shared.schema import ACCOUNT
from shared.sessions import Session, digest_of, id_of, read_session

CSRF_HEADER: Final = b"x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_KNOWN: Final = 50_000  # some 1 kB each; what is forgotten is read again
_MAX_WAITING: Final = 1_000  # sessions to be read; more come from nobody but an attacker
_AT_ONCE: Final = 4  # calls of the graph: a flood of forged cookies must not keep its threads busy


@dataclass(frozen=True, slots=True)
class Known:
    """A session, and whose it is."""

    session: Session
    account: Account
    principal: Principal


def csrf_token(token: str) -> str:
    """What a page must send in the header `X-CSRF-Token`, made of the session's token.

    Another site's page can't read it, and the cookie alone, which a browser sends by itself, changes nothing.
    """
    return hmac.new(token.encode(), b"marquee csrf", "sha256").hexdigest()


class Sessions:
    """A source of principals. Lives in the event loop; what is not in memory is read.

    Args:
        graph: where sessions are.
        calls: reads them.
        cookies: that hold their tokens.
        rate_per_minute: of requests of one account; 0 for none. Admins have none.
        clock: seconds since 1970, for tests.
    """

    is_ready = True

    def __init__(
        self,
        graph: Graph,
        calls: GraphCalls,
        cookies: Cookies,
        *,
        rate_per_minute: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._graph, self._calls, self._cookies, self._clock = graph, calls, cookies, clock
        self._known: dict[bytes, Known | None] = {}  # by digest; None: there is no such session
        self._allowances = Allowances("account", "This account", rate_per_minute)
        self._waiting = 0
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._mark: str | None = None

    def find(self, scope: AsgiScope) -> Principal | None:
        """See `Source.find`."""
        token = self._cookies.token(scope)
        if not token:
            return None
        known = self._of(token)
        if known is None or self._is_over(known):
            raise self._ended(scope)
        if scope["method"] not in _SAFE and not _has_csrf_token(scope, token):
            raise RefusedError(
                HTTPStatus.FORBIDDEN,
                "What changes something needs the header `X-CSRF-Token` with the `csrfToken` of this session.",
                kind=NO_CSRF_TOKEN,
            )
        return known.principal

    async def recall(self, scope: AsgiScope) -> tuple[Known, str] | None:
        """The session of a request, and its token, whatever the request is for; None: it has none that is valid.

        Raises:
            UnavailableError: that can't be told now.
        """
        token = self._cookies.token(scope)
        if not token:
            return None
        try:
            known = self._of(token)
        except NotInMemoryError as missing:
            known = await missing.read()
        return None if known is None or self._is_over(known) else (known, token)

    def follow(self, mark: str | None) -> None:
        """Forget all sessions when the mark is another one: some are not what they were. Any thread may call it."""
        if mark != self._mark:
            self._mark = mark
            self.forget()

    def forget(self) -> None:
        """Read every session anew before it counts again. What is being read meanwhile goes into what was forgotten."""
        self._known = {}

    def reread(self, session: Session) -> None:
        """Read one session anew before it counts again."""
        self._known.pop(session.digest, None)

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self._clock() * 1_000)

    def _is_over(self, known: Known) -> bool:
        return self.now() >= known.session.expires_at

    def _of(self, token: str) -> Known | None:
        session_id = id_of(token)
        if session_id is None:
            return None
        digest = digest_of(token)
        try:
            return self._known[digest]
        except KeyError:
            raise NotInMemoryError(lambda: self._read(session_id, digest)) from None

    async def _read(self, session_id: str, digest: bytes) -> Known | None:
        """Have a session in memory, or that there is none; which it is."""
        if self._waiting >= _MAX_WAITING:
            raise UnavailableError("Too many sessions have to be read just now. Try again in a moment.")
        known = self._known  # if it is forgotten meanwhile, so is what is read
        self._waiting += 1
        try:
            async with self._turns:
                if digest not in known:
                    found = await self._calls.run(lambda: _look_up(self._graph, session_id, digest))
                    while len(known) >= _MAX_KNOWN:
                        del known[next(iter(known))]
                    known[digest] = self._made(*found) if found else None
                return known[digest]
        finally:
            self._waiting -= 1

    def _made(self, session: Session, account: Account) -> Known:
        scopes = expand([Scope.ADMIN] if account.is_admin else [Scope.READ, Scope.EVENTS])
        principal = Principal(
            f"account {account.account_id}",
            scopes,
            None if account.is_admin else account.user_id,
            None if account.is_admin else self._allowances.get(account.account_id),
            Who.ACCOUNT,
        )
        return Known(session, account, principal)

    def _ended(self, scope: AsgiScope) -> RefusedError:
        removing = {"Set-Cookie": self._cookies.removing(scope)}
        reason = "This session has ended. Log in again."
        return RefusedError(HTTPStatus.UNAUTHORIZED, reason, removing, kind=SESSION_ENDED)


def _has_csrf_token(scope: AsgiScope, token: str) -> bool:
    given = next((value for name, value in headers_of(scope) if name == CSRF_HEADER), b"")
    return hmac.compare_digest(given, csrf_token(token).encode())


def _look_up(graph: Graph, session_id: str, digest: bytes) -> tuple[Session, Account] | None:
    """The session with this token, and its account, if it may log in."""
    session = read_session(graph, session_id)
    if session is None or not hmac.compare_digest(session.digest, digest):
        return None
    record = graph.read_record(ACCOUNT, session.account_id)
    account = Account.from_record(record) if record else None
    return (session, account) if account and account.disabled_at is None else None
