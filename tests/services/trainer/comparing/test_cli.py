import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.trainer.comparing.cli import compare
from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from shared.errors import InvalidInputError


@pytest.fixture
def folder(tmp_path: Path, blocks: Fold) -> Path:
    """The planted likes; of the others of each user's block, half are for validation and half for the test."""
    folder = tmp_path / "planted"
    folder.mkdir()
    odd = blocks.held_out.movies % 2 == 1
    for name, lists in (
        ("train", blocks.likes), ("valid", blocks.held_out.keep(odd)), ("test", blocks.held_out.keep(~odd))
    ):  # fmt: skip
        write(folder / f"{name}.txt", lists)
    return folder


def write(path: Path, lists: UserLists) -> None:
    lines = (f"u{user} {' '.join(f'm{movie}' for movie in movies)}\n" for user, movies in enumerate(lists.each()))
    path.write_text("".join(lines), "utf-8")


@pytest.mark.slow
def test_a_comparison_is_shown_kept_and_put_into_a_page_once(folder: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "out", tmp_path / "results.md"
    words = [str(folder), "--models", "popularity,random", "--threads", "1", "--out", str(out)]
    words += ["--write-section", str(page)]

    done = CliRunner().invoke(compare, words, catch_exceptions=False)
    again = CliRunner().invoke(compare, [*words, "--json"], catch_exceptions=False)

    assert "popularity" in done.stdout
    assert "CPU s" in done.stdout
    found = json.loads(again.stdout)
    assert found == json.loads((out / "results.json").read_text("utf-8"))
    assert found["command"] == "marquee compare planted --threads 1 --models popularity,random --seeds 1"
    assert len((out / "runs.jsonl").read_text("utf-8").split()) >= 2
    assert (out / "runs.jsonl").read_text("utf-8").count('"key"') == 2  # neither ran again
    assert {path.name for path in out.glob("*.*g")} == {
        "comparison.png", "comparison.svg", "deciles.png", "deciles.svg"
    }  # fmt: skip
    assert page.read_text("utf-8").count("## planted") == 1
    assert str(tmp_path) not in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Name DATA, or --graph, or --job"),
        (["FOLDER", "--graph"], "Name DATA, or --graph, or --job"),
        (["FOLDER", "--fold", "u2"], "a split that was made beforehand"),
        (["FOLDER", "--models", "ease,svd"], "models.1"),
        (["FOLDER", "--models", "ease,ease"], "models name one twice"),
    ],
)
def test_what_can_not_be_done_is_refused(folder: Path, words: list[str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        CliRunner().invoke(
            compare, [str(folder) if word == "FOLDER" else word for word in words], catch_exceptions=False
        )
