from collections.abc import Callable

import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from services.trainer.plots.tuning import setting_importance, tuning_history

LinesOf = Callable[[Axes], dict[str, tuple[list[float], list[float]]]]


def test_the_best_so_far_never_falls_and_knows_no_pruned_trial(lines_of: LinesOf) -> None:
    trials = [
        (0, 0.30, "complete"),
        (1, 0.40, "pruned"),
        (2, 0.35, "complete"),
        (3, 0.32, "complete"),
        (4, None, "failed"),
    ]
    figure = tuning_history(trials)

    lines = lines_of(figure.axes[0])
    assert {name: lines[name] for name in ("best so far", "pruned")} == {
        "best so far": ([0, 2, 3], [0.30, 0.35, 0.35]),
        "pruned": ([1], [0.40]),
    }
    assert lines["failed"][0] == [4]


def test_a_history_in_which_nothing_was_completed_can_be_drawn(lines_of: LinesOf) -> None:
    figure = tuning_history([(0, None, "failed")])

    assert list(lines_of(figure.axes[0])) == ["failed"]


def test_settings_are_ordered_by_how_much_they_mattered_and_the_least_are_added_up(
    bars_of: Callable[[Axes], list[Rectangle]],
) -> None:
    importance = {f"s{n}": n / 100 for n in range(1, 15)}
    figure = setting_importance(importance)

    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [*(f"s{n}" for n in range(14, 2, -1)), "2 others"]
    assert bars_of(axes)[0].get_width() == 0.14
    assert bars_of(axes)[-1].get_width() == pytest.approx(0.03)
    assert axes.texts[-1].get_text() == "part of the differences between trials that a setting explains"
    assert "14%" in [text.get_text() for text in axes.texts]
