"""The graph: one port, two adapters. `open_graph` is the way in."""

from shared.graph.connect import open_graph
from shared.graph.port import EdgeBatch, Graph, GraphCheck, NodeTable, Record, SlotTable, UnknownEndpointsError

__all__ = [
    "EdgeBatch",
    "Graph",
    "GraphCheck",
    "NodeTable",
    "Record",
    "SlotTable",
    "UnknownEndpointsError",
    "open_graph",
]
