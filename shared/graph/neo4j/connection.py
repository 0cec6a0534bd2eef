"""The connection to Neo4j: one driver a process, managed transactions, and what the driver's errors mean."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final, TypeVar

import neo4j
from neo4j.exceptions import (
    ClientError,
    ConfigurationError,
    DatabaseError,
    DriverError,
    TransientError,
)

from shared.errors import InvalidInputError, UnavailableError

T = TypeVar("T")
Work = Callable[[neo4j.ManagedTransaction], T]

_MAX_CONNECT_SECONDS: Final = 5.0
_TIMED_OUT: Final = (
    "Neo.ClientError.Transaction.TransactionTimedOut",  # and longer codes that begin so
    "Neo.ClientError.Transaction.LockClientStopped",  # it timed out while it waited for a lock
)
_REFUSED: Final = "Neo.ClientError.Security."


class Connection:
    """One Neo4j. It is reached when it is first needed; a forked process makes a driver of its own.

    Attributes:
        lanes: how many transactions of one piece of work may run at once.
    """

    lanes: ClassVar[int] = 2  # while the server commits one, the next is read and prepared

    def __init__(self, url: str, *, user: str, password: str, timeout_seconds: float) -> None:
        self.url = url
        self._user = user
        self._password = password
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        self._driver: neo4j.Driver | None = None
        self._pid = os.getpid()
        self._inherited: list[neo4j.Driver | None] = []
        self._is_closed = False

    def read(self, work: Work[T]) -> T:
        """Run `work` in a transaction that reads, again if the server asks for it."""
        bounded = neo4j.unit_of_work(timeout=self._timeout_seconds)(work)
        with self._translated(), self._session() as session:
            return session.execute_read(bounded)

    def write(self, work: Work[T], *, timeout_seconds: float | None = None) -> T:
        """Run `work` in a transaction that writes, again if the server asks for it: whole or not at all."""
        bounded = neo4j.unit_of_work(timeout=timeout_seconds or self._timeout_seconds)(work)
        with self._translated(), self._session() as session:
            return session.execute_write(bounded)

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            self._is_closed = True
            driver, self._driver = self._driver, None
        if driver is not None and self._pid == os.getpid():
            driver.close()

    def _session(self) -> neo4j.Session:
        # All records of a result at once: results are few records that hold long lists. Bookmarks let what one
        # session has written be seen by the next, whichever server of a cluster answers it.
        return self._get_driver().session(fetch_size=-1, bookmark_manager=self._bookmarks)

    def _get_driver(self) -> neo4j.Driver:
        with self._lock:
            if self._is_closed:
                raise UnavailableError(f"The graph at {self.url} was closed.")
            if self._pid != os.getpid():
                # The parent goes on using these sockets: keep them, and never look again.
                self._inherited.append(self._driver)
                self._driver, self._pid = None, os.getpid()
            if self._driver is None:
                self._driver = self._make_driver()
            return self._driver

    def _make_driver(self) -> neo4j.Driver:
        return neo4j.GraphDatabase.driver(
            self.url,
            auth=(self._user, self._password),
            connection_timeout=min(_MAX_CONNECT_SECONDS, self._timeout_seconds / 4),
            connection_acquisition_timeout=self._timeout_seconds,
            # The last pause between two tries comes on top of it, and may be as long again.
            max_transaction_retry_time=self._timeout_seconds / 2,
            notifications_min_severity="OFF",  # otherwise each use of `id()` is called deprecated
            telemetry_disabled=True,
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Every error of the driver that is no mistake in our own Cypher becomes one of ours, here alone."""
        try:
            yield
        except ClientError as error:
            code = error.code or ""
            if code.startswith(_REFUSED):
                raise InvalidInputError(
                    f"Neo4j at {self.url} refuses the user {self._user}: check MARQUEE_GRAPH_USER and "
                    f"MARQUEE_GRAPH_PASSWORD ({error.message})."
                ) from error
            if code.startswith(_TIMED_OUT):
                raise UnavailableError(f"Neo4j at {self.url} took longer than {self._timeout_seconds:g} s.") from error
            raise
        except ConfigurationError as error:
            raise InvalidInputError(f"{self.url!r} is no address of a Neo4j: {error}") from error
        except UnicodeEncodeError as error:
            raise InvalidInputError(f"A text can't be stored: {error}.") from error
        except ValueError as error:
            if not isinstance(error.__cause__, OSError):  # that of a port which is no port
                raise
            raise InvalidInputError(f"{self.url!r} is no address of a Neo4j: {error}") from error
        except DatabaseError as error:
            raise UnavailableError(
                f"Neo4j at {self.url} failed; its log says why; where the disk is full, make room and start it again: "
                f"{error.message}"
            ) from error
        except (DriverError, TransientError) as error:
            raise UnavailableError(
                f"Neo4j at {self.url} did not answer within {self._timeout_seconds:g} s: {error}."
            ) from error


class Joined(Connection):
    """Is part of a transaction that is under way, which sees what it has written and is ended by who began it."""

    lanes: ClassVar[int] = 1

    def __init__(self, tx: neo4j.ManagedTransaction) -> None:
        self._tx = tx

    def read(self, work: Work[T]) -> T:
        """Run `work` in the transaction itself."""
        return work(self._tx)

    def write(self, work: Work[T], *, timeout_seconds: float | None = None) -> T:  # noqa: ARG002 - the whole has its own
        """Run `work` in the transaction itself."""
        return work(self._tx)

    def close(self) -> None:
        """Nothing: the connection is another's."""
