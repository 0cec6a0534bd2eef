"""The families by name: the one place where a new one is entered, beside `shared.jobs.Family`."""

from collections.abc import Mapping, Sequence
from typing import Final

import torch

from services.trainer.data.content import Relation, chosen
from services.trainer.data.lists import UserLists
from services.trainer.families.factorisation import MatrixFactorisation
from services.trainer.families.gat import GAT
from services.trainer.families.gcn import GCN
from services.trainer.families.inductive import InductiveEncoder
from services.trainer.families.lightgcn import LightGCN
from services.trainer.families.propagation import GraphRanker
from services.trainer.families.ranker import Ranker
from services.trainer.families.rgcn import RGCN
from services.trainer.families.sage import SAGE
from services.trainer.families.start import Start
from services.trainer.recipe import Recipe
from shared.jobs import Family

FAMILIES: Final[Mapping[Family, type[InductiveEncoder | LightGCN | MatrixFactorisation | GraphRanker]]] = {
    "inductive": InductiveEncoder,
    "lightgcn": LightGCN,
    "gcn": GCN,
    "sage": SAGE,
    "gat": GAT,
    "rgcn": RGCN,
    "matrix-factorisation": MatrixFactorisation,
}


def make_ranker(
    likes: UserLists, recipe: Recipe, start: Start, device: torch.device, content: Sequence[Relation] = ()
) -> Ranker:
    """A model of the recipe's family before its first step.

    Args:
        likes: what it is trained on.
        recipe: its settings.
        start: its first vectors.
        device: where to.
        content: what describes movies and users, of which the recipe names the relations that take part.

    Raises:
        InvalidInputError: a relation that the recipe names is not in `content`.
    """
    family = FAMILIES[recipe.family]
    if issubclass(family, GraphRanker):
        return family(likes, recipe, start, device, chosen(content, recipe.relations))
    return family(likes, recipe, start, device)
