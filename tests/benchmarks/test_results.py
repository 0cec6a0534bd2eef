from pathlib import Path

import pytest

from benchmarks.bench import Bench, Subject
from benchmarks.growth import exponent
from benchmarks.ingest_job import Ingested
from benchmarks.machine import Machine
from benchmarks.page import page, table
from benchmarks.plot import svg
from benchmarks.results import Figure, Findings, Measurement, Results, Target
from shared.apart import Cost

MACHINE = Machine("Made-Up CPU", 2, 24, "Python 3.11")


def measurement(seconds: float, *, store: str = "sqlite", holds: bool = True) -> Measurement:
    target = Target("reading", "≤ 40 s", f"{seconds} s", holds)
    findings = Findings([{"store": store, "seconds": seconds}], [target], [(0.5, 0.1), (1.0, 0.2)])
    return Measurement("read", store, findings, 90.0, "2025-01-31", "abc1234", MACHINE)


def never(_bench: Bench, _store: str) -> Findings:
    raise AssertionError


SUBJECT = Subject("read", "Reading", "How it is read.", ("sqlite", "neo4j"), never)


def test_the_exponent_of_a_line_is_one_and_noise_moves_it_little() -> None:
    assert exponent([1e5, 1e6, 1e7], [0.5, 5, 50]) == pytest.approx(1.0)
    assert exponent([1e5, 1e6, 1e7], [0.55, 5, 50]) == pytest.approx(1.0, abs=0.03)
    assert exponent([1e5, 1e6, 1e7], [1, 31.6, 1_000]) == pytest.approx(1.5, abs=0.001)


def test_a_target_holds_at_its_limit_and_not_beyond() -> None:
    assert Target.at_most("read", 40.0, 40, "s").holds
    assert not Target.at_most("read", 40.1, 40, "s").holds
    assert Target.at_least("write", 75_000, 75_000, "ratings/s").holds
    assert Target.at_least("write", 74_999, 75_000, "ratings/s") == Target(
        "write", "≥ 75,000 ratings/s", "74,999 ratings/s", holds=False
    )


def test_the_time_of_a_part_is_read_between_the_points_of_progress() -> None:
    ingested = Ingested(Cost(30, 30), [(10.0, 0.0), (20.0, 0.5), (40.0, 1.0)])

    assert ingested.seconds_between(0.0, 0.25) == pytest.approx(5.0)
    assert ingested.seconds_between(0.75, 1.0) == pytest.approx(10.0)


def test_results_are_read_back_and_a_new_one_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    results = Results.read(tmp_path / "results.jsonl")
    results.keep(measurement(50.0, holds=False))
    results.keep(measurement(60.0, store="neo4j"))
    results.keep(measurement(30.0))

    found = Results.read(tmp_path / "results.jsonl")

    assert found.measurements == {
        ("read", "sqlite"): measurement(30.0),
        ("read", "neo4j"): measurement(60.0, store="neo4j"),
    }


def test_the_page_tells_what_must_hold_and_says_plainly_what_does_not(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.keep(measurement(50.0, holds=False))
    results.keep(measurement(60.0, store="neo4j"))

    written = page([SUBJECT], results)

    assert "| reading | ≤ 40 s | 50.0 s | **no** |" in written
    assert "| reading | ≤ 40 s | 60.0 s | yes |" in written
    assert "Machine: Made-Up CPU, 2 cores, 24 GB of memory. Python 3.11." in written
    assert "## Reading\n\nHow it is read.\n\n| store | seconds |" in written
    assert "takes 3.0 minutes; measured 2025-01-31 at abc1234." in written
    assert "](benchmarks-read.svg)" in written


def test_a_subject_that_was_never_measured_is_not_on_the_page(tmp_path: Path) -> None:
    assert "## Reading" not in page([SUBJECT], Results(tmp_path / "results.jsonl"))


def test_a_table_has_a_column_for_each_heading_that_has_a_figure() -> None:
    rows: list[dict[str, Figure]] = [
        {"work": "read", "s": 1.5, "MB": None},
        {"work": "write", "rows": 1_000_000, "MB": None},
    ]

    assert table(rows).splitlines() == [
        "| work | s | rows |",
        "| --- | ---: | ---: |",
        "| read | 1.50 |  |",
        "| write |  | 1,000,000 |",
    ]


def test_a_plot_draws_each_point_within_its_frame() -> None:
    drawn = svg([(0.0, 0.2), (5.0, 0.3), (10.0, 0.3)], "minutes", "NDCG@20")

    assert drawn.count("<circle") == 3
    assert '<circle cx="64.0"' in drawn
    assert '<circle cx="624.0"' in drawn
