"""How long it takes to judge rankings that are there: 138,000 users x 20."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.bench import Bench, Subject
from benchmarks.results import Figure, Findings, Target
from services.trainer.environment import share_cores
from shared.apart import Cost, Stopwatch, Tell, run_apart

if TYPE_CHECKING:
    from services.trainer.data.lists import UserLists

_USERS: Final = 138_000
_MOVIES: Final = 27_000
_LIKES: Final = 7_000_000
_HELD_OUT: Final = 700_000
_LENGTH: Final = 20
_MOST_SECONDS: Final = 5.0


def do_judge(tell: Tell, users: int, movies: int, likes: int, held_out: int) -> dict[str, Cost]:
    """Made-up likes, held-out likes and rankings of so many; what each part of judging them takes."""
    share_cores()
    from services.trainer.data.fold import Fold
    from services.trainer.evaluation.catalogue import Catalogue, describe_rankings, recall_by_decile
    from services.trainer.evaluation.confidence import differences, intervals
    from services.trainer.evaluation.metrics import Rankings, score_rankings

    rng = np.random.default_rng(0)
    known, asked = (_lists(rng, users, movies, count) for count in (likes, held_out))
    fold = Fold(known, known, asked)
    judged = fold.users()
    rankings = Rankings(judged, _skewed(rng, movies, (len(judged), _LENGTH)))
    costs: dict[str, Cost] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        watch = Stopwatch()
        value = work()
        costs[name] = watch.cost()
        tell(len(costs) / 5)
        return value

    catalogue = timed("what movies are like, once for all models", lambda: Catalogue.of(known))
    per_user = timed("figures by user, K = 5, 10, 20", lambda: score_rankings(rankings, asked, [5, 10, _LENGTH]))
    timed(
        "coverage, novelty, diversity, Gini, deciles",
        lambda: (
            describe_rankings(rankings, catalogue, _LENGTH),
            recall_by_decile(rankings, catalogue, fold, _LENGTH),
        ),
    )
    values = np.column_stack([per_user[f"{name}_at_{_LENGTH}"] for name in ("recall", "ndcg")])
    timed("intervals of two figures, 1,000 resamples", lambda: intervals(values))
    timed("a paired test of two figures", lambda: differences(values, np.roll(values, 1, axis=0)))
    return costs


def _lists(rng: np.random.Generator, users: int, movies: int, count: int) -> "UserLists":
    from services.trainer.data.lists import UserLists

    return UserLists.from_pairs(
        rng.integers(0, users, count), _skewed(rng, movies, (count,)), n_users=users, n_movies=movies
    )


def _skewed(rng: np.random.Generator, movies: int, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rows of movies, the first ones far more often than the last."""
    return (rng.random(shape) ** 3 * movies).astype(np.int64)


def measure(bench: Bench, _kind: str) -> Findings:
    """Judge rankings of made-up likes."""
    users, movies = bench.scaled(_USERS), bench.scaled_movies(_MOVIES)
    with bench.step(f"judging rankings of {users:,} users") as tell:
        done = run_apart(do_judge, tell, users, movies, bench.scaled(_LIKES), bench.scaled(_HELD_OUT))
    rows: list[dict[str, Figure]] = [
        {"work": name, "users": users, "seconds": cost.seconds, "CPU s": cost.cpu_seconds}
        for name, cost in done.value.items()
    ]
    rows.append({"work": "all of it", "peak MB": round(done.peak_bytes / 1e6)})
    seconds = sum(cost.seconds for name, cost in done.value.items() if "figures by user" in name or "Gini" in name)
    work = f"all ranking metrics of {users:,} users x {_LENGTH}, given the rankings"
    return Findings(rows, [Target.at_most(work, seconds, _MOST_SECONDS, "s")])


SUBJECT: Final = Subject(
    "judging",
    "Judging rankings",
    "Made-up likes and rankings of the size of MovieLens 20M; what judging them takes once they are there, "
    "`services/trainer/evaluation/`.",
    ("sqlite",),
    measure,
)
