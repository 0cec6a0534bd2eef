"""Settings of the trainer worker."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.settings import QueueSettings


class TrainerSettings(QueueSettings):
    """What a training may use of the machine, and what its gate asks."""

    data_dir: Path = Path("data")
    """Checkpoints of running trainings are kept in its folder `checkpoints`."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads of a training; all cores where it is left out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: a GPU where there is one and dgl is built for it."""
    baseline_memory_gb: float = Field(default=4.0, ge=0)
    """A baseline is left out where fitting it would take more. 4 GB do for EASE of 15,000 movies."""
    gate_tolerance: float = Field(default=0.05, ge=0, lt=1)
    """A new model may be worse than the served one by this part of its NDCG@20, and by more where that may be chance.
    Four seeds differed by up to 1.8%."""

    @property
    def checkpoints(self) -> Path:
        """Where each running training has a folder of checkpoints."""
        return self.data_dir / "checkpoints"

    @property
    def baseline_memory_bytes(self) -> int:
        """`baseline_memory_gb` in bytes."""
        return round(self.baseline_memory_gb * 1e9)
