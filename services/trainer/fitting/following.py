"""What a process does that trains with another: the steps that it is told to."""

import sys
from collections.abc import Iterable
from pathlib import Path

import torch

from services.trainer.fitting.group import GroupBrokenError, Member
from services.trainer.fitting.handover import read_training
from services.trainer.fitting.leader import meet
from services.trainer.fitting.training import Training


def follow(lines: Iterable[str], folder: Path, rank: int, world: int, device_type: str) -> None:
    """Meet the others through `folder`, and do line by line as the leader says.

    `begin N`: make the training that lies in the folder N; `step N`: take its next step; `forget N`: throw it away.
    """
    device = torch.device(device_type)
    if device.type == "cuda":
        device = torch.device("cuda", rank)
        torch.cuda.set_device(device)
    try:
        meet(folder, rank, world, device)
        _obey(lines, folder, Member(rank, world), device)
    except GroupBrokenError:
        sys.exit(1)  # the leader is gone, or will replace this process


def _obey(lines: Iterable[str], folder: Path, group: Member, device: torch.device) -> None:
    trainings: dict[str, Training] = {}
    for line in lines:
        what, number = line.split()
        if what == "begin":
            inputs, state = read_training(folder / number)
            made = Training(inputs.likes, inputs.recipe, device, inputs.start, content=inputs.content, group=group)
            if state is not None:
                made.restore(state)
            trainings[number] = made
        elif what == "step":
            trainings[number].step()
        else:
            del trainings[number]
