"""Tables in Parquet, read in batches of rows. A "line" is the row, from 1."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from services.ingest.fetch.files import readable
from services.ingest.forms.block import Block
from shared.errors import InvalidInputError
from shared.ids import Rows

_BATCH_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A Parquet file as a table. `names` maps our name of a column to the file's."""

    path: Path
    names: dict[str, str]

    @property
    def file(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def columns(self) -> frozenset[str]:
        """Our names of the columns."""
        return frozenset(self.names)

    def verify(self, progress: Callable[[float], None]) -> None:
        """Decode every page of the columns once: 8 million ratings take about half a second.

        Raises:
            InvalidInputError: the file is damaged.
        """
        for done, total, batch in self._batches():
            progress((done + batch.num_rows) / total)

    def blocks(self) -> Iterator[Block]:
        """The rows, in blocks.

        Raises:
            InvalidInputError: the file is damaged.
        """
        for done, total, batch in self._batches():
            yield self._block(batch, done, (done + batch.num_rows) / total)

    def _batches(self) -> Iterator[tuple[int, int, pa.RecordBatch]]:
        """The rows before a batch, all rows, and the batch."""
        done = 0
        try:
            with readable(self.path), pyarrow.parquet.ParquetFile(self.path) as file:
                total = max(file.metadata.num_rows, 1)
                for batch in file.iter_batches(_BATCH_ROWS, columns=list(self.names.values()), use_threads=False):
                    yield done, total, batch
                    done += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise InvalidInputError(f"{self.file} can't be read after row {done}: {error}") from error

    def _block(self, batch: pa.RecordBatch, rows_before: int, fraction: float) -> Block:
        def texts(wanted: Rows) -> list[str]:
            rows = batch.take(pa.array(wanted)).to_pylist()
            return [", ".join(f"{name}={value}" for name, value in row.items()) for row in rows]

        columns = {ours: _plain(batch.column(theirs)) for ours, theirs in self.names.items()}
        lines = np.arange(rows_before + 1, rows_before + 1 + batch.num_rows, dtype=np.int64)
        return Block(self.file, columns, lines, texts, (), fraction)


def _is_deep(type_: pa.DataType) -> bool:
    return bool(pa.types.is_struct(type_) or pa.types.is_map(type_))


def _plain(column: pa.Array) -> pa.Array:
    """Dictionaries resolved, and lists (of genres, of people) as text with `|` between, as CSV has them."""
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pa.array([None if parts is None else "|".join(map(str, parts)) for parts in column.to_pylist()])
    return column


def parquet_columns(path: Path) -> list[str]:
    """The names of a Parquet file's columns; those of structs and maps, which are no column of ours, are left out.

    Raises:
        InvalidInputError: it is no Parquet file, or a truncated one, or may not be read.
    """
    try:
        with readable(path), pyarrow.parquet.ParquetFile(path) as file:
            return [str(field.name) for field in file.schema_arrow if not _is_deep(field.type)]
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path.name} is no whole Parquet file: {error}") from error
