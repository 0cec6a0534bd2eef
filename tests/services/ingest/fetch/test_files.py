import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from services.ingest.fetch.files import folder_files
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


def test_a_pipe_or_a_socket_in_a_folder_is_refused(write_files: WriteFiles) -> None:
    folder = write_files("set", {"movies.csv": "1", "ml/movies.csv": "1"})
    os.mkfifo(folder / "ml" / "ratings.csv")

    with pytest.raises(InvalidInputError, match=r"ml/ratings\.csv is neither a file nor a folder"):
        folder_files(folder)


def test_a_dead_link_in_a_folder_is_passed_over(write_files: WriteFiles) -> None:
    folder = write_files("set", {"movies.csv": "1"})
    (folder / "old.csv").symlink_to(folder / "gone.csv")

    assert list(folder_files(folder)) == ["movies.csv"]


@pytest.mark.parametrize(
    ("hidden", "read"),
    [(".", "movies.csv"), ("ml", "movies.csv"), ("movies.csv", "movies.csv"), ("ml/movies.csv", "ml/movies.csv")],
)
def test_what_may_not_be_read_is_told_as_such(
    write_files: WriteFiles, nobody: Callable[[], AbstractContextManager[None]], hidden: str, read: str
) -> None:
    folder = write_files("set", {"movies.csv": "1", "ml/movies.csv": "1"})
    (folder / hidden).chmod(0)

    with nobody(), pytest.raises(InvalidInputError, match="may not be read by this worker"):
        folder_files(folder)[read].open()


def test_a_file_that_is_gone_is_told_as_such(write_files: WriteFiles) -> None:
    file = folder_files(write_files("set", {"movies.csv": "1"}))["movies.csv"]
    (write_files("set", {}) / "movies.csv").unlink()

    with pytest.raises(InvalidInputError, match="is not there any more"):
        file.open()


def test_a_folder_of_too_many_files_is_refused(write_files: WriteFiles) -> None:
    folder = write_files("set", {f"{number}.csv": "" for number in range(1_001)})

    with pytest.raises(InvalidInputError, match="more than 1000 files"):
        folder_files(folder)
