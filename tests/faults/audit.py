"""What must hold of a job's notes, however often its worker was killed or stopped."""

import itertools
from collections.abc import Sequence

from tests.faults.plan import Note


def check_one_at_a_time(notes: Sequence[Note]) -> None:
    """Each delivery of a job has a fence of its own, larger than the one before, and begins after that one's end.

    A delivery ends when it is killed, or has finished. (One that lost its lease while it lived has no end that could
    be seen; what it wrote `check_fences` looks at.)
    """
    claims = [note for note in notes if note.what == "claimed"]
    assert [claim.fence for claim in claims] == sorted({claim.fence for claim in claims}), claims
    ends = {n.fence: n.at for n in notes if n.what == "finished" or _is_death(n)}
    for before, after in itertools.pairwise(claims):
        assert after.at >= ends.get(before.fence, before.at), f"{after} began before {before} had ended"


def _is_death(note: Note) -> bool:
    return note.what == "struck" and note.more["signal"] == "SIGKILL" and note.more["whom"] != "parent"


def check_fences(notes: Sequence[Note]) -> None:
    """Once something was written under a fence, nothing that was begun later is written under a lower one."""
    writes = [note for note in notes if note.what == "wrote"]
    for write in writes:
        later = [w for w in writes if w.more["began"] > write.at and w.fence < write.fence]
        assert not later, f"{later[0]} came after {write}"


def check_resumed(notes: Sequence[Note]) -> None:
    """What one delivery of a training had kept, no later one does again: stages, and steps within a stage."""
    stages: dict[str, int] = {}
    kept: dict[str, int] = {}
    reached = 0
    for note in notes:
        stage, steps = note.more.get("stage", ""), note.more.get("steps", 0)
        if note.what == "has":
            stages.setdefault(stage, note.fence)
        elif note.what == "does":
            assert stage not in stages, f"{note} had been done under fence {stages[stage]}"
        elif note.what == "kept":
            kept[stage] = steps
        elif note.what == "loaded":
            assert steps >= kept.get(stage, 0), f"{note}, but {kept} were kept"
            reached = steps
        elif note.what == "step":
            assert steps == reached, f"{note}, after {reached} steps"
            reached += 1


def check(notes: Sequence[Note]) -> None:
    """All of it."""
    check_one_at_a_time(notes)
    check_fences(notes)
    check_resumed(notes)
