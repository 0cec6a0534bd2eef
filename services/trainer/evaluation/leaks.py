"""Whether a model could know what it is asked: every figure would be void, and better than it should be.

`find_leaks` looks at the data and costs little, so every evaluation asks it. `depends_on_answers` looks at the model
itself, through whatever it was fitted by, and costs two fits: it is for tests.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from services.trainer.data.fold import Fold, Rated
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.metrics import Scores


def find_leaks(fold: Fold, graph: UserLists | None = None) -> list[str]:
    """What of the answers is known beforehand, a sentence for each way; none where all is well.

    Args:
        fold: what may be known, and what is asked.
        graph: the likes that the encoder really goes over, where they are at hand.
    """
    parts = {
        "the likes that are trained on": fold.likes,
        "what counts as seen": fold.seen,
        **({} if fold.histories is None else {"the histories that users are encoded from": fold.histories}),
        **({} if graph is None else {"the encoder's graph": graph}),
    }
    found = [
        f"{shared:,} held-out likes are among {name}."
        for name, known in parts.items()
        if (shared := _in_both(known, fold.held_out))
    ]
    if fold.asked is not None and (shared := _in_both(fold.seen, fold.asked.lists)):
        found.append(f"{shared:,} ratings that are asked for are known.")
    if unseen := len(fold.encoded()) - _in_both(fold.encoded(), fold.seen):
        found.append(f"{unseen:,} likes that users are encoded from do not count as seen.")
    if fold.candidates is not None and (cold := np.count_nonzero(fold.candidates[fold.seen.movies])):
        found.append(f"{cold:,} events of movies that should be cold are known.")
    return found


def depends_on_answers(fit: Callable[[Fold], Scores], fold: Fold, seed: int = 0) -> bool:
    """Whether a model that is fitted anew scores otherwise once the answers alone are others.

    `fit` does all that leads from a fold to scores: graph, features, training. It has to be deterministic.
    """
    users = np.arange(fold.seen.n_users)
    return not np.array_equal(fit(fold)(users), fit(with_other_answers(fold, seed))(users))


def with_other_answers(fold: Fold, seed: int) -> Fold:
    """The same fold, with the held-out movies dealt out anew among the users, a tenth of them dropped."""
    rng = np.random.default_rng(seed)
    held_out = fold.held_out
    kept = rng.random(len(held_out)) >= 0.1  # noqa: PLR2004 - so that users' numbers change, too
    others = UserLists.from_pairs(
        held_out.users()[kept],
        rng.permutation(held_out.movies)[kept],
        n_users=held_out.n_users,
        n_movies=held_out.n_movies,
    )
    asked = None if fold.asked is None else Rated(fold.asked.lists, rng.permutation(fold.asked.stars))
    return replace(fold, held_out=others, asked=asked)


def _in_both(lists: UserLists, others: UserLists) -> int:
    return len(lists) + len(others) - len(lists.union(others))
