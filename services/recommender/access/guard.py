"""Who asks, and whether they may: every route is behind a guard that looks at its rule in `access_table`."""

import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Protocol, TypeVar

from fastapi import FastAPI, Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.recommender.access.rates import Allowance, Rates
from services.recommender.access.refusals import RefusedError
from services.recommender.access.table import Reach, Rule
from services.recommender.http.problems import NOT_LOGGED_IN
from shared.errors import UnavailableError
from shared.keys import Scope as KeyScope
from shared.keys import expand

T = TypeVar("T")

_TRIES: Final = 3  # to have in memory what is forgotten again meanwhile
_HOW: Final = "Send one as `Authorization: Bearer mq_…`; `marquee keys create` makes one."


def headers_of(scope: Scope) -> Sequence[tuple[bytes, bytes]]:
    """A request's headers as ASGI hands them on: names in lower case."""
    found: Sequence[tuple[bytes, bytes]] = scope["headers"]
    return found


class Who(StrEnum):
    """What kind of principal asks, in the words of a refusal."""

    KEY = "this key"
    ACCOUNT = "this account"
    VISITOR = "a visitor"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        name: for people and logs; holds no secret.
        scopes: all that they have, those that `admin` includes among them.
        user_id: the one user whose data are theirs; None: everyone's.
        allowance: how much they may ask; None: as much as they like.
        who: which kind of principal they are.
    """

    name: str
    scopes: frozenset[KeyScope]
    user_id: str | None = None
    allowance: Allowance | None = None
    who: Who = Who.KEY


class NotInMemoryError(Exception):
    """What a request carries must be read first: call `read`, await it, and ask again."""

    def __init__(self, read: Callable[[], Awaitable[Any]]) -> None:
        super().__init__("it has to be read first")
        self.read = read


class Source(Protocol):
    """Knows principals by what a request carries: keys, sessions of the page, visitors."""

    @property
    def is_ready(self) -> bool:
        """Whether it knows all that it will."""

    def find(self, scope: Scope) -> Principal | None:
        """Who asks; None where the request carries nothing of this source's kind.

        Raises:
            RefusedError: what it carries is not valid.
            UnavailableError: that can't be told yet.
            NotInMemoryError: that can be told when it has been read.
        """


class Anyone:
    """The source of an interface that is open: whoever asks may do everything."""

    is_ready = True
    _ANYONE: Final = Principal("anyone", expand([KeyScope.ADMIN]), who=Who.ANYONE)

    def find(self, scope: Scope) -> Principal:  # noqa: ARG002 - as the other sources
        """The same for each."""
        return self._ANYONE


class Access:
    """Lets requests in, or refuses them.

    Args:
        sources: are asked in this order.
        rates: of those who may not ask as much as they like.
    """

    def __init__(self, sources: Sequence[Source], rates: Rates) -> None:
        self._sources, self.rates = tuple(sources), rates

    @property
    def is_ready(self) -> bool:
        """Whether it can tell of every request whether it may."""
        return all(source.is_ready for source in self._sources)

    def admit(self, scope: Scope, rule: Rule) -> Principal:
        """Who asks for this, if they may.

        Raises:
            RefusedError: they may not (401, 403).
            UnavailableError: that can't be told yet.
            NotInMemoryError: that can be told when it has been read.
        """
        principal = self._find(scope)
        if principal is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, f"This needs a key. {_HOW}", {"WWW-Authenticate": "Bearer"})
        if rule.reach is Reach.ACCOUNT and principal.who is not Who.ACCOUNT:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "This is for who is logged in. Log in.", kind=NOT_LOGGED_IN)
        if rule.scope not in principal.scopes:
            raise _too_small(rule, principal)
        if principal.user_id is not None:
            if rule.reach is Reach.EVERYONE:
                raise _refused(principal, f"{_bound(principal)}, and this is about everyone.")
            if rule.reach is Reach.PATH:
                check_user(principal, scope["path_params"]["userId"])
        return principal

    async def identify(self, scope: Scope) -> Principal | None:
        """Who asks, on a route that is open; None: nobody that is known.

        Raises:
            RefusedError: what the request carries is not valid.
            UnavailableError: that can't be told now.
        """
        return await self._when_read(lambda: self._find(scope))

    async def admit_when_read(self, scope: Scope, rule: Rule) -> Principal:
        """As `admit`, with what has to be read for it."""
        return await self._when_read(lambda: self.admit(scope, rule))

    @staticmethod
    async def _when_read(ask: Callable[[], T]) -> T:
        for _ in range(_TRIES):
            try:
                return ask()
            except NotInMemoryError as missing:
                await missing.read()
        raise UnavailableError("Sessions change faster than they can be read. Try again in a moment.")

    def _find(self, scope: Scope) -> Principal | None:
        for source in self._sources:
            if (found := source.find(scope)) is not None:
                return found
        return None


def check_user(principal: Principal, *user_ids: str) -> None:
    """See that these users' data may be read and written: for routes that learn of them from the request's body.

    Raises:
        RefusedError: a user is another than the one that the principal is bound to (403).
    """
    if principal.user_id is not None:
        for user_id in user_ids:
            if user_id != principal.user_id:
                raise _refused(principal, f"{_bound(principal)}, and this is about another user.")


def principal_of(request: Request) -> Principal:
    """Who sent `request`, on a route that has a rule."""
    found: Principal = request.scope["marquee.principal"]
    return found


class Guard:
    """What a route calls, behind its rule. One that is let in at once costs no coroutine."""

    __slots__ = ("_access", "_app", "_rule")

    def __init__(self, app: ASGIApp, rule: Rule, access: Access) -> None:
        self._app, self._rule, self._access = app, rule, access

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on, or raise why not."""
        try:
            principal = self._access.admit(scope, self._rule)
        except NotInMemoryError:
            return self._once_read(scope, receive, send)
        return self._let_in(principal, scope, receive, send)

    def _let_in(self, principal: Principal, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        scope["marquee.principal"] = principal
        allowance = principal.allowance
        if allowance is None or allowance.take():
            return self._app(scope, receive, send)
        return self._once_allowed(allowance, scope, receive, send)

    async def _once_read(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal = await self._access.admit_when_read(scope, self._rule)
        await self._let_in(principal, scope, receive, send)

    async def _once_allowed(self, allowance: Allowance, scope: Scope, receive: Receive, send: Send) -> None:
        await self._access.rates.admit(allowance)
        await self._app(scope, receive, send)


def guard(app: FastAPI, access: Access, rules: Mapping[str, Rule]) -> None:
    """Put a guard before every route of `app` but those that are open.

    Raises:
        KeyError: a route has no rule.
    """
    routes = app.router.routes
    for number, route in enumerate(routes):
        if not isinstance(route, Route | Mount):
            raise TypeError(f"{route!r} is of a kind that can't be guarded")
        found = {rules[name] for name in names_of(route)}
        if len(found) != 1:
            raise ValueError(f"{names_of(route)} are one route and need one rule")
        rule = found.pop()
        if rule.scope is not None:
            guarded = copy.copy(route)  # applications share what the routers hold
            guarded.app = Guard(route.app, rule, access)
            routes[number] = guarded


def names_of(route: Route | Mount) -> list[str]:
    """What a route is called in the table: a method and a path each, HEAD aside, which is answered as GET.

    >>> async def nothing() -> None: ...
    >>> names_of(Route("/a/{b:path}", nothing, methods=["GET", "POST"]))
    ['GET /a/{b}', 'POST /a/{b}']
    """
    if isinstance(route, Mount):
        return [f"GET {route.path}"]
    return [f"{method} {route.path_format}" for method in sorted((route.methods or set()) - {"HEAD"})]


def _bound(principal: Principal) -> str:
    return f"{principal.who.capitalize()} is bound to the user {principal.user_id!r}"


def _too_small(rule: Rule, principal: Principal) -> RefusedError:
    has = " and ".join(sorted(principal.scopes))
    challenge = f'Bearer error="insufficient_scope", scope="{rule.scope}"'
    reason = f"This needs the scope `{rule.scope}`, and {principal.who} has {has}."
    return _refused(principal, reason, {"WWW-Authenticate": challenge} if principal.who is Who.KEY else None)


def _refused(principal: Principal, reason: str, headers: Mapping[str, str] | None = None) -> RefusedError:
    if principal.who is Who.VISITOR:
        return RefusedError(HTTPStatus.UNAUTHORIZED, f"Log in for this, or send a key. {_HOW}", kind=NOT_LOGGED_IN)
    return RefusedError(HTTPStatus.FORBIDDEN, reason, headers)
