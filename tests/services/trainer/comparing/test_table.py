import numpy as np
import pytest

from services.trainer.comparing.files import markdown, with_section
from services.trainer.comparing.runs import Run
from services.trainer.comparing.shown import cells, markdown_table, missing
from services.trainer.comparing.table import tabulate
from services.trainer.evaluation.comparison import pack


def run(model: str, seed: int, of_users: list[float], seconds: float = 1.0, peak: int = 10**8) -> Run:
    values = np.array(of_users, np.float32)
    figures = {name: float(values.mean()) for name in ("recall_at_20", "ndcg_at_20")}
    found = {
        "row": {**figures, "coverage_at_20": 0.5, "gini_at_20": 0.9, "recall_by_decile": [], "intervals": {}},
        "per_user": dict.fromkeys(figures, pack(values)),
        "stars": {},
        "settings": {"seed": seed},
        "seconds": seconds,
        "cpu_seconds": 2 * seconds,
        "peak_bytes": peak,
    }
    return Run(model, seed, found)


def test_figures_are_means_over_seeds_and_intervals_of_the_users_means() -> None:
    rows = tabulate([run("a", 0, [0.0, 1.0], seconds=1), run("a", 1, [1.0, 0.0], seconds=3, peak=2 * 10**8)])

    row = rows["a"]
    assert (row["ndcg_at_20"], row["seeds"], row["seconds"], row["cpu_seconds"], row["peak_mb"]) == (0.5, 2, 2, 4, 200)
    assert row["spread"]["ndcg_at_20"] == 0
    assert row["intervals"]["ndcg_at_20"] == [0.5, 0.5]  # both users have .5 on average
    assert [settings["seed"] for settings in row["settings"]] == [0, 1]


def test_each_row_is_compared_with_the_first_that_has_figures() -> None:
    rows = tabulate([Run("gat", 0, {"failed": "killed"}), run("a", 0, [0.25, 0.5]), run("b", 0, [0.5, 0.75])])

    assert rows["gat"] == {"failed": "killed"}
    assert "versus_first" not in rows["a"]
    assert rows["b"]["versus_first"]["ndcg_at_20"]["difference"] == pytest.approx(0.25)
    assert missing(rows) == ["gat: killed"]


def test_a_model_that_predicts_stars_alone_has_a_row_without_rankings() -> None:
    stars = run("gc-mc", 0, [1.0])
    stars.found.update(row={}, per_user={}, stars={"rmse": 0.9, "mae": 0.7})

    rows = tabulate([stars, run("a", 0, [0.5, 0.5])])

    assert rows["gc-mc"]["rmse"] == 0.9
    headings, (first, second) = cells(rows)
    assert first[headings.index("RMSE")] == ["**0.9000**"]
    assert first[headings.index("NDCG@20")] == []
    assert second[headings.index("RMSE")] == []
    assert second[headings.index("NDCG@20")][0] == "**0.5000**"


def test_the_table_holds_all_rows_and_marks_the_best() -> None:
    lines = markdown_table(tabulate([run("a", 0, [0.25, 0.5]), run("b", 0, [0.5, 0.75])])).splitlines()

    assert [line.split(" | ")[0] for line in lines[2:]] == ["| a", "| b"]
    assert "**0.6250** (0.500 to 0.750)" in lines[3]
    assert "+0.2500 (+0.250 to +0.250), p" not in lines[3]
    assert "+0.2500 (+0.250 to +0.250) p 0." in lines[3]


def test_a_section_is_replaced_and_not_doubled() -> None:
    found = {
        "data": {"name": "ml-1m", "users": 2, "held_out": 3, "likes": 9, "movies": 5, "split": "as it was given"},
        "models": tabulate([run("a", 0, [0.25, 0.5])]),
        "command": "marquee compare ml-1m",
        "at": "2025-01-31",
        "marquee": "1.2.3",
        "machine": "Made-Up CPU",
    }
    page = with_section(with_section("# Results\n", "gowalla", "old words"), "ml-1m", markdown(found))

    again = with_section(page, "gowalla", "new words")

    assert again == page.replace("old words", "new words")
    assert again.count("<!-- marquee compare: gowalla -->") == 1
    assert again.index("new words") < again.index("## ml-1m")
    assert "`marquee compare ml-1m`, 2025-01-31, Marquee 1.2.3; Made-Up CPU." in again
