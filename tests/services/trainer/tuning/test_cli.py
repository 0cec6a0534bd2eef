import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.trainer.data.fold import Fold
from services.trainer.tuning.cli import tune

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, blocks: Fold) -> Path:
    """The planted likes; of the eight others of each user's block, four are for validation and four for the test."""
    held_out = [movies.tolist() for movies in blocks.held_out.each()]
    parts = {
        "train.txt": [movies.tolist() for movies in blocks.likes.each()],
        "valid.txt": [movies[:4] for movies in held_out],
        "test.txt": [movies[4:] for movies in held_out],
    }
    for name, lists in parts.items():
        lines = (f"u{user} {' '.join(f'm{movie}' for movie in movies)}\n" for user, movies in enumerate(lists))
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    return tmp_path


def test_a_folder_is_tuned_here_and_a_second_time_goes_on_with_the_trials_in_the_file(folder: Path) -> None:
    words = [str(folder), "--threads", "1", "--store", str(folder / "study.db")]

    shown = CliRunner().invoke(tune, [*words, "--trials", "1"], catch_exceptions=False)
    done = CliRunner().invoke(tune, [*words, "--trials", "2", "--json"], catch_exceptions=False)

    assert shown.exit_code == 0, shown.output
    assert "1 trials" in shown.output
    assert "temperature" in shown.output
    assert "verdict: unchanged" in shown.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert [trial["number"] for trial in found["trials"]] == [0, 1]
    assert f"{found['trials'][0]['value']:.4f}" in shown.output, "the first trial is read from the file"
    assert found["importances"] == {}
