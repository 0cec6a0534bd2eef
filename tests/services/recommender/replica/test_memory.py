"""What is told of the memory, and what the garbage collector looks through."""

import ctypes
import gc
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import numpy as np
import pytest

from services.recommender.replica.memory import resident_bytes, settle

FREED: Final = """
import numpy as np
from services.recommender.replica.memory import give_large_back, resident_bytes

give_large_back()
for _ in range(3):  # freed once, arrays of a size are taken from what the C library keeps
    arrays = [np.ones(16_000_000, np.uint8) for _ in range(6)]
    kept = arrays[-1]
    del arrays
before = resident_bytes()
del kept
many = [np.ones(8_000_000, np.uint8) for _ in range(20)]
kept = many[-1]
del many
print(resident_bytes() - before)
"""


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


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library is not glibc")
def test_what_is_freed_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, check=True)

    assert int(done.stdout) < 0
