"""`marquee plots` on a real graph."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from services.trainer.page.cli import plots
from shared.graph import Graph
from shared.graph.columns import objects
from shared.models import RANKING, ServingParameters, UserForm, parameters_json
from shared.schema import MODEL_VERSION, MOVIE, RATED, SERVES, USER, Slot

MOVIES = objects([f"m{n}" for n in range(8)])
REPORT = '{"metrics": {"ndcg_at_20": 0.3}, "baselines": {"popularity": {"ndcg_at_20": 0.2}}, "recipe": {}}'


def test_the_plots_of_the_served_version_are_saved_with_a_map_of_what_was_liked(
    sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")
    sqlite_graph.put_nodes(MOVIE, {"movieId": MOVIES, "title": objects([f"Movie {n}" for n in range(8)])})
    sqlite_graph.put_nodes(USER, {"userId": objects(["u"])})
    stars = {"rating": np.array([1.0, *[5.0] * 7]), "ratedAt": np.arange(8)}
    sqlite_graph.put_edges(RATED, objects(["u"] * 8), MOVIES, stars)
    vectors = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)
    columns = {"embedding": vectors, "inputEmbedding": vectors, "bias": vectors[:, 0]}
    sqlite_graph.write_slot(MOVIE, Slot.A, MOVIES, columns)
    parameters = ServingParameters("test", UserForm.INDUCTIVE, 6, temperature=0.5, like_threshold=4.0, linear_width=2)
    record = {"version": "v1", "state": "ready", "slot": "A", "createdAt": 1, "metrics": "{}", "report": REPORT}
    assert sqlite_graph.create_record(MODEL_VERSION, {**record, "parameters": parameters_json(parameters)})
    sqlite_graph.move_pointer(SERVES, RANKING, expected=None, target="v1")

    done = CliRunner().invoke(plots, ["--out", str(tmp_path / "plots")], catch_exceptions=False)

    saved = {path.name for path in (tmp_path / "plots").iterdir()}
    assert saved == {"comparison.png", "comparison.svg", "map.png", "map.svg"}
    assert "map.svg" in done.output
    drawn = (tmp_path / "plots" / "map.svg").read_text(encoding="utf-8")
    assert "the 7 most liked movies" in drawn
    assert "Movie 0" not in drawn, "nobody liked it"
