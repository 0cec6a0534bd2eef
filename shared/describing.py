"""What movies are connected with, into the graph: genres, years, people. Told anew, it replaces what was there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from shared.graph.columns import from_values, objects
from shared.graph.port import Array, Columns, End
from shared.names import person_id
from shared.schema import PERSON, EdgeKind, NodeKind, PropertyType


class Writer(Protocol):
    """What of a graph is written to."""

    def put_nodes(self, kind: NodeKind, columns: Columns) -> None:
        """See `shared.graph.Graph`."""

    def put_edges(self, kind: EdgeKind, sources: Array, targets: Array, columns: Columns) -> None:
        """See `shared.graph.Graph`."""

    def delete_edges_of(self, kind: EdgeKind, end: End, keys: Sequence[str]) -> object:
        """See `shared.graph.Graph`; how many there were is of no use here."""


class Credit(NamedTuple):
    """Someone who did something for a movie. Without a name, the one that is stored stays."""

    person_id: str
    name: str | None

    @classmethod
    def of_name(cls, name: str) -> "Credit":
        """Someone of whom the name alone is known."""
        return cls(person_id(name), name)


def describe(writer: Writer, kind: EdgeKind, told: Mapping[str, Sequence[str]], columns: Columns | None = None) -> None:
    """Replace movies' relationships to nodes that have nothing but a name. `columns` are of the relationships."""
    sources = [id_ for id_, names in told.items() for _ in names]
    targets = [name for names in told.values() for name in names]
    if targets:
        writer.put_nodes(kind.target, {kind.target.key: objects(list(dict.fromkeys(targets)))})
    writer.delete_edges_of(kind, "source", list(told))
    writer.put_edges(kind, objects(sources), objects(targets), columns or {})


def credit(writer: Writer, kind: EdgeKind, told: Mapping[str, Sequence[Credit]]) -> None:
    """Replace who did something for movies, in the order of the parts where there is one."""
    if not told:
        return
    people = [person for credits_ in told.values() for person in credits_]
    ids = objects([person.person_id for person in people])
    movies = objects([id_ for id_, credits_ in told.items() for _ in credits_])
    orders = from_values([order for credits_ in told.values() for order in range(len(credits_))], PropertyType.INT)
    if people:
        writer.put_nodes(PERSON, {"personId": ids, "name": objects([person.name for person in people])})
    writer.delete_edges_of(kind, "target", list(told))
    writer.put_edges(kind, ids, movies, {"order": np.asarray(orders, np.int64)} if kind.properties else {})
