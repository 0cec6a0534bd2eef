"""The graph in one SQLite file: the embedded default, for a first run and for small installations."""

from shared.graph.sqlite.edges import SqliteEdges
from shared.graph.sqlite.events import SqliteEvents
from shared.graph.sqlite.nodes import SqliteNodes
from shared.graph.sqlite.pointers import SqlitePointers
from shared.graph.sqlite.records import SqliteRecords
from shared.graph.sqlite.slots import SqliteSlots

__all__ = ["SqliteGraph"]


class SqliteGraph(SqliteNodes, SqliteEdges, SqliteEvents, SqliteSlots, SqliteRecords, SqlitePointers):
    """The graph in one SQLite file in WAL mode, which any number of threads and processes of one machine may share.

    The file and its folder are made when they are first needed. Besides what `Graph` says, every method raises
    `InvalidInputError` where the file is no SQLite database.

    Args:
        path: the file.
        timeout_seconds: how long a write waits for another process's.
    """
