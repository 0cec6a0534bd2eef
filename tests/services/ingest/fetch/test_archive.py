import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from services.ingest.fetch.archive import verify, zip_files
from services.ingest.fetch.files import SourceFile
from shared.errors import InvalidInputError

BOUND = 10**9


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def read(file: SourceFile) -> bytes:
    with file.open() as stream:
        return stream.read()


def test_files_are_read_in_place_and_as_often_as_wanted(tmp_path: Path) -> None:
    files = zip_files(make_zip(tmp_path / "a.zip", {"ml/": b"", "ml/u.data": b"1\t2\n"}), max_unpacked_bytes=BOUND)

    assert list(files) == ["ml/u.data"]
    assert files["ml/u.data"].name == "u.data"
    assert read(files["ml/u.data"]) == read(files["ml/u.data"]) == b"1\t2\n"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a.zip"], "nothing was unpacked"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "a\\..\\evil", ".."])
def test_an_entry_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": b"x", name: b"x"})

    with pytest.raises(InvalidInputError, match=r"a\.zip holds the entry .*, which leaves the archive's folder"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_a_link_is_refused(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("ratings.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(InvalidInputError, match=r"holds the link 'ratings\.csv'"):
        zip_files(tmp_path / "a.zip", max_unpacked_bytes=BOUND)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_zip_is_refused(tmp_path: Path, kept: float) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": bytes(range(256)) * 50})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(InvalidInputError, match=r"a\.zip is no whole zip file"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_damaged_content_is_found_before_anything_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("ratings.csv", b"1,10,4.0\n" * 100)
    path.write_bytes(path.read_bytes().replace(b"1,10,4.0", b"1,10,9.0", 1))
    files = zip_files(path, max_unpacked_bytes=BOUND)

    with pytest.raises(InvalidInputError, match=r"ratings\.csv is damaged in the zip"):
        verify(files["ratings.csv"], lambda _: None)


def test_a_zip_that_unpacks_past_the_bound_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": b"x" * 2_000})

    with pytest.raises(InvalidInputError, match=r"unpacks to 2,000 bytes; .* allows 1,999"):
        zip_files(path, max_unpacked_bytes=1_999)
    assert zip_files(path, max_unpacked_bytes=2_000)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": bytes(70 * 2**20)})

    with pytest.raises(InvalidInputError, match="more than 200 to one"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_an_entry_that_lies_about_its_size_is_found(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": b"1,10,4.0\n" * 1_000})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<L", 9_000), struct.pack("<L", 90)))
    file = zip_files(path, max_unpacked_bytes=100)["ratings.csv"]

    with pytest.raises(InvalidInputError, match="is damaged in the zip"):
        verify(file, lambda _: None)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("ratings.csv", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("ratings.csv", b"2")

    with pytest.raises(InvalidInputError, match=r"a\.zip holds 'ratings\.csv' 2 times"):
        zip_files(tmp_path / "a.zip", max_unpacked_bytes=BOUND)


def test_a_zip_that_may_not_be_read_is_told_as_such(
    tmp_path: Path, nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": b"x"})
    path.chmod(0)

    with nobody(), pytest.raises(InvalidInputError, match="may not be read by this worker"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {str(number): b"" for number in range(1_001)})

    with pytest.raises(InvalidInputError, match="has 1001 entries"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"ratings.csv": b"x"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(bytes(content))

    with pytest.raises(InvalidInputError, match="is encrypted"):
        zip_files(path, max_unpacked_bytes=BOUND)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    files = zip_files(make_zip(tmp_path / "a.zip", {"u.data": b"x" * 3 * 2**20}), max_unpacked_bytes=BOUND)
    seen: list[float] = []

    verify(files["u.data"], seen.append)

    assert seen[-1] == 1.0
    assert seen == sorted(seen)
