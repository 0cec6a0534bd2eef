"""What is told of the memory, and what the garbage collector looks through."""

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from services.recommender.replica.memory import resident_bytes, settle


@pytest.fixture
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_the_memory_told_grows_with_what_is_in_use() -> None:
    before = resident_bytes()
    in_use = np.ones(50_000_000, np.uint8)
    after = resident_bytes()

    assert before is not None
    assert after is not None
    assert after - before > 0.9 * len(in_use)


@pytest.mark.usefixtures("unfrozen")
def test_what_is_settled_is_looked_through_no_more() -> None:
    kept = [[number] for number in range(10_000)]
    settle()

    assert gc.get_freeze_count() >= len(kept)
    assert not any(found is kept[0] for found in gc.get_objects())
