"""Tables of text whose first line names their columns."""

from collections.abc import Mapping, Sequence
from typing import IO, Final

from services.ingest.fetch.files import SourceFile
from services.ingest.forms.records import decoded, split_quoted
from services.ingest.forms.text import TextTable
from shared.errors import InvalidInputError

_BOM: Final = b"\xef\xbb\xbf"
_MAX_HEADER_BYTES: Final = 65_536


def read_header(file: SourceFile, separator: bytes) -> list[str]:
    """The names in a file's first line.

    Raises:
        InvalidInputError: the file is empty, or its first line is no line of text.
    """
    stream: IO[bytes]
    with file.open() as stream:
        line = stream.readline(_MAX_HEADER_BYTES).removeprefix(_BOM)
    names = split_quoted(line.rstrip(b"\r\n"), separator)
    if not line.strip():
        raise InvalidInputError(f"{file.name} is empty; its first line should name its columns.")
    if names is None or len(line) == _MAX_HEADER_BYTES:
        raise InvalidInputError(f"The first line of {file.name} should name its columns; it begins {line[:80]!r}.")
    return [decoded(name).strip() for name in names]


def headed_table(
    file: SourceFile, ours: Mapping[str, str], required: Sequence[str], *, separator: bytes = b","
) -> TextTable:
    """A CSV file as a table. `ours` maps the file's name of a column to ours; other columns are passed over.

    Raises:
        InvalidInputError: a column of `required` (our names) is missing, or one is named twice.
    """
    header = read_header(file, separator)
    fields = tuple(ours.get(name, "") for name in header)
    theirs = {our: their for their, our in ours.items()}
    check_columns(file.name, header, [theirs[name] for name in required])
    for name in filter(None, fields):
        if fields.count(name) > 1:
            raise InvalidInputError(f"{file.name} names the column {theirs[name]!r} twice.")
    return TextTable(file, fields, separator, has_header=True, quoted=True)


def check_columns(file: str, header: Sequence[str], required: Sequence[str]) -> None:
    """Each of `required` must be in `header`.

    Raises:
        InvalidInputError: one is not; the message names it, and what there is.
    """
    missing = [name for name in required if name not in header]
    if missing:
        raise InvalidInputError(
            f"{file} has no column {', '.join(map(repr, missing))}; it has {', '.join(map(repr, header[:20]))}."
        )
