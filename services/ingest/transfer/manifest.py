"""What a folder of an export says of itself: which files belong to it, and what is in each."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from shared.errors import InvalidInputError
from shared.schema import SCHEMA_VERSION

NAME: Final = "manifest.json"
_FORMAT: Final = "marquee-export"
_BLOCK_BYTES: Final = 2**20

FileFormat = Literal["parquet", "csv", "neo4j-admin"]
"""How an export is written: for `marquee import`, or, as CSV of another layout, for `neo4j-admin`."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export: the nodes or relationships of one kind."""

    name: str
    kind: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of an export. `exported_at` is milliseconds since 1970 in UTC."""

    format: Literal["marquee-export"]
    schema_version: int
    exported_at: int
    file_format: FileFormat
    files: tuple[File, ...]

    @property
    def rows(self) -> int:
        """How many nodes and relationships there are."""
        return sum(file.rows for file in self.files)


def write_manifest(folder: Path, exported_at: int, file_format: FileFormat, files: list[File]) -> Manifest:
    """Write what belongs to an export, once its files are whole."""
    manifest = Manifest(_FORMAT, SCHEMA_VERSION, exported_at, file_format, tuple(files))
    (folder / NAME).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What an export says of itself.

    Raises:
        InvalidInputError: there is none, or it was made by a later Marquee, or for `neo4j-admin`.
    """
    try:
        manifest = TypeAdapter(Manifest).validate_json((folder / NAME).read_bytes())
    except FileNotFoundError as error:
        raise InvalidInputError(f"{folder} is no export: it has no {NAME}.") from error
    except (ValidationError, OSError) as error:
        raise InvalidInputError(f"{folder / NAME} can't be read as what an export says of itself: {error}") from error
    if manifest.schema_version > SCHEMA_VERSION:
        raise InvalidInputError(
            f"{folder} was exported from a graph of schema {manifest.schema_version}, and this Marquee knows "
            f"{SCHEMA_VERSION}: import it with the Marquee that made it, or a later one."
        )
    if manifest.file_format == "neo4j-admin":
        raise InvalidInputError(
            f"{folder} was exported for neo4j-admin (docs/operations.md says how it reads it). `marquee import` reads "
            "what `marquee export --format parquet` or `--format csv` writes."
        )
    for file in manifest.files:
        if Path(file.name).name != file.name:
            raise InvalidInputError(f"{folder / NAME} names the file {file.name!r}, which would lie elsewhere.")
    return manifest


def verify(folder: Path, manifest: Manifest, progress: Callable[[float], None]) -> None:
    """Read every file once, and compare it with what the manifest says.

    Raises:
        InvalidInputError: one is missing, or is not what it was.
    """
    total, done = max(sum(file.bytes for file in manifest.files), 1), 0
    for file in manifest.files:
        path = folder / file.name
        if not path.is_file() or path.stat().st_size != file.bytes or sha256(path) != file.sha256:
            raise InvalidInputError(f"{path} is missing or not what it was when it was exported. Copy it again.")
        done += file.bytes
        progress(done / total)


def sha256(path: Path) -> str:
    """The checksum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
