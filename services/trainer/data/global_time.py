"""One date for all: what a model that was trained on that day knew, and what people liked after it.

The strictest question of time, because nobody's later events are known. It asks few people: those who were there
before the date and came back after it.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from services.trainer.data.interactions import Interactions
from services.trainer.data.split import (
    TEST,
    TRAIN,
    VALIDATION,
    OnPart,
    Split,
    of_known_users,
    require_times,
    split_by_parts,
)
from shared.errors import InvalidInputError

_UPTO: Final = (0.8, 0.9)  # of all events, before the dates at which validation and test begin


def split_by_date(data: Interactions, like_threshold: float, on_part: OnPart = lambda _: None) -> Split:
    """The last tenth of all events is the test, the tenth before it validation; one moment is never cut in two.

    Users without a like before the date are not asked for: all that could be told of them is what is popular.

    Raises:
        InvalidInputError: times lack, or all are of one moment.
    """
    require_times(data, "global-time")
    dates = np.quantile(data.times, _UPTO, method="higher")
    part = np.full(len(data), TRAIN, np.int8)
    part[data.times >= dates[0]] = VALIDATION
    part[data.times >= dates[1]] = TEST
    if not (part == TRAIN).any():
        raise InvalidInputError("Too many ratings are of one moment to be split at a date. Choose the split random.")
    parts = split_by_parts(data, like_threshold, part, by_time=True, how="by time, all likes after one date")
    on_part(1.0)
    return replace(parts, select=of_known_users(parts.select), final=of_known_users(parts.final))
