"""How a comparison is shown: a table in the terminal, and the same as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from rich.table import Table

from services.trainer.evaluation.metrics import K

_NDCG: Final = f"ndcg_at_{K}"
_ALWAYS: Final = {
    f"Recall@{K}": f"recall_at_{K}",
    f"NDCG@{K}": _NDCG,
    "coverage": f"coverage_at_{K}",
    "Gini": f"gini_at_{K}",
}
_STARS: Final = {"RMSE": "rmse", "MAE": "mae"}
_LOWER_IS_BETTER: Final = ("rmse", "mae")
_NO_WINNER: Final = (f"gini_at_{K}", f"coverage_at_{K}")  # chance is best at both
_NOT_IN_THE_TERMINAL: Final = ("MAE", "seeds")  # what is left goes into eighty columns
_WIDTHS: Final = {"model": 14, "coverage": 8, "s": 5, "CPU s": 5, "MB": 5, "beside the first": 7}
_FIGURE: Final = 6
EXPLANATION: Final = (
    "Higher is better, but for RMSE, MAE and Gini. After ± stands the standard deviation over seeds; an interval is "
    "where the mean lies in 95% of bootstrap resamples of the users. The last column is the paired difference of "
    "NDCG@20 to the first row, with its interval and p. Seconds are those of choosing settings and fitting; whatever "
    "else runs on the machine makes them longer, so the CPU seconds are what to compare. MB are the peak of "
    "the memory of the model's process."
)

Cell = list[str]
"""A figure, and what is said of it in smaller letters."""
Rows = Mapping[str, Mapping[str, Any]]


def cells(rows: Rows) -> tuple[list[str], list[list[Cell]]]:
    """Headings, and a line for each model that has figures; the best figure of a column has stars around it."""
    judged = {name: row for name, row in rows.items() if "seconds" in row}
    columns = _ALWAYS | {heading: key for heading, key in _STARS.items() if any(key in row for row in judged.values())}
    best = {key: _best(judged, key) for key in columns.values()}
    headings = ["model", *columns, "s", "CPU s", "MB", "beside the first", "seeds"]
    lines = []
    for name, row in judged.items():
        figures = [_figure(row, key, is_best=row.get(key) == best[key]) for key in columns.values()]
        cost = [[f"{row['seconds']:,.1f}"], [f"{row['cpu_seconds']:,.1f}"], [f"{row['peak_mb']:,}"]]
        lines.append([[name], *figures, *cost, _difference(row), [str(row["seeds"])]])
    return headings, lines


def missing(rows: Rows) -> list[str]:
    """Why a model has no figures, or not those of all seeds."""
    return [f"{name}: {row[why]}" for name, row in rows.items() for why in ("left_out", "failed") if why in row]


def terminal_table(title: str, rows: Rows) -> Table:
    """For people at a terminal; the best figures are bold."""
    headings, lines = cells(rows)
    shown = [number for number, heading in enumerate(headings) if heading not in _NOT_IN_THE_TERMINAL]
    table = Table(title=title, box=None, padding=(0, 1, 0, 0))
    for number in shown:
        heading = headings[number]
        width = _WIDTHS.get(heading, _FIGURE)
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(heading.replace("@", "\n@"), justify=justify, width=width, overflow="fold")
    for line in lines:
        table.add_row(*("\n".join(_bold(text) for text in line[number]) for number in shown))
    return table


def markdown_table(rows: Rows) -> str:
    """The same in Markdown.

    >>> print(markdown_table({"gc-mc": {"seeds": 1, "rmse": 0.9, "seconds": 2.0, "cpu_seconds": 3.0, "peak_mb": 900}}))
    | model | Recall@20 | NDCG@20 | coverage | Gini | RMSE | s | CPU s | MB | beside the first | seeds |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | gc-mc |  |  |  |  | **0.9000** | 2.0 | 3.0 | 900 |  | 1 |
    """
    headings, lines = cells(rows)
    rule = ["---", *["---:"] * (len(headings) - 1)]
    texts = [[" ".join(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, rule, *texts))


def _bold(text: str) -> str:
    return f"[bold]{text.strip('*')}[/]" if text.startswith("**") else text


def _best(rows: Rows, key: str) -> float | None:
    values = [row[key] for row in rows.values() if key in row]
    if not values or key in _NO_WINNER:
        return None
    best: float = min(values) if key in _LOWER_IS_BETTER else max(values)
    return best


def _figure(row: Mapping[str, Any], key: str, *, is_best: bool) -> Cell:
    if key not in row:
        return []
    cell = [f"**{row[key]:.4f}**" if is_best else f"{row[key]:.4f}"]
    if row.get("spread", {}).get(key):
        cell.append(f"± {row['spread'][key]:.4f}")
    if key in row.get("intervals", {}):
        cell.append(_interval(row["intervals"][key], ".3f"))
    return cell


def _difference(row: Mapping[str, Any]) -> Cell:
    if "versus_first" not in row:
        return []
    found = row["versus_first"][_NDCG]
    return [f"{found['difference']:+.4f}", _interval(found["interval"], "+.3f"), f"p {found['p']:.3f}"]


def _interval(ends: Sequence[float], form: str) -> str:
    low, high = ends
    return f"({low:{form}} to {high:{form}})"
