"""The cleaning report: how many rows of a source were at fault, why, and the first of each kind.

`Report.result` is what is kept with the job, as JSON:

```text
{
  "source": "ml-latest-small",             what was asked for
  "form": "MovieLens CSV",                 what it was recognised as
  "counts": {                              one entry for each table there is: ratings, movies, users, links, tags
    "ratings": {"read": 100836, "written": 100836, "left_out": 0}, …
  },
  "faults": [                              one entry for each table and kind of fault, the most frequent first
    {
      "table": "ratings",
      "kind": "unknown_movie",             see `FaultKind`
      "count": 12,
      "why": "the movie is not in the file of movies",
      "done": "left out",                  or "mended", "the latest stays" (ratings), "the last stays" (others)
      "lines": [                           the first five
        {"file": "ratings.csv", "line": 17, "text": "1,99999,4.0,964982703"}, …
      ]
    }, …
  ],
  "notes": ["…"]                           what else is worth knowing, in sentences
}
```

A line is counted from 1 and includes the header; in Parquet it is the row, from 1. Each row has at most one fault, the
first in the order of `FaultKind`, so read = written + left out, and a duplicate counts as written.
"""

from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from services.ingest.forms.block import Block
from shared.ids import Rows

EXAMPLES: Final = 5
_SHOWN_CHARACTERS: Final = 200

Kinds = npt.NDArray[np.uint8]
"""A `FaultKind` for each row of a block; 0 for a row without fault."""


class FaultKind(IntEnum):
    """What is wrong with a row; where several things are, the first of these counts."""

    FIELDS = 1
    ENCODING = 2
    MISSING = 3
    ID = 4
    UNKNOWN_MOVIE = 5
    NUMBER = 6
    SCALE = 7
    DATE = 8
    DUPLICATE = 9

    @property
    def label(self) -> str:
        """Its name in JSON."""
        return self.name.lower()


_WHY: Final = {
    FaultKind.FIELDS: "the line does not have the right number of fields, or is far too long",
    FaultKind.ENCODING: "the bytes are not of the file's encoding",
    FaultKind.MISSING: "a field is empty",
    FaultKind.ID: "an id is not of the form that this source has, or too long, or holds control characters",
    FaultKind.UNKNOWN_MOVIE: "the movie is not in the file of movies",
    FaultKind.NUMBER: "a field is not what it should be: no number, a year or code that stands for nothing, no truth",
    FaultKind.SCALE: "the rating is off the scale, or between two steps of it",
    FaultKind.DATE: "the date can't be read, lies before 1970 or in the future",
    FaultKind.DUPLICATE: "the same row came before",
}
LEFT_OUT: Final = "left out"
MENDED: Final = "mended"
LATEST_STAYS: Final = "the latest stays"
LAST_STAYS: Final = "the last stays"


def first_fault(*faults: Kinds) -> Kinds:
    """Of several faults of a row the first in the order of `FaultKind`; each argument is uint8[n].

    >>> first_fault(np.array([0, 3], np.uint8), np.array([7, 2], np.uint8)).tolist()
    [7, 2]
    """
    none = np.iinfo(np.uint8).max
    first = np.full(len(faults[0]), none, np.uint8)
    for kinds in faults:
        np.minimum(first, np.where(kinds == 0, none, kinds), out=first, casting="unsafe")
    first[first == none] = 0
    return first


class Report:
    """Collects counts and faults while a source is read."""

    def __init__(self, source: str, form: str) -> None:
        self.source = source
        self.form = form
        self.notes: list[str] = []
        self._read: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._faults: Counter[tuple[str, FaultKind, str]] = Counter()
        self._examples: dict[tuple[str, FaultKind, str], list[dict[str, Any]]] = {}

    def count(self, table: str, rows: int) -> None:
        """`rows` more rows of `table` were read, faulty ones included."""
        self._read[table] += rows

    def add(self, table: str, kind: FaultKind, block: Block, row: int, *, done: str = LEFT_OUT) -> None:
        """One row of a block is at fault."""
        shown = np.array([row][: self._wanted(table, kind, done)], np.int64)
        self._add((table, kind, done), 1, block.file, _lines(block, shown))

    def add_rows(self, table: str, block: Block, kinds: Kinds, *, done: str = LEFT_OUT) -> None:
        """All faults among a block's rows: `kinds` is uint8[len(block)]."""
        for value in np.unique(kinds[kinds > 0]):
            rows = np.flatnonzero(kinds == value)
            kind = FaultKind(int(value))
            wanted = rows[: self._wanted(table, kind, done)]
            self._add((table, kind, done), len(rows), block.file, _lines(block, wanted))

    def add_malformed(self, table: str, block: Block) -> None:
        """The lines of a block that make no row, because their number of fields is wrong."""
        if block.malformed:
            self.count(table, len(block.malformed))
            wanted = block.malformed[: self._wanted(table, FaultKind.FIELDS, LEFT_OUT)]
            self._add((table, FaultKind.FIELDS, LEFT_OUT), len(block.malformed), block.file, wanted)

    def _wanted(self, table: str, kind: FaultKind, done: str) -> int:
        return EXAMPLES - len(self._examples.get((table, kind, done), ()))

    def _add(self, key: tuple[str, FaultKind, str], count: int, file: str, lines: Sequence[tuple[int, str]]) -> None:
        table, _, done = key
        self._faults[key] += count
        if done == LEFT_OUT:
            self._left_out[table] += count
        examples = self._examples.setdefault(key, [])
        examples += [{"file": file, "line": line, "text": text[:_SHOWN_CHARACTERS]} for line, text in lines]

    @property
    def faults(self) -> int:
        """How many faults there are."""
        return self._faults.total()

    def written(self, table: str) -> int:
        """How many rows of `table` were usable."""
        return self._read[table] - self._left_out[table]

    def read(self, table: str) -> int:
        """How many rows of `table` were read."""
        return self._read[table]

    def result(self) -> dict[str, Any]:
        """The report as JSON values; its shape is told above."""
        return {
            "source": self.source,
            "form": self.form,
            "counts": {
                table: {"read": read, "written": self.written(table), "left_out": self._left_out[table]}
                for table, read in self._read.items()
            },
            "faults": [
                {
                    "table": table,
                    "kind": kind.label,
                    "count": count,
                    "why": _WHY[kind],
                    "done": done,
                    "lines": self._examples[table, kind, done],
                }
                for (table, kind, done), count in self._faults.most_common()
            ],
            "notes": self.notes,
        }

    def summary(self) -> str:
        """The faults in a few lines, for the message of a refusal."""
        parts = []
        for (table, kind, done), count in self._faults.most_common():
            first = self._examples[table, kind, done][0]
            parts.append(
                f"{count} of {table}: {_WHY[kind]} (first in {first['file']}, line {first['line']}: {first['text']!r})"
            )
        return "; ".join(parts)


def _lines(block: Block, rows: Rows) -> list[tuple[int, str]]:
    """The line numbers and texts of a block's rows."""
    return list(zip(block.lines[rows].tolist(), block.texts(rows), strict=True)) if len(rows) else []
