"""A graph that a later Marquee has made is refused by every command that would work on it, with what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.cli import main
from shared.graph import Graph
from shared.graph.state import STATE_KEY
from shared.schema import GRAPH_STATE


@pytest.mark.parametrize(
    "command",
    [
        "ingest sample", "train", "clean-up", "jobs", "jobs show 1", "jobs cancel 1", "graph check", "ingest-worker",
        "trainer-worker",
    ],
)  # fmt: skip
def test_a_graph_of_a_later_schema_is_refused(
    sqlite_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    sqlite_graph.update_record(GRAPH_STATE, STATE_KEY, {"schemaVersion": 99})
    monkeypatch.setenv("MARQUEE_GRAPH_URL", f"sqlite:{tmp_path / 'graph.db'}")

    said = CliRunner().invoke(main, command.split())

    assert said.exit_code == 1
    assert "run the Marquee that made it, or a later one" in " ".join(said.output.split())
