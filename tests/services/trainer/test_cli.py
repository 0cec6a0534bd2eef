import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.trainer.cli import evaluate
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from shared.errors import InvalidInputError

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, blocks: Fold) -> Path:
    """The planted likes; of the eight others of each user's block, four are for validation and four for the test."""
    held_out = blocks.held_out.each()
    write(tmp_path / "train.txt", blocks.likes)
    (tmp_path / "valid.txt").write_text("".join(line(u, m[:4].tolist()) for u, m in enumerate(held_out)), "utf-8")
    (tmp_path / "test.txt").write_text("".join(line(u, m[4:].tolist()) for u, m in enumerate(held_out)), "utf-8")
    return tmp_path


def write(path: Path, lists: UserLists) -> None:
    path.write_text("".join(line(user, movies.tolist()) for user, movies in enumerate(lists.each())), "utf-8")


def line(user: int, movies: list[int]) -> str:
    return f"u{user} {' '.join(f'm{movie}' for movie in movies)}\n"


def test_the_last_line_of_the_output_is_json_with_all_figures(folder: Path) -> None:
    done = CliRunner().invoke(
        evaluate, [str(folder), "--json", "--threads", "1", "--seed", "1"], catch_exceptions=False
    )

    found = json.loads(done.stdout.splitlines()[-1])
    assert found["recall_at_20"] == 1.0  # the four movies left are among the twenty best
    assert found["ndcg_at_20"] > 0.99
    assert found["train_seconds"] >= found["select_seconds"] > 0
    assert found["baselines"]["ease"]["recall_at_20"] == 1.0
    assert found["baselines"]["matrix-factorisation"]["recall_at_20"] > 0.95
    assert found["baselines"]["popularity"]["ndcg_at_20"] < 0.7
    assert found["intervals"]["recall_at_20"] == [1.0, 1.0]
    assert found["baselines"]["popularity"]["versus_model"]["ndcg_at_20"]["interval"][0] > 0
    assert found["recipe"]["seed"] == 1
    assert (found["users"], found["movies"]) == (120, 60)


def test_people_get_a_table(folder: Path) -> None:
    words = [str(folder), "--family", "lightgcn", "--threads", "1", "--baseline", "ease"]
    done = CliRunner().invoke(evaluate, words, catch_exceptions=False)

    assert "this model (lightgcn)" in done.stdout
    assert "1.0000" in done.stdout
    assert "1.000 to 1.000" in done.stdout
    assert "popularity" in done.stdout
    assert "item-knn" not in done.stdout
    assert "choosing: temperature" in done.stdout


def test_why_ease_is_left_out_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_BASELINE_MEMORY_GB", "0")

    done = CliRunner().invoke(evaluate, [str(folder), "--threads", "1"], catch_exceptions=False)

    assert "MARQUEE_BASELINE_MEMORY_GB allows 0.0 GB" in done.stdout.replace("\n", " ")


def test_settings_that_do_not_fit_together_are_refused(folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="the family inductive has no use for neighbours"):
        CliRunner().invoke(evaluate, [str(folder), "--neighbours", "5"], catch_exceptions=False)


def test_settings_are_in_the_recipe(folder: Path) -> None:
    asked = ["--family", "gcn", "--layers", "1", "--neighbours", "5", "--loss", "sampled-softmax", "--negatives", "20"]
    fixed = ["--temperature", "0.2", "--epochs", "2", "--width", "16", "--threads", "1"]

    done = CliRunner().invoke(evaluate, [str(folder), "--json", *asked, *fixed], catch_exceptions=False)

    recipe = json.loads(done.stdout.splitlines()[-1])["recipe"]
    assert (recipe["family"], recipe["layers"], recipe["neighbours"]) == ("gcn", 1, 5)
    assert (recipe["loss"], recipe["negatives"], recipe["width"]) == ("sampled-softmax", 20, 16)


def test_links_are_judged_beside_popularity(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    done = CliRunner().invoke(evaluate, [str(folder), "--objective", "link", "--threads", "1"], catch_exceptions=False)

    assert "ROC AUC, as popular" in done.stdout
    (model,) = (line for line in done.stdout.splitlines() if "this model" in line)
    assert model.count("1.0000") == 4  # the blocks are found, and what is no link lies in other blocks


def test_two_processes_find_what_one_finds(folder: Path) -> None:
    fixed = ["--temperature", "0.2", "--epochs", "4", "--width", "16", "--threads", "1", "--baseline", "popularity"]

    done = CliRunner().invoke(evaluate, [str(folder), "--json", "--processes", "2", *fixed], catch_exceptions=False)

    found = json.loads(done.stdout.splitlines()[-1])
    assert found["processes"] == 2
    assert found["recall_at_20"] == 1.0
    assert f"Training on {found['device']}." in done.stderr


@pytest.mark.parametrize("processes", ["0", "65"])
def test_a_number_of_processes_that_makes_no_sense_is_refused(folder: Path, processes: str) -> None:
    with pytest.raises(InvalidInputError, match="processes: Input should be"):
        CliRunner().invoke(evaluate, [str(folder), "--processes", processes], catch_exceptions=False)
