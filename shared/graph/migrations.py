"""Brings a graph that an earlier Marquee made to this one's schema: step by step, one process at a time."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.errors import LeaseLostError, UnavailableError
from shared.graph.port import Fence, Graph, Record
from shared.graph.state import STATE_KEY, refuse_newer
from shared.schema import GRAPH_STATE, SCHEMA_VERSION

_LOCK_SECONDS: Final = 60.0  # after so long without a sign of life another process goes on
_POLL_SECONDS: Final = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward.

    Attributes:
        version: the schema that the graph has after it.
        what: it does, in words, for the log.
        run: does it, and does it again after a break at any point. It gets a graph that takes writes only while this
            process holds the lock, and what keeps the lock: to be called after each part, every few seconds.
    """

    version: int
    what: str
    run: Callable[[Graph, Callable[[], None]], None]


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(2, "room for events, which preparing has made", lambda _graph, _keep: None),
)
"""One for each schema after the first, in order. New tables, columns and constraints are made by preparing before."""


def migrate(graph: Graph, *, patience_seconds: float) -> None:
    """Bring a graph, whose tables or constraints are there, to this schema; or wait until another process has.

    Raises:
        InvalidInputError: a later Marquee has made the graph.
        UnavailableError: another process is still at it after `patience_seconds`.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        state = graph.read_record(GRAPH_STATE, STATE_KEY) or {"schemaVersion": None}
        version = state["schemaVersion"]
        refuse_newer(version)
        if version == SCHEMA_VERSION:
            return
        if version is None:  # a new graph
            graph.update_record(
                GRAPH_STATE, STATE_KEY, {"schemaVersion": SCHEMA_VERSION}, expected={"schemaVersion": None}
            )
        elif (owner := _lock(graph, state)) is not None:
            _run(graph, owner, version)
        elif time.monotonic() > deadline:
            raise UnavailableError(
                f"Another process is still migrating the graph from schema {version} to {SCHEMA_VERSION}. Wait for it."
            )
        else:
            time.sleep(_POLL_SECONDS)


def _lock(graph: Graph, state: Record) -> str | None:
    """A name of one's own in the graph's state; None where another's stands there, and is not older than a minute."""
    now = graph.now()
    if (state["migratingUntil"] or 0) > now:
        return None
    owner = uuid.uuid4().hex
    changes = {"migrator": owner, "migratingUntil": now + round(_LOCK_SECONDS * 1_000)}
    expected = {name: state[name] for name in ("schemaVersion", *changes)}
    return owner if graph.update_record(GRAPH_STATE, STATE_KEY, changes, expected=expected) else None


def _run(graph: Graph, owner: str, version: int) -> None:
    """All steps after `version`; what each has reached is written down before the next begins."""
    fenced = graph.fenced(Fence(GRAPH_STATE, STATE_KEY, {"migrator": owner}))

    def write_down(changes: Record) -> None:
        until = graph.now() + round(_LOCK_SECONDS * 1_000)
        fenced.update_record(GRAPH_STATE, STATE_KEY, {**changes, "migratingUntil": until})

    try:
        for step in MIGRATIONS:
            if step.version > version:
                log.warning("migrating the graph to schema %d: %s", step.version, step.what)
                step.run(fenced, lambda: write_down({}))
                write_down({"schemaVersion": step.version})
    except LeaseLostError:
        log.warning("another process has taken the migration of the graph over")
    finally:
        released = {"migrator": None, "migratingUntil": None}
        graph.update_record(GRAPH_STATE, STATE_KEY, released, expected={"migrator": owner})
