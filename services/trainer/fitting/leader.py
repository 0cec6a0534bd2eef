"""The process that a job runs in, where several train: it starts the others, and tells each step what to do.

It alone holds the job's lease, reports, evaluates and keeps checkpoints. The others (`services.trainer.follower`) know
nothing of jobs: down a pipe each is told which training to take a step of. So a follower's death costs the step in
hand: all followers are replaced, and get the training as it stands here. The leader's death ends them, and the job goes
on from its checkpoint in another delivery.
"""

import contextlib
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import torch
import torch.distributed as dist

from services.trainer.fitting.group import ALONE, Group, GroupBrokenError, Member, SharedTraining
from services.trainer.fitting.handover import write_training
from shared.errors import InvalidInputError, MarqueeError

_DEATHS: Final = 5  # of followers in one job, after which it fails: something kills them again and again
_START_SECONDS: Final = 600.0  # to import torch, and to meet: 110 where others held nearly all of two cores
_STEP_SECONDS: Final = 600.0  # a process that stands still for so long is taken for dead
_READY: Final = "ready"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def leading(processes: int, device: torch.device, folder: Path) -> Iterator[Group]:
    """A group of so many processes for as long as the context lasts. They share the threads that this process had.

    Args:
        processes: with this one; 1 starts none.
        device: where to train. On GPUs each process has its own.
        folder: for what the processes hand one another. It is made anew, and deleted at the end.

    Raises:
        InvalidInputError: there are fewer GPUs than processes.
    """
    if processes == 1:
        yield ALONE
        return
    if device.type == "cuda" and processes > torch.cuda.device_count():
        raise InvalidInputError(
            f"{processes} processes need as many GPUs, and torch finds {torch.cuda.device_count()}. Ask for fewer "
            "processes, or set MARQUEE_DEVICE to cpu."
        )
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // processes))
    leader = Leader(processes, device, folder)
    try:
        yield leader
    finally:
        leader.close()
        torch.set_num_threads(threads)


class Leader(Member):
    """Rank 0 of a group."""

    def __init__(self, processes: int, device: torch.device, folder: Path) -> None:
        super().__init__(0, processes)
        self._device = device
        self._folder = folder
        self._deaths = 0
        self._followers: list[subprocess.Popen[bytes]] = []
        self._have_met = False
        self._numbers: WeakKeyDictionary[SharedTraining, int] = WeakKeyDictionary()
        self._known: set[int] = set()  # numbers of the trainings that the followers have
        self._last_number = 0
        self._handed_over: list[Path] = []
        self._start()  # they import torch while the leader prepares

    def together(self, training: SharedTraining, find_gradients: Callable[[], None]) -> None:
        """Have all processes find the gradients of the training's next step, however many of them it takes.

        Raises:
            MarqueeError: followers die again and again.
        """
        while True:
            try:
                self._meet()
                self._tell(training)
                find_gradients()
            except GroupBrokenError as error:
                self._replace(error)
            else:
                while self._handed_over:
                    shutil.rmtree(self._handed_over.pop())  # they have read it
                return

    def forget(self, training: SharedTraining) -> None:
        """Followers get the training anew with its next step."""
        self._numbers.pop(training, None)

    def close(self) -> None:
        """End the followers, which have nothing to put in order."""
        for follower in self._followers:
            follower.kill()
        for follower in self._followers:
            follower.wait()
            if follower.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    follower.stdin.close()
        self._followers = []
        if dist.is_initialized():
            dist.destroy_process_group()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._known.clear()
        self._handed_over.clear()
        self._have_met = False
        threads = str(torch.get_num_threads())
        for rank in range(1, self.world):
            command = [sys.executable, "-m", "services.trainer.follower", str(os.getpid()), str(self._folder)]
            command += [str(rank), str(self.world), threads, self._device.type]
            # Its words go where this process's errors go: what is written to stdout may be read by a program.
            self._followers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=2))

    def _meet(self) -> None:
        """Wait for the followers, the first time."""
        if self._have_met:
            return
        deadline = time.monotonic() + _START_SECONDS
        while not all((self._folder / f"{_READY}-{rank}").exists() for rank in range(1, self.world)):
            if any(follower.poll() is not None for follower in self._followers) or time.monotonic() > deadline:
                raise GroupBrokenError("a process did not start")
            time.sleep(0.02)
        meet(self._folder, self.rank, self.world, self._device)
        self._have_met = True

    def _tell(self, training: SharedTraining) -> None:
        """Say which training goes a step on, to who does not know it, what it is."""
        number = self._numbers.get(training)
        if number is None:
            number = self._numbers[training] = self._last_number = self._last_number + 1
        gone = self._known - set(self._numbers.values())
        self._known -= gone
        lines = [f"forget {each}" for each in gone]
        if number not in self._known:
            state = training.state() if training.steps else None
            self._handed_over.append(self._folder / str(number))
            write_training(self._handed_over[-1], training.inputs, state)
            lines.append(f"begin {number}")
            self._known.add(number)
        lines.append(f"step {number}")
        for follower in self._followers:
            assert follower.stdin is not None  # noqa: S101 - it was started with a pipe
            try:
                follower.stdin.write("".join(f"{line}\n" for line in lines).encode())
                follower.stdin.flush()
            except BrokenPipeError as error:
                raise GroupBrokenError("its pipe is closed") from error

    def _replace(self, error: GroupBrokenError) -> None:
        """New followers in place of all that there are."""
        self._deaths += 1
        if self._deaths >= _DEATHS:
            raise MarqueeError(
                f"Processes that share this training died {self._deaths} times, at last with: {error}. If the worker's "
                "log does not say why, they had too little memory: ask for fewer processes, or give them more."
            ) from error
        log.warning("a process that shares the training is gone (%s); %d new ones go on", error, self.world - 1)
        self.close()
        self._start()


def meet(folder: Path, rank: int, world: int, device: torch.device) -> None:
    """Make torch's process group with those who do the same; a file in `folder` tells each where the others are.

    Raises:
        GroupBrokenError: not all came.
    """
    # Nobody on other machines is to see the processes talk: gloo and NCCL listen on the loopback interface alone.
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = loopback
    (folder / f"{_READY}-{rank}").touch()
    try:
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            store=dist.FileStore(str(folder / "store"), world),  # type: ignore[attr-defined]  # an export of torch's
            rank=rank,
            world_size=world,
            timeout=timedelta(seconds=_STEP_SECONDS),
        )
    except RuntimeError as error:
        raise GroupBrokenError(str(error)) from error
