"""How good the models are on the data sets of `MARQUEE_DATASETS`, through `marquee evaluate`.

python -m benchmarks.quality [ml-1m gowalla ...]
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared.errors import InvalidInputError


def evaluate(folder: Path) -> dict[str, object]:
    """What `marquee evaluate` says of a folder, as it prints it."""
    command = [sys.executable, "-m", "shared.cli", "evaluate", str(folder), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(names: list[str]) -> None:
    """Evaluate on each data set and print a table."""
    datasets = os.environ.get("MARQUEE_DATASETS")
    if not datasets:
        raise InvalidInputError("MARQUEE_DATASETS does not name the folder of the data sets.")
    table = Table(title="Quality on held-out test data, settings chosen on validation data")
    for heading in ("data", "model", "Recall@20", "NDCG@20", "seconds"):
        table.add_column(heading, justify="left" if heading in ("data", "model") else "right")
    for name in names:
        figures = evaluate(Path(datasets) / name)
        baselines = figures["baselines"]
        assert isinstance(baselines, dict)
        rows = {"marquee": figures, **baselines}
        for model, row in rows.items():
            if "recall_at_20" in row:
                seconds = f"{row['train_seconds']:.1f}" if "train_seconds" in row else ""
                table.add_row(name, model, f"{row['recall_at_20']:.4f}", f"{row['ndcg_at_20']:.4f}", seconds)
            else:
                table.add_row(name, model, f"left out: {row['left_out']}", "", "")
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:] or ["ml-1m", "gowalla"])
