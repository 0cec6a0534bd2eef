"""The graph in Neo4j 5, through the official driver: for production, and for as many machines as it takes."""

from shared.graph.neo4j.edges import Neo4jEdges
from shared.graph.neo4j.events import Neo4jEvents
from shared.graph.neo4j.nodes import Neo4jNodes
from shared.graph.neo4j.pointers import Neo4jPointers
from shared.graph.neo4j.records import Neo4jRecords
from shared.graph.neo4j.slots import Neo4jSlots

__all__ = ["Neo4jGraph"]


class Neo4jGraph(Neo4jNodes, Neo4jEdges, Neo4jEvents, Neo4jSlots, Neo4jRecords, Neo4jPointers):
    """The graph in a Neo4j, or a cluster of them.

    Besides what `Graph` says, every method raises `InvalidInputError` where the server refuses the user, or the
    address can't be one.

    Args:
        url: `bolt://HOST:PORT`, `neo4j://HOST` for a cluster; with TLS `bolt+s://`, `neo4j+s://`.
        user: who to be there.
        password: theirs.
        timeout_seconds: how long a call waits for the server, its retries included. A server that stands still in the
            middle of an answer, its connections open, is given up after what it has announced itself: twice its
            `server.bolt.connection_keep_alive`, which is two minutes unless its configuration says less.
    """
