"""What was measured, kept as lines of JSON, so that the page can be written from several runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.machine import Machine

Figure = float | int | str | None
"""One cell of a table. A float is shown with three digits or so."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that must hold, and what was measured."""

    work: str
    must: str
    measured: str
    holds: bool

    @classmethod
    def at_least(cls, work: str, measured: float, limit: float, unit: str) -> Self:
        """Holds from `limit` on."""
        return cls(work, f"≥ {shown(limit)} {unit}".rstrip(), f"{shown(measured)} {unit}".rstrip(), measured >= limit)

    @classmethod
    def at_most(cls, work: str, measured: float, limit: float, unit: str) -> Self:
        """Holds up to `limit`."""
        return cls(work, f"≤ {shown(limit)} {unit}".rstrip(), f"{shown(measured)} {unit}".rstrip(), measured <= limit)


@dataclass(frozen=True, slots=True)
class Findings:
    """What measuring a subject on a store came to.

    Attributes:
        rows: of the subject's table, heading to figure.
        targets: what must hold.
        curve: points (x, y) of the subject's plot, where it has one.
    """

    rows: Sequence[Mapping[str, Figure]]
    targets: Sequence[Target] = ()
    curve: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """Findings, and when, how and on what they were measured."""

    subject: str
    store: str
    findings: Findings
    took_seconds: float
    at: str
    """The day, as 2025-01-31."""
    commit: str
    machine: Machine

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """What `asdict` gave."""
        findings = values["findings"]
        targets = [Target(**target) for target in findings["targets"]]
        curve = [(x, y) for x, y in findings["curve"]]
        return cls(
            **{
                **values,
                "findings": Findings(findings["rows"], targets, curve),
                "machine": Machine(**values["machine"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Results:
    """The latest measurement of each subject and store, in a file of JSON lines."""

    path: Path
    measurements: dict[tuple[str, str], Measurement] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What the file holds; nothing where there is none."""
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = [Measurement.from_json(json.loads(line)) for line in lines]
        return cls(path, {(m.subject, m.store): m for m in found})

    def keep(self, measurement: Measurement) -> None:
        """Keep a measurement in place of the one before, in the file, too."""
        self.measurements[measurement.subject, measurement.store] = measurement
        lines = [json.dumps(asdict(m), ensure_ascii=False) for m in self.measurements.values()]
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def shown(figure: Figure) -> str:
    """A figure as a table shows it.

    >>> [shown(figure) for figure in (1_234_567, 81_234.4, 73.26, 7.3219, 0.31234, None, "SQLite")]
    ['1,234,567', '81,234', '73.3', '7.32', '0.312', '', 'SQLite']
    """
    if figure is None or isinstance(figure, str):
        return figure or ""
    if isinstance(figure, int):
        return f"{figure:,}"
    return f"{figure:,.{0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2 if abs(figure) >= 1 else 3}f}"
