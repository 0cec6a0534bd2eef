"""Versions of what is installed here, and whether torch and dgl, where the trainer is, work at all."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from shared.doctor.findings import Finding, Level
from shared.schema import SCHEMA_VERSION

PART: Final = "software"
# In a process of its own: only the trainer imports these, and a wrong build of either can end the process.
_TRY_TORCH: Final = "import os; os.environ['DGLBACKEND'] = 'pytorch'; import torch, dgl; dgl.rand_graph(3, 5)"
_TORCH_SECONDS: Final = 60.0  # 3 s on an idle machine; a cold disk takes longer


def check_software() -> Iterator[Finding]:
    """Python, Marquee, torch and dgl."""
    if sys.version_info[:2] != (3, 11):
        what = f"This is Python {platform.python_version()}, and dgl has wheels up to 3.11."
        yield Finding(PART, Level.WRONG, what, "Install Python 3.11: docs/decisions/0002 says why.")
    what = f"Marquee {version('marquee')} with schema {SCHEMA_VERSION}, on Python {platform.python_version()}."
    yield Finding(PART, Level.WELL, what)
    found = {name: _version(name) for name in ("torch", "dgl")}
    if not all(found.values()):
        yield Finding(PART, Level.WELL, "The trainer is not installed here: nothing about torch and dgl is checked.")
        return
    yield _try_torch(f"torch {found['torch']} and dgl {found['dgl']}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _try_torch(names: str) -> Finding:
    advice = "Install the trainer's requirements anew, as they stand in requirements/trainer.txt."
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY_TORCH], capture_output=True, text=True, timeout=_TORCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding(PART, Level.WRONG, f"{names} can't be imported within {_TORCH_SECONDS:g} s.", advice)
    if done.returncode:
        said = (done.stderr.strip() or f"it ended with status {done.returncode}").splitlines()[-1]
        return Finding(PART, Level.WRONG, f"{names} can't be used: {said}", advice)
    return Finding(PART, Level.WELL, f"{names} work.")
