from pathlib import Path

import pytest
import torch

from services.trainer.checkpoints import Checkpoints


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
    old.save("train", {"epoch": 3})

    new = Checkpoints(tmp_path / "job", "new data")

    assert new.stage("select", lambda: {"epochs": 8}) == {"epochs": 8}
    assert new.load("train") is None


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    weights = torch.arange(6.0).reshape(2, 3)

    checkpoints.save("train", {"epoch": 3, "weights": [weights]})
    state = checkpoints.load("train")

    assert state is not None
    assert state["epoch"] == 3
    assert torch.equal(state["weights"][0], weights)


def test_states_that_follow_one_another_closely_are_not_all_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    for epoch in range(1, 4):
        checkpoints.save("train", {"epoch": epoch})

    assert checkpoints.load("train") == {"epoch": 1}


def test_a_write_that_breaks_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Checkpoints(tmp_path / "job", "key")
    first.save("train", {"epoch": 1})
    second = Checkpoints(tmp_path / "job", "key")

    def half_a_file(_state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", half_a_file)
    with pytest.raises(OSError, match="No space"):
        second.save("train", {"epoch": 2})

    assert second.load("train") == {"epoch": 1}


def test_nothing_is_left_when_it_is_deleted(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "job", "key")
    checkpoints.save("train", {"epoch": 1})

    checkpoints.delete()

    assert not (tmp_path / "job").exists()
