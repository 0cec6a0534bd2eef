"""Marks of the graph: texts that are others whenever something has changed that processes keep in memory."""

import secrets
from collections.abc import Mapping
from enum import StrEnum

from shared.graph.port import Graph
from shared.graph.state import STATE_KEY
from shared.schema import GRAPH_STATE


class Mark(StrEnum):
    """What has a mark, by the property that holds it."""

    KEYS = "keysMark"
    SESSIONS = "sessionsMark"


def read_marks(graph: Graph) -> Mapping[Mark, str | None]:
    """All marks, in one read; None where nothing has changed yet."""
    state = graph.read_record(GRAPH_STATE, STATE_KEY) or {}
    return {mark: state.get(mark.value) for mark in Mark}


def change_mark(graph: Graph, mark: Mark) -> None:
    """Let everyone who watches know that something has changed."""
    graph.update_record(GRAPH_STATE, STATE_KEY, {mark.value: secrets.token_hex(8)})
