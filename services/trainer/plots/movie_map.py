"""A map of the movies' vectors: near one another lies what is liked by the same people.

t-SNE (van der Maaten and Hinton 2008) keeps neighbourhoods; how far apart groups are, and how wide, says little.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from services.trainer.plots.labels import place_labels
from services.trainer.plots.style import COLOURS, INK, MUTED, PLAIN, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MOVIES: Final = 1_000  # that are drawn; t-SNE of them takes 1.9 s of one core; of 2,000, 4.4 s
LABELS: Final = 20
_APART: Final = 0.09  # of the map's extent: movies whose titles are shown lie that far apart
_FRAME: Final = (0.01, 0.07, 0.98, 0.89)  # of the figure: the title above, the legend beneath
_STEPS: Final = 500
_PERPLEXITY: Final = 30.0
LEAST_MOVIES: Final = 5
_TITLE_CHARACTERS: Final = 30
OTHER: Final = "other"

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class MapData:
    """The movies of a map, the most liked first.

    Attributes:
        movie_ids: of each.
        vectors: float32[n, d], of length one.
        titles: of each; the first of them are written beside their points. None where it has none.
        genres: of each, in any order; empty where it has none.
    """

    movie_ids: Sequence[str]
    vectors: npt.NDArray[np.float32]
    titles: Sequence[str | None]
    genres: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.vectors)


def lay_out(vectors: Floats) -> Floats:
    """t-SNE to two dimensions: float64[n, 2], the same each time. At least five vectors of two columns."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    n = len(vectors)
    if n < LEAST_MOVIES:
        raise ValueError(f"A map takes {LEAST_MOVIES} movies, and got {n}.")
    tsne = TSNE(init="pca", perplexity=min(_PERPLEXITY, (n - 1) / 3), max_iter=_STEPS, random_state=0)
    with threadpool_limits(1):  # sums in one order, and no cores of others
        return np.asarray(tsne.fit_transform(vectors), np.float64)


def map_genres(genres: Sequence[Sequence[str]]) -> list[str]:
    """The one genre by which each movie is coloured: of those that get a colour, its rarest, which says most.

    A movie that has none of them is "other". As many genres get one as there are colours, those of most movies first.

    >>> map_genres([["Drama", "War"], ["Drama"], ["Drama"], []])
    ['War', 'Drama', 'Drama', 'other']
    """
    counts = Counter(genre for of_movie in genres for genre in set(of_movie))
    rarest = Counter(min(of_movie, key=lambda g: (counts[g], g)) for of_movie in genres if of_movie)
    shown = set(sorted(rarest, key=lambda g: (-rarest[g], g))[: len(COLOURS)])
    return [
        min((g for g in of_movie if g in shown), key=lambda g: (counts[g], g), default=OTHER) for of_movie in genres
    ]


@styled
def movie_map(places: Floats, titles: Sequence[str | None], genres: Sequence[Sequence[str]]) -> "Figure":
    """Points coloured by genre, with the titles of well-known movies all over the map.

    Args:
        places: float[n, 2], as `lay_out` gives them.
        titles: of each movie, the most liked first; None where it has none.
        genres: of each movie.
    """
    figure, axes = new_figure(7.0)
    of_movie = np.array(map_genres(genres), object)
    counts = Counter(of_movie.tolist())
    names = [
        *sorted((g for g in counts if g != OTHER), key=lambda g: -counts[g]),
        *([OTHER] if OTHER in counts else []),
    ]
    for name, colour in zip(names, [*COLOURS[: len(counts) - (OTHER in counts)], PLAIN], strict=False):
        own = places[of_movie == name]
        axes.plot(own[:, 0], own[:, 1], "o", color=colour, ms=3.2, mew=0, alpha=0.85, label=name, clip_on=False)
    figure.set_layout_engine("none")
    axes.set_position(_FRAME)
    axes.set_axis_off()
    axes.margins(0.03)
    figure.text(0.01, 0.975, "Map of the movies' vectors", fontweight="bold", fontsize=10)
    figure.legend(loc="lower left", ncols=8, handletextpad=0.1, columnspacing=1.0, markerscale=1.8)
    known = pick_known(places, titles)
    axes.plot(places[known, 0], places[known, 1], "o", ms=5.5, mfc="none", mec=INK, mew=0.8, clip_on=False, gid="known")
    written = place_labels(axes, list(places[known]), [_shortened(titles[row] or "") for row in known], places)
    figure.text(
        0.99,
        0.975,
        f"the {len(places):,} most liked movies, with the titles of {len(written)}",
        ha="right",
        color=MUTED,
    )
    return figure


def pick_known(places: Floats, titles: Sequence[str | None]) -> list[int]:
    """Rows of the movies whose titles are shown: the first, and then each that is not near one picked before."""
    apart = _APART * float(np.ptp(places, axis=0).max(initial=0.0))
    picked: list[int] = []
    for row, title in enumerate(titles):
        if title and not (np.linalg.norm(places[picked] - places[row], axis=1) < apart).any():
            picked.append(row)
        if len(picked) == LABELS:
            break
    return picked


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE_CHARACTERS else f"{title[: _TITLE_CHARACTERS - 1].rstrip()}…"
