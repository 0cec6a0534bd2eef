"""What is wrong with a filter, told with the place: the line, a caret under the fault, and what could stand there."""

from typing import Final

from shared.errors import InvalidInputError

_SHOWN: Final = 72  # characters of a long line: what fits into a terminal beside the margin
_BEFORE: Final = 40  # of these, before the fault


class FilterError(InvalidInputError):
    """A filter can't be used.

    Attributes:
        position: of the fault, in characters from 1; None where it is the whole.
    """

    def __init__(self, reason: str, text: str, at: int | None = None) -> None:
        self.position = None if at is None else at + 1
        super().__init__(
            f"Filter: {reason}" if at is None else f"Filter, character {at + 1}: {reason}\n{_mark(text, at)}"
        )


def _mark(text: str, at: int) -> str:
    """The line that holds character `at`, or what of it is around there, and a caret under the character."""
    first = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line, place = text[first : None if end < 0 else end].expandtabs(1), at - first
    if len(line) > _SHOWN:
        cut = min(max(0, place - _BEFORE), len(line) - _SHOWN)
        tail = "…" if cut + _SHOWN < len(line) else ""
        line, place = ("…" if cut else "") + line[cut : cut + _SHOWN] + tail, place - cut + bool(cut)
    return f"  {line}\n  {' ' * place}^"
