"""A job's log: what its workers logged while they did it, kept with the job and bounded.

Lines are numbered from 1. Fifty of them make a node, which is written again while it grows, with the job's lease; so a
worker that is killed loses what it has logged in the last second, and the next one goes on where the kept lines end. Of
a long log the newest lines are kept.
"""

import json
import logging
import os
import socket
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final, Self

from shared.graph.port import Graph, Record
from shared.jobs import Job
from shared.schema import JOB_LOG

LINES_IN_A_PART: Final = 50
PARTS_KEPT: Final = 40
MOST_CHARACTERS: Final = 2_000
"""Of a line; of a longer one, such as a traceback, the beginning and the end are kept."""
_MOST_WAITING: Final = 500  # between two writes, which are half a second apart: what comes faster, nobody reads


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line. `number` counts all lines of the job from 1, `at` is the worker's clock in milliseconds since 1970."""

    number: int
    at: int
    level: str
    worker: str
    text: str


def owner_name() -> str:
    """Who does a job and holds its lease: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


class JobLog(logging.Handler):
    """Takes what this process logs while it is entered, for `write` to keep.

    A worker does one job at a time in each process. What the threads of a training log is the job's, too.

    Args:
        graph: takes writes only as long as this worker holds the job.
        job: as it was claimed.
    """

    def __init__(self, graph: Graph, job: Job) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._graph, self._job_id, self._worker = graph, job.job_id, owner_name()
        self._waiting: deque[tuple[int, str, str]] = deque()
        self._left_out = 0
        self._written = job.log_lines
        self._writes = threading.Lock()
        self._part: list[LogLine] | None = None

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        logging.getLogger().removeHandler(self)
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for the next write. `logging` calls this under this handler's lock."""
        if record.name.split(".")[0] == "neo4j":
            return  # what the driver says of a write would be written, and so on without end
        if len(self._waiting) >= _MOST_WAITING:
            self._left_out += 1
            return
        try:
            text = _clipped(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler: a line that can't be made into text ends no work
            self.handleError(record)
        else:
            self._waiting.append((round(record.created * 1_000), record.levelname, text))

    @property
    def has_lines(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._waiting)

    def write(self) -> Record:
        """Write what has come, and return what is to be set in the job's record: how many lines there are now.

        Raises:
            LeaseLostError: another worker has taken the job over.
            UnavailableError: the store is away; the lines are kept for the next call.
        """
        with self._writes:
            for _ in range(_MOST_WAITING // LINES_IN_A_PART + 1):  # not for ever, however fast they come
                if self._waiting:
                    self._write_part()
            return {"logLines": self._written}

    def _write_part(self) -> None:
        """As many lines as go into the part that is being filled."""
        number, place = divmod(self._written, LINES_IN_A_PART)
        if self._part is None:
            self._part = _read_part(self._graph, self._job_id, number)[:place]
        # Only `emit` adds lines, at the other end, and only this takes them away.
        fresh = [self._waiting[n] for n in range(min(len(self._waiting), LINES_IN_A_PART - place))]
        lines = [
            LogLine(self._written + n + 1, at, level, self._worker, text) for n, (at, level, text) in enumerate(fresh)
        ]
        part = [*self._part, *lines]
        key, text = _key(self._job_id, number), json.dumps([asdict(line) for line in part])
        record = {"partId": key, "jobId": self._job_id, "lines": text}
        if not self._graph.create_record(JOB_LOG, record):
            self._graph.update_record(JOB_LOG, key, {"lines": text})
        if number >= PARTS_KEPT and not place:
            self._graph.delete_nodes(JOB_LOG, [_key(self._job_id, number - PARTS_KEPT)])
        for _ in fresh:
            self._waiting.popleft()
        self._written += len(fresh)
        self._part = part if len(part) < LINES_IN_A_PART else []
        self._tell_left_out()

    def _tell_left_out(self) -> None:
        self.acquire()
        left_out, self._left_out = self._left_out, 0
        if left_out:
            text = f"{left_out:,} lines came too fast and were left out here."
            self._waiting.append((round(time.time() * 1_000), "WARNING", text))
        self.release()


def read_log(graph: Graph, job: Job, *, after: int = 0, limit: int = 200) -> list[LogLine]:
    """The lines of `job`, as it was just read, after the line number `after`: at most `limit`, oldest first.

    Lines that are not kept any more are passed over.
    """
    kept_from = max(0, (job.log_lines - 1) // LINES_IN_A_PART - PARTS_KEPT + 1) * LINES_IN_A_PART
    lines: list[LogLine] = []
    start = max(after, kept_from)
    while start < job.log_lines and len(lines) < limit:
        number, place = divmod(start, LINES_IN_A_PART)
        # What was written after the job was read waits for the next call; a part that is gone has been left behind.
        lines += [line for line in _read_part(graph, job.job_id, number)[place:] if line.number <= job.log_lines]
        start = (number + 1) * LINES_IN_A_PART
    return lines[:limit]


def _read_part(graph: Graph, job_id: str, number: int) -> list[LogLine]:
    text = graph.read_large(JOB_LOG, _key(job_id, number), "lines")
    return [LogLine(**line) for line in json.loads(text)] if text else []


def _key(job_id: str, part: int) -> str:
    return f"{job_id}.{part}"


def _clipped(text: str) -> str:
    """At most `MOST_CHARACTERS`.

    >>> _clipped("a" * 1_500 + "b" * 1_500) == "a" * 999 + "…" + "b" * 1_000
    True
    """
    half = MOST_CHARACTERS // 2
    return text if len(text) <= MOST_CHARACTERS else f"{text[: half - 1]}…{text[-half:]}"
