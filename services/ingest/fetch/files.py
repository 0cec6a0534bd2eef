"""Files of a source, wherever they lie: in a folder or in a zip."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
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
    """The file at `path`.

    Raises:
        InvalidInputError: it may not be read; so does `open`.
    """

    def open_() -> IO[bytes]:
        with readable(path):
            return path.open("rb")

    with readable(path):
        return SourceFile(path.name, path.stat().st_size, open_)


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what the system says where a path may not be read, or is gone, into words.

    Raises:
        InvalidInputError: the path is the trouble. Other errors of the system stay as they are.
    """
    try:
        yield
    except PermissionError as error:
        raise InvalidInputError(
            f"{path} may not be read by this worker. Give it the right to, or name a copy that it may read."
        ) from error
    except FileNotFoundError as error:
        raise InvalidInputError(f"{path} is not there any more. Put it back and ask again.") from error


def check_plain(path: Path) -> None:
    """Refuse what would never end, or never begin, when read: a pipe, a socket, a device. A dead link passes.

    Raises:
        InvalidInputError: `path` is neither a file nor a folder, or may not be looked at.
    """
    with readable(path):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise InvalidInputError(f"{path} is neither a file nor a folder but a pipe, a socket or a device.")


def folder_files(folder: Path) -> Files:
    """The files of a folder and of its subfolders of the first level.

    Raises:
        InvalidInputError: the folder is empty; it, or something in it, may not be read; or something in it is neither
            file nor folder, or a link that leads out of it.
    """
    root = folder.resolve()
    found: dict[str, SourceFile] = {}
    top = _listed(folder)
    for path in [*top, *(path for subfolder in top if subfolder.is_dir() for path in _listed(subfolder))]:
        if len(found) == _MAX_LISTED:
            raise InvalidInputError(f"{folder} holds more than {_MAX_LISTED} files: it is no folder of a data set.")
        if path.is_file():
            if not path.resolve().is_relative_to(root):
                raise InvalidInputError(f"{path} is a link that leads out of {folder}. Put the file itself there.")
            found[path.relative_to(folder).as_posix()] = file_at(path)
    if not found:
        raise InvalidInputError(f"{folder} is empty. Name a folder that holds a data set's files.")
    return found


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder, by name."""
    with readable(folder):
        paths = sorted(folder.iterdir())
    for path in paths:
        check_plain(path)
    return paths
