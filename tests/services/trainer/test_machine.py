from collections.abc import Iterator

import pytest
import torch

from services.trainer.machine import explain, prepare_machine
from shared.errors import InvalidInputError


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=False)


def test_threads_are_as_asked_for() -> None:
    prepare_machine(2, "cpu")

    assert torch.get_num_threads() == 2


def test_without_a_gpu_the_cpu_is_taken_and_the_log_says_why_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    caplog.set_level("INFO")

    assert prepare_machine(1, "auto") == torch.device("cpu")
    assert caplog.messages == ["training on cpu: torch finds no GPU"]
    assert explain(torch.device("cpu"), "cpu") == "cpu: MARQUEE_DEVICE says so"
    with pytest.raises(InvalidInputError, match="MARQUEE_DEVICE is cuda"):
        prepare_machine(1, "cuda")
