"""Who may call which route: all of them, and nothing that is not here. `docs/access.md` shows the same table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.keys import Scope


class Reach(StrEnum):
    """Whose data a route reads or writes: what a key that is bound to one user may do with it."""

    NOBODY = "nobody's"  # such keys may
    PATH = "the user's in the path"  # if it is theirs
    BODY = "the users' in the body"  # if they are theirs: the route itself calls `check_user`
    EVERYONE = "everyone's"  # such keys may not
    ACCOUNT = "the account's own"  # no key may: it takes someone who is logged in


@dataclass(frozen=True, slots=True)
class Rule:
    """What it takes to call a route.

    Attributes:
        scope: that the caller needs; None: the route is open to all, or looks itself who asks.
        reach: whose data it is about.
    """

    scope: Scope | None
    reach: Reach = Reach.NOBODY


OPEN: Final = Rule(None)
_READ: Final = Rule(Scope.READ)
_READ_USER: Final = Rule(Scope.READ, Reach.PATH)
_READ_USERS: Final = Rule(Scope.READ, Reach.BODY)
_READ_EVERYONE: Final = Rule(Scope.READ, Reach.EVERYONE)
_WRITE_USER: Final = Rule(Scope.EVENTS, Reach.PATH)
_WRITE_USERS: Final = Rule(Scope.EVENTS, Reach.BODY)
_ADMIN: Final = Rule(Scope.ADMIN, Reach.EVERYONE)
_OWN: Final = Rule(Scope.READ, Reach.ACCOUNT)

DOCS: Final[Mapping[str, Rule]] = {
    "GET /docs": _READ,
    "GET /docs/files": _READ,
    "GET /openapi.json": _READ,
}
"""The interface's own description, which `MARQUEE_DOCS=open` opens."""

PAGE: Final[Mapping[str, Rule]] = {
    "GET /": OPEN,
    "GET /discover": OPEN,
    "GET /for-you": OPEN,
    "GET /movies/{movieId}": OPEN,
    "GET /map": OPEN,
    "GET /studio": OPEN,
    "GET /studio/{view}": OPEN,
    "GET /about": OPEN,
    "GET /login": OPEN,
    "GET /register": OPEN,
    "GET /account": OPEN,
    "GET /page/{version}/{name}": OPEN,
}
"""The page's files, the same for everyone; what it shows it asks for by routes that have rules of their own."""

