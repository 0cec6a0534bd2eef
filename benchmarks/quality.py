"""How good the models are on the published splits of `MARQUEE_DATASETS`, and how long they take."""

from dataclasses import dataclass
from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.competing import compete, data_folder, figures
from benchmarks.results import Figure, Findings, Target
from services.trainer.comparing.material import Material
from services.trainer.data.folder import read_folder
from shared.jobs import CompetitorName


@dataclass(frozen=True, slots=True)
class Limit:
    """What a model must reach: Recall@20, NDCG@20, and seconds of choosing settings and training."""

    recall: float
    ndcg: float
    seconds: float


_BASELINES: Final[tuple[CompetitorName, ...]] = ("ease", "ials", "item-knn", "popularity")
_LIMITS: Final[dict[str, dict[CompetitorName, Limit]]] = {
    "ml-1m": {"inductive": Limit(0.291, 0.393, 60), "lightgcn": Limit(0.286, 0.387, 40)},
    "gowalla": {"inductive": Limit(0.187, 0.153, 480)},
}
"""By data set and model."""


def measure(bench: Bench, _kind: str) -> Findings:
    """Each model with its limits, beside baselines, on each data set.

    Raises:
        InvalidInputError: there are no data sets.
    """
    rows: list[dict[str, Figure]] = []
    targets: list[Target] = []
    for name, limits in _LIMITS.items():
        found = compete(bench, Material(name, read_folder(data_folder(name))), [*limits, *_BASELINES])
        rows += figures(name, found)
        for model, limit in limits.items():
            row, words = found[model], f"{name}, {model}"
            targets += [
                Target.at_least(f"{words}, Recall@20", row["recall_at_20"], limit.recall, ""),
                Target.at_least(f"{words}, NDCG@20", row["ndcg_at_20"], limit.ndcg, ""),
                Target.at_most(f"{words}, choosing and training", row["seconds"], limit.seconds, "s"),
            ]
    return Findings(rows, targets)


SUBJECT: Final = Subject(
    "quality",
    "Quality",
    "On published splits of real data, settings chosen on validation data, test data read once; full ranking of all "
    "movies. `marquee compare DIR` does the same for any folder with `train.txt`, `valid.txt` and `test.txt`.",
    ("sqlite",),
    measure,
)
