"""The parts of a page, from the values of a report."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.trainer.page.figures import headline
from services.trainer.page.html import Html, element, table, together
from services.trainer.page.words import meaning
from services.trainer.plots.style import metric_name

THIS_MODEL: Final = "this model"
_LEAD: Final = "Lead of this model"
_MOST_CHARACTERS: Final = 300  # of a value: what is longer is cut
_COUNTS: Final = {
    "users": "users",
    "movies": "movies",
    "ratings": "ratings",
    "likes": "likes",
    "users_with_likes": "users with a like",
    "movies_with_likes": "movies with a like",
    "like_threshold": "a like is a rating from",
    "fingerprint": "fingerprint (SHA-256)",
}


def rows_of(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Figures of the model first and of each baseline that has some, by name."""
    model = {**report.get("details", {}), **report["metrics"]}
    return {THIS_MODEL: model} | {n: row for n, row in report.get("baselines", {}).items() if "left_out" not in row}


def verdict(report: Mapping[str, Any]) -> Html:
    """What the gate said, in a sentence, and why."""
    gate = report.get("gate", {})
    passed = gate.get("verdict") == "passed"
    sentence = (
        "The gate let this version pass, so it may be served."
        if passed
        else "The gate refused this version: it was never served, and its vectors are not kept."
    )
    reasons = element("ul", *(element("li", reason) for reason in gate.get("reasons", ())))
    return together([element("p", sentence, class_="passed" if passed else "refused"), reasons])


def how_judged(data: Mapping[str, Any]) -> Html:
    """On what, and how, in a sentence or two."""
    test = data.get("test", {})
    held_out = test.get("likes_held_out", test.get("ratings_held_out", 0))
    what = "likes" if "likes_held_out" in test else "ratings"
    of_users = f" of {test['users']:,} users" if "users" in test else ""
    return element(
        "p",
        f"Judged on {held_out:,} {what}{of_users} that were held out ({data.get('split', 'split unknown')}): no model "
        f"knew them, and settings were chosen on others. ",
        "All models were asked for the same events; movies that a user is known to have rated are not ranked."
        if what == "likes"
        else "All models were asked for the same ratings.",
    )


def comparison_table(report: Mapping[str, Any]) -> Html:
    """The model and its baselines, the best figure of each column in bold, and why a baseline is missing."""
    rows = rows_of(report)
    columns = _columns(report["metrics"], rows)
    best = {key: _best(key, rows.values()) for key in columns.values()}
    cells = (
        [
            name,
            *(
                _lead(row, key) if head.startswith(_LEAD) else _cell(row, key, best[key])
                for head, key in columns.items()
            ),
        ]
        for name, row in rows.items()
    )
    notes = [row["left_out"] for row in report.get("baselines", {}).values() if "left_out" in row]
    notes = [f"Left out: {reason}" for reason in notes]
    if any("intervals" in row for row in rows.values()):
        notes.insert(0, "Small figures: where 95% of bootstrap resamples of the users lie. The best figure is in bold.")
    return together([table(["", *columns], cells), *(element("p", note, class_="note") for note in notes)])


def _columns(metrics: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Headings with the metric of each: what is looked at first, by how much the model leads there, and the rest."""
    first, *others = ordered(metrics) or [""]
    leads = any(first in row.get("versus_model", {}) for row in rows.values())
    found = {metric_name(first): first} if first else {}
    if leads:
        found[f"{_LEAD} in {metric_name(first)}"] = first
    return found | {metric_name(key): key for key in others}


def ordered(metrics: Mapping[str, Any]) -> list[str]:
    """Keys of metrics, those that a report is judged by first."""
    first = headline(metrics)
    return [*first, *(key for key in _figures(metrics) if key not in first)]


def _figures(values: Mapping[str, Any]) -> list[str]:
    return [key for key, value in values.items() if isinstance(value, float | int)]


def _best(key: str, rows: Iterable[Mapping[str, Any]]) -> float | None:
    known = meaning(key)
    values = [row[key] for row in rows if key in row]
    if known is None or known.better is None:
        return None
    best: float = max(values) if known.better == "higher" else min(values)
    return best


def _cell(row: Mapping[str, Any], key: str, best: float | None) -> Html:
    if key not in row:
        return Html("")
    figure = f"{row[key]:.4f}"
    shown = element("b", figure) if row[key] == best else Html(figure)
    if key not in row.get("intervals", {}):
        return shown
    low, high = row["intervals"][key]
    return together([shown, element("small", f"{low:.3f} to {high:.3f}")])


def _lead(row: Mapping[str, Any], key: str) -> Html:
    versus = row.get("versus_model", {}).get(key)
    if versus is None:
        return Html("")
    low, high = versus["interval"]
    return together(
        [f"{versus['difference']:+.4f}", element("small", f"{low:+.4f} to {high:+.4f}, p = {versus['p']:.3f}")]
    )


def meanings(metrics: Mapping[str, Any]) -> Html:
    """What each metric means."""
    parts: list[Html] = []
    for key in ordered(metrics):
        known = meaning(key)
        if known:
            direction = f" {known.better.capitalize()} is better." if known.better else ""
            parts += [element("dt", metric_name(key)), element("dd", f"{known.text}{direction}")]
    return element("dl", *parts)


def data_table(data: Mapping[str, Any]) -> Html:
    """What there was, and how it was split."""
    rows = [(name, _value(data[key])) for key, name in _COUNTS.items() if key in data]
    for part in ("validation", "test"):
        for key, value in data.get(part, {}).items():
            rows.append((f"{part}: {key.replace('_', ' ')}", _value(value)))
    return table((), [("split", _value(data.get("split"))), *rows])


def values_table(values: Mapping[str, Any]) -> Html:
    """Names and values."""
    return table((), [(name.replace("_", " "), _value(value)) for name, value in values.items()])


def _value(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
