"""What is to be set before torch is imported, and how it is. Only composition roots call it."""

import contextlib
import gc
import os
from collections.abc import Iterator


def share_cores() -> None:
    """Set how threads wait and how cuBLAS works; what is set already stays."""
    # Threads that wait give their core away. Spinning, they make a step ten times slower where others use the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # cuBLAS gives the same result each time only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@contextlib.contextmanager
def imports() -> Iterator[None]:
    """Around the import of torch and dgl: the collector, which finds no garbage in it, takes 1.3 s of 3.2 s."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
