"""The work of a comparison as a job: on what the graph holds, its table the job's result."""

import shutil
from typing import Any, Final

from services.trainer.comparing.competitors import Resources
from services.trainer.comparing.material import read_graph
from services.trainer.comparing.runs import RUNS_FILE, RunFile
from services.trainer.comparing.work import command_of, compare_models
from services.trainer.settings import TrainerSettings
from shared.errors import StoppedError, UnavailableError
from shared.jobs import CompareRequest, parse_request
from shared.work import JobContext, Outcome

_LONG: Final = ("settings", "recall_by_decile", "spread")  # the rest of a row is less than a kilobyte


def compare(settings: TrainerSettings, context: JobContext) -> Outcome:
    """Compare as the job asks. Delivered again, it goes on with the models that are not finished.

    Raises:
        InvalidInputError: there is nothing to train on or to ask for.
    """
    request = parse_request(CompareRequest, context.job.payload)
    material = read_graph(
        context.graph,
        like_threshold=request.like_threshold,
        split=request.split,
        on_part=lambda done: context.progress("read", done),
    )
    folder = settings.comparisons / context.job.job_id
    keep = False
    try:
        found = compare_models(
            request,
            material,
            resources=Resources.of(settings),
            kept=RunFile(folder / RUNS_FILE, material),
            command=command_of(request, ["--job", "--split", request.split]),
            on_run=lambda _, done: context.progress("compare", done),
        )
    except (StoppedError, UnavailableError):
        keep = True  # the job goes on in another delivery
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    models = {name: _shortened(row) for name, row in found["models"].items()}
    return Outcome({**found, "models": models})


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _LONG}
