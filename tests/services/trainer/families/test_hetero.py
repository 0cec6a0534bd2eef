import numpy as np
import pytest
import torch

from services.trainer.data.lists import UserLists
from services.trainer.families.hetero import aggregate, content_graph, likes_graph, runs_on, users_block

CPU = torch.device("cpu")
LISTS = UserLists.from_pairs(np.array([0, 0, 2]), np.array([1, 2, 2]), n_users=3, n_movies=4)


@pytest.mark.parametrize("width", [1, 64, 128, 192, 256])  # dgl crashed at the last three without edge ids
def test_a_user_of_a_block_gets_the_sum_of_their_movies(width: int) -> None:
    movies = torch.arange(4.0)[:, None].repeat(1, width)  # [4, width]

    sums = aggregate(users_block(LISTS, CPU), "liked_by", movies)

    assert sums.tolist() == [[3.0] * width, [0.0] * width, [2.0] * width]


def test_the_heterograph_has_each_like_either_way() -> None:
    graph = likes_graph(LISTS, CPU)

    assert aggregate(graph, "liked_by", torch.arange(4.0)[:, None]).flatten().tolist() == [3.0, 0.0, 2.0]
    assert aggregate(graph, "likes", torch.arange(1.0, 4.0)[:, None]).flatten().tolist() == [0.0, 1.0, 4.0, 0.0]


def test_a_movie_gets_the_sum_of_its_content_nodes_by_relation() -> None:
    graph = content_graph(
        {"genre": (np.array([0, 1]), np.array([2, 2]), 2), "year": (np.array([0]), np.array([1]), 1)}, 3
    )

    assert aggregate(graph, "genre_of", torch.tensor([[1.0], [2.0]])).flatten().tolist() == [0.0, 0.0, 3.0]
    assert aggregate(graph, "year_of", torch.tensor([[5.0]])).flatten().tolist() == [0.0, 5.0, 0.0]


def test_gradients_flow_back_to_the_movies() -> None:
    movies = torch.ones(4, 2, requires_grad=True)

    aggregate(users_block(LISTS, CPU), "liked_by", movies).sum().backward()  # type: ignore[no-untyped-call]

    assert movies.grad is not None
    assert movies.grad[:, 0].tolist() == [0.0, 1.0, 2.0, 0.0]


def test_dgl_runs_on_the_cpu() -> None:
    assert runs_on(CPU)
