"""`marquee demo`: all of Marquee on this machine, from ratings to recommendations, in one command."""

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import httpx
from rich.console import Console

from shared.cli.show import show_outcome, watch
from shared.errors import InvalidInputError, UnavailableError
from shared.graph import Graph, open_graph
from shared.job_records import Jobs
from shared.jobs import SOURCE_NAMES, Job, JobState
from shared.local.neo4j import running_neo4j
from shared.local.showcase import show_recommendations, show_scores
from shared.local.stack import Stack, running_stack

_PERSON: Final = "demo"
_ADMIN: Final = "admin"
_SAMPLE: Final = "sample"
_DOWNLOAD_ERROR: Final = "DownloadError"
_GREETING: Final = "[bold]Marquee[/] — a movie recommender of three services, a graph and a queue\n"


@click.command()
@click.option(
    "--data", envvar="DATA", default="ml-latest-small", show_default=True, help="A MovieLens name or a folder."
)
@click.option(
    "--graph", "store", envvar="GRAPH", type=click.Choice(["sqlite", "neo4j"]), default="sqlite", show_default=True
)
@click.option("--exit", "ends", envvar="DEMO_EXIT", is_flag=True, help="End when the recommendations are shown.")
def demo(data: str, store: str, *, ends: bool) -> None:
    """Run everything here: data, training, recommendations; then serve until Ctrl-C."""
    path = _path(data)
    console = Console(highlight=False)
    console.print(_GREETING)
    home = Path("data").resolve()
    home.mkdir(parents=True, exist_ok=True)
    _remove_stale(home)
    try:
        with (
            _stopped_once(console),
            tempfile.TemporaryDirectory(prefix=f"demo-{os.getpid()}-", dir=home) as scratch,
            contextlib.ExitStack() as parts,
        ):
            environment = {
                "MARQUEE_DATA_DIR": str(home),
                "MARQUEE_ACCESS": "open",  # to this machine alone, and for as long as the demo runs
                "MARQUEE_PAGE": "open",
                "MARQUEE_REGISTRATION": "open",
                "MARQUEE_INGEST_ROOTS": f"{home},{path.parent}" if path else str(home),
                **parts.enter_context(_graph(console, store, Path(scratch))),
            }
            stack = parts.enter_context(
                running_stack(environment, logs=Path(scratch) / "logs", announce=lambda *said: _say(console, *said))
            )
            with open_graph(stack.settings()) as graph:
                _run(console, stack, graph, str(path) if path else data)
            if not ends:
                _serve(console, stack)
    except KeyboardInterrupt:
        console.print("Stopped; every process has ended.")


def _path(data: str) -> Path | None:
    """The path that `data` is, or None where it is a name or a URL."""
    if data in SOURCE_NAMES or "://" in data:
        return None
    path = Path(data).expanduser().resolve()
    if not path.exists():
        raise InvalidInputError(f"DATA is {data!r}: no such folder or file, and none of {', '.join(SOURCE_NAMES)}.")
    return path


def _remove_stale(home: Path) -> None:
    """Remove what demos have left that were killed."""
    for folder in home.glob("demo-*-*"):
        if not Path(f"/proc/{folder.name.split('-')[1]}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _stopped_once(console: Console) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the demo, and the next not disturb its end."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        console.print("\nStopping …")
        raise KeyboardInterrupt

    before = [signal.signal(each, stop) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def _say(console: Console, part: str, where: str) -> None:
    console.print(f"  [green]✓[/] {part:<16} [dim]{where}[/]")


@contextlib.contextmanager
def _graph(console: Console, store: str, scratch: Path) -> Iterator[dict[str, str]]:
    """The graph's settings, for as long as it runs."""
    if store == "sqlite":
        path = scratch / "marquee.db"
        _say(console, "graph", f"SQLite, {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
        yield {"MARQUEE_GRAPH_URL": f"sqlite:{path}"}
        return
    with console.status("starting Neo4j"), contextlib.ExitStack() as parts:
        neo4j = parts.enter_context(running_neo4j())
        running = parts.pop_all()
    with running:
        _say(console, "graph", f"Neo4j, {neo4j.url}")
        yield {
            "MARQUEE_GRAPH_URL": neo4j.url,
            "MARQUEE_GRAPH_USER": neo4j.user,
            "MARQUEE_GRAPH_PASSWORD": neo4j.password,
        }


def _run(console: Console, stack: Stack, graph: Graph, source: str) -> None:
    """Ingest and train through REST and the queue, and show what came of it."""
    jobs = Jobs(graph)
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as rest:  # no proxy to one's own machine
        console.print()

        def do(kind: str, request: dict[str, Any]) -> Job:
            answer = rest.post(f"/v1/jobs/{kind}", json=request).raise_for_status()
            return watch(console, jobs, answer.json()["jobId"], stack.check)

        ingest = do("ingest", {"source": source})
        if ingest.error_type == _DOWNLOAD_ERROR:
            console.print(f"  [yellow]{source} can't be had here.[/] [dim]{ingest.error}[/]", soft_wrap=True)
            console.print("  Going on with the built-in sample: true films, [bold]simulated[/] ratings.")
            source = _SAMPLE
            ingest = do("ingest", {"source": source})
        _expect_success(console, ingest)
        train = do("train", {})
        _expect_success(console, train)
        version = _await_served(rest, str((train.result or {})["version"]))
        show_scores(console, version, is_simulated=source == _SAMPLE)
        show_recommendations(console, rest, graph)
        passwords = {login: _make_account(stack.url, login, is_admin=login == _ADMIN) for login in (_PERSON, _ADMIN)}
    console.print(f"\n  the page                        {stack.url}/", soft_wrap=True)
    console.print(f"  the API and its documentation   {stack.url}/docs", soft_wrap=True)
    report = f"{stack.url}/v1/models/{version['version']}"
    console.print(f"  the served model's report       {report}/report.html", soft_wrap=True)
    console.print(f"  the same as JSON                {report}", soft_wrap=True)
    for login, password in passwords.items():
        console.print(f"  log in as {login:<21} with the password {password}", soft_wrap=True, markup=False)


def _make_account(url: str, login: str, *, is_admin: bool) -> str:
    """An account's password. Its session is not kept: it would speak for that account alone."""
    password = secrets.token_urlsafe(12)
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as rest:
        body = {"login": login, "password": password}
        account = rest.post("/v1/accounts", json=body).raise_for_status().json()["accountId"]
        rest.cookies.clear()
        rest.patch(f"/v1/accounts/{account}", json={"isAdmin": is_admin}).raise_for_status()
    return password


def _expect_success(console: Console, job: Job) -> None:
    if job.state is not JobState.SUCCEEDED:
        show_outcome(console, job)
        raise UnavailableError(f"The {job.kind} job {job.state}; the demo can't go on.")


def _await_served(rest: httpx.Client, version: str) -> dict[str, Any]:
    """The version's own page, once the recommender serves it: within a second of its publication."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ready = rest.get("/readyz").json()
        if (ready.get("model") or {}).get("version") == version:
            answer: dict[str, Any] = rest.get(f"/v1/models/{version}").raise_for_status().json()
            return answer
        time.sleep(0.1)
    raise UnavailableError(f"The recommender does not serve {version}: {ready}")


def _serve(console: Console, stack: Stack) -> None:
    """Wait for Ctrl-C, or for a part that ends by itself."""
    console.print("\n  Serving. Ctrl-C ends it.")
    while True:
        stack.check()
        time.sleep(0.5)
