"""The DGL heterograph, and the message passing that everything here is made of. The only module that imports dgl.

Three traps of dgl 1.1.3 shape it. A graph from CSC with empty edge ids crashes at widths from 128 on, so edge ids are
always given. `u_mul_e_sum` is ten times slower than `copy_u_sum`, so a normalisation scales the rows of a source or of
a destination, never an edge; attention alone can't do without. And what is computed for each edge (`u_add_v`,
`u_dot_v`) needs a graph that has not been denied the format COO.

Where torch has a GPU and dgl is built for the CPU only, graphs stay on the CPU, and sums are torch's (`sparse`).
"""

import functools
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.sparse import ones_by_rows, sum_attended, sum_neighbours
from shared.ids import Rows

# Without it dgl's import prints advice and writes a file in the home directory.
os.environ.setdefault("DGLBACKEND", "pytorch")
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "invalid escape sequence", DeprecationWarning)  # in a docstring of dgl's
    import dgl

HeteroGraph = Any
"""A `dgl.DGLGraph`; dgl carries no types."""

Hop = tuple[str, str, str]
"""Kind of the source nodes, relation, and kind of the destination nodes: what dgl calls a canonical edge type."""

LIKES = ("user", "likes", "movie")
LIKED_BY = ("movie", "liked_by", "user")


def likes_graph(likes: UserLists, device: torch.device) -> HeteroGraph:
    """The heterograph of users and movies: each like as an edge either way."""
    return _heterograph(likes, [], device).formats(["csr", "csc"])


def whole_graph(likes: UserLists, relations: Sequence[Relation], device: torch.device) -> HeteroGraph:
    """Users, movies and the nodes that describe them, each edge either way, and at each node its degrees.

    By a relation called R, content nodes (of the kind R) are R_of a movie or a user, and these have_R.
    """
    graph = _heterograph(likes, relations, device)
    for source, relation, destination in graph.canonical_etypes:
        graph.nodes[source].data[f"{relation}_out"] = _column(graph.out_degrees(etype=relation))  # [n_sources, 1]
        graph.nodes[destination].data[f"{relation}_in"] = _column(
            graph.in_degrees(etype=relation)
        )  # [n_destinations, 1]
    return graph


def _heterograph(likes: UserLists, relations: Sequence[Relation], device: torch.device) -> HeteroGraph:
    users = torch.from_numpy(likes.users())  # [likes]
    movies = torch.from_numpy(likes.movies)  # [likes]
    edges = {LIKES: (users, movies), LIKED_BY: (movies, users)}
    nodes = {"user": likes.n_users, "movie": likes.n_movies}
    for relation in relations:
        content, described = torch.from_numpy(relation.nodes), torch.from_numpy(relation.described)  # [e] each
        edges[relation.name, f"{relation.name}_of", relation.of] = (content, described)
        edges[relation.of, f"have_{relation.name}", relation.name] = (described, content)
        nodes[relation.name] = relation.n_nodes
    return placed(dgl.heterograph(edges, num_nodes_dict=nodes), device)


def _column(degrees: Tensor) -> Tensor:
    """int64[n] to float32[n, 1]; what has no neighbour counts as having one."""
    return degrees.clamp(min=1).float()[:, None]


def users_block(lists: UserLists, device: torch.device) -> HeteroGraph:
    """The block through which a batch of users is encoded: from all movies to the users of `lists`."""
    starts = torch.from_numpy(lists.starts)  # [users + 1]
    movies = torch.from_numpy(lists.movies)  # [entries]
    edges = {LIKED_BY: ("csc", (starts, movies, torch.arange(len(lists))))}
    return placed(dgl.create_block(edges, {"movie": lists.n_movies}, {"user": lists.n_users}), device)


def ratings_graph(
    users: Rows, movies: Rows, levels: Rows, sizes: tuple[int, int, int], device: torch.device
) -> HeteroGraph:
    """The heterograph of ratings: for each level l the relations `gave_l`, of users to movies, and `got_l`, back.

    Args:
        users: int64[n], rows.
        movies: int64[n], rows.
        levels: int64[n], numbers of the levels.
        sizes: how many users, movies and levels there are.
        device: where to.
    """
    n_users, n_movies, n_levels = sizes
    edges = {}
    for level in range(n_levels):
        of_level = levels == level
        from_users, to_movies = torch.from_numpy(users[of_level]), torch.from_numpy(movies[of_level])
        edges["user", f"gave_{level}", "movie"] = (from_users, to_movies)
        edges["movie", f"got_{level}", "user"] = (to_movies, from_users)
    graph = dgl.heterograph(edges, num_nodes_dict={"user": n_users, "movie": n_movies})
    return placed(graph.formats(["csr", "csc"]), device)


