"""Options that several commands have."""

from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

import click

from shared.jobs import Family, Loss

Command = TypeVar("Command", bound=Callable[..., Any])

_MODEL: Final = (
    click.option("--family", type=click.Choice(get_args(Family)), default="inductive", show_default=True),
    click.option("--loss", type=click.Choice(get_args(Loss)), default="softmax", show_default=True),
    click.option("--negatives", type=int, help="Movies drawn for a step of sampled-softmax.  [default: 1024]"),
    click.option("--layers", type=int, help="Propagations, in the families that propagate.  [default: 2]"),
    click.option(
        "--neighbours", type=int, help="Neighbours drawn of a node, 0 for all.  [default: all, while they fit]"
    ),
)


def model_options(command: Command) -> Command:
    """Give a command the options that say which kind of model is trained: --family, --loss and what belongs to them."""
    for option in reversed(_MODEL):
        command = option(command)
    return command
