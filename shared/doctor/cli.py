"""`marquee doctor`: the composition root of the checks, and how their findings are shown."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import click
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.doctor import environment, graph, jobs, model, queue, software, space
from shared.doctor.findings import Check, Finding, Level, examine
from shared.errors import InvalidInputError
from shared.graph.connect import sqlite_path
from shared.settings import QueueSettings, load

_GROUP: Final = "marquee.settings"
_MARKS: Final = {Level.WELL: Text("✓", "green"), Level.WARNING: Text("!", "yellow"), Level.WRONG: Text("✗", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
@click.option(
    "--patience",
    type=click.FloatRange(1, 3_600),
    default=60.0,
    show_default=True,
    help="Seconds that checks may take that run at the same time; a large graph may need more.",
)
def doctor(*, as_json: bool, patience: float) -> None:
    """Look at all that Marquee stands on, change nothing, and say what is wrong and what to do.

    Ends with status 1 if anything is wrong; what is only warned of does not count.
    """
    findings = [_without(finding, _secrets()) for finding in examine(_checks(), seconds=patience)]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings, Console(highlight=False))
    if any(finding.level is Level.WRONG for finding in findings):
        raise SystemExit(1)


def _checks() -> list[Check]:
    """All checks; of the settings and the software alone, where the settings do not fit."""
    kinds = _kinds()
    with_settings = partial(environment.check_environment, kinds, os.environ)
    try:
        settings = load(QueueSettings)
    except InvalidInputError:
        return [Check(environment.PART, with_settings), Check(software.PART, software.check_software)]
    data_dir = Path(os.environ.get("MARQUEE_DATA_DIR") or "data")
    return [
        Check(environment.PART, lambda: chain(with_settings(), environment.check_together(settings))),
        Check(software.PART, software.check_software),
        Check(space.PART, partial(space.check_space, data_dir, sqlite_path(settings))),
        Check(graph.PART, partial(graph.check_graph, settings)),
        Check(queue.PART, partial(queue.check_queue, settings)),
        Check(model.PART, partial(model.check_model, settings), needs=(graph.PART,)),
        Check(jobs.PART, partial(jobs.check_jobs, settings), needs=(graph.PART, queue.PART)),
    ]


def _kinds() -> list[type[BaseSettings]]:
    """The settings of the services that are installed here."""
    return [entry.load() for entry in entry_points(group=_GROUP)]


def _secrets() -> list[str]:
    """What must not be shown, whoever says it: each secret of the settings, and the password in an address."""
    try:
        settings = load(QueueSettings)
    except InvalidInputError:
        return []
    values = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    passwords = [urlsplit(part).password for value in (*values, settings.graph_url) for part in value.split(";")]
    return [text for each in (*passwords, *values) if each for text in {each, unquote(each)}]


def _without(finding: Finding, secrets: Sequence[str]) -> Finding:
    what, advice = finding.what, finding.advice
    for secret in secrets:
        what, advice = what.replace(secret, "•••"), advice.replace(secret, "•••")
    return Finding(finding.part, finding.level, what, advice)


def _show(findings: Sequence[Finding], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("", "part", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.level], finding.part, Text(finding.what), Text(finding.advice))
    console.print(table)
    counts = _counts(findings)
    if counts[Level.WRONG]:
        console.print(f"{counts[Level.WRONG]} wrong, {counts[Level.WARNING]} to look at.", style="red")
    elif counts[Level.WARNING]:
        console.print(f"Nothing is wrong; {counts[Level.WARNING]} to look at.", style="yellow")
    else:
        console.print("Nothing is wrong.", style="green")


def _counts(findings: Sequence[Finding]) -> Mapping[Level, int]:
    levels = [finding.level for finding in findings]
    return {level: levels.count(level) for level in Level}
