"""The stages of what the trainer does. A module of its own: a worker asks for them before it imports torch."""

from typing import Final

STAGES: Final[dict[str, float]] = {
    "read": 5, "select": 40, "train": 12, "evaluate": 20, "gate": 10, "refit": 13, "page": 3, "write": 10, "index": 2,
}  # fmt: skip
"""What a training does, in order, with what part of the time each takes."""
COMPARE_STAGES: Final[dict[str, float]] = {"read": 2, "compare": 98}
"""Likewise of a comparison."""
TUNE_STAGES: Final[dict[str, float]] = {"read": 2, "search": 90, "gate": 8}
"""Likewise of a tuning."""
BATCH_STAGES: Final[dict[str, float]] = {"plan": 2, "users": 95, "finish": 3}
"""Likewise of a batch."""
SHARD_STAGES: Final[dict[str, float]] = {"read": 10, "rank": 85, "write": 5}
"""Likewise of a shard of one."""
