"""The stages of a training. A module of its own, because a worker asks for them before it imports torch."""

from typing import Final

STAGES: Final[dict[str, float]] = {
    "read": 5, "select": 40, "train": 12, "evaluate": 8, "gate": 10, "refit": 13, "page": 3, "write": 10, "index": 2,
}  # fmt: skip
"""What a training does, in order, with what part of the time each takes."""
