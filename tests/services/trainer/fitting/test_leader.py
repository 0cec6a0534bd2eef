"""A training shared by two real processes, on planted data."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from services.trainer.data.content import Relation
from services.trainer.fitting import leader as leader_module
from services.trainer.fitting.group import Group
from services.trainer.fitting.leader import Leader, leading
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.errors import MarqueeError
from shared.jobs import Family, Loss
from tests.services.trainer.conftest import planted_likes

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
LIKES = planted_likes()
RECIPE = Recipe(width=16, batch_users=32)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leader]:
    """This process and another; torch is imported there once for all tests."""
    folder = tmp_path_factory.mktemp("shared") / "group"
    with leading(2, CPU, folder) as group:
        assert isinstance(group, Leader)
        yield group
    assert not folder.exists()


def assert_same(found: Training, expected: Training) -> None:
    """As near as float32 comes where sums are added in another order, after some steps of Adam."""
    for one, other in zip(found.ranker.parameters(), expected.ranker.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(
    ("family", "loss"),
    [("inductive", "softmax"), ("inductive", "bpr"), ("lightgcn", "softmax"), ("lightgcn", "sampled-softmax")],
)
def test_two_processes_learn_what_one_learns(group: Group, family: Family, loss: Loss) -> None:
    recipe = replace(RECIPE, family=family, loss=loss)
    alone = Training(LIKES, recipe, CPU)
    shared = Training(LIKES, recipe, CPU, group=group)

    alone.run(steps=10)  # two batches of 24 users among eight of 32
    shared.run(steps=10)

    assert_same(shared, alone)


def test_what_describes_movies_gets_to_the_other_process(group: Group) -> None:
    recipe = replace(RECIPE, family="rgcn", relations=("genre",))
    rows = torch.arange(60).numpy()
    genres = [Relation("IN_GENRE", rows // 20, rows, 3)]
    alone = Training(LIKES, recipe, CPU, content=genres)
    shared = Training(LIKES, recipe, CPU, content=genres, group=group)

    alone.run(steps=2)
    shared.run(steps=2)

    assert_same(shared, alone)


def test_trainings_take_turns_and_one_goes_back_to_its_checkpoint(group: Group) -> None:
    expected, other = Training(LIKES, RECIPE, CPU), replace(RECIPE, temperature=0.3)
    expected.run(steps=6)
    first, second = Training(LIKES, RECIPE, CPU, group=group), Training(LIKES, other, CPU, group=group)
    first.run(steps=3)
    second.run(steps=2)
    third = Training(LIKES, RECIPE, CPU, group=group)
    third.run(steps=1)

    third.restore(deepcopy(first.state()))  # as from a file
    third.run(steps=6)
    first.run(steps=6)

    assert_same(first, expected)
    assert_same(third, expected)


def test_a_training_goes_on_where_the_other_process_is_killed(group: Leader) -> None:
    expected = Training(LIKES, RECIPE, CPU)
    expected.run(steps=8)
    shared = Training(LIKES, RECIPE, CPU, group=group)
    shared.run(steps=3)
    killed = group._followers[0]
    os.kill(killed.pid, signal.SIGKILL)

    shared.run(steps=8)

    assert_same(shared, expected)
    assert killed.returncode == -signal.SIGKILL
    assert group._followers[0].pid != killed.pid


def test_a_process_that_is_told_to_end_leaves_that_to_the_job(group: Leader) -> None:
    shared = Training(LIKES, RECIPE, CPU, group=group)
    shared.run(steps=1)
    follower = group._followers[0]
    follower.send_signal(signal.SIGTERM)
    time.sleep(0.2)

    shared.run(steps=2)

    assert group._followers == [follower]
    assert follower.poll() is None


def test_nobody_hears_the_processes_from_another_machine(group: Leader) -> None:
    Training(LIKES, RECIPE, CPU, group=group).run(steps=1)

    inodes = set()
    for pid in (os.getpid(), group._followers[0].pid):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = str(descriptor.readlink()) if descriptor.is_symlink() else ""
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    listening = [line[1] for line in lines if line[3] == "0A" and line[9] in inodes]  # 0A: LISTEN
    assert len(listening) >= 2
    assert all(address.startswith("0100007F:") for address in listening)  # 127.0.0.1


def test_where_processes_die_again_and_again_the_training_fails(group: Leader, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Training(LIKES, RECIPE, CPU, group=group)
    shared.run(steps=1)
    monkeypatch.setattr(leader_module, "_DEATHS", group._deaths + 1)
    group._followers[0].kill()

    with pytest.raises(MarqueeError, match="ask for fewer processes"):
        shared.run(steps=2)


def test_a_leaders_death_ends_the_others(tmp_path: Path) -> None:
    program = (
        "import sys, time, torch; from pathlib import Path; from services.trainer.fitting.leader import Leader\n"
        f"group = Leader(3, torch.device('cpu'), Path({str(tmp_path / 'group')!r}))\n"
        "print(*(each.pid for each in group._followers), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as leader:
        assert leader.stdout is not None
        followers = [int(pid) for pid in leader.stdout.readline().split()]
        assert len(followers) == 2
        leader.kill()
    deadline = time.monotonic() + 60
    while any(is_running(pid) for pid in followers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended: one that nobody has waited for is a zombie, Z."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
