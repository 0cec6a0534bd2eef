"""How much of a picture differs from an earlier one."""

import io
from typing import Final

import numpy as np
from PIL import Image

_SEEN: Final = 24  # of 255: less is how letters are smoothed
_LOOK_FROM: Final = 0.01


def part_that_differs(before: bytes, after: bytes) -> float:
    """The part of the pixels that differ to the eye, 0 to 1; what only one of two sizes has differs."""
    one, other = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16) for data in (before, after))
    height, width = max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1])
    shared = (slice(min(one.shape[0], other.shape[0])), slice(min(one.shape[1], other.shape[1])))
    same = int((np.abs(one[shared] - other[shared]).max(axis=2) <= _SEEN).sum())
    return float(1.0 - same / (height * width))


def in_words(part: float) -> str:
    """For a line of output.

    >>> in_words(0.0), in_words(0.004), in_words(0.25)
    ('as before', '0.4% differs', '25.0% differs: LOOK AT IT')
    """
    if not part:
        return "as before"
    return f"{part:.1%} differs" + (": LOOK AT IT" if part >= _LOOK_FROM else "")
