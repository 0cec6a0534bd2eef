"""GCN (Kipf and Welling, ICLR 2017): h' = tanh(sum over relations of D^-1/2 A D^-1/2 h · W), one W a layer."""

from collections.abc import Sequence

import torch

from services.trainer.families.hetero import HeteroGraph, Hop, symmetric
from services.trainer.families.propagation import GraphRanker, Hidden, Layer, NearIdentity, summed


class GCNLayer(Layer):
    """All relations are alike to it."""

    def __init__(self, hops: Sequence[Hop], width: int) -> None:
        super().__init__(hops, width)
        self.weight = NearIdentity(width)

    def forward(self, block: HeteroGraph, hidden: Hidden) -> Hidden:
        """Vectors of the block's sources [n_sources, d] to those of its destinations [n_destinations, d]."""
        totals = summed([(hop, symmetric(block, hop, hidden[hop[0]])) for hop in self.hops])  # [n_destinations, d]
        return {kind: torch.tanh(self.weight(total)) for kind, total in totals.items()}  # [n_destinations, d]


class GCN(GraphRanker):
    """LightGCN with matrices and a nonlinearity between its layers."""

    layer = GCNLayer
