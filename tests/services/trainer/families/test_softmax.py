"""The softmax that goes a few users at a time, against torch's own way."""

import pytest
import torch

from services.trainer.families import softmax
from services.trainer.families.softmax import weighted_logsumexp

USERS, MOVIES, WIDTH = 7, 5, 3


@pytest.fixture(autouse=True)
def _some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(softmax, "_LOGITS_AT_ONCE", 2 * MOVIES)  # two users, and one at the end


def values(scale: float) -> list[torch.Tensor]:
    """Users, movies, biases; the same each time."""
    random = torch.Generator().manual_seed(0)
    shapes = ((USERS, WIDTH), (MOVIES, WIDTH), (MOVIES,))
    return [(scale * torch.randn(shape, generator=random)).requires_grad_() for shape in shapes]


@pytest.mark.parametrize("scale", [1.0, 30.0])  # exp(30 * 30) is beyond any float
def test_value_and_gradients_are_those_of_the_whole_matrix(scale: float) -> None:
    weights = torch.arange(1.0, USERS + 1)
    users, movies, bias = values(scale)
    expected = weights @ torch.addmm(bias, users, movies.T).logsumexp(1)
    expected.backward()  # type: ignore[no-untyped-call]
    ours = values(scale)

    total = weighted_logsumexp(ours[0], ours[1], ours[2], weights)
    (3 * total).backward()  # type: ignore[no-untyped-call]

    assert total.item() == pytest.approx(expected.item(), rel=1e-6)
    for mine, theirs in zip(ours, (users, movies, bias), strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        assert (mine.grad / 3 - theirs.grad).abs().max() < 1e-4 * scale
