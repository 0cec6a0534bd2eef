"""Connections to one SQLite file: a pool, transactions, and what sqlite3's errors mean to a person."""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.errors import InvalidInputError, MarqueeError, NoSpaceError, UnavailableError

_RETRY_SECONDS: Final = 0.02
_USUALLY_SYNCHRONOUS: Final = "PRAGMA synchronous = NORMAL"  # with a log, safe but for the last commits at power loss


class Connections:
    """A pool of connections. Threads share it, one connection a thread at a time; a forked process starts its own."""

    def __init__(self, path: Path, *, timeout_seconds: float) -> None:
        self.path = path
        self._timeout_seconds = timeout_seconds
        self._idle: deque[sqlite3.Connection] = deque()
        self._pid = os.getpid()
        self._inherited: list[deque[sqlite3.Connection]] = []
        self._closed = threading.Event()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads: all of it sees the file as it was at its first statement."""
        with self._borrowed() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: alone from its start, whole or not at all.

        A durable one is on the disk when it ends, and so is all that was written before it.
        """
        with self._borrowed() as connection:
            if is_durable:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                with _transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
            finally:
                if is_durable:
                    connection.execute(_USUALLY_SYNCHRONOUS)

    def empty_log(self) -> None:
        """Write what the log holds into the file, and leave the log empty.

        Raises:
            UnavailableError: somebody has read or written all the time.
        """
        with self._borrowed() as connection:
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise UnavailableError(f"The log of the graph {self.path} was in use all the time. Try again.")

    def close(self) -> None:
        """Close what is idle now, and what is in use when it comes back."""
        self._closed.set()
        if self._pid == os.getpid():
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._translated():
            if self._closed.is_set():
                raise UnavailableError(f"The graph in {self.path} was closed.")
            if self._pid != os.getpid():
                # SQLite's connections must not be used, nor even closed, after a fork: keep them, and never look again.
                self._inherited.append(self._idle)
                self._idle, self._pid = deque(), os.getpid()
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            finally:
                if self._closed.is_set():
                    connection.close()
                else:
                    self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(f"The folder of the graph {self.path} can't be made: {error}") from error
        connection = sqlite3.connect(
            self.path, timeout=self._timeout_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            _use_write_ahead_log(connection, time.monotonic() + self._timeout_seconds)
            connection.execute(_USUALLY_SYNCHRONOUS)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._meaning(error) from error
        except UnicodeEncodeError as error:
            raise InvalidInputError(f"A text can't be stored: {error}.") from error

    def _meaning(self, error: sqlite3.Error) -> MarqueeError:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # the low byte is the kind, the rest its detail
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return UnavailableError(
                f"The graph in {self.path} was locked by another process for {self._timeout_seconds:g} s. Try again."
            )
        if code == sqlite3.SQLITE_FULL:
            return NoSpaceError(f"The disk of the graph {self.path} is full. Make room there and try again.")
        if code == sqlite3.SQLITE_NOTADB:
            return InvalidInputError(
                f"{self.path} is not an SQLite database. Name another file in MARQUEE_GRAPH_URL, or move this one away."
            )
        if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such", "ON CONFLICT")):
            return UnavailableError(
                f"The graph in {self.path} is not prepared, or not whole ({error}). Starting a worker prepares it; "
                "`marquee graph check` says what is missing."
            )
        if isinstance(error, sqlite3.IntegrityError):
            return InvalidInputError(f"A value does not fit the graph: {error}.")
        return UnavailableError(f"The graph in {self.path} can't be used: {error}.")


class Joined(Connections):
    """Is part of a transaction that is under way, which sees what it has written and is ended by who began it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._joined = connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The transaction itself."""
        yield self._joined

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:  # noqa: ARG002 - as it was begun
        """The transaction itself."""
        yield self._joined

    def close(self) -> None:
        """Nothing: the connection is another's."""


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _use_write_ahead_log(connection: sqlite3.Connection, deadline: float) -> None:
    """Readers then never wait for a writer. SQLite does not wait by itself for the lock that the first switch needs."""
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
