"""What an export holds: everything that people and sources brought, and nothing that Marquee makes of it."""

from typing import Final

import pyarrow as pa

from shared.schema import (
    EDGE_KINDS,
    GENRE,
    MOVIE,
    MOVIE_PROPERTY,
    PERSON,
    RECOMMENDED,
    TAG,
    USER,
    YEAR,
    EdgeKind,
    NodeKind,
    Property,
    PropertyType,
)

NODES: Final = (USER, MOVIE, GENRE, TAG, PERSON, YEAR, MOVIE_PROPERTY)
"""Not jobs, model versions, keys, accounts, sessions and the like. Vectors are no properties, and stay out, too."""
EDGES: Final = tuple(kind for kind in EDGE_KINDS if {kind.source, kind.target} <= set(NODES) and kind != RECOMMENDED)

ARROW_TYPES: Final = {
    PropertyType.STRING: pa.string(),
    PropertyType.INT: pa.int64(),
    PropertyType.FLOAT: pa.float64(),
    PropertyType.BOOL: pa.bool_(),
}
SOURCE: Final = "source"
TARGET: Final = "target"


def stored(kind: NodeKind | EdgeKind) -> list[Property]:
    """The properties that an export has of a kind."""
    return [property_ for property_ in kind.properties if not property_.is_large]


def name_of(kind: NodeKind | EdgeKind) -> str:
    """The name of a kind, and of its file."""
    return kind.label if isinstance(kind, NodeKind) else kind.type


def arrow_schema(kind: NodeKind | EdgeKind) -> pa.Schema:
    """The columns of a kind's file: the key, or the keys of both ends, and the properties. Null is missing."""
    keys = [kind.key] if isinstance(kind, NodeKind) else [SOURCE, TARGET]
    fields = [pa.field(key, pa.string(), nullable=False) for key in keys]
    return pa.schema([*fields, *(pa.field(p.name, ARROW_TYPES[p.type]) for p in stored(kind))])