def content_graph(relations: Mapping[str, tuple[Rows, Rows, int]], n_movies: int) -> HeteroGraph:
    """The heterograph of movies and what describes them: by relation, nodes, movies, and how many nodes there are."""
    edges = {
        (name, f"{name}_of", "movie"): (torch.from_numpy(r[0]), torch.from_numpy(r[1])) for name, r in relations.items()
    }
    nodes = {name: relation[2] for name, relation in relations.items()} | {"movie": n_movies}
    return dgl.heterograph(edges, num_nodes_dict=nodes)


def placed(graph: HeteroGraph, device: torch.device) -> HeteroGraph:
    """The graph on `device`, or where it is, if dgl can't work there."""
    return graph.to(device) if runs_on(device) else graph


def _is_elsewhere(graph: HeteroGraph, vectors: Tensor) -> bool:
    """Whether the vectors are on a device that this dgl does not know."""
    elsewhere: bool = graph.device.type != vectors.device.type
    return elsewhere


def aggregate(graph: HeteroGraph, relation: str, sources: Tensor) -> Tensor:
    """Each destination's sum over its neighbours by `relation`: [n_sources, d] to [n_destinations, d]."""
    if _is_elsewhere(graph, sources):
        return sum_by_product(graph, relation, sources)
    total: Tensor = dgl.ops.copy_u_sum(graph[relation], sources)
    return total


_matrices: WeakKeyDictionary[HeteroGraph, dict[str, tuple[Tensor, Tensor]]] = WeakKeyDictionary()


def sum_by_product(graph: HeteroGraph, relation: str, sources: Tensor) -> Tensor:
    """The same as torch's sparse product, wherever `sources` are. A graph's matrices are made once."""
    kept = _matrices.setdefault(graph, {})
    if relation not in kept:
        part = graph[relation]
        kept[relation] = (
            ones_by_rows(*_moved(part.adj_tensors("csc")[:2], sources.device), part.num_src_nodes()),
            ones_by_rows(*_moved(part.adj_tensors("csr")[:2], sources.device), part.num_dst_nodes()),
        )
    return sum_neighbours(sources, *kept[relation])


def _moved(tensors: tuple[Tensor, Tensor], device: torch.device) -> tuple[Tensor, Tensor]:
    """Both on `device`."""
    return tensors[0].to(device), tensors[1].to(device)


def symmetric(block: HeteroGraph, hop: Hop, sources: Tensor) -> Tensor:
    """d_dst^-1/2 sum(d_src^-1/2 h_src), as in GCN: [n_sources, d] to [n_destinations, d].

    Degrees d are those in the whole graph. Where `block` holds some of a node's neighbours only, their sum stands for
    that of all: it is multiplied by how many there are of one that was sampled.
    """
    relation = hop[1]
    of_sources, total = _degrees(block, hop, sources.device)  # [n_sources, 1], [n_destinations, 1]
    scaled = sources * of_sources**-0.5  # [n_sources, d]
    found = _found(block, relation, sources.device)  # [n_destinations, 1]
    result: Tensor = aggregate(block, relation, scaled) * (total**0.5 / found)
    return result


def mean(block: HeteroGraph, hop: Hop, sources: Tensor) -> Tensor:
    """The mean over the neighbours that `block` holds, 0 where it holds none: [n_sources, d] to [n_destinations, d]."""
    return aggregate(block, hop[1], sources) / _found(block, hop[1], sources.device)


def attend(
    block: HeteroGraph, hop: Hop, messages: Tensor, *, of_sources: Tensor, of_destinations: Tensor, slope: float
) -> Tensor:
    """d_dst^1/2 sum(a d_src^-1/2 m_src) with a the softmax over all sources of leaky_relu(s_src + s_dst).

    While all logits are equal, a is one over the degree, and this is `symmetric`: [n_destinations, heads, d].

    Args:
        block: the graph, or a part of it.
        hop: by which relation.
        messages: [n_sources, heads, d].
        of_sources: [n_sources, heads], what a source adds to the logits of its edges.
        of_destinations: [n_destinations, heads], what a destination adds to them.
        slope: of the leaky ReLU below 0.
    """
    out, into = _degrees(block, hop, messages.device)  # [n_sources, 1], [n_destinations, 1]
    scaled = messages * out[:, :, None] ** -0.5  # [n_sources, heads, d]
    graph = block[hop[1]]
    attended = attend_by_edges if _is_elsewhere(graph, messages) else _attend
    result: Tensor = attended(graph, scaled, of_sources, of_destinations, slope) * into[:, :, None] ** 0.5
    return result


