"""`marquee tune`: ask for a tuning of what the graph holds, or search settings for a split made beforehand."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click
from rich.console import Console

from services.trainer.environment import share_cores
from services.trainer.settings import TrainerSettings
from services.trainer.stages import TUNE_STAGES
from shared.cli.jobs import ask
from shared.cli.show import show_outcome
from shared.errors import InvalidInputError
from shared.graph import Graph, open_graph
from shared.job_records import Jobs
from shared.jobs import Family, Job, JobState, TuneRequest, parse_request
from shared.settings import GraphSettings, QueueSettings, load
from shared.tuning import forget_tuned
from shared.work import JobContext, Outcome, do_job

_LEASE_SECONDS: Final = 10.0  # a killed one's trial is begun anew after so long


@click.command()
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--family", type=click.Choice(get_args(Family)), default="inductive", show_default=True)
@click.option("--trials", type=int, help="So many of the whole study.  [default: 30, unless there are minutes]")
@click.option("--minutes", type=float, help="No trial begins later than so long after the tuning has.")
@click.option("--study", type=str, help="A name begins a study anew.  [default: the one that there is of the data]")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--like-threshold", type=float, default=4.0, show_default=True, help="A movie is liked from this rating on."
)
@click.option("--workers", type=click.IntRange(1, 100), default=1, show_default=True, help="Jobs on one study.")
@click.option("--forget", is_flag=True, help="Let trainings of the family begin from the defaults again.")
@click.option("--wait", is_flag=True, help="Show the job's progress until it ends; the status says how it did.")
@click.option("--store", type=click.Path(dir_okay=False, path_type=Path), help="With DIR: keep trials in this file.")
@click.option("--json", "as_json", is_flag=True, help="With DIR: print one line of JSON instead of a table.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="With DIR: save plots there."
)
@click.option("--threads", type=click.IntRange(1, 256), help="With DIR.  [default: MARQUEE_THREADS, or all cores]")
def tune(
    folder: Path | None,
    *,
    family: Family,
    trials: int | None,
    minutes: float | None,
    study: str | None,
    seed: int,
    like_threshold: float,
    workers: int,
    forget: bool,
    wait: bool,
    store: Path | None,
    as_json: bool,
    out: Path | None,
    threads: int | None,
) -> None:
    """Queue a search for better settings; the best become the default of the next training if the gate agrees.

    With DIR, search here and now on a split made beforehand, as `marquee evaluate` does: settings are tried on
    valid.txt, and test.txt is read once for the gate. Trials that FILE holds are not repeated. FOLDER gets plots of
    the history and of what mattered, each as PNG and as SVG.
    """
    if forget:
        _forget(family)
        return
    payload = {
        "family": family,
        "trials": trials,
        "minutes": minutes,
        "study": study,
        "seed": seed,
        "like_threshold": like_threshold,
    }
    request = parse_request(TuneRequest, payload)
    if folder is None:
        ask(request, wait=wait, times=workers)
    else:
        job = _tune_folder(folder, request, store, threads)
        if out is not None and job.result is not None:
            _save_plots(job.result, out)
        _show(job, as_json=as_json)


def _forget(family: Family) -> None:
    with open_graph(load(QueueSettings)) as graph:
        graph.prepare()
        was_tuned = forget_tuned(graph, family)
    now = "begin from the defaults again" if was_tuned else "began from the defaults already"
    click.echo(f"trainings of {family} {now}")


def _tune_folder(folder: Path, request: TuneRequest, store: Path | None, threads: int | None) -> Job:
    """A job in a graph of its own, which holds the study and nothing else, done here."""
    with tempfile.TemporaryDirectory() as temporary:
        path = (store or Path(temporary) / "study.db").resolve()
        with open_graph(GraphSettings(graph_url=f"sqlite:{path}")) as graph:
            graph.prepare()
            return _do(graph, folder, request, threads)


def _do(graph: Graph, folder: Path, request: TuneRequest, threads: int | None) -> Job:
    settings = load(TrainerSettings)
    share_cores()

    def work(context: JobContext) -> Outcome:
        from services.trainer.data.folder import read_folder
        from services.trainer.machine import prepare_machine
        from services.trainer.tuning.job import fingerprint_of, tune_split

        parts = read_folder(folder)
        device = prepare_machine(threads or settings.threads, settings.device)
        return tune_split(parts, fingerprint_of(parts), device, context)

    jobs = Jobs(graph)
    job, _ = jobs.ask(request, lambda *_: None)
    do_job(graph, job.job_id, work, stages=TUNE_STAGES, lease_seconds=_LEASE_SECONDS)
    return jobs.get(job.job_id)


def _save_plots(result: Mapping[str, Any], folder: Path) -> None:
    from services.trainer.plots.files import save
    from services.trainer.plots.tuning import setting_importance, tuning_history

    folder.mkdir(parents=True, exist_ok=True)
    history = [(trial["number"], trial["value"], trial["state"]) for trial in result["trials"]]
    save(tuning_history(history), folder / "tuning-history")
    if result["importances"]:  # empty where there are too few trials to say
        save(setting_importance(result["importances"]), folder / "setting-importance")


def _show(job: Job, *, as_json: bool) -> None:
    if job.error is not None:
        raise InvalidInputError(job.error)
    if as_json:
        click.echo(json.dumps(job.result))
    else:
        show_outcome(Console(), job)
    if job.state is not JobState.SUCCEEDED:
        raise SystemExit(1)
