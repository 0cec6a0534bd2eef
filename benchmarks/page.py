"""docs/benchmarks.md, written from what is kept of the measurements."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.bench import Subject
from benchmarks.results import Figure, Measurement, Results, shown
from benchmarks.store import HEAP_MEGABYTES, PAGE_CACHE_MEGABYTES

_LEFT: frozenset[type] = frozenset({str, type(None)})


def page(subjects: Sequence[Subject], results: Results) -> str:
    """The whole page. Subjects that were never measured are left out."""
    measured = {subject.name: _of(subject, results) for subject in subjects}
    everything = [measurement for of_subject in measured.values() for measurement in of_subject]
    minutes = sum(measurement.took_seconds for measurement in everything) / 60
    parts = [
        _HEAD,
        _machines(everything),
        f"All of it took {minutes:.0f} minutes.",
        "## What must hold",
        targets_table(everything),
    ]
    for subject in subjects:
        if measured[subject.name]:
            parts += _section(subject, measured[subject.name])
    return "\n\n".join(parts) + "\n"


_HEAD = """# Benchmarks

This page is written by `make bench`, which measures all of it anew; `python -m benchmarks --help` says how to measure
a part. All data are made up, in the likeness of MovieLens: users and movies of power laws, tastes that a model can
find, times. Every figure is of one run. What is measured runs in a process of its own; its peak memory
is Linux's `VmHWM`."""


def _of(subject: Subject, results: Results) -> list[Measurement]:
    found = (results.measurements.get((subject.name, store)) for store in subject.stores)
    return [measurement for measurement in found if measurement is not None]


def _machines(measurements: Iterable[Measurement]) -> str:
    machines = dict.fromkeys(measurement.machine for measurement in measurements)
    neo4j = (
        f"Neo4j has a heap of {HEAP_MEGABYTES} MB and a page cache of {PAGE_CACHE_MEGABYTES} MB, on the same machine."
    )
    return "\n\n".join([*(f"Machine: {machine}. {machine.versions}." for machine in machines), neo4j])


def targets_table(measurements: Iterable[Measurement]) -> str:
    """What must hold, what was measured, and whether it does."""
    rows = [
        {
            "work": target.work,
            "must": target.must,
            "measured": target.measured,
            "holds": "yes" if target.holds else "**no**",
        }
        for measurement in measurements
        for target in measurement.findings.targets
    ]
    return table(rows)


def _section(subject: Subject, measurements: Sequence[Measurement]) -> list[str]:
    minutes = sum(measurement.took_seconds for measurement in measurements) / 60
    days = ", ".join(dict.fromkeys(f"{m.at} at {m.commit}" for m in measurements))
    rows = [row for measurement in measurements for row in measurement.findings.rows]
    parts = [f"## {subject.title}", subject.text, table(rows)]
    if any(measurement.findings.curve for measurement in measurements):
        parts.append(f"![The curve of {subject.name}]({plot_name(subject.name)})")
    return [*parts, f"`python -m benchmarks {subject.name}` takes {minutes:.1f} minutes; measured {days}."]


def plot_name(subject: str) -> str:
    """The file beside the page that holds a subject's curve."""
    return f"benchmarks-{subject}.svg"


def table(rows: Sequence[Mapping[str, Figure]]) -> str:
    """A Markdown table: a column for each heading of any row, in their order; empty ones are left out.

    >>> print(table([{"work": "read", "s": 1.5}, {"work": "write", "s": 12, "MB": None}]))
    | work | s |
    | --- | ---: |
    | read | 1.50 |
    | write | 12 |
    """
    if not rows:
        return ""
    headings = [h for h in dict.fromkeys(h for row in rows for h in row) if any(row.get(h) is not None for row in rows)]
    rules = ["---" if all(type(row.get(h)) in _LEFT for row in rows) else "---:" for h in headings]
    lines = [headings, rules, *([shown(row.get(h)) for h in headings] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