RULES: Final[Mapping[str, Rule]] = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    **PAGE,
    **DOCS,
    "GET /v1/users/{userId}/recommendations": _READ_USER,
    "POST /v1/recommendations": _READ,
    "POST /v1/recommendations/group": _READ_USERS,
    "GET /v1/users/{userId}/movies/{movieId}/prediction": _READ_USER,
    "GET /v1/users/{userId}/movies/{movieId}/explanation": _READ_USER,
    "POST /v1/explanations": _READ_USERS,
    "GET /v1/users/{userId}/similar": _READ_EVERYONE,
    "POST /v1/events": _WRITE_USERS,
    "GET /v1/movies": _READ,
    "PUT /v1/movies": _ADMIN,
    "PATCH /v1/movies": _ADMIN,
    "GET /v1/movies/popular": _READ,
    "GET /v1/movies/trending": _READ,
    "GET /v1/movies/newest": _READ,
    "GET /v1/movies/{movieId}": _READ,
    "PUT /v1/movies/{movieId}": _ADMIN,
    "PATCH /v1/movies/{movieId}": _ADMIN,
    "DELETE /v1/movies/{movieId}": _ADMIN,
    "GET /v1/movies/{movieId}/similar": _READ,
    "GET /v1/movies/{movieId}/audience": _READ_EVERYONE,
    "GET /v1/movies/{movieId}/connections": _READ,
    "GET /v1/catalogue": _READ,
    "GET /v1/properties": _READ,
    "PUT /v1/properties/{property}": _ADMIN,
    "DELETE /v1/properties/{property}": _ADMIN,
    "GET /v1/users": _ADMIN,
    "PUT /v1/users": _ADMIN,
    "PATCH /v1/users": _ADMIN,
    "GET /v1/users/{userId}": _READ_USER,
    "PUT /v1/users/{userId}": _ADMIN,
    "PATCH /v1/users/{userId}": _ADMIN,
    "DELETE /v1/users/{userId}": _ADMIN,
    "GET /v1/users/{userId}/export": _READ_USER,
    "GET /v1/users/{userId}/ratings": _READ_USER,
    "PUT /v1/users/{userId}/ratings": _WRITE_USER,
    "GET /v1/users/{userId}/ratings/{movieId}": _READ_USER,
    "PUT /v1/users/{userId}/ratings/{movieId}": _WRITE_USER,
    "DELETE /v1/users/{userId}/ratings/{movieId}": _WRITE_USER,
    "GET /v1/jobs": _ADMIN,
    "GET /v1/jobs/events": _ADMIN,
    "GET /v1/jobs/{jobId}": _ADMIN,
    "GET /v1/jobs/{jobId}/events": _ADMIN,
    "GET /v1/jobs/{jobId}/log": _ADMIN,
    "POST /v1/jobs/batch": _ADMIN,
    "POST /v1/jobs/clean-up": _ADMIN,
    "POST /v1/jobs/compare": _ADMIN,
    "POST /v1/jobs/ingest": _ADMIN,
    "POST /v1/jobs/train": _ADMIN,
    "POST /v1/jobs/tune": _ADMIN,
    "POST /v1/jobs/{jobId}/cancel": _ADMIN,
    "GET /v1/models": _ADMIN,
    "GET /v1/models/{version}": _ADMIN,
    "GET /v1/models/{version}/report.html": _ADMIN,
    "GET /v1/models/{version}/map": _READ,
    "GET /v1/models/{version}/compare/{other}": _ADMIN,
    "POST /v1/models/{version}/activate": _ADMIN,
    "POST /v1/models/rollback": _ADMIN,
    "GET /v1/schedules": _ADMIN,
    "POST /v1/schedules": _ADMIN,
    "GET /v1/schedules/{scheduleId}": _ADMIN,
    "PATCH /v1/schedules/{scheduleId}": _ADMIN,
    "DELETE /v1/schedules/{scheduleId}": _ADMIN,
    "GET /v1/keys": _ADMIN,
    "POST /v1/keys": _ADMIN,
    "DELETE /v1/keys/{keyId}": _ADMIN,
    "GET /v1/session": OPEN,
    "POST /v1/session": OPEN,
    "DELETE /v1/session": _OWN,
    "GET /v1/account": _OWN,
    "PATCH /v1/account": _OWN,
    "DELETE /v1/account": _OWN,
    "PUT /v1/account/password": _OWN,
    "GET /v1/account/export": _OWN,
    "POST /v1/accounts": OPEN,
    "GET /v1/accounts": _ADMIN,
    "GET /v1/accounts/{accountId}": _ADMIN,
    "PATCH /v1/accounts/{accountId}": _ADMIN,
    "DELETE /v1/accounts/{accountId}": _ADMIN,
    "DELETE /v1/accounts/{accountId}/sessions": _ADMIN,
    "PUT /v1/accounts/{accountId}/user": _ADMIN,
    "DELETE /v1/accounts/{accountId}/user": _ADMIN,
}
"""By method and path; HEAD is as GET."""


def as_markdown(rules: Mapping[str, Rule]) -> str:
    """The table, for the documentation."""
    head = ["| route | scope | whose data |", "| --- | --- | --- |"]
    rows = [f"| `{name}` | {rule.scope or 'none: open'} | {rule.reach} |" for name, rule in rules.items()]
    return "\n".join([*head, *rows])
