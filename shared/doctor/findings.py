"""What the doctor finds, in one vocabulary, and the run of all checks: bounded in time, whatever is down."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.errors import MarqueeError


class Level(StrEnum):
    """How bad it is."""

    WELL = "well"
    WARNING = "warning"  # it works, and could break or be better
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: of which part, how bad, what, and what to do (empty where nothing is to be done)."""

    part: str
    level: Level
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A part and how it is looked at.

    Attributes:
        part: its name.
        look: yields what it finds; a `MarqueeError` that it raises ends it, and is found to be wrong.
        needs: parts without which there is nothing to look at: those that raised, or did not answer in time.
    """

    part: str
    look: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Look:
    """One check on its way."""

    check: Check
    findings: list[Finding] = field(default_factory=list)
    is_broken: bool = False

    def run(self) -> None:
        part = self.check.part
        try:
            self.findings.extend(self.check.look())
        except MarqueeError as error:
            self.is_broken = True
            self.findings.append(Finding(part, Level.WRONG, str(error)))
        except Exception as error:  # noqa: BLE001 - whatever breaks one check must not end the others
            self.is_broken = True
            what = f"This check broke: {type(error).__name__}: {error}"
            self.findings.append(Finding(part, Level.WRONG, what, "Please report it as a fault of the doctor's."))


def examine(checks: Sequence[Check], *, seconds: float) -> list[Finding]:
    """Run checks at the same time, those that need others after them; findings come in the order of `checks`.

    Args:
        checks: each needs at most such as stand before it.
        seconds: how long those that run at the same time may take together.
    """
    looks: dict[str, _Look] = {}
    for group in _groups(checks):
        begun = {check.part: _Look(check) for check in group}
        threads = {part: _start(look, looks) for part, look in begun.items()}
        deadline = time.monotonic() + seconds
        for part, thread in threads.items():
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                begun[part] = _timed_out(begun[part], seconds)
        looks |= begun
    return [finding for check in checks for finding in looks[check.part].findings]


def _groups(checks: Sequence[Check]) -> list[list[Check]]:
    """Checks whose needs all stand in earlier groups."""
    groups: list[list[Check]] = []
    depth: dict[str, int] = {}
    for check in checks:
        depth[check.part] = max((depth[part] + 1 for part in check.needs if part in depth), default=0)
        if depth[check.part] == len(groups):
            groups.append([])
        groups[depth[check.part]].append(check)
    return groups


def _start(look: _Look, earlier: dict[str, _Look]) -> threading.Thread:
    broken = [part for part in look.check.needs if part in earlier and earlier[part].is_broken]
    if broken:
        look.is_broken = True
        what = f"Not looked at, because of the {' and the '.join(broken)}."
        look.findings.append(Finding(look.check.part, Level.WARNING, what))
    # A daemon: what hangs must not keep the process from ending.
    thread = threading.Thread(target=(lambda: None) if broken else look.run, name=look.check.part, daemon=True)
    thread.start()
    return thread


def _timed_out(look: _Look, seconds: float) -> _Look:
    """What it found in time, in a list that the thread can't add to any more."""
    what = f"This check did not end within {seconds:g} s."
    said = Finding(look.check.part, Level.WRONG, what, "Something does not answer: look at the other findings.")
    return _Look(look.check, [*look.findings, said], is_broken=True)
