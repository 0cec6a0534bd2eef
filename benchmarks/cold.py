"""How good recommendations of movies are that nobody has rated, beside kernel ridge on the same features."""

from typing import Final

from benchmarks.bench import Bench, Subject
from benchmarks.competing import compete, data_folder, figures
from benchmarks.kernel_ridge import do_kernel_ridge
from benchmarks.results import Findings, Target
from services.trainer.comparing.material import read_data
from services.trainer.comparing.runs import Run
from shared.apart import run_apart

_DATA: Final = "ml-100k"
_LIKE: Final = 4.0
_LEAST: Final = 1.15
_RIDGE: Final = "kernel ridge"


def measure(bench: Bench, _kind: str) -> Findings:
    """Ours, kernel ridge and chance: among the cold movies alone.

    Raises:
        InvalidInputError: there are no data sets.
    """
    material = read_data(data_folder(_DATA), like_threshold=_LIKE, fold=None, split="cold-movies")
    with bench.step(_RIDGE) as tell:
        done = run_apart(do_kernel_ridge, tell, material)
    ridge = Run(_RIDGE, 0, {**done.value, "peak_bytes": done.peak_bytes})
    rows = compete(bench, material, ["inductive", "random"], [ridge])
    ratio = rows["inductive"]["recall_at_20"] / rows[_RIDGE]["recall_at_20"]
    target = Target.at_least(f"{_DATA}, cold movies: Recall@20 in kernel ridge's", ratio, _LEAST, "times")
    return Findings(figures(material.name, rows), [target])


SUBJECT: Final = Subject(
    "cold",
    "Movies that nobody has rated",
    "All events of a fifth of the movies of MovieLens 100K are held out, and these movies alone are ranked. What is "
    "known of them are genres and years. The penalty of kernel ridge is chosen on a fifth of the other movies.",
    ("sqlite",),
    measure,
)
