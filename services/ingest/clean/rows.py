"""Small tables, row by row: movies, their links, users. Ratings and tags go by columns instead."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.ingest.clean.columns import as_text
from services.ingest.clean.report import MENDED, FaultKind, Report
from services.ingest.forms.block import Block, Table
from services.ingest.forms.ids import Normalise

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1; raises to stop the work."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, with what is needed to report it."""

    values: Mapping[str, Any]
    legacy: bool
    _table: str
    _block: Block
    _place: int
    _report: Report

    def fault(self, kind: FaultKind, done: str) -> None:
        """Report the row."""
        self._report.add(self._table, kind, self._block, self._place, done=done)

    def id(self, column: str, normalise: Normalise, done: str) -> str | None:
        """An id that must be there; None, and reported, where it is not."""
        text = as_text(self.values[column])
        id_ = normalise(text) if isinstance(text, str) else None
        if id_ is None:
            self.fault(FaultKind.ID if isinstance(text, str) else text, done)
        return id_

    def text(self, column: str) -> str | None:
        """A text, None where there is none. Bytes of no known encoding are mended and reported."""
        value = self.values.get(column)
        text = as_text(value, legacy=self.legacy)
        if text is FaultKind.ENCODING:
            self.fault(FaultKind.ENCODING, MENDED)
            text = as_text(value, legacy=True)
        return text if isinstance(text, str) else None

    def texts(self, column: str) -> list[str]:
        """Several texts with `|` between them; empty ones are left out."""
        parts = (part.strip() for part in (self.text(column) or "").split("|"))
        return [part for part in parts if part]

    def number(self, column: str) -> int | None:
        """A whole number, None where there is none. What is no number is reported and left out."""
        text = self.text(column)
        if text is None:
            return None
        if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - years and ages are far shorter, and int64 holds this
            self.fault(FaultKind.NUMBER, MENDED)
            return None
        return int(text)


def rows(table: Table, name: str, report: Report, progress: Progress, *, legacy: bool) -> Iterator[Row]:
    """The rows of a small table; lines that make no row are reported. `name` is the table's in the report."""
    for block in table.blocks():
        report.count(name, len(block))
        report.add_malformed(name, block)
        columns = list(block.columns)
        for place, values in enumerate(zip(*(block.columns[c].to_pylist() for c in columns), strict=True)):
            yield Row(dict(zip(columns, values, strict=True)), legacy, name, block, place, report)
        progress(block.fraction)
