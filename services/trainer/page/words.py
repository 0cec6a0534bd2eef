"""What figures of a report mean, in words, and which direction is better."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Meaning:
    """A metric for people. Where neither direction is better, `better` is None."""

    text: str
    better: Literal["higher", "lower"] | None = "higher"


# `{k}` is the length of the lists that are judged.
_MEANINGS: Final[dict[str, Meaning]] = {
    "ndcg": Meaning(
        "how far up the held-out movies stand in a list of {k}: each counts 1 / log2(place + 1), in parts of what the "
        "best possible order would have. 1 is perfect."
    ),
    "recall": Meaning("what part of a user's held-out movies are among the {k} recommended ones."),
    "precision": Meaning("what part of the {k} recommended movies was held out."),
    "hit_rate": Meaning("what part of the users find at least one of their held-out movies among {k}."),
    "map": Meaning(
        "the precision down to each held-out movie found among {k}, added up, in parts of the most that could be found."
    ),
    "mrr": Meaning("one over the place of the first held-out movie among {k}, 0 where there is none."),
    "coverage": Meaning("what part of all movies are recommended to anybody at all, in lists of {k}."),
    "novelty": Meaning(
        "how little known what is recommended is, in bits: -log2 of the part of users who like it.", None
    ),
    "diversity": Meaning("how unlike one another the movies of one list of {k} are: 0 alike, about 1 unrelated.", None),
    "gini": Meaning("how unequally recommendations are spread over movies: 0 equally, 1 all on one.", None),
    "rmse": Meaning("root of the mean squared error of predicted stars.", "lower"),
    "mae": Meaning("mean absolute error of predicted stars.", "lower"),
    "mse": Meaning("mean squared error of predicted stars.", "lower"),
    "accuracy": Meaning("what part of likes and dislikes is told right."),
    "balanced_accuracy": Meaning("the mean of the parts of likes and of dislikes that are told right."),
    "f1": Meaning("the harmonic mean of precision and recall of likes."),
    "roc_auc": Meaning("how often a like is scored above what is not one."),
    "average_precision": Meaning("mean precision over all thresholds of the score."),
}


def meaning(key: str) -> Meaning | None:
    """What a metric's key in a report means; None where nothing is known.

    >>> meaning("recall_at_20").text
    "what part of a user's held-out movies are among the 20 recommended ones."
    """
    stem, _, k = key.partition("_at_")
    found = _MEANINGS.get(stem)
    return Meaning(found.text.format(k=k), found.better) if found else None
