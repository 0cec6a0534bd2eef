"""Where a batch's folder may be."""

from pathlib import Path

from services.trainer.settings import TrainerSettings
from shared.errors import InvalidInputError
from shared.jobs import BatchRequest


def root_of(settings: TrainerSettings, request: BatchRequest) -> Path:
    """The folder in which a batch makes its own.

    Raises:
        InvalidInputError: it lies in none of the folders that the settings allow.
    """
    if request.out is None:
        return settings.batches
    folder = Path(request.out).resolve()
    roots = [root.resolve() for root in settings.batch_roots or (settings.data_dir,)]
    if not any(folder.is_relative_to(root) for root in roots):
        raise InvalidInputError(
            f"{request.out!r} lies outside the folders that batches may write to ({', '.join(map(str, roots))}); "
            "MARQUEE_BATCH_ROOTS of the trainer worker names them."
        )
    return folder
