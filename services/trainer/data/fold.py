"""What a model may know, and what it is asked for."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.trainer.data.lists import UserLists
from shared.ids import Rows


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings: a star for each entry of lists.

    Attributes:
        lists: who rated what.
        stars: float32[len(lists)], in the order of `lists.movies`.
    """

    lists: UserLists
    stars: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fold:
    """What a model may know, and what it is asked.

    Attributes:
        likes: what it is trained on.
        seen: what was rated up to then, liked or not: left out of the rankings, as it is in serving.
        held_out: later likes, which are to be found. Holds nothing that is in `seen`.
        histories: what users are encoded from, where that is not `likes`: of users whom no model has met in training.
        candidates: bool[n_movies], the movies that are ranked; all where it is left out.
        stars: float32[len(seen)], the ratings of what is in `seen`, NaN of what was liked and not rated; None where
            likes are all there is.
        asked: all ratings that are held out, liked or not: what predicted stars are compared with.
    """

    likes: UserLists
    seen: UserLists
    held_out: UserLists
    histories: UserLists | None = None
    candidates: npt.NDArray[np.bool_] | None = None
    stars: npt.NDArray[np.float32] | None = None
    asked: Rated | None = None

    def users(self) -> Rows:
        """Users with something held out: the ones that metrics are means over."""
        return np.flatnonzero(self.held_out.lengths())

    def of_fewer_users(self, most: int) -> "Fold":
        """The same fold, asked of `most` users at the most, picked evenly over the rows."""
        users = self.users()
        if len(users) <= most:
            return self
        picked = np.zeros(self.held_out.n_users, np.bool_)
        picked[users[np.linspace(0, len(users) - 1, most).astype(np.int64)]] = True
        return replace(self, held_out=self.held_out.keep(picked[self.held_out.users()]))

    def encoded(self) -> UserLists:
        """What users are encoded from."""
        return self.likes if self.histories is None else self.histories

    def rated(self) -> Rated | None:
        """What may be known of ratings, where there are any."""
        if self.stars is None:
            return None
        has_stars = ~np.isnan(self.stars)
        return Rated(self.seen.keep(has_stars), self.stars[has_stars])
