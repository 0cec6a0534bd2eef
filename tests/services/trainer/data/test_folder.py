from pathlib import Path

import pytest

from services.trainer.data.folder import read_folder
from shared.errors import InvalidInputError


def write(folder: Path, train: str, valid: str, test: str) -> Path:
    for name, text in (("train.txt", train), ("valid.txt", valid), ("test.txt", test)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_settings_are_chosen_on_valid_and_figures_read_on_test(tmp_path: Path) -> None:
    parts = read_folder(write(tmp_path, "7 30 10\n8 10\n\n", "7 20\n8\n", "8 20 30\n"))

    # Rows in the order of appearance: users 7, 8; movies 30, 10, 20.
    assert [m.tolist() for m in parts.select.likes.each()] == [[0, 1], [1]]
    assert [m.tolist() for m in parts.select.held_out.each()] == [[2], []]
    assert [m.tolist() for m in parts.final.likes.each()] == [[0, 1, 2], [1]]
    assert [m.tolist() for m in parts.final.held_out.each()] == [[], [0, 2]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("", "1 2", "1 3"), "train.txt holds no likes"),
        (("1 2", "1 2", "1 3"), "valid.txt holds 1 likes that stand in an earlier file"),
        (("1 2", "1 3", "1 4 2 3"), "test.txt holds 2 likes that stand in an earlier file"),
    ],
)
def test_what_can_not_be_judged_is_refused(tmp_path: Path, files: tuple[str, str, str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_folder(write(tmp_path, *files))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"train\.txt can't be read"):
        read_folder(tmp_path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "1 2", "1 3", "1 4")
    (tmp_path / "valid.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InvalidInputError, match=r"valid\.txt can't be read"):
        read_folder(tmp_path)
