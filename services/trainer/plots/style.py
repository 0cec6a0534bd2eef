"""The one style of all plots: read at the width of a page, in print and on a screen, by the colour-blind too."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, cast

if TYPE_CHECKING:  # matplotlib takes half a second, and is not needed where nothing is drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
PAPER: Final = "#fefefe"
INK: Final = "#24292f"
MUTED: Final = "#6a737d"
GRID: Final = "#d9dee3"
# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour vision, on light and dark pages.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1")
ACCENT: Final = COLOURS[1]
"""What a plot is about: the model, the chosen point."""
PLAIN: Final = "#8a98a8"
"""What it is compared with."""
WIDTH_INCHES: Final = 7.2
_FONT_POINTS: Final = 9.0

_STYLE: Final[dict[str, Any]] = {
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "font.family": ["DejaVu Sans", "sans-serif"],  # the first comes with matplotlib
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": _FONT_POINTS,
    "axes.titlesize": _FONT_POINTS + 1,
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.titlecolor": INK,
    "axes.labelsize": _FONT_POINTS,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.markersize": 3.5,
    "text.color": INK,
    "text.parse_math": False,  # the title of a movie may hold dollars
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.fontsize": _FONT_POINTS - 0.5,
    "svg.fonttype": "none",  # text stays text: small, selectable, and read aloud
}


@contextmanager
def drawing(name: str = "plot") -> Iterator[None]:
    """In which figures are made and saved, for the style.

    Args:
        name: makes ids within an SVG unlike those of others beside it, and the same each time.
    """
    import matplotlib as mpl

    with mpl.rc_context(cast("Any", {**_STYLE, "svg.hashsalt": name})), warnings.catch_warnings():
        # A title in a script that the font lacks is boxes in a PNG; a browser has other fonts for the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def styled(draw: "Callable[P, Figure]") -> "Callable[P, Figure]":
    """Lets a function that makes a figure draw in the style, whoever calls it."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> "Figure":
        with drawing():
            return draw(*args, **kwargs)

    return drawn


def new_figure(height_inches: float, **subplots: object) -> "tuple[Figure, Any]":
    """A figure of the page's width, and its axes as `Figure.subplots` gives them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(**subplots)  # type: ignore[call-overload]  # they are handed on


def lay_grid(axes: "Axes", axis: Literal["both", "x", "y"]) -> None:
    """Light lines across, and no ticks beside them."""
    axes.grid(visible=True, axis=axis)
    axes.tick_params(length=0)


def write_title(axes: "Axes", title: str, subtitle: str = "") -> None:
    """What a plot shows, in bold, and beneath how it is read."""
    axes.set_title(title, fontweight="bold", pad=22.0 if subtitle else 8.0)
    if subtitle:
        axes.annotate(
            subtitle, (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points", color=MUTED, fontsize=8.5
        )


def metric_name(key: str) -> str:
    """A metric's key in a report as people write it.

    >>> [metric_name(key) for key in ("ndcg_at_20", "hit_rate_at_10", "rmse", "roc_auc")]
    ['NDCG@20', 'Hit rate@10', 'RMSE', 'ROC AUC']
    """
    stem, at, k = key.partition("_at_")
    words = [word.upper() if word in _ACRONYMS else word for word in stem.split("_")]
    spelled = " ".join(words)
    return f"{spelled[:1].upper()}{spelled[1:]}{'@' + k if at else ''}"


_ACRONYMS: Final = {"ndcg", "map", "mrr", "rmse", "mae", "mse", "roc", "auc", "f1"}
