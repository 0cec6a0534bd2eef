"""Every split that a training can ask for, by name. All are functions of the same form, with a fixed seed.

Official folds come from files (`services.trainer.data.official`), and so does a folder of `train.txt`, `valid.txt` and
`test.txt` (`services.trainer.data.folder`); both give the same `Split`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.trainer.data.cold_movies import split_cold_movies
from services.trainer.data.fold_in import split_fold_in
from services.trainer.data.global_time import split_by_date
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import OnPart, Split, split, split_at_random, split_last
from shared.jobs import SplitName

SPLITS: Final[Mapping[SplitName, Callable[[Interactions, float, OnPart], Split]]] = {
    "latest": split,
    "random": split_at_random,
    "leave-last-out": split_last,
    "global-time": split_by_date,
    "cold-movies": split_cold_movies,
    "fold-in": split_fold_in,
}


def split_by_name(
    name: SplitName, data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None
) -> Split:
    """The split called `name`. `on_part` is told what part is done, 0 to 1.

    Raises:
        InvalidInputError: it asks for times, and there are none.
    """
    return SPLITS[name](data, like_threshold, on_part)
