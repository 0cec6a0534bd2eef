"""All that an ingest brings into a graph, as counts and checksums that are the same for either store."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from shared.graph import EdgeBatch, Graph
from shared.graph.port import Array
from shared.schema import (
    EDGE_KINDS,
    GRAPH_STATE,
    JOB,
    JOB_LOG,
    JOB_QUEUE,
    MODEL_VERSION,
    NODE_KINDS,
    RECOMMENDATIONS,
    RECOMMENDED,
    SERVED_MODEL,
    SERVES,
)

_MOVING = (JOB, JOB_LOG, JOB_QUEUE, GRAPH_STATE, MODEL_VERSION, SERVED_MODEL, RECOMMENDATIONS)


def summarise(graph: Graph) -> Mapping[str, tuple[int, str]]:
    """How many rows of each label and relationship type there are, and the checksum of all their columns."""
    found = {}
    for kind in NODE_KINDS:
        if kind not in _MOVING:
            names = [p.name for p in kind.properties]
            table = graph.read_nodes(kind, names)
            found[kind.label] = _digest([table.keys, *(table.columns[name] for name in names)])
    for edge in EDGE_KINDS:
        if edge not in (SERVES, RECOMMENDED):
            names = [p.name for p in edge.properties]
            sources, targets = graph.read_nodes(edge.source), graph.read_nodes(edge.target)
            batch = EdgeBatch.concatenate(list(graph.read_edges(edge, sources, targets, names)), edge, names)
            ends = [sources.keys[batch.sources], targets.keys[batch.targets]]
            found[edge.type] = _digest([*ends, *(batch.columns[name] for name in names)])
    return found


def _digest(columns: Sequence[Array]) -> tuple[int, str]:
    rows = sorted(json.dumps(row) for row in zip(*(column.tolist() for column in columns), strict=True))
    return len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
