import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from services.trainer.page import MOST_BYTES, figures, make_page, page
from services.trainer.page.html import Html
from services.trainer.page.places import PlacedMovies, place_movies
from services.trainer.plots.movie_map import MapData

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "br"}


class Outline(HTMLParser):
    """What a page consists of; fails where an element is not closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    curve = [{"epoch": 1.5 * n, "ndcg_at_20": 0.3 + n / 100, "recall_at_20": 0.2, "seconds": 1.0} for n in (1, 2)]
    lead = {"ndcg_at_20": {"difference": 0.2, "interval": [0.19, 0.21], "p": 0.001}}
    lengths = {"other_lengths": {"recall_at_50": 0.4321}}
    tenths = [{"held_out": 100, "recall": 0.1}] * 10
    return {
        "job_id": "4f2a",
        "request": {"family": "inductive", "seed": 0},
        "recipe": {"family": "inductive", "temperature": 0.2, "epochs": 3.0, "relations": ["IN_GENRE"]},
        "data": {
            "users": 6_040,
            "fingerprint": "c0ffee",
            "split": "by time, each user's latest likes",
            "validation": {"likes_known": 400, "likes_held_out": 50, "users": 40},
            "test": {"likes_known": 450, "likes_held_out": 1_234, "users": 987},
        },
        "metrics": {"recall_at_20": 0.25, "ndcg_at_20": 0.35},
        "details": {"intervals": {"ndcg_at_20": [0.34, 0.36]}, "recall_by_decile": tenths, **lengths},
        "baselines": {
            "popularity": {"recall_at_20": 0.1, "ndcg_at_20": 0.15, "recall_by_decile": tenths, "versus_model": lead},
            "ease": {"left_out": "EASE's matrices take 9 GB; 4 GB are allowed."},
        },
        "selection": [{"temperature": 0.2, "curve": curve}],
        "linear_part": [
            {"lambda": 0.0, "weight": 0.0, "ndcg_at_20": 0.3},
            {"lambda": 9.0, "weight": 2.0, "ndcg_at_20": 0.4},
        ],
        "gate": {"verdict": "passed", "reasons": ["NDCG@20 0.3500 is better than popularity's 0.1500."]},
        "seconds": {"select": 1.25},
        "software": {"torch": "2.13.0"},
    }


@pytest.fixture(scope="module")
def movies() -> PlacedMovies:
    vectors = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    titles = [HOSTILE, *(f"movie {n}" for n in range(29))]
    movies = MapData([str(n) for n in range(30)], vectors, titles, [[HOSTILE], ["Drama"], *([["War"]] * 28)])
    placed = place_movies(movies)
    assert placed is not None
    return placed


@pytest.fixture(scope="module")
def made(report: dict[str, Any], movies: PlacedMovies) -> str:
    return make_page("20261121-4f2a", report, movies)


def test_a_page_asks_for_nothing_and_runs_nothing(made: str) -> None:
    outline = Outline(made)

    assert "//" not in made
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert not [value for name, value in outline.attributes if name in {"src", "href"} and not value.startswith("#")]
    assert set(re.findall(r"url\(([^)]+)\)", made)) <= {f"#{v}" for n, v in outline.attributes if n == "id"}


def test_the_parts_come_in_the_order_in_which_a_person_asks(made: str) -> None:
    assert Outline(made).headings == [
        "Verdict", "How good it is", "How it was chosen", "Map of the movies",
        "Data", "Settings", "Seconds", "Software",
    ]  # fmt: skip


def test_a_careful_reader_finds_how_the_model_was_judged(made: str) -> None:
    text = " ".join(Outline(made).text.split())

    assert "The gate let this version pass" in text
    assert "better than popularity's 0.1500" in text
    assert "Judged on 1,234 likes of 987 users that were held out (by time, each user's latest likes)" in text
    assert "Left out: EASE's matrices take 9 GB" in text
    assert "0.340 to 0.360" in text
    assert "Lead of this model in NDCG@20" in text
    assert "+0.1900 to +0.2100, p = 0.001" in text
    assert "log2(place + 1)" in text
    assert "Recall@50" in text
    assert "0.4321" in text
    assert "c0ffee" in text


def test_the_better_of_two_figures_is_in_bold(made: str) -> None:
    assert re.findall(r"<b>([^<]+)</b>", made) == ["0.3500", "0.2500"]


def test_every_plot_of_the_report_is_there_with_its_caption(made: str) -> None:
    outline = Outline(made)

    assert outline.tags.count("svg") == outline.tags.count("figcaption") == 5
    ids = [value for name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_a_hostile_title_or_value_stays_text(report: dict[str, Any]) -> None:
    said = {
        **report,
        "gate": {"verdict": "rejected", "reasons": [HOSTILE]},
        "recipe": {HOSTILE: HOSTILE},
        "selection": [],
    }

    outline = Outline(make_page(HOSTILE, said))

    assert "script" not in outline.tags
    assert outline.text.count(HOSTILE) >= 4
    assert "The gate refused this version" in outline.text
    assert "No map was drawn" in outline.text


def test_the_title_of_a_movie_on_the_map_stays_text(made: str) -> None:
    assert HOSTILE[:20] in Outline(made).text


def test_the_same_report_gives_the_same_page(made: str, report: dict[str, Any], movies: PlacedMovies) -> None:
    assert make_page("20261121-4f2a", report, movies) == made


def test_a_plot_that_can_not_be_drawn_is_left_out_and_told_of(
    report: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    broken = {**report, "selection": [{"temperature": 0.2, "curve": [{"nothing": 1}]}]}

    outline = Outline(make_page("v", broken))

    assert outline.tags.count("svg") == 3
    assert "the plot 'curves' can't be drawn" in caplog.text


def test_a_page_that_would_be_too_large_goes_without_its_largest_plots(
    report: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"comparison": 400_000, "deciles": 700_000, "curves": 300_000, "linear": 1_000}
    monkeypatch.setattr(page, "figure_of", lambda plot: Html(f"<p>{plot.name}:{'x' * sizes[plot.name]}</p>"))

    text = make_page("v", report)

    assert len(text.encode()) <= MOST_BYTES
    assert [name for name in sizes if f"{name}:" in text] == ["comparison", "curves", "linear"]


def test_what_the_job_says_between_plots_ends_the_drawing(report: dict[str, Any]) -> None:
    class Stop(Exception):  # noqa: N818 - as a job is stopped
        pass

    def stop(done: float) -> None:
        if done > 0:
            raise Stop

    with pytest.raises(Stop):
        make_page("v", report, on_step=stop)


def test_the_report_of_a_rating_model_has_its_page_too() -> None:
    report = {
        "metrics": {"rmse": 0.9, "mae": 0.7},
        "baselines": {"user and movie bias": {"rmse": 0.95, "mae": 0.75}},
        "selection": [{"curve": [{"steps": 100, "rmse": 0.92}]}],
        "recipe": {"steps": 100},
        "data": {"split": "each user's latest ratings", "test": {"ratings_known": 9, "ratings_held_out": 77}},
        "gate": {"verdict": "passed", "reasons": []},
    }

    text = make_page("v", report)

    assert "Judged on 77 ratings that were held out" in Outline(text).text
    assert re.findall(r"<b>([^<]+)</b>", text) == ["0.9000", "0.7000"]
    assert Outline(text).tags.count("svg") == 2


def test_a_report_that_tells_next_to_nothing_still_has_a_page() -> None:
    assert Outline(make_page("v", {"metrics": {}})).headings[0] == "Verdict"
    assert figures.headline({}) == []
