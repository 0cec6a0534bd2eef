"""R-GCN (Schlichtkrull et al., ESWC 2018): h' = tanh(h W_0 + sum over relations r of D_r^-1/2 A_r D_r^-1/2 h · W_r).

The paper leaves the normalisation open; this is the one that the start, a singular value decomposition, is made for.
"""

from collections.abc import Sequence

import torch
from torch import nn

from services.trainer.families.hetero import HeteroGraph, Hop, symmetric
from services.trainer.families.propagation import GraphRanker, Hidden, Layer, NearIdentity, summed


class RGCNLayer(Layer):
    """A matrix for each relation, and one for a node itself."""

    def __init__(self, hops: Sequence[Hop], width: int) -> None:
        super().__init__(hops, width)
        self.own = NearIdentity(width)
        self.by_relation = nn.ModuleDict({hop[1]: NearIdentity(width) for hop in hops})

    def forward(self, block: HeteroGraph, hidden: Hidden) -> Hidden:
        """Vectors of the block's sources [n_sources, d] to those of its destinations [n_destinations, d]."""
        messages = [(hop, self.by_relation[hop[1]](symmetric(block, hop, hidden[hop[0]]))) for hop in self.hops]
        totals = summed(messages)  # [n_destinations, d]
        return {
            kind: torch.tanh(self.own(hidden[kind][: len(total)]) + total)  # [n_destinations, d]
            for kind, total in totals.items()
        }


class RGCN(GraphRanker):
    """What comes by one relation is weighed apart from what comes by another."""

    layer = RGCNLayer
