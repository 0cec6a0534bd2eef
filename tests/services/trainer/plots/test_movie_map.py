from itertools import combinations

import numpy as np
import pytest
from matplotlib.text import Annotation, Text

from services.trainer.plots.labels import place_labels
from services.trainer.plots.movie_map import lay_out, movie_map, pick_known
from services.trainer.plots.style import drawing, new_figure


@pytest.fixture(scope="module")
def places() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.random.default_rng(0).normal(size=(60, 2))


def test_groups_of_vectors_stay_together_on_the_map() -> None:
    rng = np.random.default_rng(1)
    centres = np.eye(3, 8)[np.repeat(np.arange(3), 20)]

    laid_out = lay_out((centres + 0.05 * rng.normal(size=(60, 8))).astype(np.float32))

    distances = np.linalg.norm(laid_out[:, None] - laid_out[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(1) // 20 == np.arange(60) // 20).all()


def test_too_few_movies_for_a_map_are_refused() -> None:
    with pytest.raises(ValueError, match="5 movies, and got 4"):
        lay_out(np.eye(4, dtype=np.float32))


def test_movies_are_points_in_the_colour_of_their_genre(
    places: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    genres = [["Drama"]] * 30 + [["Drama", "Western"]] * 20 + [[]] * 10
    figure = movie_map(places, [None] * 60, genres)

    lines = [line for line in figure.axes[0].get_lines() if line.get_gid() != "known"]
    assert {line.get_label(): len(np.asarray(line.get_xdata())) for line in lines} == {
        "Drama": 30,
        "Western": 20,
        "other": 10,
    }
    assert len({line.get_color() for line in lines}) == 3


def test_the_most_liked_movies_have_their_titles_and_long_ones_are_cut(
    places: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    titles = ["A $5 title with $ signs", "x" * 50, None, *(f"movie {n}" for n in range(57))]
    figure = movie_map(places, titles, [[]] * 60)

    written = {text.get_text() for text in figure.axes[0].texts if isinstance(text, Annotation)}
    assert {"A $5 title with $ signs", "x" * 29 + "…"} <= written
    assert 10 < len(written) <= 20


def test_titles_are_those_of_the_first_movies_that_are_apart() -> None:
    places = np.array([[0.0, 0.0], [0.01, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])

    assert pick_known(places, ["a", "b", None, "d", "e"]) == [0, 3, 4]


def test_no_label_lies_over_another_or_leaves_the_plot() -> None:
    with drawing():
        figure, axes = new_figure(5.0)
        points = np.random.default_rng(3).normal(size=(20, 2)) * 0.05  # all but one place
        axes.plot([-1, 1], [-1, 1], "o")
        written = place_labels(axes, list(points[:8]), [f"a rather long title {n}" for n in range(8)], points)
        figure.draw_without_rendering()

    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the line that leads to the point
    assert len(boxes) == len(written) >= 6
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    frame = axes.get_window_extent()
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
