"""Zips, read in place: nothing is unpacked to disk, so nothing can land outside a folder.

What an archive may not do is checked before anything is read from it, and `verify` reads the files that are needed once
to their end, so a damaged or truncated archive is known before anything is written.
"""

import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

from services.ingest.fetch.files import Files, SourceFile, readable
from shared.errors import InvalidInputError

_MAX_ENTRIES: Final = 1_000  # the published forms have at most 30
_MAX_RATIO: Final = 200  # unpacked to packed; the published forms have 3 to 6
_RATIO_FREE_BYTES: Final = 64 * 2**20  # what may be unpacked whatever the ratio
_CHUNK_BYTES: Final = 2**20
_OUTSIDE: Final = re.compile(r"^/|^[A-Za-z]:|\\|(^|/)\.\.(/|$)")
_ENCRYPTED: Final = 0x1


def zip_files(path: Path, *, max_unpacked_bytes: int) -> Files:
    """The files in a zip.

    Raises:
        InvalidInputError: it is no zip, or a truncated one; an entry leaves the folder, is a link or is encrypted; or
            it has too many entries or two of one name, or unpacks to too much; or it may not be read.
    """
    try:
        with readable(path), zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInputError(f"{path.name} is no whole zip file: {error}. Download or copy it again.") from error
    if len(entries) > _MAX_ENTRIES:
        raise InvalidInputError(f"{path.name} has {len(entries)} entries; at most {_MAX_ENTRIES} are allowed.")
    for entry in entries:
        _check_entry(path, entry)
    _check_names(path, entries)
    _check_size(path, sum(entry.file_size for entry in entries), max_unpacked_bytes)
    return {
        entry.filename: SourceFile(entry.filename.rpartition("/")[2], entry.file_size, _opener(path, entry.filename))
        for entry in entries
        if not entry.is_dir()
    }


def _opener(path: Path, name: str) -> Callable[[], IO[bytes]]:
    def open_() -> IO[bytes]:
        with zipfile.ZipFile(path) as archive:  # the file stays open until its last reader is closed
            return archive.open(name)

    return open_


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    # Python cuts a name at a NUL and turns the system's separator into "/": look at what stands in the archive.
    name = entry.orig_filename
    if _OUTSIDE.search(name) or "\0" in name:
        raise InvalidInputError(f"{path.name} holds the entry {name!r}, which leaves the archive's folder.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InvalidInputError(f"{path.name} holds the link {name!r}; only plain files and folders are allowed.")
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidInputError(f"{path.name} is encrypted ({name!r}). Give it without a password.")


def _check_names(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Of two entries with one name, each reader of zips takes the one it likes."""
    name, count = Counter(entry.filename for entry in entries).most_common(1)[0] if entries else ("", 0)
    if count > 1:
        raise InvalidInputError(f"{path.name} holds {name!r} {count} times. Make the zip anew with one file of a name.")


def _check_size(path: Path, unpacked: int, max_unpacked_bytes: int) -> None:
    if unpacked > max_unpacked_bytes:
        raise InvalidInputError(
            f"{path.name} unpacks to {unpacked:,} bytes; "
            f"MARQUEE_INGEST_MAX_UNPACKED_BYTES allows {max_unpacked_bytes:,}."
        )
    packed = path.stat().st_size
    if unpacked > max(_RATIO_FREE_BYTES, _MAX_RATIO * packed):
        raise InvalidInputError(
            f"{path.name} unpacks to {unpacked:,} bytes from {packed:,}: more than {_MAX_RATIO} to one, "
            "as no data set does."
        )


def verify(file: SourceFile, progress: Callable[[float], None]) -> None:
    """Read a file of an archive to its end: its length and checksum must be what the archive says.

    Raises:
        InvalidInputError: they are not.
    """
    read = 0
    try:
        with file.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                read += len(chunk)
                progress(read / max(file.size, 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise InvalidInputError(f"{file.name} is damaged in the zip: {error}. Download or copy it again.") from error
    if read != file.size:
        raise InvalidInputError(f"{file.name} unpacks to {read:,} bytes where the zip says {file.size:,}.")
