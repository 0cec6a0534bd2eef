"""What trainings of a family begin from today. No torch here, nor Optuna: a training asks, too."""

import logging

from services.trainer.recipe import Recipe
from shared.graph.port import Graph
from shared.jobs import Loss
from shared.tuning import TunedSettings, find_tuned

log = logging.getLogger(__name__)


def find_usable(graph: Graph, family: str, like_threshold: float, loss: Loss = "softmax") -> TunedSettings | None:
    """The tuned settings of a family.

    None where there are none, some for another loss, or some that this version of Marquee does not know.
    """
    tuned = find_tuned(graph, family, like_threshold)
    if tuned is None:
        return None
    try:
        recipe = Recipe.from_json({**tuned.recipe, **tuned.settings})
    except TypeError as error:
        log.warning(
            "settings of the study %s are passed over, and the defaults taken: %s. Tune again, or take them away with "
            "`marquee tune --family %s --forget`.",
            tuned.study,
            error,
            family,
        )
        return None
    return tuned if recipe.loss == loss else None
