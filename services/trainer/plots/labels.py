"""Labels beside points, none over another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from services.trainer.plots.style import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

Floats = npt.NDArray[np.floating[Any]]

_DISTANCES: Final = (5, 9, 14, 20, 28, 38, 50)  # points
_DIRECTIONS: Final = 16
_LINE_FROM: Final = 14  # points of distance from which a line leads from the label to its point
_GAP: Final = 1.5  # points around a label that are no other's
_SPOT: Final = 2.5  # points around an anchor that are no label's
_COVERED: Final = 0.5  # what a covered point costs, in steps of distance


def place_labels(axes: "Axes", anchors: Sequence[Floats], texts: Sequence[str], points: Floats) -> list[str]:
    """Write each text near its anchor, where it covers no other text and few points; the first come first.

    Args:
        axes: of a figure that is as large as it will be saved, with the limits that it will have.
        anchors: float[2] each, in data coordinates.
        texts: to be written. One that finds no place is left out.
        points: float[n, 2], in data coordinates, to be left visible.

    Returns:
        What was written.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101 - axes that were never in one have no place on a page
    figure.draw_without_rendering()  # only now the layout is known
    to_points = 72 / figure.dpi
    frame = axes.get_window_extent().get_points().ravel() * to_points  # left, bottom, right, top
    seen = axes.transData.transform(points) * to_points
    spots = axes.transData.transform(np.array(anchors).reshape(-1, 2)) * to_points
    taken = _boxes(spots, np.zeros(2), _SPOT)  # no label covers what another is about
    written = []
    for anchor, at, text in zip(anchors, spots, texts, strict=True):
        label = _write(axes, anchor, text)
        size = np.array(label.get_window_extent().size) * to_points
        offset = _find_place(at, size, frame, taken, seen)
        label.remove()
        if offset is not None:
            _write(axes, anchor, text, offset)
            taken = np.vstack([taken, _boxes((at + offset)[None], size, _GAP)])
            written.append(text)
    return written


def _find_place(at: Floats, size: Floats, frame: Floats, taken: Floats, seen: Floats) -> Floats | None:
    """Where the label's middle comes to lie, from its anchor; None where there is no place. All in points."""
    angles = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
    ways = np.column_stack([np.cos(angles), np.sin(angles)])
    # So far that between anchor and label there is the distance, whichever side of the label the anchor is at.
    offsets = np.concatenate([ways * distance + ways * size / 2 for distance in _DISTANCES])  # [places, 2]
    boxes = _boxes(at + offsets, size, _GAP)
    inside = (boxes[:, :2] >= frame[:2]).all(1) & (boxes[:, 2:] <= frame[2:]).all(1)
    free = ~_overlap(boxes[:, None], taken[None]).any(1)
    covered = ((seen > boxes[:, None, :2]) & (seen < boxes[:, None, 2:])).all(2).sum(1)
    cost = np.repeat(np.arange(len(_DISTANCES)), _DIRECTIONS) + _COVERED * covered
    cost[~(inside & free)] = np.inf
    best = int(cost.argmin())
    return offsets[best] if np.isfinite(cost[best]) else None


def _boxes(middles: Floats, size: Floats, gap: float) -> Floats:
    """Left, bottom, right, top of what has a size, with a gap around: float64[n, 4]."""
    return np.hstack([middles - size / 2 - gap, middles + size / 2 + gap])


def _overlap(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(((one[..., :2] < other[..., 2:]) & (other[..., :2] < one[..., 2:])).all(-1))


def _write(axes: "Axes", anchor: Floats, text: str, offset: Floats | None = None) -> "Annotation":
    across, up = (0.0, 0.0) if offset is None else (float(offset[0]), float(offset[1]))
    line = {"arrowstyle": "-", "color": MUTED, "lw": 0.6, "shrinkA": 0, "shrinkB": 2}
    return axes.annotate(
        text, (float(anchor[0]), float(anchor[1])), (across, up), textcoords="offset points", ha="center", va="center",
        fontsize=8, color=INK, annotation_clip=False, arrowprops=line if np.hypot(across, up) >= _LINE_FROM else None,
        bbox={"boxstyle": "round,pad=0.1", "fc": PAPER, "ec": "none", "alpha": 0.75},
    )  # fmt: skip
