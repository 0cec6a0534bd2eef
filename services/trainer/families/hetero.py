"""The DGL heterograph, and the message passing that everything here is made of. The only module that imports dgl.

Two traps of dgl 1.1.3 shape it. A graph from CSC with empty edge ids crashes at widths from 128 on, so edge ids are
always given. And `u_mul_e_sum` is ten times slower than `copy_u_sum`, so a normalisation scales the rows of a source or
of a destination, never an edge.
"""

import os
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from services.trainer.data.lists import UserLists
from shared.ids import Rows

# Without it dgl's import prints advice and writes a file in the home directory.
os.environ.setdefault("DGLBACKEND", "pytorch")
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "invalid escape sequence", DeprecationWarning)  # in a docstring of dgl's
    import dgl

HeteroGraph = Any
"""A `dgl.DGLGraph`; dgl carries no types."""

LIKES = ("user", "likes", "movie")
LIKED_BY = ("movie", "liked_by", "user")


def likes_graph(likes: UserLists, device: torch.device) -> HeteroGraph:
    """The heterograph of users and movies: each like as an edge either way."""
    users = torch.from_numpy(likes.users())  # [likes]
    movies = torch.from_numpy(likes.movies)  # [likes]
    nodes = {"user": likes.n_users, "movie": likes.n_movies}
    graph = dgl.heterograph({LIKES: (users, movies), LIKED_BY: (movies, users)}, num_nodes_dict=nodes)
    return graph.formats(["csr", "csc"]).to(device)


def users_block(lists: UserLists, device: torch.device) -> HeteroGraph:
    """The block through which a batch of users is encoded: from all movies to the users of `lists`."""
    starts = torch.from_numpy(lists.starts)  # [users + 1]
    movies = torch.from_numpy(lists.movies)  # [entries]
    edges = {LIKED_BY: ("csc", (starts, movies, torch.arange(len(lists))))}
    return dgl.create_block(edges, {"movie": lists.n_movies}, {"user": lists.n_users}).to(device)


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
    return graph.formats(["csr", "csc"]).to(device)


def content_graph(relations: Mapping[str, tuple[Rows, Rows, int]], n_movies: int) -> HeteroGraph:
    """The heterograph of movies and what describes them: by relation, nodes, movies, and how many nodes there are."""
    edges = {
        (name, f"{name}_of", "movie"): (torch.from_numpy(r[0]), torch.from_numpy(r[1])) for name, r in relations.items()
    }
    nodes = {name: relation[2] for name, relation in relations.items()} | {"movie": n_movies}
    return dgl.heterograph(edges, num_nodes_dict=nodes)


def aggregate(graph: HeteroGraph, relation: str, sources: Tensor) -> Tensor:
    """Each destination's sum over its neighbours by `relation`: [n_sources, d] to [n_destinations, d]."""
    total: Tensor = dgl.ops.copy_u_sum(graph[relation], sources)
    return total


def runs_on(device: torch.device) -> bool:
    """Whether this build of dgl can work on `device`; the one on PyPI works on the CPU only."""
    try:
        dgl.graph(([0], [0])).to(device)
    except dgl.DGLError:
        return False
    return True
