"""A block of a table's rows, in columns, with where each row stands in its file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from shared.ids import Rows


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table.

    Attributes:
        file: the file's name, as a report shows it.
        columns: our name of a column to its n values: binary out of text, any plain type out of Parquet.
        lines: int64[n], the line of each row in the file, from 1.
        texts: gives the text of the rows whose positions in the block it gets, for a report.
        malformed: lines that make no row (a wrong number of fields, or far too long): line and text.
        fraction: how much of the file is read once this block is, 0 to 1.
    """

    file: str
    columns: Mapping[str, pa.Array]
    lines: Rows
    texts: Callable[[Rows], list[str]]
    malformed: Sequence[tuple[int, str]]
    fraction: float

    def __len__(self) -> int:
        return len(self.lines)


class Table(Protocol):
    """A file of rows. Each call of `blocks` reads it anew."""

    @property
    def file(self) -> str:
        """The file's name, as a report shows it."""

    @property
    def columns(self) -> frozenset[str]:
        """Our names of the columns it has."""

    def verify(self, progress: Callable[[float], None]) -> None:
        """Find what would make `blocks` raise in the middle, before anything of it is used. Told how much is done.

        Raises:
            InvalidInputError: the file is damaged.
        """

    def blocks(self) -> Iterator[Block]:
        """Its rows, in order, in blocks of bounded size.

        Raises:
            InvalidInputError: the file can't be read as what it should be.
        """
