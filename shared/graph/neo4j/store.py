"""What all parts of the Neo4j adapter stand on: the connection, the schema, the server's clock and the revision."""

import copy
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Self, TypeVar

import neo4j
from neo4j.exceptions import ClientError

from shared.graph.migrations import migrate
from shared.graph.neo4j import statements as cypher
from shared.graph.neo4j.check import check, stored_version, without_constraint
from shared.graph.neo4j.connection import Connection, Joined, Work
from shared.graph.neo4j.server import ServerDescription, describe
from shared.graph.port import Fence, Graph, GraphCheck
from shared.graph.state import STATE_KEY, refuse_newer
from shared.schema import GRAPH_STATE

T = TypeVar("T")
P = TypeVar("P")

# A transaction of 20,000 ratings takes half a second and 30 MB of the server's heap; larger ones are no faster.
ROWS_A_TRANSACTION: Final = 20_000
_INDEX_SECONDS: Final = 600
_MADE_BY_ANOTHER: Final = (
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
)


class Neo4jStore(Graph):
    """The database, its constraints, its clock and its revision."""

    def __init__(self, url: str, *, user: str, password: str, timeout_seconds: float) -> None:
        self._connection = Connection(url, user=user, password=password, timeout_seconds=timeout_seconds)
        self._timeout_seconds = timeout_seconds
        self._fence: Fence | None = None

    def prepare(self) -> None:
        """See `Graph.prepare`."""
        refuse_newer(self._connection.read(stored_version))
        for kind in self._connection.read(without_constraint):
            self._define(cypher.create_constraint(kind))
        self.await_indexes()
        self._run(f"MERGE (n:{GRAPH_STATE.label} {{name: $key}})", key=STATE_KEY)
        migrate(self, patience_seconds=self._timeout_seconds)

    def check(self) -> GraphCheck:
        """See `Graph.check`."""
        return self._connection.read(check)

    def describe_server(self) -> ServerDescription:
        """The server's version, edition and settings."""
        return self._connection.read(describe)

    def scrub(self) -> None:
        """See `Graph.scrub`: a client can do nothing."""

    def close(self) -> None:
        """See `Graph.close`."""
        self._connection.close()

    def fenced(self, fence: Fence) -> Self:
        """See `Graph.fenced`."""
        twin = copy.copy(self)
        twin._fence = fence  # noqa: SLF001 - of the same class
        return twin

    def atomically(self, work: Callable[[Self], T]) -> T:
        """See `Graph.atomically`."""

        def joined(tx: neo4j.ManagedTransaction) -> T:
            twin = copy.copy(self)
            twin._connection = Joined(tx)  # noqa: SLF001 - of the same class
            return work(twin)

        return self._write(joined)

    def now(self) -> int:
        """See `Graph.now`: the server's clock."""
        return int(self._read("RETURN timestamp() AS now")[0]["now"])

    def bump_revision(self) -> int:
        """See `Graph.bump_revision`."""
        self._run(f"MERGE (n:{GRAPH_STATE.label} {{name: $key}})", key=STATE_KEY)
        statement = (
            f"{cypher.locked(GRAPH_STATE)} SET n.revision = coalesce(n.revision, 0) + 1 RETURN n.revision AS now"
        )
        return int(self._run(statement, key=STATE_KEY)[0]["now"])

    def read_revision(self) -> int:
        """See `Graph.read_revision`."""
        found = self._read(f"MATCH (n:{GRAPH_STATE.label} {{name: $key}}) RETURN n.revision AS now", key=STATE_KEY)
        return int(found[0]["now"] or 0) if found else 0

    def _read(self, statement: str, **parameters: object) -> list[neo4j.Record]:
        """The records of one statement that reads, in a transaction of its own."""
        return self._connection.read(lambda tx: list(tx.run(statement, parameters)))

    def _run(self, statement: str, **parameters: object) -> list[neo4j.Record]:
        """The records of one statement that writes, in a transaction of its own."""
        return self._write(lambda tx: list(tx.run(statement, parameters)))

    def _change(self, statement: str, **parameters: object) -> neo4j.SummaryCounters:
        """What one statement has changed, in a transaction of its own."""
        return self._write(lambda tx: tx.run(statement, parameters).consume().counters)

    def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction that writes, if the fence holds: its node stays locked until the end."""

        def fenced_work(tx: neo4j.ManagedTransaction) -> T:
            self._hold_fence(tx)
            return work(tx)

        return self._connection.write(fenced_work)

    def _write_in_lane(self, work: Work[T]) -> T:
        """As `_write`, but the fence is looked at last, and where it does not hold nothing is written either.

        So of several transactions that begin together one commits at a time, and meanwhile the others do their work.
        """

        def fenced_work(tx: neo4j.ManagedTransaction) -> T:
            result = work(tx)
            self._hold_fence(tx)
            return result

        return self._connection.write(fenced_work)

    def _in_lanes(self, write: Callable[[P], object], parts: Iterable[P]) -> None:
        """Write parts, each in a `_write_in_lane` of its own; raises what one of them raises, and begins no other."""
        with ThreadPoolExecutor(self._connection.lanes, thread_name_prefix="lane") as pool:
            for _ in pool.map(write, parts):
                pass

    def _hold_fence(self, tx: neo4j.ManagedTransaction) -> None:
        """Lock the fence's node to the end of the transaction, if there is a fence; raises where it does not hold."""
        if (fence := self._fence) is None:
            return
        expected = cypher.expected(fence.expected)
        if tx.run(cypher.holds(fence.kind, fence.expected), key=fence.key, **expected).single() is None:
            raise fence.lost()

    def _delete_matched(self, pattern: str, keys: Sequence[str], **parameters: object) -> int:
        """Delete the relationships `r` of a pattern that names a node's key `key`, so many that the heap holds them."""
        statement = f"UNWIND $keys AS key MATCH {pattern} WITH r LIMIT $limit DELETE r"
        total = 0
        for start in range(0, len(keys), ROWS_A_TRANSACTION):
            part = list(keys[start : start + ROWS_A_TRANSACTION])
            while deleted := self._change(
                statement, keys=part, limit=ROWS_A_TRANSACTION, **parameters
            ).relationships_deleted:
                total += deleted
        return total

    def _define(self, statement: str, **parameters: object) -> None:
        """Make or drop an index or a constraint; another process that does the same at the same moment is no fault."""
        if self._fence is not None:
            self._write(lambda _tx: None)  # just before: a transaction can't hold a node's lock and change the schema
        try:
            self._connection.write(lambda tx: tx.run(statement, parameters).consume(), timeout_seconds=_INDEX_SECONDS)
        except ClientError as error:
            if error.code not in _MADE_BY_ANOTHER:
                raise

    def await_indexes(self) -> None:
        """See `Graph.await_indexes`."""
        self._define("CALL db.awaitIndexes($seconds)", seconds=_INDEX_SECONDS)
