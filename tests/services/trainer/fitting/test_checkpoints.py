import contextlib
import resource
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch

from services.trainer.fitting.checkpoints import Checkpoints


def test_a_finished_stage_is_not_done_again(tmp_path: Path) -> None:
    Checkpoints(tmp_path / "job", "key").stage("select", lambda: {"epochs": 7})

    found = Checkpoints(tmp_path / "job", "key").stage("select", lambda: pytest.fail("it was done again"))

    assert found == {"epochs": 7}


def test_a_stage_that_broke_is_done_again(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    with pytest.raises(ZeroDivisionError):
        checkpoints.stage("select", lambda: {"epochs": 1 // 0})

    assert checkpoints.stage("select", lambda: {"epochs": 7}) == {"epochs": 7}


def test_what_was_kept_for_other_data_is_thrown_away(tmp_path: Path) -> None:
    old = Checkpoints(tmp_path / "job", "old data")
    old.stage("select", lambda: {"epochs": 7})
    old.save("train", lambda: {"epoch": 3})

    new = Checkpoints(tmp_path / "job", "new data")

    assert new.stage("select", lambda: {"epochs": 8}) == {"epochs": 8}
    assert new.load("train") is None


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    weights = torch.arange(6.0).reshape(2, 3)

    checkpoints.save("train", lambda: {"epoch": 3, "weights": [weights]})
    state = checkpoints.load("train")

    assert state is not None
    assert state["epoch"] == 3
    assert torch.equal(state["weights"][0], weights)


def test_states_that_follow_one_another_closely_are_not_all_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    for epoch in range(1, 4):
        checkpoints.save("train", partial(dict, epoch=epoch))

    assert checkpoints.load("train") == {"epoch": 1}
    checkpoints.save("train", lambda: {"epoch": 4}, at_once=True)
    assert checkpoints.load("train") == {"epoch": 4}


def test_on_a_full_disk_the_training_goes_on_and_the_last_state_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Checkpoints(tmp_path / "job", "key").save("train", lambda: {"epoch": 1})
    checkpoints = Checkpoints(tmp_path / "job", "key")

    with full_disk():
        checkpoints.save("train", lambda: {"epoch": 2, "weights": torch.zeros(100_000)})
        assert checkpoints.stage("select", lambda: {"epochs": list(range(50_000))})["epochs"][-1] == 49_999

    assert checkpoints.load("train") == {"epoch": 1}
    assert sorted(path.name for path in (tmp_path / "job").iterdir()) == ["key", "train.pt"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert str(tmp_path / "job" / "train.pt") in told[0]
    assert "File too large" in told[0]
    assert "MARQUEE_DATA_DIR" in told[0]


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond 64 KB: the nearest to a full disk that needs no rights."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the write fails instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", ["train.pt", "select.json", "key"])
def test_a_damaged_file_does_not_stop_the_job(tmp_path: Path, name: str) -> None:
    old = Checkpoints(tmp_path / "job", "key")
    old.save("train", lambda: {"epoch": 1})
    old.stage("select", lambda: {"epochs": 7})
    file = tmp_path / "job" / name
    file.write_bytes(file.read_bytes()[:1])

    new = Checkpoints(tmp_path / "job", "key")

    assert new.load("train") == (None if name != "select.json" else {"epoch": 1})
    assert new.stage("select", lambda: {"epochs": 8}) == {"epochs": 7 if name == "train.pt" else 8}


def test_what_a_failed_job_has_left_is_taken_over_by_the_next_for_the_same(tmp_path: Path) -> None:
    failed = Checkpoints(tmp_path / "failed", "key")
    failed.stage("select", lambda: {"epochs": 7})
    failed.leave()

    other, same = Checkpoints(tmp_path / "other", "other key"), Checkpoints(tmp_path / "same", "key")

    assert other.stage("select", lambda: {"epochs": 8}) == {"epochs": 8}
    assert same.stage("select", lambda: {"epochs": 9}) == {"epochs": 7}
    assert not (tmp_path / "failed").exists()
    assert Checkpoints(tmp_path / "same", "key").stage("select", lambda: {"epochs": 9}) == {"epochs": 7}


def test_what_a_job_still_has_is_not_taken_from_it(tmp_path: Path) -> None:
    Checkpoints(tmp_path / "runs", "key").stage("select", lambda: {"epochs": 7})

    assert Checkpoints(tmp_path / "same", "key").stage("select", lambda: {"epochs": 9}) == {"epochs": 9}


def test_nothing_is_left_when_it_is_deleted(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    checkpoints.save("train", lambda: {"epoch": 1})

    checkpoints.delete()

    assert not (tmp_path / "job").exists()
