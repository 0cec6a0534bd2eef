"""The page's files in memory: read, compressed and named by their content once, when the process starts."""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "page"
PREFIX: Final = "/page"
_INDEX: Final = "index.html"
_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# Only what stands at a line's beginning: `import(…)` of a view is loaded when the view is.
_IMPORT: Final = re.compile(r"""^(?:import|export)\b[^"'();]*["'](\.[^"']+)["']""", re.MULTILINE)
_ENTRY: Final = re.compile(r'<script type="module" src="([^"]+)"')


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is sent.

    Attributes:
        content: its bytes.
        compressed: the same by gzip.
        media_type: for `Content-Type`.
        etag: of `content`, quoted; that of `compressed` ends in `-gzip`.
    """

    content: bytes
    compressed: bytes
    media_type: str
    etag: str

    @property
    def compressed_etag(self) -> str:
        """Differs from `etag`: another encoding is another representation (RFC 9110, 8.8.3.3)."""
        return f'{self.etag[:-1]}-gzip"'


class PageFiles:
    """The files of a folder.

    Args:
        folder: with `index.html`, in which `{base}` stands for the address that the other files are below.

    Attributes:
        version: of all files together. It is a part of every address but the index's, so those may be kept for ever,
            and a module's own imports, which are relative, name the same version.
        index: `index.html`, with a hint for each module that the first view imports: they are fetched at once, not one
            after another as each is read.
        others: by their paths below the version.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in _TYPES and path.is_file()
        }
        digest = hashlib.sha256()
        for name, content in contents.items():
            digest.update(b"%b\0%d\0%b" % (name.encode(), len(content), content))
        self.version = digest.hexdigest()[:12]
        index = contents.pop(_INDEX).decode()
        self.index = _file(_INDEX, self._with_addresses(index, contents).encode())
        self.others = {name: _file(name, content) for name, content in contents.items()}

    def _with_addresses(self, index: str, contents: Mapping[str, bytes]) -> str:
        base = f"{PREFIX}/{self.version}"
        entries = [entry.removeprefix("{base}/") for entry in _ENTRY.findall(index)]
        hints = "".join(
            f'    <link rel="modulepreload" href="{{base}}/{name}">\n' for name in imported(entries, contents)
        )
        return index.replace("    <!-- modules -->\n", hints).replace("{base}", base)


def imported(entries: Iterable[str], contents: Mapping[str, bytes]) -> list[str]:
    """The names of all modules that some modules import, directly or not, themselves left out: each once.

    >>> imported(["a.js"], {"a.js": b'import { b } from "./lib/b.js";', "lib/b.js": b'import "../c.js";', "c.js": b""})
    ['lib/b.js', 'c.js']
    """
    entries = list(entries)
    found, waiting = list(entries), list(entries)
    while waiting:
        name = waiting.pop(0)
        for address in _IMPORT.findall(contents[name].decode()):
            other = _joined(PurePosixPath(name).parent, address)
            if other not in found:
                found.append(other)
                waiting.append(other)
    return found[len(entries) :]


def _joined(folder: PurePosixPath, address: str) -> str:
    parts: list[str] = []
    for part in (folder / address).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _file(name: str, content: bytes) -> PageFile:
    compressed = gzip.compress(content, 9, mtime=0)
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return PageFile(content, compressed, _TYPES[PurePosixPath(name).suffix], etag)
