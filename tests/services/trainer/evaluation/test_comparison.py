import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from services.trainer.data.fold import Fold
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import Split, split
from services.trainer.evaluation.baselines import popularity
from services.trainer.evaluation.comparison import Found, compare, unpack
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.registry import Limits
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.errors import InvalidInputError


@pytest.fixture
def parts(blocks: Fold) -> Split:
    return Split(blocks, blocks, by_time=False)


ROOMY = Limits(10**9, 1)


@pytest.fixture
def scores(parts: Split) -> Scores:
    model = Training(parts.final.likes, Recipe(width=16, epochs=10, batch_users=32), torch.device("cpu")).run()
    return model.on(parts.final)


def test_the_model_and_its_baselines_are_judged_on_the_same_events(parts: Split, scores: Scores) -> None:
    told: list[float] = []

    found = compare(scores, parts, limits=ROOMY, on_step=told.append)

    assert found["metrics"]["recall_at_20"] == 1.0  # the eight held-out movies of the block are among the twenty best
    assert found["details"]["intervals"]["recall_at_20"] == [1.0, 1.0]
    for learned in ("ease", "item-knn", "ials"):
        assert found["baselines"][learned]["recall_at_20"] == pytest.approx(1.0, abs=0.01), learned
    assert found["baselines"]["ease"]["lambda"] in (50.0, 200.0, 800.0, 2_000.0)
    assert found["baselines"]["popularity"]["recall_at_20"] < 0.6
    assert found["baselines"]["random"]["recall_at_20"] == pytest.approx(20 / 48, abs=0.06)  # 12 of 60 are seen
    assert found["baselines"]["bias"]["left_out"] == "bias: it stands on ratings, and the data hold likes alone."
    assert told == sorted(told)
    assert told[-1] == 1.0
    json.dumps(found)


def test_intervals_and_paired_tests_stand_beside_the_figures(parts: Split, scores: Scores) -> None:
    found = compare(scores, parts, limits=ROOMY, on_step=lambda _: None, names=["random"])

    assert list(found["baselines"]) == ["random", "popularity"]  # the gate asks for popularity
    row = found["baselines"]["random"]
    low, high = row["intervals"]["recall_at_20"]
    assert low < row["recall_at_20"] < high
    versus = row["versus_model"]["recall_at_20"]
    assert versus["difference"] == pytest.approx(1 - row["recall_at_20"])
    assert versus["interval"] == pytest.approx([1 - high, 1 - low])
    assert versus["p"] < 0.01
    assert set(row["other_lengths"]) >= {"recall_at_5", "ndcg_at_10", "map_at_50"}
    assert unpack(found["per_user"]["model"]["ndcg_at_20"]).mean() == pytest.approx(found["metrics"]["ndcg_at_20"])


def test_stars_are_predicted_by_biases_where_there_are_stars(data: Interactions) -> None:
    parts = split(data, 4.0)

    found = compare(popularity(parts.final.likes), parts, limits=ROOMY, on_step=lambda _: None, names=["bias"])

    # What is held out are likes, of 5 stars; each user has rated one movie of another block with 1 star.
    assert 0 < found["baselines"]["bias"]["mae"] < 1
    assert found["baselines"]["bias"]["rmse"] >= found["baselines"]["bias"]["mae"]


def test_what_we_train_ourselves_is_a_baseline_too(parts: Split, scores: Scores) -> None:
    told: list[float] = []

    def train(on_step: Callable[[float], None]) -> Found:
        on_step(0.5)
        return scores, {"epochs": 3}

    found = compare(
        scores,
        parts,
        limits=ROOMY,
        on_step=told.append,
        names=["matrix-factorisation"],
        trained={"matrix-factorisation": train},
    )

    twin = found["baselines"]["matrix-factorisation"]
    assert twin["recall_at_20"] == 1.0
    assert twin["versus_model"]["ndcg_at_20"]["p"] == 1.0
    assert twin["epochs"] == 3
    assert told[-2:] == pytest.approx([0.3 + 0.7 * 0.75, 1.0])  # half of the second of two, popularity before it


def test_what_we_would_train_ourselves_is_left_out_with_the_reason(parts: Split, scores: Scores) -> None:
    def refuse(_: Callable[[float], None]) -> Found:
        return "it would take too long."

    found = compare(
        scores,
        parts,
        limits=ROOMY,
        on_step=lambda _: None,
        names=["matrix-factorisation"],
        trained={"matrix-factorisation": refuse},
    )
    assert found["baselines"]["matrix-factorisation"] == {"left_out": "matrix-factorisation: it would take too long."}


def test_a_baseline_is_left_out_with_the_reason_where_it_does_not_fit(parts: Split, scores: Scores) -> None:
    found = compare(scores, parts, limits=Limits(1_000, 1), on_step=lambda _: None)

    assert "MARQUEE_BASELINE_MEMORY_GB" in found["baselines"]["ease"]["left_out"]
    assert "120 users and 60 movies" in found["baselines"]["ease"]["left_out"]
    assert "left_out" in found["baselines"]["ials"]


def test_nothing_is_judged_on_a_split_that_leaks(parts: Split, scores: Scores) -> None:
    leaky = replace(parts, final=replace(parts.final, seen=parts.final.seen.union(parts.final.held_out)))

    with pytest.raises(InvalidInputError, match="it leaks: 960 held-out likes are among what counts as seen"):
        compare(scores, leaky, limits=ROOMY, on_step=lambda _: None)
