"""What stands around a movie in the graph, and what the whole catalogue holds: for drawings and for filters."""

from typing import Final

import numpy as np
import orjson

from services.recommender.movies.catalogue import Catalogue
from services.recommender.movies.connections import WAYS
from services.recommender.movies.descriptions import Description
from shared.schema import MISSING_INT

_MOST_OF: Final = {
    Description.DIRECTOR: 3,
    Description.ACTOR: 6,
    Description.TAG: 6,
    Description.GENRE: 4,
    Description.YEAR: 1,
}
"""So many of each way: more would be no picture."""
_SHOWN: Final = ("movieId", "title", "year", "genres")


def connections_of(catalogue: Catalogue, row: int, others: int) -> list[bytes]:
    """What describes a movie and others too, as JSON: people first, of each way the rarest first.

    Args:
        catalogue: of all movies.
        row: the movie's.
        others: how many other movies of each are named, the most rated first.
    """
    connections = catalogue.connections
    _, entries = connections.entries(np.array([row]))
    ways, nodes = connections.ways[entries], connections.nodes[entries]
    found = []
    for number, way in enumerate(WAYS):
        of_way = nodes[ways == number]
        rarest = of_way[np.argsort(-connections.rarity[of_way], kind="stable")]
        found += [_node(catalogue, row, number, node, others) for node in rarest[: _MOST_OF[way]].tolist()]
    return found


def _node(catalogue: Catalogue, row: int, way: int, node: int, others: int) -> bytes:
    connections = catalogue.connections
    entries = np.flatnonzero(connections.nodes == node)
    rows = np.unique(np.searchsorted(connections.starts, entries, side="right") - 1)
    rows = rows[rows != row]
    rows = rows[np.argsort(-catalogue.ratings[rows], kind="stable")][:others]
    movies = [orjson.loads(catalogue.json(other)) for other in rows.tolist()]
    shown = orjson.dumps([{name: movie[name] for name in _SHOWN} for movie in movies])
    return b'{"way":"%b",%b,"others":%b}' % (WAYS[way].encode(), connections.fields(node), shown)


def contents_of(catalogue: Catalogue) -> bytes:
    """How many movies there are, of which genres, of which years: as JSON."""
    connections = catalogue.connections
    nodes = np.unique(connections.nodes[connections.ways == WAYS.index(Description.GENRE)])
    genres = b",".join([b"{%b}" % connections.fields(node) for node in nodes.tolist()])
    years = catalogue.years[catalogue.years != MISSING_INT]
    first, last = (int(years.min()), int(years.max())) if len(years) else (None, None)
    head = orjson.dumps({"movies": len(catalogue), "firstYear": first, "lastYear": last})[:-1]
    return b'%b,"genres":[%b]}' % (head, genres)
