"""Files of a source, wherever they lie: in a folder or in a zip."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from shared.errors import InvalidInputError

_MAX_LISTED: Final = 1_000  # files of a folder that are looked at: the published forms have at most 30


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read. `size` is in bytes, unpacked; `open` gives it from its start, as often as it is called."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


Files = Mapping[str, SourceFile]
"""Path within the source, with `/`, to the file."""


def file_at(path: Path) -> SourceFile:
    """The file at `path`."""
    return SourceFile(path.name, path.stat().st_size, lambda: path.open("rb"))


def folder_files(folder: Path) -> Files:
    """The files of a folder and of its subfolders of the first level.

    Raises:
        InvalidInputError: the folder is empty, or one of its files is a link that leads out of it.
    """
    root = folder.resolve()
    found: dict[str, SourceFile] = {}
    for path in [*sorted(folder.glob("*")), *sorted(folder.glob("*/*"))]:
        if len(found) == _MAX_LISTED:
            raise InvalidInputError(f"{folder} holds more than {_MAX_LISTED} files: it is no folder of a data set.")
        if path.is_file():
            if not path.resolve().is_relative_to(root):
                raise InvalidInputError(f"{path} is a link that leads out of {folder}. Put the file itself there.")
            found[path.relative_to(folder).as_posix()] = file_at(path)
    if not found:
        raise InvalidInputError(f"{folder} is empty. Name a folder that holds a data set's files.")
    return found
