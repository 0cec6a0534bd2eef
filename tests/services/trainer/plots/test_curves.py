from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes

from services.trainer.plots.curves import linear_parts, validation_curves

LinesOf = Callable[[Axes], dict[str, tuple[list[float], list[float]]]]
LOW: dict[str, Any] = {
    "temperature": 0.1,
    "curve": [{"epoch": 3.0, "ndcg_at_20": 0.31}, {"epoch": 6.0, "ndcg_at_20": 0.30}],
}
HIGH: dict[str, Any] = {
    "temperature": 0.2,
    "curve": [
        {"epoch": 3.0, "ndcg_at_20": 0.29},
        {"epoch": 6.0, "ndcg_at_20": 0.35},
        {"epoch": 9.0, "ndcg_at_20": 0.34},
    ],
}


def test_each_trial_is_a_line_and_the_chosen_point_is_ringed(lines_of: LinesOf) -> None:
    figure = validation_curves([LOW, HIGH], {"temperature": 0.2, "epochs": 6.0})

    (axes,) = figure.axes
    assert lines_of(axes) == {
        "0.1": ([3.0, 6.0], [0.31, 0.30]),
        "0.2": ([3.0, 6.0, 9.0], [0.29, 0.35, 0.34]),
        "chosen": ([6.0], [0.35]),
    }
    assert "chosen: NDCG@20 0.3500" in [text.get_text() for text in axes.texts]


def test_where_points_have_a_loss_it_is_drawn_beneath(lines_of: LinesOf) -> None:
    curve = [{"epoch": 1.0, "ndcg_at_20": 0.2, "loss": 7.5}, {"epoch": 2.0, "ndcg_at_20": 0.3, "loss": 6.5}]
    figure = validation_curves([{"temperature": 0.2, "curve": curve}], {"temperature": 0.2, "epochs": 2.0})

    upper, lower = figure.axes
    assert lines_of(lower) == {"0.2": ([1.0, 2.0], [7.5, 6.5])}
    assert (upper.get_ylabel(), lower.get_ylabel()) == ("NDCG@20", "training loss")


def test_a_rating_models_curve_goes_by_steps_and_says_that_lower_is_better() -> None:
    curve = [{"steps": 100, "rmse": 0.95}, {"steps": 200, "rmse": 0.91}]
    figure = validation_curves([{"curve": curve}], {"steps": 200})

    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("steps", "RMSE")
    assert "lower is better" in [text.get_text() for text in axes.texts]
    assert "chosen: RMSE 0.9100" in [text.get_text() for text in axes.texts]


def test_linear_parts_are_a_line_for_each_penalty_beside_the_model_alone(lines_of: LinesOf) -> None:
    tried = [(0.0, 0.0, 0.30), (200.0, 2.0, 0.32), (200.0, 1.0, 0.31), (800.0, 2.0, 0.33)]
    figure = linear_parts([{"lambda": a, "weight": b, "ndcg_at_20": c} for a, b, c in tried])

    lines = lines_of(figure.axes[0])
    assert lines["200"] == ([1.0, 2.0], [0.31, 0.32])
    assert lines["no linear part"][1] == [0.30, 0.30]
    assert lines["chosen"] == ([2.0], [0.33])


def test_where_no_linear_part_helps_none_is_ringed(lines_of: LinesOf) -> None:
    tried = [(0.0, 0.0, 0.30), (200.0, 2.0, 0.29)]
    figure = linear_parts([{"lambda": a, "weight": b, "ndcg_at_20": c} for a, b, c in tried])

    assert "chosen" not in lines_of(figure.axes[0])
