"""What a figure shows, as plain values."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

Lines = dict[str, tuple[list[float], list[float]]]


def _lines(axes: Axes) -> Lines:
    return {
        str(line.get_gid() or line.get_label()): (
            np.asarray(line.get_xdata(), float).tolist(),
            np.asarray(line.get_ydata(), float).tolist(),
        )
        for line in axes.get_lines()
    }


@pytest.fixture(scope="session")
def lines_of() -> Callable[[Axes], Lines]:
    """The lines of a plot by label, or by gid where they have one: x and y each."""
    return _lines


@pytest.fixture(scope="session")
def bars_of() -> Callable[[Axes], list[Rectangle]]:
    """The bars of a plot."""
    return lambda axes: [patch for patch in axes.patches if isinstance(patch, Rectangle)]
