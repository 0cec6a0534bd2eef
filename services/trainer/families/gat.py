"""GAT (Veličković et al., ICLR 2018): a softmax over a node's neighbours says how much of each it takes.

h_i' = tanh(sum by relation of d_i^1/2 sum_j a_ij d_j^-1/2 W h_j), a_ij = softmax_j(leaky_relu(s·W h_j + t·W h_i)),
a head for each quarter of a vector. Attention begins all but even, a_ij ≈ 1 / d_i, which makes it GCN's normalisation.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from services.trainer.families.hetero import HeteroGraph, Hop, attend
from services.trainer.families.propagation import GraphRanker, Hidden, Layer, NearIdentity, summed
from shared.jobs import GAT_HEADS

_SLOPE: Final = 0.2  # as in the paper
_FIRST: Final = 0.01  # entries of s and t: at 0 no gradient would reach t, which matters through the ReLU's bend alone


class GATLayer(Layer):
    """One matrix and one attention for all relations."""

    def __init__(self, hops: Sequence[Hop], width: int) -> None:
        super().__init__(hops, width)
        self.weight = NearIdentity(width)
        heads = torch.full((GAT_HEADS, width // GAT_HEADS), _FIRST)
        self.of_sources = nn.Parameter(heads)  # [heads, d / heads], s
        self.of_destinations = nn.Parameter(heads.clone())  # [heads, d / heads], t

    def forward(self, block: HeteroGraph, hidden: Hidden) -> Hidden:
        """Vectors of the block's sources [n_sources, d] to those of its destinations [n_destinations, d]."""
        by_head = {
            kind: self.weight(vectors).unflatten(1, (GAT_HEADS, -1))  # [n_sources, heads, d / heads]
            for kind, vectors in hidden.items()
        }
        totals = summed([(hop, self._message(block, hop, by_head)) for hop in self.hops])
        return {kind: torch.tanh(total.flatten(1)) for kind, total in totals.items()}  # [n_destinations, d]

    def _message(self, block: HeteroGraph, hop: Hop, by_head: Hidden) -> Tensor:
        source, _, destination = hop
        own = by_head[destination][: block.num_dst_nodes(destination)]  # [n_destinations, heads, d / heads]
        of_sources = (by_head[source] * self.of_sources).sum(2)  # [n_sources, heads]
        of_destinations = (own * self.of_destinations).sum(2)  # [n_destinations, heads]
        return attend(block, hop, by_head[source], of_sources=of_sources, of_destinations=of_destinations, slope=_SLOPE)


class GAT(GraphRanker):
    """Attention to each neighbour, at about ten times the price of a sum."""

    layer = GATLayer
