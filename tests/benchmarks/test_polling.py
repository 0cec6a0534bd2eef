import threading
import time

import pytest

from benchmarks.polling import polling


class Counter:
    def __init__(self) -> None:
        self.looks, self.third = 0, threading.Event()

    def look(self) -> None:
        self.looks += 1
        if self.looks == 3:
            self.third.set()


def test_it_looks_again_and_again_until_the_context_ends() -> None:
    with polling(Counter(), every_seconds=0.001) as counter:
        assert counter.third.wait(10)
    after = counter.looks
    time.sleep(0.05)

    assert counter.looks == after


def test_an_error_of_what_is_measured_ends_it_too() -> None:
    before = threading.active_count()

    with pytest.raises(ValueError, match="measured"), polling(Counter(), every_seconds=0.001):
        raise ValueError("measured")

    assert threading.active_count() == before
