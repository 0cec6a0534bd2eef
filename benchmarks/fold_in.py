"""How good recommendations are to users whom no model has met, by how much is known of them."""

from typing import Any, Final

import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.competing import compete, data_folder, figures
from benchmarks.results import Figure, Findings, Target
from services.trainer.comparing.material import Material
from services.trainer.data.fold_in import split_fold_in
from services.trainer.data.folder import read_folder
from services.trainer.data.interactions import Interactions
from services.trainer.data.lists import UserLists
from shared.schema import MISSING_INT

_DATA: Final = "ml-1m"
_LIKE: Final = 5.0
_KNOWN: Final[dict[str, int | None]] = {"3 likes": 3, "10 likes": 10, "half of the likes": None}
_RECALL: Final = "recall_at_20"


def interactions_of(likes: UserLists) -> Interactions:
    """Likes as events, without times."""
    return Interactions(
        user_keys=np.array([f"{row:06}" for row in range(likes.n_users)], object),
        movie_keys=np.array([f"{row:06}" for row in range(likes.n_movies)], object),
        users=likes.users(),
        movies=likes.movies,
        ratings=np.full(len(likes), _LIKE, np.float32),
        times=np.full(len(likes), MISSING_INT),
    )


def measure(bench: Bench, _kind: str) -> Findings:
    """Ours beside EASE and popularity: the same new users, the same likes known of them.

    Raises:
        InvalidInputError: there are no data sets.
    """
    final = read_folder(data_folder(_DATA)).final
    data = interactions_of(final.likes.union(final.held_out))
    rows: list[dict[str, Figure]] = []
    targets: list[Target] = []
    for words, known in _KNOWN.items():
        parts = split_fold_in(data, _LIKE, known_likes=known)
        found = compete(bench, Material(f"{_DATA}, {words} known", parts), ["inductive", "ease", "popularity"])
        rows += figures(f"{_DATA}, {words} known", found)
        targets.append(_target(words, found, is_ahead=known is not None))
    return Findings(rows, targets)


def _target(words: str, found: dict[str, dict[str, Any]], *, is_ahead: bool) -> Target:
    """Ahead of EASE, or level with it: not surely behind."""
    ahead = found["inductive"][_RECALL] - found["ease"][_RECALL]
    low = found["ease"]["versus_first"][_RECALL]["interval"][0]  # of EASE's less ours
    must = "> 0" if is_ahead else "0 in its interval, or above"
    work = f"{_DATA}, {words} known of new users: Recall@20 ahead of EASE"
    return Target(work, must, f"{ahead:+.4f}", holds=ahead > 0 if is_ahead else low <= 0)


SUBJECT: Final = Subject(
    "fold-in",
    "New users",
    "A tenth of the users of MovieLens 1M's split, whom no model has met in training; some of their likes are known, "
    "and all others are to be found. The same users and likes for all models; settings chosen on another tenth.",
    ("sqlite",),
    measure,
)
