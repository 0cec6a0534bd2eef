"""What a saboteur is told to do to the worker that it sits in, and what it notes there: two files in a folder."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from shared.jobs import JobKind

Whom = Literal["all", "child", "parent"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One blow at a worker.

    Attributes:
        kind: of the job that is struck.
        point: where: a stage of the job, or a step that the saboteur knows ("claimed", "pointer", "pointed", "finish").
        passes: how many times the point is passed before.
        delay_ms: how long after that.
        signal: SIGKILL or SIGSTOP.
        whom: the worker with all its processes, only the one that does the job, or only that one's parent.
    """

    kind: JobKind
    point: str
    passes: int = 0
    delay_ms: float = 0.0
    signal: Literal["SIGKILL", "SIGSTOP"] = "SIGKILL"
    whom: Whom = "all"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a worker did: `what`, in which process, for which job under which fence, at what moment.

    `at` is `time.monotonic()`, one clock for all processes of a machine.
    """

    what: str
    pid: int
    job_id: str
    fence: int
    at: float
    more: dict[str, Any]


class Folder:
    """Where a plan is left for a worker, and where its notes are found."""

    def __init__(self, path: Path) -> None:
        self._plan, self._notes = path / "plan.json", path / "notes.jsonl"
        path.mkdir(parents=True, exist_ok=True)
        self._notes.touch()

    def leave(self, plan: Plan) -> None:
        """Have the next process that passes the point carry the plan out, once."""
        temporary = self._plan.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        temporary.replace(self._plan)

    def read(self) -> Plan | None:
        """The plan that is left, if any."""
        try:
            return Plan(**json.loads(self._plan.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def take(self) -> bool:
        """Take the plan away; False where another process was faster, or it was withdrawn."""
        try:
            self._plan.unlink()
        except FileNotFoundError:
            return False
        return True

    def note(self, what: str, job_id: str, fence: int, *, at: float | None = None, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Add a note, whole even if the process is killed right after."""
        note = Note(what, os.getpid(), job_id, fence, time.monotonic() if at is None else at, more)
        line = json.dumps(asdict(note)).encode() + b"\n"
        file = os.open(self._notes, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def notes(self, job_id: str | None = None) -> Iterator[Note]:
        """What was noted, in order; of one job, or of all."""
        for line in self._notes.read_text(encoding="utf-8").splitlines():
            note = Note(**json.loads(line))
            if job_id in (None, note.job_id):
                yield note
