import numpy as np
import pytest
import torch

from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.hetero import (
    Sampler,
    aggregate,
    attend,
    content_graph,
    dot,
    likes_graph,
    mean,
    runs_on,
    symmetric,
    users_block,
    whole_graph,
)

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


GRAPH = whole_graph(LISTS, [Relation("IN_GENRE", np.array([0, 0]), np.array([1, 2]), 1)], CPU)
LIKED_BY = ("movie", "liked_by", "user")


def test_the_whole_graph_has_content_either_way() -> None:
    assert aggregate(GRAPH, "IN_GENRE_of", torch.tensor([[3.0]])).flatten().tolist() == [0.0, 3.0, 3.0, 0.0]
    assert aggregate(GRAPH, "have_IN_GENRE", torch.arange(4.0)[:, None]).flatten().tolist() == [3.0]


def test_messages_are_scaled_by_the_degrees_of_either_end() -> None:
    found = symmetric(GRAPH, LIKED_BY, torch.arange(4.0)[:, None]).flatten().tolist()

    # User 0 likes movie 1, which one user likes, and movie 2, which two do; user 2 likes movie 2.
    assert found == pytest.approx([(1 + 2 / 2**0.5) / 2**0.5, 0.0, 2 / 2**0.5])


def test_a_mean_is_over_the_neighbours_that_there_are() -> None:
    assert mean(GRAPH, LIKED_BY, torch.arange(4.0)[:, None]).flatten().tolist() == [1.5, 0.0, 2.0]


def test_attention_that_is_even_scales_as_the_degrees_do() -> None:
    messages = torch.arange(8.0).reshape(4, 2, 1)  # two heads
    flat = symmetric(GRAPH, LIKED_BY, messages.flatten(1))

    found = attend(GRAPH, LIKED_BY, messages, of_sources=torch.ones(4, 2), of_destinations=torch.ones(3, 2), slope=0.2)

    assert torch.allclose(found.flatten(1), flat)


def test_attention_takes_most_from_the_neighbour_with_the_largest_logit() -> None:
    messages = torch.tensor([0.0, 5.0, 7.0, 0.0])[:, None, None]
    of_sources = torch.tensor([0.0, 0.0, 100.0, 0.0])[:, None]  # of movie 2

    found = attend(GRAPH, LIKED_BY, messages, of_sources=of_sources, of_destinations=torch.zeros(3, 1), slope=0.2)

    assert found[0, 0, 0].item() == pytest.approx(2**0.5 * 7 / 2**0.5)  # nothing of movie 1


def test_the_products_of_edges_come_in_the_order_of_the_lists() -> None:
    found = dot(users_block(LISTS, CPU), "liked_by", torch.arange(4.0)[:, None], torch.tensor([[1.0], [10.0], [100.0]]))

    assert found.tolist() == [1.0, 2.0, 200.0]


def test_a_block_begins_with_its_destinations_and_keeps_the_degrees_of_the_graph() -> None:
    wanted = {"user": torch.tensor([2, 0]), "movie": torch.tensor([2])}

    rows, blocks = Sampler(GRAPH, 1, 2).blocks(wanted, seed=1)

    assert len(blocks) == 2
    assert rows["user"][:2].tolist() == [2, 0]
    assert blocks[1].in_degrees(etype="likes").tolist() == [1]  # of two
    assert blocks[1].dstnodes["movie"].data["likes_in"].tolist() == [[2.0]]
