import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.split import Split
from services.trainer.evaluation.comparison import compare
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe


@pytest.fixture
def parts(blocks: Fold) -> Split:
    return Split(blocks, blocks, by_time=False)


def test_the_model_and_its_baselines_are_judged_on_the_same_events(parts: Split) -> None:
    model = Training(parts.final.likes, Recipe(width=16, epochs=10, batch_users=32), torch.device("cpu")).run()
    told: list[float] = []

    found = compare(model.scorer(parts.final.likes), parts, ease_memory_bytes=10**9, on_step=told.append)

    assert found["metrics"]["recall_at_20"] == 1.0  # the eight held-out movies of the block are among the twenty best
    assert found["baselines"]["ease"]["recall_at_20"] == 1.0
    assert found["baselines"]["ease"]["lambda"] in (50.0, 200.0, 800.0, 2_000.0)
    assert found["baselines"]["popularity"]["recall_at_20"] < 0.6
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_ease_is_left_out_with_the_reason_where_it_does_not_fit(parts: Split) -> None:
    model = Training(parts.final.likes, Recipe(width=8, epochs=1, batch_users=32), torch.device("cpu")).run()

    found = compare(model.scorer(parts.final.likes), parts, ease_memory_bytes=1_000, on_step=lambda _: None)

    assert "MARQUEE_EASE_MEMORY_GB" in found["baselines"]["ease"]["left_out"]
    assert "120 users and 60 movies" in found["baselines"]["ease"]["left_out"]
