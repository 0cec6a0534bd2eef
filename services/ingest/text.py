"""Tables of text: one row a line, fields between separators. Read in blocks of a few megabytes, as bytes.

A block is parsed whole by Arrow, which is strict about the number of fields and sets wrong lines apart. A block that
does not have one row a line after that (empty lines, quoted fields over several lines, a quote that is never closed) is
parsed again line by line, ten times slower; so line numbers are exact. The limits: a quoted field of more than
`_MAX_RECORD_LINES` lines is taken for a quote that was never closed (its first line is reported, reading goes on at the
next), and a line of more than `block_bytes` is refused.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from services.ingest.block import Block
from services.ingest.files import SourceFile
from shared.errors import InvalidInputError
from shared.ids import Rows

BLOCK_BYTES: Final = 4 * 2**20  # about 180,000 ratings
_MAX_RECORD_LINES: Final = 20
_LONG_SEPARATOR: Final = b"::"
_STAND_IN: Final = b"\x1f"  # "unit separator": Arrow takes one character only, and no title holds this one
_LONGEST_TRIED_CUTS: Final = 1_000

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

    def blocks(self) -> Iterator[Block]:
        """The rows, in blocks.

        Raises:
            InvalidInputError: a line is longer than a block.
        """
        line, read = 1, 0
        for data in self._whole_lines():
            read += len(data)
            skipped = 1 if line == 1 and self.has_header else 0
            body = data[data.find(b"\n") + 1 :] if skipped else data
            lines = _count_lines(data)
            if lines > skipped:
                yield self._parse(body, line + skipped, lines - skipped, min(read / max(self.source.size, 1), 1.0))
            line += lines

    def _whole_lines(self) -> Iterator[bytes]:
        """The file in pieces that end where a record ends."""
        rest = b""
        with self.source.open() as stream:
            while chunk := stream.read(self.block_bytes):
                data = rest + chunk
                cut = _last_record_end(data, quoted=self.quoted)
                if not cut and len(data) > self.block_bytes:
                    raise InvalidInputError(
                        f"{self.file} has a line of more than {self.block_bytes:,} bytes: it is no table of text."
                    )
                if cut:
                    yield data[:cut]
                rest = data[cut:]
        if rest:
            yield rest

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


def split_quoted(text: bytes, separator: bytes) -> list[bytes] | None:
    """The fields of one record of CSV, or None where it is none: a quote is never closed.

    >>> split_quoted(b'29,"City of Lost Children, The",Drama', b",")
    [b'29', b'City of Lost Children, The', b'Drama']
    """
    try:
        # Latin-1 gives each byte its own character, there and back.
        records = list(csv.reader([text.decode("latin-1")], delimiter=separator.decode(), strict=True))
    except csv.Error:
        return None
    return [value.encode("latin-1") for value in records[0]] if len(records) == 1 else None


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _last_record_end(data: bytes, *, quoted: bool) -> int:
    """Where the last whole record ends; 0 where none does."""
    end = last = data.rfind(b"\n") + 1
    if not quoted:
        return end
    is_open = data.count(b'"', 0, end) % 2
    for _ in range(_LONGEST_TRIED_CUTS):
        if not is_open or not end:
            return end or last
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        is_open ^= data.count(b'"', earlier, end) % 2
        end = earlier
    return last  # a quote that is never closed: any line's end will do


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace").rstrip("\r")
