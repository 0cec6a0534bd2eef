"""A disk that is full, or can't be written to, is found before it stops a job."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.doctor.findings import Level
from shared.doctor.space import check_space
from tests import conftest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    with conftest.small_disk(tmp_path / "disk", 1) as disk:
        yield disk


def free(size: int) -> Callable[[object], object]:
    return lambda _path: shutil._ntuple_diskusage(total=10**12, used=10**12 - size, free=size)


def test_a_full_disk_is_wrong(small_disk: Path) -> None:
    found = list(check_space(small_disk / "data", small_disk / "graph" / "marquee.db"))

    assert [finding.level for finding in found] == [Level.WRONG, Level.WRONG]
    assert "Only 0.0 GB are free for the data folder" in found[0].what
    assert not (small_disk / "data").exists(), "the doctor changes nothing"


def test_a_disk_with_less_room_than_the_graph_is_large_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = tmp_path / "marquee.db"
    with graph.open("wb") as file:
        file.truncate(3 * 10**9)
    monkeypatch.setattr(shutil, "disk_usage", free(2 * 10**9))

    data, of_graph = check_space(tmp_path, graph)

    assert (data.level, of_graph.level) == (Level.WELL, Level.WARNING)
    assert "Only 2.0 GB are free for the graph (3,000 MB)" in of_graph.what


def test_a_folder_that_can_not_be_written_to_is_wrong(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)  # what a mode forbids does not bind root

    (found,) = check_space(small_disk, None)

    assert found.level is Level.WRONG
    assert f"{small_disk}, for the data folder, can't be written to" in found.what
