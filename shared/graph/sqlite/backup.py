"""A copy of the graph's file, made while others go on reading and writing."""

import contextlib
import os
import sqlite3
from pathlib import Path

from shared.errors import InvalidInputError, UnavailableError
from shared.graph.sqlite.check import stored_version


def back_up(source: Path, target: Path, *, timeout_seconds: float) -> None:
    """Copy the graph, as it is at this moment, into a new file that only its owner may read. It is whole or not there.

    Raises:
        InvalidInputError: there is no graph at `source`, or there is something at `target` already.
        UnavailableError: the copy can't be written, or is not what it should be.
    """
    if not source.exists():
        raise InvalidInputError(f"There is no graph at {source}: check MARQUEE_GRAPH_URL, and where this is run.")
    if target.exists():
        raise InvalidInputError(f"There is a file {target} already. Name another, or move it away.")
    partial = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, partial, timeout_seconds)
        _verify(partial)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise UnavailableError(f"The backup {target} can't be written: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def _copy(source: Path, target: Path, timeout_seconds: float) -> None:
    """In one read transaction: writers go on meanwhile. Free pages are left out, and the log is in the file."""
    with contextlib.closing(sqlite3.connect(source, timeout=timeout_seconds, isolation_level=None)) as connection:
        if stored_version(connection) is None:
            raise InvalidInputError(f"{source} is no graph of Marquee's.")
        connection.execute("VACUUM INTO ?", (str(target),))
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _verify(target: Path) -> None:
    with contextlib.closing(sqlite3.connect(target)) as connection:
        said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(f"it reads back damaged ({said})")
