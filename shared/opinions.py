"""What a user thinks of a movie, where they have rated it, liked it and disliked it: the newest of these counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.ids import Rows
from shared.schema import MISSING_INT

LIKES, DISLIKES = 1, -1


@dataclass(frozen=True, slots=True)
class Opinions:
    """What is thought of some pairs of a user and a movie, each once, in the order of their codes.

    Attributes:
        pairs: int64[n], a code for each.
        ratings: float[n], in stars; NaN where there is no rating.
        said: int8[n]: `LIKES` or `DISLIKES` where that was said last, 0 where a rating was.
        times: int64[n], milliseconds, of what was said last; `MISSING_INT` of a rating without a time.
    """

    pairs: Rows
    ratings: npt.NDArray[np.floating]
    said: npt.NDArray[np.int8]
    times: Rows


def opinions(
    rated: tuple[Rows, npt.NDArray[np.floating], Rows], liked: tuple[Rows, Rows], disliked: tuple[Rows, Rows]
) -> Opinions:
    """Put together what was rated (codes of pairs, ascending; stars; times), liked and disliked (codes; times).

    Of equal times a like or a dislike counts more than a rating, since it says more plainly what is meant.

    >>> found = opinions((np.array([3, 7]), np.array([5.0, 2.0]), np.array([10, 10])),
    ...                  (np.array([7, 8]), np.array([9, 9])), (np.array([3]), np.array([10])))
    >>> found.pairs.tolist(), found.ratings.tolist(), found.said.tolist()
    ([3, 7, 8], [5.0, 2.0, nan], [-1, 0, 1])
    """
    codes, stars, rated_at = rated
    if not len(liked[0]) and not len(disliked[0]):
        return Opinions(codes, stars, np.zeros(len(codes), np.int8), rated_at)
    pairs = np.unique(np.concatenate([codes, liked[0], disliked[0]]))
    ratings = np.full(len(pairs), np.nan, stars.dtype)
    times, said = np.full(len(pairs), MISSING_INT), np.zeros(len(pairs), np.int8)
    places = np.searchsorted(pairs, codes)
    ratings[places], times[places] = stars, rated_at
    for opinion, (of_codes, at) in ((LIKES, liked), (DISLIKES, disliked)):
        places = np.searchsorted(pairs, of_codes)
        is_newer = at >= times[places]
        said[places[is_newer]], times[places[is_newer]] = opinion, at[is_newer]
    return Opinions(pairs, ratings, said, times)


def are_likes(ratings: npt.NDArray[np.floating], said: npt.NDArray[np.int8], threshold: float) -> npt.NDArray[np.bool_]:
    """Which movies are liked: said to be, or rated with at least `threshold` stars and not disliked since."""
    liked: npt.NDArray[np.bool_] = (said == LIKES) | ((said == 0) & (ratings >= threshold))
    return liked
