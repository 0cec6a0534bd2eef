"""The whole of a comparison, from data to its table: what the command line and a job have in common."""

import shlex
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from services.trainer.comparing.competitors import Resources
from services.trainer.comparing.material import Material
from services.trainer.comparing.runs import OnRun, RunFile, run_all
from services.trainer.comparing.table import tabulate
from services.trainer.evaluation.comparison import refuse_leaks
from shared.jobs import CompareRequest
from shared.machine import describe_machine

_RATING_THRESHOLD: Final = 4.0


def compare_models(
    request: CompareRequest,
    material: Material,
    *,
    resources: Resources,
    kept: RunFile,
    command: str,
    on_run: OnRun = lambda *_: None,
) -> dict[str, Any]:
    """The comparison as JSON values: `data`, `models` by name (see `tabulate`), and how and when it was made.

    Raises:
        InvalidInputError: the split leaks, or there is nothing to train on or to ask for.
    """
    fold = material.parts.final
    refuse_leaks(fold)
    runs = run_all(request, material, resources=resources, kept=kept, on_run=on_run)
    return {
        "data": {
            "name": material.name,
            "users": len(fold.users()),
            "movies": fold.likes.n_movies,
            "likes": len(fold.likes),
            "held_out": len(fold.held_out),
            "split": material.parts.how,
            "like_threshold": material.like_threshold,
            "fingerprint": material.fingerprint,
        },
        "models": tabulate(runs),
        "command": command,
        "at": datetime.now(UTC).date().isoformat(),
        "marquee": version("marquee"),
        "machine": describe_machine(),
    }


def command_of(request: CompareRequest, where: list[str]) -> str:
    """The command line of a comparison; `where` says of what data."""
    words = ["marquee", "compare", *where, "--models", ",".join(request.models), "--seeds", str(request.seeds)]
    if request.like_threshold != _RATING_THRESHOLD:
        words += ["--like-threshold", f"{request.like_threshold:g}"]
    return shlex.join(words)
