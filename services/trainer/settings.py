"""Settings of the trainer worker."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.jobs import MAX_PROCESSES
from shared.settings import QueueSettings, split_commas


class TrainerSettings(QueueSettings):
    """What a training may use of the machine, what its gate asks, and where batches go."""

    data_dir: Path = Path("data")
    """Checkpoints of running trainings are kept in its folder `checkpoints`, finished runs of running comparisons in
    `comparisons`, files of batches in `batches`."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads of a training; all cores where it is left out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: a GPU where there is one that can do what is asked for."""
    processes: int = Field(default=1, ge=1, le=MAX_PROCESSES)
    """Processes that share the steps of a training, and its threads; on GPUs each has one."""
    baseline_memory_gb: float = Field(default=4.0, ge=0)
    """A baseline is left out where fitting it would take more. 4 GB do for EASE of 15,000 movies."""
    gate_tolerance: float = Field(default=0.05, ge=0, lt=1)
    """A new model may be worse than the served one by this part of its NDCG@20, and by more where that may be chance.
    Four seeds differed by up to 1.8%."""

    batch_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders, separated by commas, that a batch's files may be sent to; the data folder where none is named."""
    batch_shard_users: int = Field(default=20_000, ge=1)
    """Users in a shard of a batch, which is what a worker's death costs: some seconds."""
    keep_batches: int = Field(default=3, ge=1)
    """So many of the newest batches' files are kept in the data folder; those sent elsewhere are never removed."""

    @field_validator("batch_roots", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment or the caller gives
        return split_commas(value)

    @property
    def batches(self) -> Path:
        """Where each batch has a folder of files, unless it was asked to write elsewhere."""
        return self.data_dir / "batches"

    @property
    def checkpoints(self) -> Path:
        """Where each running training has a folder of checkpoints."""
        return self.data_dir / "checkpoints"

    @property
    def comparisons(self) -> Path:
        """Where each running comparison has a folder of finished runs."""
        return self.data_dir / "comparisons"

    @property
    def baseline_memory_bytes(self) -> int:
        """`baseline_memory_gb` in bytes."""
        return round(self.baseline_memory_gb * 1e9)
