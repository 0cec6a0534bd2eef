"""Users, one or thousands at a time, changed in one transaction; all that is known of one, and forgetting it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.errors import NotFoundError
from shared.graph.columns import from_values, objects, to_values
from shared.graph.port import Graph, Record
from shared.movies import check_distinct, refuse_missing
from shared.schema import CHANGE, EDGE_KINDS, JOB, USER, EdgeKind

FIELDS: Final = ("gender", "age", "occupation")
REMOVED: Final = "(removed with a user's data)"
_JOBS: Final = 100_000  # a clean-up keeps far fewer


@dataclass(frozen=True, slots=True)
class UserChange:
    """What a user is to be: of `FIELDS` those to be written, None removes one. What is not named stays."""

    user_id: str
    fields: Mapping[str, str | int | None]


def put_users(graph: Graph, changes: Sequence[UserChange], *, creates: bool) -> list[bool]:
    """Write all changes or none; which users are new.

    Raises:
        FaultyItemsError: a user stands there twice, or does not exist and `creates` is false.
    """
    ids = [change.user_id for change in changes]
    check_distinct(ids, "user")

    def work(tx: Graph) -> list[bool]:
        there = tx.read_records(USER, ids)
        if not creates:
            refuse_missing(ids, there, "user")
        groups: dict[tuple[str, ...], list[UserChange]] = {}
        for change in changes:
            groups.setdefault(tuple(sorted(change.fields)), []).append(change)
        for names, group in groups.items():
            columns = {
                name: from_values([change.fields[name] for change in group], USER.property(name).type) for name in names
            }
            tx.put_nodes(USER, {"userId": objects([change.user_id for change in group]), **columns}, exact=True)
        return [id_ not in there for id_ in ids]

    return graph.atomically(work)


def read_user(graph: Graph, user_id: str) -> Record:
    """A user's record.

    Raises:
        NotFoundError: there is no such user.
    """
    record = graph.read_record(USER, user_id)
    if record is None:
        raise NotFoundError(f"There is no user {user_id!r}.")
    return record


def kinds_of_users() -> list[EdgeKind]:
    """Every kind of relationship that users have."""
    return [kind for kind in EDGE_KINDS if kind.source is USER]


def export_user(graph: Graph, user_id: str) -> dict[str, Any]:
    """All that the graph holds of a user: their record, and their relationships by type, what is recommended included.

    Raises:
        NotFoundError: there is no such user.
    """
    record = read_user(graph, user_id)
    relationships: dict[str, list[Record]] = {}
    for kind in kinds_of_users():
        names = [property_.name for property_ in kind.properties]
        found = graph.edges_from(kind, user_id, names)
        if found is None:
            raise NotFoundError(f"User {user_id!r} was removed while they were read.")
        values = [to_values(found[1][name], kind.property(name).type) for name in names]
        rows = zip(found[0].tolist(), *values, strict=True)
        relationships[kind.type] = [dict(zip((kind.target.key, *names), row, strict=True)) for row in rows]
    return {"user": record, "relationships": relationships}


def erase_user(graph: Graph, user_id: str) -> None:
    """Remove all that the graph holds of a user: node, relationships, vectors, and rows of theirs in reports.

    Safe to do again after a break at any point: whoever is already gone from the graph is looked for in reports.

    Raises:
        NotFoundError: there is no such user.
        UnavailableError: the store's files are in use all the time; all but old copies in its log is gone.
    """

    def work(tx: Graph) -> bool:
        removed = tx.delete_nodes(USER, [user_id])
        if removed:
            tx.bump_revision()  # how often movies were rated has changed
            tx.announce([])
        # Where a change is missing, those who follow forget everybody, and so this user, whom nothing may name.
        changes = _changes(tx)
        gone = [key for key, users in changes.items() if user_id in users]
        tx.delete_nodes(CHANGE, [*gone, max(changes)] if removed else gone)
        return bool(removed or gone)

    removed = graph.atomically(work)
    scrubbed = _scrub_jobs(graph, user_id)
    if not removed and not scrubbed:
        raise NotFoundError(f"There is no user {user_id!r}.")
    graph.scrub()


def _changes(graph: Graph) -> dict[str, list[str]]:
    """The changes that are announced, and whose relationships each names."""
    table = graph.read_nodes(CHANGE, ["users"])
    return {key: json.loads(users) for key, users in zip(table.keys, table.columns["users"], strict=True)}


def _scrub_jobs(graph: Graph, user_id: str) -> bool:
    """Take rows that name the user out of jobs' results and errors: an ingest shows the faulty ones."""
    found = False
    for job in graph.find_records(JOB, limit=_JOBS):
        changes = {}
        if job["result"] and user_id in json.dumps(json.loads(job["result"]), ensure_ascii=False):
            changes["result"] = json.dumps(_scrubbed(json.loads(job["result"]), _named(user_id)))
        if job["error"]:
            changes["error"] = _QUOTED.sub(lambda text: _without(text[0], _named(user_id)), job["error"])
        changes = {name: value for name, value in changes.items() if value != job[name]}
        if changes:
            found = graph.update_record(JOB, job["jobId"], changes, expected={n: job[n] for n in changes}) or found
    return found


_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def _named(user_id: str) -> re.Pattern[str]:
    """Finds an id where it stands by itself: 12 is not in 1234."""
    return re.compile(rf"(?<!\w){re.escape(user_id)}(?!\w)")


def _without(text: str, named: re.Pattern[str]) -> str:
    return REMOVED if named.search(text) else text


def _scrubbed(value: Any, named: re.Pattern[str]) -> Any:  # noqa: ANN401 - JSON
    """A result whose shown lines of files do not name the user any more."""
    if isinstance(value, list):
        return [_scrubbed(part, named) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without(part, named) if name == "text" and isinstance(part, str) else _scrubbed(part, named)
        for name, part in value.items()
    }
