"""What a training uses of the machine: threads, device, and kernels that give the same result each time."""

import os

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from services.trainer.families.hetero import runs_on
from shared.errors import InvalidInputError


def prepare_machine(threads: int | None, device: str) -> torch.device:
    """Set the number of threads of this process (None: all cores), and pick the device: `auto`, `cpu` or `cuda`.

    Raises:
        InvalidInputError: `cuda` was asked for, and torch finds no GPU or dgl is not built for one.
    """
    count = threads or os.cpu_count() or 1
    torch.set_num_threads(count)
    threadpool_limits(count)  # numpy's and scipy's BLAS
    torch.use_deterministic_algorithms(mode=True)
    cuda = torch.device("cuda")
    has_cuda = device != "cpu" and torch.cuda.is_available() and runs_on(cuda)
    if device == "cuda" and not has_cuda:
        raise InvalidInputError(
            "MARQUEE_DEVICE is cuda, but torch finds no GPU or this dgl is built for the CPU only (as PyPI's is). "
            "Install a CUDA build of dgl, or set MARQUEE_DEVICE to auto."
        )
    return cuda if has_cuda else torch.device("cpu")
