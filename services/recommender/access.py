"""Who asks, and whether they may: every route is behind a guard that looks at its rule in `access_table`."""

import copy
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from fastapi import FastAPI, Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.recommender.access_table import Reach, Rule
from services.recommender.rates import Allowance, Rates
from services.recommender.refusals import RefusedError
from shared.keys import Scope as KeyScope
from shared.keys import expand

Headers = Sequence[tuple[bytes, bytes]]
"""As ASGI hands them on: names in lower case."""

_HOW: Final = "Send one as `Authorization: Bearer mq_…`; `marquee keys create` makes one."


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        name: for people and logs; holds no secret.
        scopes: all that they have, those that `admin` includes among them.
        user_id: the one user whose data are theirs; None: everyone's.
        allowance: how much they may ask; None: as much as they like.
    """

    name: str
    scopes: frozenset[KeyScope]
    user_id: str | None = None
    allowance: Allowance | None = None


class Source(Protocol):
    """Knows principals by what a request carries: keys, later also the sessions of pages."""

    @property
    def is_ready(self) -> bool:
        """Whether it knows all that it will."""

    def find(self, headers: Headers) -> Principal | None:
        """Who asks; None where the request carries nothing of this source's kind.

        Raises:
            RefusedError: what it carries is not valid.
            UnavailableError: that can't be told yet.
        """


class Anyone:
    """The source of an interface that is open: whoever asks may do everything."""

    is_ready = True
    _ANYONE: Final = Principal("anyone", expand([KeyScope.ADMIN]))

    def find(self, headers: Headers) -> Principal:  # noqa: ARG002 - as the other sources
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
        """
        principal = self._find(scope["headers"])
        if rule.scope not in principal.scopes:
            raise _too_small(rule, principal)
        if principal.user_id is not None:
            if rule.reach is Reach.EVERYONE:
                raise _refused(f"{_bound(principal)}, and this is about everyone.")
            if rule.reach is Reach.PATH:
                check_user(principal, scope["path_params"]["userId"])
        return principal

    def _find(self, headers: Headers) -> Principal:
        for source in self._sources:
            if (found := source.find(headers)) is not None:
                return found
        raise RefusedError(HTTPStatus.UNAUTHORIZED, f"This needs a key. {_HOW}", {"WWW-Authenticate": "Bearer"})


def check_user(principal: Principal, *user_ids: str) -> None:
    """See that these users' data may be read and written: for routes that learn of them from the request's body.

    Raises:
        RefusedError: a user is another than the one that the principal is bound to (403).
    """
    if principal.user_id is not None:
        for user_id in user_ids:
            if user_id != principal.user_id:
                raise _refused(f"{_bound(principal)}, and this is about another user.")


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
        principal = self._access.admit(scope, self._rule)
        scope["marquee.principal"] = principal
        allowance = principal.allowance
        if allowance is None or allowance.take():
            return self._app(scope, receive, send)
        return self._once_allowed(allowance, scope, receive, send)

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
    return f"This key is bound to the user {principal.user_id!r}"


def _too_small(rule: Rule, principal: Principal) -> RefusedError:
    has = " and ".join(sorted(principal.scopes))
    reason = f"This needs a key with the scope `{rule.scope}`, and this one has {has}."
    challenge = f'Bearer error="insufficient_scope", scope="{rule.scope}"'
    return RefusedError(HTTPStatus.FORBIDDEN, reason, {"WWW-Authenticate": challenge})


def _refused(reason: str) -> RefusedError:
    return RefusedError(HTTPStatus.FORBIDDEN, reason)
