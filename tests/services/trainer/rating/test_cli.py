"""`marquee evaluate` for stars and likes, on a folder in the form of MovieLens 100K; and for links."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from services.trainer.cli import evaluate

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.trainer.rating.training.MAX_STEPS", 2)
    monkeypatch.setattr("services.trainer.rating.training._LOOK_EVERY", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A thousand ratings in two folds, and two movies that are described."""
    random = np.random.default_rng(2)
    pairs = random.permutation(60 * 50)[:1_000]
    rows = [f"{pair // 50 + 1}\t{pair % 50 + 1}\t{random.integers(1, 6)}\t0\n" for pair in pairs]
    for fold, test in (("u1", slice(0, 200)), ("u2", slice(200, 400))):
        (tmp_path / f"{fold}.base").write_text("".join(row for row in rows if row not in rows[test]), "utf-8")
        (tmp_path / f"{fold}.test").write_text("".join(rows[test]), "utf-8")
    genres = "|".join(["0"] * 18 + ["1"])
    items = [f"{movie}|Title|01-Jan-1995|||{genres}\n" for movie in (1, 2)]
    (tmp_path / "u.item").write_text("".join(items), "latin-1")
    return tmp_path


def test_one_fold_as_json_holds_the_figures_of_both_objectives(folder: Path) -> None:
    done = CliRunner().invoke(
        evaluate,
        [str(folder), "--objective", "rating", "--fold", "u1", "--json", "--threads", "1"],
        catch_exceptions=False,
    )

    found = json.loads(done.stdout.splitlines()[-1])
    fold = found["folds"]["u1"]
    assert fold["recipe"]["steps"] in (1, 2)
    assert fold["metrics"]["rmse"] == found["mean"]["rmse"]
    assert set(fold["baselines"]) == {"global mean", "user and movie bias", "majority class"}
    assert fold["baselines"]["global mean"]["rmse"] == pytest.approx(1.4, abs=0.15)  # five levels, as often: sqrt(2)
    assert found["spread"] == {}


def test_people_get_a_table_of_what_they_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for objective, shown, hidden in (("rating", "RMSE", "ROC AUC"), ("classification", "ROC AUC", "RMSE")):
        done = CliRunner().invoke(
            evaluate,
            [str(folder), "--objective", objective, "--fold", "u2", "--threads", "1"],
            catch_exceptions=False,
        )

        assert shown in done.stdout
        assert hidden not in done.stdout
        assert "user and movie bias" in done.stdout
