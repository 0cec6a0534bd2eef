"""The shortest paths in the graph between movies and someone's own ones: by a person, tag, genre or year of both."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from services.recommender.connections import WAYS, Connections
from services.recommender.content import Description
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


@dataclass(frozen=True, slots=True)
class Link:
    """A node between two movies, and in which way it describes each of them."""

    node: int
    way: Description
    own_way: Description


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths of two steps between m movies and h of someone's own.

    Attributes:
        strongest: float32[m, h], the weight of the best link between two: its rarity times how much its kind says. 0
            where there is none, and between a movie and itself.
        together: float32[m, h], the weights of all links between two.
    """

    strongest: Floats
    together: Floats
    _pairs: Rows  # [p], movie * h + own
    _weights: Floats  # [p]
    _nodes: Rows  # [p]
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
        strongest = np.zeros(shape, np.float32)
        np.maximum.at(strongest.reshape(-1), pairs, weights)
        together = np.bincount(pairs, weights, strongest.size).reshape(shape).astype(np.float32)
        is_same = movies[:, None] == own
        strongest[is_same] = together[is_same] = 0
        return cls(strongest, together, pairs, weights, nodes[of], ways, own_ways)

    def best_own(self, most: int) -> list[list[int]]:
        """For each movie the places of the own movies that most connects it with, the strongest link first."""
        order = np.lexsort((-self.together, -self.strongest), axis=-1)[:, :most]
        found = np.take_along_axis(self.strongest, order, axis=1) > 0
        return [places[is_one].tolist() for places, is_one in zip(order, found, strict=True)]

    def links(self, pairs: Rows, most: int) -> dict[int, list[Link]]:
        """The strongest links of some pairs, `movie * h + own` each; of one node only the best."""
        wanted = np.zeros(self.strongest.size, np.bool_)
        wanted[pairs] = True
        chosen = np.flatnonzero(wanted[self._pairs])
        chosen = chosen[np.lexsort((self._nodes[chosen], -self._weights[chosen], self._pairs[chosen]))]
        found: dict[int, list[Link]] = {}
        columns = (self._pairs[chosen], self._nodes[chosen], self._ways[chosen], self._own_ways[chosen])
        for pair, node, way, own_way in zip(*(column.tolist() for column in columns), strict=True):
            links = found.setdefault(pair, [])
            if len(links) < most and all(link.node != node for link in links):
                links.append(Link(node, WAYS[way], WAYS[own_way]))
        return found
