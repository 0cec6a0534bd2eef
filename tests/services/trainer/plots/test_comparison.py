import math
from collections.abc import Callable
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.patches import Rectangle

from services.trainer.plots.comparison import comparison_bars, recall_by_decile

ROWS: dict[str, dict[str, Any]] = {
    "this model": {"ndcg_at_20": 0.40, "recall_at_20": 0.3, "intervals": {"ndcg_at_20": [0.38, 0.43]}},
    "popularity": {"ndcg_at_20": 0.20},
}


def test_each_model_is_a_bar_as_long_as_its_figure() -> None:
    figure = comparison_bars(ROWS, ["ndcg_at_20", "recall_at_20"], "this model")

    left, right = figure.axes
    bars = {c.get_label(): c.patches[0].get_width() for c in left.containers if isinstance(c, BarContainer)}
    assert bars == {"this model": 0.40, "popularity": 0.20}
    assert [label.get_text() for label in left.get_yticklabels()] == ["this model", "popularity"]
    assert (left.get_title("left"), right.get_title("left")) == ("NDCG@20", "Recall@20")
    assert len([c for c in right.containers if isinstance(c, BarContainer)]) == 1, "popularity has no recall"


def test_a_whisker_goes_from_one_end_of_the_interval_to_the_other() -> None:
    figure = comparison_bars(ROWS, ["ndcg_at_20"], "this model")

    (whisker,) = (c for c in figure.axes[0].containers if isinstance(c, ErrorbarContainer))
    ((ends, *_), *_) = [line.get_segments() for line in whisker.lines[2]]
    assert ends[:, 0] == pytest.approx([0.38, 0.43])


def test_recall_is_drawn_by_tenths_of_the_movies_with_gaps_where_nothing_was_held_out(
    lines_of: Callable[[Axes], dict[str, tuple[list[float], list[float]]]],
    bars_of: Callable[[Axes], list[Rectangle]],
) -> None:
    tenths = [{"held_out": 0, "recall": None}, *({"held_out": n, "recall": n / 10} for n in range(1, 10))]
    rows = {"this model": {"recall_by_decile": tenths}, "ease": {"recall_by_decile": tenths}, "random": {}}
    figure = recall_by_decile(rows, "this model")

    upper, lower = figure.axes
    lines = {name: y for name, (_, y) in lines_of(upper).items()}
    assert set(lines) == {"this model", "ease"}
    assert math.isnan(lines["this model"][0])
    assert lines["this model"][1:] == [n / 10 for n in range(1, 10)]
    assert [bar.get_height() for bar in bars_of(lower)] == [n / 45 for n in range(10)]
