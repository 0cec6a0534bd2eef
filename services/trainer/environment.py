"""What must be in the environment before torch is imported. Only composition roots call it."""

import os


def share_cores() -> None:
    """Set how threads wait and how cuBLAS works; what is set already stays."""
    # Threads that wait give their core away. Spinning, they make a step ten times slower where others use the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # cuBLAS gives the same result each time only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
