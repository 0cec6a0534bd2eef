"""Tables of text: one row a line, fields between separators. Read in blocks of a few megabytes, as bytes.

A block is parsed whole by Arrow, which is strict about the number of fields and sets wrong lines apart. A block that
does not have one row a line after that (empty lines, quoted fields over several lines, a quote that is never closed) is
parsed again line by line, ten times slower; so line numbers are exact. The limits: a quoted field of more than
`_MAX_RECORD_LINES` lines is taken for a quote that was never closed (its first line is reported, reading goes on at the
next), and a line of more than `block_bytes` makes no row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from services.ingest.fetch.files import SourceFile
from services.ingest.forms.block import Block
from services.ingest.forms.records import last_record_end, split_quoted
from shared.ids import Rows

BLOCK_BYTES: Final = 4 * 2**20  # about 180,000 ratings
_MAX_RECORD_LINES: Final = 20
_LONG_SEPARATOR: Final = b"::"
_STAND_IN: Final = b"\x1f"  # "unit separator": Arrow takes one character only, and no title holds this one
_SHOWN_BYTES: Final = 1_000  # of a line that is too long

_Parsed = tuple[pa.Table, Rows, list[tuple[int, str]]]
"""The rows, their line numbers, and the lines that make no row."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A file of text as a table.

    Attributes:
        source: the file.
        fields: our name for each field of a line, in order; an empty one is passed over.
        separator: one character, or `::`.
        has_header: whether the first line names the fields.
        quoted: whether a field may stand in double quotes.
    """

    source: SourceFile
    fields: tuple[str, ...]
    separator: bytes = b","
    has_header: bool = False
    quoted: bool = False
    block_bytes: int = field(default=BLOCK_BYTES, repr=False)

    @property
    def file(self) -> str:
        """The file's name."""
        return self.source.name

    @property
    def columns(self) -> frozenset[str]:
        """Our names of the columns."""
        return frozenset(name for name in self.fields if name)

    def verify(self, progress: Callable[[float], None]) -> None:
        """Nothing: what is wrong with a text is wrong with its lines one by one, and reported for each."""
        progress(1.0)

    def blocks(self) -> Iterator[Block]:
        """The rows, in blocks."""
        line, read = 1, 0
        for data, size in self._whole_lines():
            read += size
            fraction = min(read / max(self.source.size, 1), 1.0)
            skipped = 1 if line == 1 and self.has_header else 0
            body = data[data.find(b"\n") + 1 :] if skipped else data
            lines = _count_lines(data)
            if size > len(data):
                yield self._too_long(data, line, fraction)
            elif lines > skipped:
                yield self._parse(body, line + skipped, lines - skipped, fraction)
            line += lines

    def _whole_lines(self) -> Iterator[tuple[bytes, int]]:
        """The file in pieces that end where a record ends, with the bytes of each.

        A piece of fewer bytes than it says is the beginning of a line that is too long.
        """
        rest = b""
        with self.source.open() as stream:
            while chunk := stream.read(self.block_bytes):
                data = rest + chunk
                cut = last_record_end(data, quoted=self.quoted)
                if not cut and len(data) > self.block_bytes:
                    size, rest = self._skip_line(stream, len(data))
                    yield data[: self.block_bytes], size
                    continue
                if cut:
                    yield data[:cut], cut
                rest = data[cut:]
        if rest:
            yield rest, len(rest)

    def _skip_line(self, stream: IO[bytes], size: int) -> tuple[int, bytes]:
        """Read to the end of a line of which `size` bytes are read: the line's bytes, and what was read after it."""
        while chunk := stream.read(self.block_bytes):
            end = chunk.find(b"\n") + 1
            if end:
                return size + end, chunk[end:]
            size += len(chunk)
        return size, b""

    def _too_long(self, start: bytes, line: int, fraction: float) -> Block:
        """A block of no row and one line that makes none."""
        columns = {name: pa.array([], pa.binary()) for name in self.columns}
        malformed = [(line, _shown(start[:_SHOWN_BYTES]))]
        return Block(self.file, columns, np.empty(0, np.int64), lambda _: [], malformed, fraction)

    def _parse(self, body: bytes, first_line: int, lines: int, fraction: float) -> Block:
        rows, numbers, malformed = self._parse_whole(body, first_line, lines) or self._parse_lines(body, first_line)
        columns = {name: rows.column(name).combine_chunks() for name in rows.column_names}

        def texts(wanted: Rows) -> list[str]:
            split = body.split(b"\n")
            return [_shown(split[number - first_line]) for number in numbers[wanted]]

        return Block(self.file, columns, numbers, texts, malformed, fraction)

    def _parse_whole(self, body: bytes, first_line: int, lines: int) -> _Parsed | None:
        """All lines at once; None where a row may not be a line."""
        if body.startswith((b"\n", b"\r\n")) or b"\n\n" in body or b"\n\r\n" in body:
            return None
        wrong: list[int] = []
        rows = self._parse_with_arrow(body, wrong)
        if rows is None or rows.num_rows + len(wrong) != lines:
            return None
        numbers = np.delete(np.arange(first_line, first_line + lines, dtype=np.int64), wrong)
        text = body.split(b"\n") if wrong else []
        return rows, numbers, [(first_line + place, _shown(text[place])) for place in wrong]

    def _parse_with_arrow(self, body: bytes, wrong: list[int]) -> pa.Table | None:
        """The rows, None where Arrow can't read on; the places of lines with a wrong number of fields go to `wrong`."""

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            wrong.append(row.number - 1)
            return "skip"

        separator = self.separator
        if separator == _LONG_SEPARATOR:
            body, separator = body.replace(separator, _STAND_IN), _STAND_IN
        names = [name or f"skipped{place}" for place, name in enumerate(self.fields)]
        wanted = [name for name in self.fields if name]
        try:
            return pyarrow.csv.read_csv(
                pa.BufferReader(body),
                read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=names),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=separator.decode(),
                    quote_char='"' if self.quoted else False,
                    ignore_empty_lines=False,
                    invalid_row_handler=skip,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    check_utf8=False,
                    include_columns=wanted,
                    column_types={name: pa.binary() for name in wanted},
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            return None

    def _parse_lines(self, body: bytes, first_line: int) -> _Parsed:
        """Line by line."""
        rows: list[Sequence[bytes]] = []
        numbers: list[int] = []
        malformed: list[tuple[int, str]] = []
        split = self._records if self.quoted else self._plain_records
        for number, text, record in split(body.removesuffix(b"\n").split(b"\n"), first_line):
            if record is not None and len(record) == len(self.fields):
                rows.append(record)
                numbers.append(number)
            else:
                malformed.append((number, _shown(text)))
        wanted = [(place, name) for place, name in enumerate(self.fields) if name]
        columns = {name: pa.array([row[place] for row in rows], pa.binary()) for place, name in wanted}
        return pa.table(columns), np.array(numbers, np.int64), malformed

    def _plain_records(self, lines: list[bytes], first: int) -> Iterator[tuple[int, bytes, Sequence[bytes] | None]]:
        for number, line in enumerate(lines, first):
            if text := line.removesuffix(b"\r"):
                yield number, text, text.split(self.separator)

    def _records(self, lines: list[bytes], first: int) -> Iterator[tuple[int, bytes, Sequence[bytes] | None]]:
        """Records of fields that may be quoted; one whose quote is never closed is its first line alone, and None."""
        place = 0
        while place < len(lines):
            for length in range(1, _MAX_RECORD_LINES + 1):
                text = b"\n".join(lines[place : place + length]).removesuffix(b"\r")
                record = split_quoted(text, self.separator)
                if record is not None or place + length >= len(lines) or text.count(b'"') % 2 == 0:
                    break
            if record is None:
                text, length = lines[place], 1
            if text:
                yield first + place, text, record
            place += length


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace").rstrip("\r")
