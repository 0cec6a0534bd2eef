"""What runs where dgl can't gives what dgl gives. There it is a GPU; here the same CPU, so they can be compared."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from services.trainer.data.content import Relation
from services.trainer.families import hetero
from services.trainer.families.hetero import (
    aggregate,
    attend,
    dot,
    likes_graph,
    sum_by_product,
    users_block,
    whole_graph,
)
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.jobs import Family
from tests.services.trainer.conftest import planted_likes

CPU = torch.device("cpu")
LIKES = planted_likes()
GENRES = Relation("IN_GENRE", np.arange(60) // 20, np.arange(60), 3)


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)).requires_grad_()


@pytest.mark.parametrize(("relation", "n_sources"), [("likes", 120), ("liked_by", 60)])
def test_sums_and_their_gradients_are_those_of_dgl(relation: str, n_sources: int) -> None:
    graph = likes_graph(LIKES, CPU)
    ours, dgls = random(n_sources, 8), random(n_sources, 8)
    for found in (by_product := sum_by_product(graph, relation, ours), by_dgl := aggregate(graph, relation, dgls)):
        (found**2).sum().backward()  # type: ignore[no-untyped-call]

    assert torch.allclose(by_product, by_dgl, atol=1e-5)
    assert ours.grad is not None
    assert dgls.grad is not None
    assert torch.allclose(ours.grad, dgls.grad, atol=1e-4)


def test_products_of_edges_are_those_of_dgl(monkeypatch: pytest.MonkeyPatch) -> None:
    block, movies, users = users_block(LIKES, CPU), random(60, 8), random(120, 8)
    by_dgl = dot(block, "liked_by", movies, users)

    monkeypatch.setattr(hetero, "_is_elsewhere", lambda *_: True)

    assert torch.allclose(dot(block, "liked_by", movies, users), by_dgl, atol=1e-5)


def test_attention_is_that_of_dgl_and_nothing_where_there_are_no_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = whole_graph(LIKES, [replace(GENRES, nodes=GENRES.nodes[:50], described=GENRES.described[:50])], CPU)
    hop = ("IN_GENRE", "IN_GENRE_of", "movie")
    messages, of_genres, of_movies = random(3, 2, 4), random(3, 2), random(60, 2)

    def found() -> Tensor:
        return attend(graph, hop, messages, of_sources=of_genres, of_destinations=of_movies, slope=0.2)

    by_dgl = found()
    monkeypatch.setattr(hetero, "_is_elsewhere", lambda *_: True)

    assert torch.allclose(found(), by_dgl, atol=1e-5)
    assert not found()[50:].any()


@pytest.mark.parametrize("family", get_args(Family))
def test_every_family_learns_the_same_without_dgls_sums(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(family=family, width=16, batch_users=32)
    by_dgl = Training(LIKES, recipe, CPU).run(steps=3)

    monkeypatch.setattr(hetero, "_is_elsewhere", lambda *_: True)
    found = Training(LIKES, recipe, CPU).run(steps=3)

    assert found.vectors.outputs == pytest.approx(by_dgl.vectors.outputs, abs=1e-3)
