"""GraphSAGE (Hamilton et al., NeurIPS 2017): h' = tanh(h W_0 + mean of neighbours · W_1), with h of length one."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it

from services.trainer.families.hetero import HeteroGraph, Hop, mean
from services.trainer.families.propagation import GraphRanker, Hidden, Layer, NearIdentity, summed


class SAGELayer(Layer):
    """A matrix for a node itself, and one for its neighbours by all relations."""

    def __init__(self, hops: Sequence[Hop], width: int) -> None:
        super().__init__(hops, width)
        self.own = NearIdentity(width)
        self.neighbours = NearIdentity(width)

    def forward(self, block: HeteroGraph, hidden: Hidden) -> Hidden:
        """Vectors of the block's sources [n_sources, d] to those of its destinations [n_destinations, d]."""
        unit = {kind: F.normalize(vectors, dim=1) for kind, vectors in hidden.items()}  # [n_sources, d]
        totals = summed([(hop, mean(block, hop, unit[hop[0]])) for hop in self.hops])  # [n_destinations, d]
        return {
            kind: torch.tanh(self.own(unit[kind][: len(total)]) + self.neighbours(total))  # [n_destinations, d]
            for kind, total in totals.items()
        }


class SAGE(GraphRanker):
    """Means of neighbours, which a sample of them estimates well."""

    layer = SAGELayer
