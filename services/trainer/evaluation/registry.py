"""Every baseline that is fitted here, by name: what it takes in memory, what is tried on validation, how it is fitted.

The one that is trained as models are (matrix factorisation, `services.trainer.fitting.ablation`) stands above this
module; whoever composes a report hands it to `compare`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.data.ratings import Ratings
from services.trainer.evaluation.baselines import Ease, ease_bytes, popularity, random_scores
from services.trainer.evaluation.bias import Bias
from services.trainer.evaluation.factors import ials, ials_bytes
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.neighbours import Neighbours, neighbours_bytes
from shared.jobs import BaselineName

Setting = Mapping[str, float]
"""Values by name, as they stand in the report."""

WithSetting = Callable[[Setting], Scores]

_RATING_BYTES: Final = 8 * 5  # rows of users and movies, stars, and two arrays of the sweeps


@dataclass(frozen=True, slots=True)
class Limits:
    """What baselines may use of the machine."""

    memory_bytes: int
    threads: int

    def refusal(self, needed_bytes: int, likes: UserLists) -> str | None:
        """Why a model of `likes` is left out that takes so much; None where it fits."""
        if needed_bytes <= self.memory_bytes:
            return None
        return (
            f"fitting {likes.n_users:,} users and {likes.n_movies:,} movies takes {needed_bytes / 1e9:.1f} GB; "
            f"MARQUEE_BASELINE_MEMORY_GB allows {self.memory_bytes / 1e9:.1f} GB."
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """How a baseline is fitted.

    Attributes:
        settings: tried on validation; where there is none, the first is taken.
        needed_bytes: what fitting takes at its peak.
        prepare: does what all settings share, and gives what makes scores of one.
        needs_stars: whether it stands on ratings, and not on likes.
    """

    settings: Sequence[Setting]
    needed_bytes: Callable[[Fold], int]
    prepare: Callable[[Fold, Limits], WithSetting]
    needs_stars: bool = False


def _random(fold: Fold, _: Limits) -> WithSetting:
    return lambda _: random_scores(fold.likes.n_movies, fold.likes.n_users)


def _popularity(fold: Fold, _: Limits) -> WithSetting:
    return lambda _: popularity(fold.likes)


def _bias(fold: Fold, _: Limits) -> WithSetting:
    rated = fold.rated()
    assert rated is not None  # noqa: S101 - `needs_stars` says so
    return lambda _: Bias.fit(Ratings.of(rated))


def _item_knn(fold: Fold, _: Limits) -> WithSetting:
    neighbours = Neighbours(fold.likes, _MOST_NEIGHBOURS)
    return lambda setting: neighbours.scores(fold.encoded(), round(setting["neighbours"]))


def _ease(fold: Fold, _: Limits) -> WithSetting:
    fitted = Ease(fold.likes)
    return lambda setting: fitted.scores(setting["lambda"], fold.histories)


def _ials(fold: Fold, limits: Limits) -> WithSetting:
    return lambda setting: ials(
        fold.likes, fold.encoded(), alpha=setting["alpha"], ridge=setting["ridge"], threads=limits.threads
    )


_MOST_NEIGHBOURS: Final = 400

BASELINES: Final[Mapping[BaselineName, Baseline]] = {
    "random": Baseline([{}], lambda _: 0, _random),
    "popularity": Baseline([{}], lambda _: 0, _popularity),
    "bias": Baseline([{}], lambda fold: _RATING_BYTES * len(fold.seen), _bias, needs_stars=True),
    "item-knn": Baseline(
        [{"neighbours": count} for count in (100, 25, _MOST_NEIGHBOURS)],
        lambda fold: neighbours_bytes(len(fold.likes), fold.likes.n_movies, _MOST_NEIGHBOURS),
        _item_knn,
    ),
    "ease": Baseline(
        # 800 is the best on MovieLens-1M, sparser data wants less.
        [{"lambda": value} for value in (200.0, 50.0, 800.0, 2_000.0)],
        lambda fold: ease_bytes(fold.likes.n_users, fold.likes.n_movies, are_new=fold.histories is not None),
        _ease,
    ),
    "ials": Baseline(
        # On validation 10 and 100 are the best of thirteen tried on MovieLens-1M, 30 and 10 of four on Gowalla.
        [{"alpha": alpha, "ridge": ridge} for alpha, ridge in ((10.0, 30.0), (10.0, 100.0), (30.0, 10.0))],
        lambda fold: ials_bytes(len(fold.likes), fold.likes.n_users, fold.likes.n_movies),
        _ials,
    ),
}
