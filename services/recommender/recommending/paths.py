"""The shortest paths in the graph between movies and someone's own ones: by a person, tag, genre or year of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from services.recommender.movies.connections import WAYS, Connections
from services.recommender.movies.descriptions import Description
from shared.ids import Rows
from shared.scoring import Floats

# How much it says that two movies have a thing in common which is as rare as another: that they are of one year says
# little, however few that year had. A person who directed one and plays in the other counts as one who plays in both.
_SAYS: Final = {
    Description.DIRECTOR: 1.0,
    Description.ACTOR: 0.8,
    Description.TAG: 0.6,
    Description.GENRE: 0.6,
    Description.YEAR: 0.2,
}
_WEIGHTS: Final = np.minimum.outer(*2 * [np.array([_SAYS[way] for way in WAYS], np.float32)])


_OF_ALL: Final = 1_000
Links = dict[int, tuple[int, int]]
"""Nodes between two movies, best first, and the numbers of the ways in which each describes the one and the own one."""


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths of two steps between m movies and h of someone's own.

    Attributes:
        strength: float32[m, h], the weight of the best link between two, its rarity times how much its kind says; and,
            so that of equally good ones the more numerous win, a thousandth of the weights of all their links. 0 where
            there is none, and between a movie and itself.
    """

    strength: Floats
    _pairs: Rows  # [p], movie * h + own
    _weights: Floats  # [p]
    _nodes: npt.NDArray[np.int32]  # [p]
    _ways: npt.NDArray[np.int8]  # [p]
    _own_ways: npt.NDArray[np.int8]  # [p]

    @classmethod
    def between(cls, connections: Connections, movies: Rows, own: Rows) -> Self:
        """Find them; both are rows of the catalogue."""
        places, entries = connections.entries(movies)
        own_places, own_entries = connections.entries(own)
        order = np.argsort(connections.nodes[own_entries])
        own_nodes = connections.nodes[own_entries[order]]
        nodes = connections.nodes[entries]
        first = np.searchsorted(own_nodes, nodes)
        lengths = np.searchsorted(own_nodes, nodes, side="right") - first
        of = np.repeat(np.arange(len(entries)), lengths)
        met = order[np.arange(len(of)) + np.repeat(first - (np.cumsum(lengths) - lengths), lengths)]
        ways, own_ways = connections.ways[entries[of]], connections.ways[own_entries[met]]
        weights = connections.rarity[nodes[of]] * _WEIGHTS[ways, own_ways]
        pairs = places[of] * len(own) + own_places[met]
        shape = (len(movies), len(own))
        strength = (np.bincount(pairs, weights, len(movies) * len(own)) / _OF_ALL).astype(np.float32)
        strongest = np.zeros_like(strength)
        np.maximum.at(strongest, pairs, weights)
        strength = (strength + strongest).reshape(shape)
        strength[movies[:, None] == own] = 0
        return cls(strength, pairs, weights, nodes[of], ways, own_ways)

    def best_own(self, most: int) -> list[list[int]]:
        """For each movie the places of the own movies that most connects it with, the strongest link first."""
        columns, strength = best_columns(self.strength, most)
        counts = (strength > 0).sum(axis=1).tolist()
        return [row[:count] for row, count in zip(columns.tolist(), counts, strict=True)]

    def links(self, pairs: Iterable[int], most: int) -> dict[int, Links]:
        """The strongest links of some pairs, `movie * h + own` each; of one node only the best."""
        found: dict[int, Links] = {pair: {} for pair in pairs}
        wanted = np.zeros(self.strength.size, np.bool_)
        wanted[list(found)] = True
        chosen = np.flatnonzero(wanted[self._pairs])
        chosen = chosen[np.argsort(-self._weights[chosen], kind="stable")]
        columns = (self._pairs[chosen], self._nodes[chosen], self._ways[chosen], self._own_ways[chosen])
        for pair, node, way, own_way in zip(*(column.tolist() for column in columns), strict=True):
            links = found[pair]
            if len(links) < most and node not in links:
                links[node] = (way, own_way)
        return found


def best_columns(values: Floats, most: int) -> tuple[Rows, Floats]:
    """For each row its largest columns, the largest first, and their values: [m, most], or all of fewer columns."""
    rows, left = np.arange(len(values)), values.copy()
    columns = np.empty((len(values), min(most, values.shape[1])), np.int64)
    for best in columns.T:  # the few that are asked for are found sooner one by one than by sorting
        best[:] = left.argmax(axis=1)
        left[rows, best] = -np.inf
    return columns, values[rows[:, None], columns]
