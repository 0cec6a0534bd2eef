"""What movies have in common, in memory: for each movie the people, tags, genres and the year that others share."""

from dataclasses import dataclass
from itertools import compress
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import orjson

from services.recommender.movies.descriptions import Description, Descriptions
from shared.ids import Rows
from shared.scoring import Floats

WAYS: Final = tuple(Description)
"""The order in which an entry's way is numbered."""


@dataclass(frozen=True, slots=True)
class Connections:
    """Movies and the nodes that at least two of them have, in compressed rows: 5 bytes an entry.

    A node that all movies have tells nothing of any, and is left out too.

    Attributes:
        starts: int32[n + 1], where the entries of each movie begin.
        nodes: int32[e], of each entry.
        ways: int8[e], in which of `WAYS` the node describes the movie.
        rarity: float32[c], of each node its inverse document frequency: log(n / how many movies it describes).
    """

    starts: npt.NDArray[np.int32]
    nodes: npt.NDArray[np.int32]
    ways: npt.NDArray[np.int8]
    rarity: Floats
    _fields: bytes  # of all nodes, one after the other: as objects they would take four times as much
    _field_starts: npt.NDArray[np.int32]

    @classmethod
    def of(cls, descriptions: Descriptions) -> Self:
        """Those of all that describes movies."""
        n, n_nodes = descriptions.n_movies, len(descriptions.names)
        keys = np.concatenate(
            [
                (pairs.movies * n_nodes + pairs.nodes) * len(WAYS) + WAYS.index(way)
                for way, pairs in descriptions.pairs.items()
            ]
        )
        keys.sort()
        ways = (keys % len(WAYS)).astype(np.int8)
        keys //= len(WAYS)
        nodes = (keys % max(n_nodes, 1)).astype(np.int32)
        counts = np.bincount(nodes[np.diff(keys, prepend=-1) > 0], minlength=n_nodes)
        keys //= max(n_nodes, 1)
        movies = keys.astype(np.int32)
        is_kept = (counts > 1) & (counts < n)
        entries = is_kept[nodes]
        counts = counts[is_kept].astype(np.int32)
        fields = [
            orjson.dumps({"name": name, "movies": count})[1:-1]
            for name, count in zip(compress(descriptions.names, is_kept), counts.tolist(), strict=True)
        ]
        return cls(
            starts=np.searchsorted(movies[entries], np.arange(n + 1)).astype(np.int32),
            nodes=(np.cumsum(is_kept) - 1)[nodes[entries]].astype(np.int32),
            ways=ways[entries],
            rarity=np.log(n / counts).astype(np.float32),
            _fields=b"".join(fields),
            _field_starts=np.cumsum([0, *map(len, fields)]).astype(np.int32),
        )

    def fields(self, node: int) -> bytes:
        """What a node is called (`name`) and how many `movies` it describes: as `Catalogue.brief` has a movie."""
        return self._fields[self._field_starts[node] : self._field_starts[node + 1]]

    def entries(self, movies: Rows) -> tuple[Rows, Rows]:
        """The places in `movies` and the entries of all that describes these: int64[e'] each, by place."""
        starts = self.starts[movies]
        lengths = self.starts[movies + 1] - starts
        places = np.repeat(np.arange(len(movies)), lengths)
        return places, np.arange(len(places)) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
