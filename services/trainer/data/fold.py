"""What a model may know, and what it is asked for."""

from dataclasses import dataclass

import numpy as np

from services.trainer.data.lists import UserLists
from shared.ids import Rows


@dataclass(frozen=True, slots=True)
class Fold:
    """What a model may know, and what it is asked.

    Attributes:
        likes: what it is trained on, and what users are encoded from.
        seen: what was rated up to then, liked or not: left out of the rankings, as it is in serving.
        held_out: later likes, which are to be found. Holds nothing that is in `seen`.
    """

    likes: UserLists
    seen: UserLists
    held_out: UserLists

    def users(self) -> Rows:
        """Users with something held out: the ones that metrics are means over."""
        return np.flatnonzero(self.held_out.lengths())
