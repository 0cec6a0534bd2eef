"""What gcn, sage, gat and rgcn have in common: vectors of all nodes, and layers that spread them over the heterograph.

h^0 are the vectors, h^(l+1) = layer_l(h^l), and the output is h^0 + h^1 + … (jumping knowledge, Xu et al., ICML 2018).
A layer's matrices begin as the identity and its nonlinearity is the identity near 0, so a training begins as LightGCN
begins, and whatever a layer learns is added to that.

The whole graph goes through all layers at each step, or, if the recipe says how many neighbours, a sample of it that
is drawn anew for each step (Hamilton et al., NeurIPS 2017).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from services.trainer.data.batches import Batch
from services.trainer.data.content import Relation
from services.trainer.data.lists import UserLists
from services.trainer.families.by_id import IdRanker
from services.trainer.families.hetero import HeteroGraph, Hop, Sampler, symmetric, whole_graph
from services.trainer.families.space import PROPAGATING, Space
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe

Hidden = dict[str, Tensor]
"""By kind of node, its vectors: [n_nodes, d] each."""


class NearIdentity(nn.Module):
    """h (I + V / √d) with V = 0 to begin with.

    An Adam step moves each entry of V by the learning rate. That is right for a vector's entries, and would make noise
    of a d by d matrix within ten steps, were it not for √d.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Parameter(torch.zeros(width, width))  # [d, d]

    def forward(self, hidden: Tensor) -> Tensor:
        """[n, d] to [n, d]."""
        product: Tensor = hidden + hidden @ self.change * len(self.change) ** -0.5
        return product


class Layer(nn.Module, ABC):
    """One propagation along `hops`, every destination of which gets new vectors."""

    def __init__(self, hops: Sequence[Hop], width: int) -> None:
        super().__init__()
        self.hops = hops
        self.width = width

    @abstractmethod
    def forward(self, block: HeteroGraph, hidden: Hidden) -> Hidden:
        """Vectors of the block's sources [n_sources, d] to those of its destinations [n_destinations, d]."""


def summed(messages: Sequence[tuple[Hop, Tensor]]) -> Hidden:
    """By kind of destination, the sum of what came by all hops that lead there: [n_destinations, d] each."""
    totals: Hidden = {}
    for (_, _, kind), message in messages:
        totals[kind] = totals[kind] + message if kind in totals else message
    return totals


class GraphRanker(IdRanker):
    """A stack of the family's layers on the vectors of users, movies and content nodes."""

    space: ClassVar[Space] = PROPAGATING
    layer: ClassVar[type[Layer]]

    def __init__(
        self, likes: UserLists, recipe: Recipe, start: Start, device: torch.device, relations: Sequence[Relation] = ()
    ) -> None:
        super().__init__(likes, recipe, device)
        self._graph = whole_graph(likes, relations, device)
        self._sampler = Sampler(self._graph, recipe.neighbours, recipe.layers) if recipe.neighbours else None
        self._all_movies = recipe.loss == "softmax"
        first = {"user": torch.from_numpy(start.users).to(device), "movie": torch.from_numpy(start.movies).to(device)}
        for relation in relations:  # a content node begins where what it describes points
            hop = (relation.of, f"have_{relation.name}", relation.name)
            first[relation.name] = symmetric(self._graph, hop, first[relation.of])
        self.nodes = nn.ParameterDict({kind: nn.Parameter(vectors.clone()) for kind, vectors in first.items()})
        hops: list[Hop] = self._graph.canonical_etypes
        last = [hop for hop in hops if hop[2] in ("user", "movie")]  # nobody asks for content nodes after it
        each = [*[hops] * (recipe.layers - 1), last]
        self.layers = nn.ModuleList(self.layer(some, recipe.width) for some in each).to(device)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Unit vectors of the batch's users [b, d] and of all movies [n_movies, d].

        Of a sample, only the movies are computed that the loss looks at; others are zero.
        """
        if self._sampler is None:
            users, movies = self.vectors()  # [n_users, d], [n_movies, d]
            rows = torch.from_numpy(batch.users).to(self.device)  # [b]
            return F.normalize(users[rows], dim=1), F.normalize(movies, dim=1)
        wanted = {"user": torch.from_numpy(batch.users).to(self.device), "movie": self._wanted(batch)}  # [b], [m]
        sampled, blocks = self._sampler.blocks(wanted, batch.seed)
        total = self._propagate(blocks, {kind: vectors[sampled[kind]] for kind, vectors in self.nodes.items()})
        movies = torch.zeros_like(self.nodes["movie"]).index_copy(0, wanted["movie"], total["movie"])  # [n_movies, d]
        return F.normalize(total["user"], dim=1), F.normalize(movies, dim=1)

    def _wanted(self, batch: Batch) -> Tensor:
        """Rows of the movies that the loss looks at, ascending: [m]."""
        if self._all_movies:
            return torch.arange(len(self.bias), device=self.device)
        return torch.from_numpy(np.union1d(batch.targets.movies, batch.negatives)).to(self.device)

    def vectors(self) -> tuple[Tensor, Tensor]:
        """All users [n_users, d] and all movies [n_movies, d], through the whole graph."""
        total = self._propagate([self._graph] * len(self.layers), dict(self.nodes))
        return total["user"], total["movie"]

    def _propagate(self, blocks: Sequence[HeteroGraph], hidden: Hidden) -> Hidden:
        """The sum of all layers' vectors, of the last block's destinations: [n_destinations, d] each."""
        total = hidden
        for layer, block in zip(self.layers, blocks, strict=True):
            hidden = layer(block, hidden)
            # A block's destinations are the first of its sources.
            total = {kind: total[kind][: len(vectors)] + vectors for kind, vectors in hidden.items()}
        return total
