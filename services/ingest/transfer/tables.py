"""One file of an export, written and read in parts: Parquet, or CSV with a line for the names of the columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from services.ingest.transfer.manifest import FileFormat
from shared.errors import InvalidInputError

READ_ROWS = 100_000
_CSV_BLOCK_BYTES = 4 * 2**20  # of a graph's text; a record longer than this can't be read back


class Sink(Protocol):
    """Takes the parts of a file."""

    def write_table(self, table: pa.Table) -> None:
        """The next rows."""


@contextmanager
def writing(path: Path, schema: pa.Schema, file_format: FileFormat) -> Iterator[Sink]:
    """A new file."""
    if file_format == "parquet":
        with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            yield writer
    else:
        with pyarrow.csv.CSVWriter(path, schema) as writer:
            yield writer


def reading(path: Path, schema: pa.Schema, file_format: FileFormat) -> Iterator[pa.RecordBatch]:
    """The rows of a file, in parts, with the columns of `schema` in its order. One that the file lacks is all missing.

    Raises:
        InvalidInputError: the file can't be read as such.
    """
    try:
        for batch in _parquet(path) if file_format == "parquet" else _csv(path, schema):
            columns = [
                batch.column(field.name).cast(field.type)
                if field.name in batch.schema.names
                else pa.nulls(batch.num_rows, field.type)
                for field in schema
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path} can't be read: {error}") from error


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with pyarrow.parquet.ParquetFile(path) as file:
        yield from file.iter_batches(READ_ROWS, use_threads=False)


def _csv(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """An empty field is missing, and one in quotes is an empty text: so Arrow writes them."""
    types = {field.name: field.type for field in schema}
    options = pyarrow.csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    with pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=_CSV_BLOCK_BYTES),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    ) as reader:
        yield from reader
