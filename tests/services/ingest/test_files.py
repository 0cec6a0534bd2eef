from collections.abc import Callable
from pathlib import Path

import pytest

from services.ingest.files import folder_files
from shared.errors import InvalidInputError

WriteFiles = Callable[..., Path]


def test_files_of_a_folder_and_of_its_subfolders_are_found(write_files: WriteFiles) -> None:
    folder = write_files("set", {"a.csv": "1", "ml/b.csv": "22", "ml/deep/c.csv": "333"})

    found = folder_files(folder)

    assert {name: file.size for name, file in found.items()} == {"a.csv": 1, "ml/b.csv": 2}
    with found["ml/b.csv"].open() as stream:
        assert stream.read() == b"22"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is empty"):
        folder_files(tmp_path)


def test_a_link_that_leads_out_of_the_folder_is_refused(write_files: WriteFiles, tmp_path: Path) -> None:
    folder = write_files("set", {"a.csv": "1"})
    (tmp_path / "secret").write_text("x")
    (folder / "ratings.csv").symlink_to(tmp_path / "secret")

    with pytest.raises(InvalidInputError, match="leads out of"):
        folder_files(folder)


def test_a_folder_of_too_many_files_is_refused(write_files: WriteFiles) -> None:
    folder = write_files("set", {f"{number}.csv": "" for number in range(1_001)})

    with pytest.raises(InvalidInputError, match="more than 1000 files"):
        folder_files(folder)
