"""What Marquee runs on, in words."""

import os
import platform
from pathlib import Path


def processor() -> str:
    """The name of the processor. Linux tells the full name."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def memory_gb() -> int:
    """All memory, in units of 2^30 bytes."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def describe_machine() -> str:
    """Processor, cores and memory."""
    return f"{processor()}, {cores()} cores, {memory_gb()} GB of memory"
