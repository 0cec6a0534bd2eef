"""The files of a batch: one for each shard, in a folder that is there once all of them are."""

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from services.trainer.batch.ranking import Ranking
from shared.errors import InvalidInputError
from shared.graph.port import Array, NodeTable
from shared.ids import Rows
from shared.job_records import Jobs
from shared.recommended import Basis

MANIFEST: Final = "_manifest.json"  # readers of a folder of Parquet pass over names that begin so
_UNFINISHED: Final = ".partial"
_KEPT_SECONDS: Final = 7 * 24 * 3_600  # of a job that the graph does not know: it may be one of another graph's


@dataclass(frozen=True, slots=True)
class BatchFolder:
    """The folder that a batch makes in another, its root. While it is being written it has another name."""

    root: Path
    batch: str

    @property
    def path(self) -> Path:
        """Where the files are at the end."""
        return self.root / self.batch

    @property
    def unfinished(self) -> Path:
        """Where they are until then."""
        return self.root / f"{self.batch}{_UNFINISHED}"

    def write(self, number: int, format_: str, table: pa.Table) -> int:
        """Write a shard's file, whole or not at all, in place of one that is there. Returns its bytes."""
        self.unfinished.mkdir(parents=True, exist_ok=True)
        path = self.unfinished / file_name(number, format_)
        temporary = path.with_name(f".{path.name}.{time.monotonic_ns()}")
        try:
            (parquet.write_table if format_ == "parquet" else csv.write_csv)(table, temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return path.stat().st_size

    def finish(self, manifest: Mapping[str, Any], names: Sequence[str]) -> None:
        """Write the manifest beside the files, and give the folder its name. What was done before stays as it is.

        Raises:
            InvalidInputError: a shard's file is not there.
        """
        if self.path.exists():
            return
        if missing := [name for name in names if not (self.unfinished / name).exists()]:
            raise InvalidInputError(
                f"{self.unfinished} lacks {', '.join(missing)}, which other trainer workers have written elsewhere: "
                "give all of them the same MARQUEE_DATA_DIR, on a disk that they share."
            )
        for stray in {path.name for path in self.unfinished.iterdir()} - set(names):
            (self.unfinished / stray).unlink(missing_ok=True)  # what a killed worker was writing
        (self.unfinished / MANIFEST).write_text(json.dumps(dict(manifest), indent=1) + "\n", encoding="utf-8")
        self.unfinished.rename(self.path)

    def discard(self) -> None:
        """Remove what was written, unless it was finished."""
        shutil.rmtree(self.unfinished, ignore_errors=True)


def file_name(number: int, format_: str) -> str:
    """The name of a shard's file."""
    return f"part-{number:05}.{format_}"


def as_table(ranking: Ranking, users: NodeTable, movies: NodeTable, version: str, batch: str) -> pa.Table:
    """A ranking with ids: columns userId, rank, movieId, score, basis and version; the last in the metadata, too."""
    schema = pa.schema(
        [
            ("userId", pa.string()),
            ("rank", pa.int32()),
            ("movieId", pa.string()),
            ("score", pa.float32()),
            ("basis", pa.string()),
            ("version", pa.string()),
        ],
        metadata={"marquee.version": version, "marquee.batch": batch},
    )
    columns = [
        _strings(users.keys, ranking.users),
        _numbers(ranking.ranks.astype(np.int32), pa.int32()),
        _strings(movies.keys, ranking.movies),
        _numbers(ranking.scores, pa.float32()),
        _strings([Basis.HISTORY.value, Basis.POPULAR.value], ranking.popular.astype(np.int64)),
        _strings([version], np.zeros(len(ranking), np.int64)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


# Arrays are made of buffers, because `pa.array` imports pandas where it is installed: half a second in each process.


def _numbers(column: Array, type_: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(type_, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def _strings(values: Iterable[str], rows: Rows) -> pa.Array:
    """For each row its text: `values[row]`."""
    texts = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    distinct = pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(texts)))
    return distinct.take(_numbers(rows, pa.int64()))


def remove_old(root: Path, jobs: Jobs, keep: int) -> None:
    """Of a data folder's batches keep the newest finished ones, and of the unfinished those that somebody works on."""
    folders = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    finished = [path for path in folders if (path / MANIFEST).exists() and path.suffix != _UNFINISHED]
    finished.sort(key=lambda path: (path / MANIFEST).stat().st_mtime, reverse=True)
    for path in finished[keep:]:
        shutil.rmtree(path, ignore_errors=True)
    for path in folders:
        if path.suffix == _UNFINISHED and _is_left(path, jobs):
            shutil.rmtree(path, ignore_errors=True)


def _is_left(path: Path, jobs: Jobs) -> bool:
    job = jobs.find(path.stem)
    if job is None:
        return path.stat().st_mtime < time.time() - _KEPT_SECONDS
    return job.state.is_final