def _attend(graph: HeteroGraph, scaled: Tensor, of_sources: Tensor, of_destinations: Tensor, slope: float) -> Tensor:
    """The sum in `attend`: [n_destinations, heads, d]."""
    logits = F.leaky_relu(dgl.ops.u_add_v(graph, of_sources, of_destinations), slope)  # [edges, heads]
    weights = dgl.ops.edge_softmax(graph, logits)[:, :, None]  # [edges, heads, 1]
    sums: Tensor = dgl.ops.u_mul_e_sum(graph, scaled, weights)  # [n_destinations, heads, d]
    return sums


def attend_by_edges(
    graph: HeteroGraph, scaled: Tensor, of_sources: Tensor, of_destinations: Tensor, slope: float
) -> Tensor:
    """The same in torch, with a message for each edge in memory: [n_destinations, heads, d]."""
    sources, destinations = _moved(graph.edges(), scaled.device)  # [edges] each
    logits = F.leaky_relu(of_sources[sources] + of_destinations[destinations], slope)  # [edges, heads]
    return sum_attended((sources, destinations), logits, scaled, graph.num_dst_nodes())


def dot(block: HeteroGraph, relation: str, sources: Tensor, destinations: Tensor) -> Tensor:
    """The inner product of either end of each edge, in the order of the edges: [edges]."""
    if _is_elsewhere(block, sources):
        return dot_by_edges(block, relation, sources, destinations)
    products: Tensor = dgl.ops.u_dot_v(block[relation], sources, destinations)  # [edges, 1]
    return products[:, 0]


def dot_by_edges(block: HeteroGraph, relation: str, sources: Tensor, destinations: Tensor) -> Tensor:
    """The same in torch, with both ends of each edge in memory: [edges]."""
    of_sources, of_destinations = _moved(block[relation].edges(order="eid"), sources.device)
    products: Tensor = (sources[of_sources] * destinations[of_destinations]).sum(1)
    return products


def _degrees(block: HeteroGraph, hop: Hop, device: torch.device) -> tuple[Tensor, Tensor]:
    """Degrees in the whole graph of sources [n_sources, 1] and destinations [n_destinations, 1]."""
    source, relation, destination = hop
    of_sources: Tensor = block.srcnodes[source].data[f"{relation}_out"]
    of_destinations: Tensor = block.dstnodes[destination].data[f"{relation}_in"]
    return of_sources.to(device), of_destinations.to(device)


def _found(block: HeteroGraph, relation: str, device: torch.device) -> Tensor:
    """How many neighbours each destination has in `block`, at least one: float32[n_destinations, 1]."""
    return _column(block.in_degrees(etype=relation)).to(device)


class Sampler:
    """Blocks for some nodes: as many as there are layers, each with at most so many neighbours a relation and node."""

    def __init__(self, graph: HeteroGraph, neighbours: int, layers: int) -> None:
        self._graph = graph
        self._sampler = dgl.dataloading.NeighborSampler([neighbours] * layers)

    def blocks(self, nodes: Mapping[str, Tensor], seed: int) -> tuple[dict[str, Tensor], list[HeteroGraph]]:
        """Rows of the nodes that the first block starts from, by kind, and the blocks.

        A block's destinations are the first of its sources, and those of the last are `nodes`, in their order. The same
        seed gives the same blocks on as many threads.
        """
        dgl.seed(seed)
        wanted = {kind: some.to(self._graph.device) for kind, some in nodes.items()}
        rows, _, blocks = self._sampler.sample_blocks(self._graph, wanted)
        return rows, blocks


@functools.cache
def runs_on(device: torch.device) -> bool:
    """Whether this build of dgl can work on `device`; the one on PyPI works on the CPU only."""
    try:
        dgl.graph(([0], [0])).to(device)
    except dgl.DGLError:
        return False
    return True
