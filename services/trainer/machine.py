"""What a training uses of the machine: threads, device, and kernels that give the same result each time."""

import logging
import os

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from services.trainer.families.hetero import runs_on
from shared.errors import InvalidInputError

log = logging.getLogger(__name__)


def prepare_machine(threads: int | None, device: str) -> torch.device:
    """Set the number of threads of this process (None: all cores), pick the device, and say in the log which and why.

    Args:
        threads: None: all cores.
        device: `auto` (a GPU where torch has one), `cpu` or `cuda`.

    Raises:
        InvalidInputError: `cuda` was asked for, and torch finds no GPU.
    """
    settle(threads or os.cpu_count() or 1)
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise InvalidInputError(
            "MARQUEE_DEVICE is cuda, but torch finds no GPU (or is built for the CPU only). Install a CUDA build of "
            "torch, or set MARQUEE_DEVICE to auto."
        )
    taken = torch.device("cuda" if has_cuda and device != "cpu" else "cpu")
    log.info("training on %s", explain(taken, device))
    return taken


def explain(device: torch.device, asked: str) -> str:
    """Which device a training takes, and why, given what `MARQUEE_DEVICE` asked for."""
    if device.type == "cpu":
        return "cpu: MARQUEE_DEVICE says so" if asked == "cpu" else "cpu: torch finds no GPU"
    how = "dgl is built for it" if runs_on(device) else "dgl is not built for it, so the propagation is torch's product"
    return f"cuda: torch finds {torch.cuda.get_device_name(device)}; {how}"


def settle(threads: int) -> None:
    """Set the number of threads of this process, and have it give the same result each time."""
    torch.set_num_threads(threads)
    threadpool_limits(threads)  # numpy's and scipy's BLAS
    # On a GPU some sums have no other way than one in an order left to chance; a warning is better than no training.
    torch.use_deterministic_algorithms(mode=True, warn_only=torch.cuda.is_available())
