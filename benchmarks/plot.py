"""A curve as a small SVG."""

from collections.abc import Sequence
from typing import Final

from benchmarks.results import shown

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 44
_TICKS: Final = 5
_STYLE: Final = 'font-family="sans-serif" font-size="12" fill="#555"'


def svg(points: Sequence[tuple[float, float]], x_title: str, y_title: str) -> str:
    """A line through `points` (x, y), the axis of x from 0, that of y over the points' range."""
    x_most = max(x for x, _ in points) or 1.0
    y_least, y_most = min(y for _, y in points), max(y for _, y in points)
    margin = 0.1 * (y_most - y_least) or 0.1 * abs(y_most) or 1.0
    y_least, y_most = y_least - margin, y_most + margin

    def across(x: float) -> float:
        return round(_LEFT + x / x_most * (_WIDTH - _LEFT - _RIGHT), 1)

    def down(y: float) -> float:
        return round(_TOP + (y_most - y) / (y_most - y_least) * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">']
    parts.append(f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>')
    for tick in range(_TICKS + 1):
        x, y = x_most * tick / _TICKS, y_least + (y_most - y_least) * tick / _TICKS
        parts.append(f'<path d="M{_LEFT} {down(y)}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{down(y) + 4}" text-anchor="end" {_STYLE}>{shown(y)}</text>')
        parts.append(f'<text x="{across(x)}" y="{_HEIGHT - 26}" text-anchor="middle" {_STYLE}>{shown(x)}</text>')
    line = " ".join(f"{across(x)},{down(y)}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#0b62a4" stroke-width="2"/>')
    parts += [f'<circle cx="{across(x)}" cy="{down(y)}" r="3" fill="#0b62a4"/>' for x, y in points]
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle" {_STYLE}>{x_title}</text>')
    parts.append(
        f'<text x="14" y="{_HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {_HEIGHT / 2})" {_STYLE}>'
        f"{y_title}</text>"
    )
    return "\n".join([*parts, "</svg>", ""])
