"""Filters put to the fields of a catalogue: which movies are left. What was asked is remembered for a while."""

from collections import OrderedDict
from functools import reduce
from typing import Final

import numpy as np

from services.recommender.filters.expression import All, Any, Condition, Expression, Not
from services.recommender.filters.fields import Fields, Mask
from services.recommender.filters.parse import parse

_REMEMBERED: Final = 128  # masks of 62,000 movies take 8 MB


def mask_of(expression: Expression, fields: Fields, text: str) -> Mask:
    """Which rows an expression leaves, bool[n]; `text` is the filter that it was read from.

    Raises:
        FilterError: a field does not exist, or can't be asked so.
    """
    match expression:
        case Condition():
            return fields.ask(expression, text)
        case Not(part):
            return ~mask_of(part, fields, text)
        case All(parts):
            return reduce(np.logical_and, [mask_of(part, fields, text) for part in parts])
        case Any(parts):
            return reduce(np.logical_or, [mask_of(part, fields, text) for part in parts])


class Masks:
    """The masks of filters over one catalogue's fields, least recently used out first."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self._masks: OrderedDict[str, Mask] = OrderedDict()

    def get(self, text: str) -> Mask:
        """Which movies a filter leaves: bool[n], read-only, the same array for the same text while it is remembered.

        Raises:
            FilterError: the filter can't be read, or does not fit the fields.
        """
        mask = self._masks.get(text)
        if mask is None:
            mask = mask_of(parse(text), self.fields, text)
            mask.flags.writeable = False
            self._masks[text] = mask
            if len(self._masks) > _REMEMBERED:
                self._masks.popitem(last=False)
        self._masks.move_to_end(text)
        return mask
