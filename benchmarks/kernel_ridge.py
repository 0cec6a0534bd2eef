"""Kernel ridge regression on what describes movies: the baseline of movies that nobody has rated.

Every user's likes are regressed on the content of movies: with K = F F' of unit-free features F, the scores of cold
movies are X_w (K_ww + lambda I)^-1 K_wc, X_w being the likes of warm ones (Saunders, Gammerman and Vovk, ICML 1998).
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.linalg

from services.trainer.comparing.competitors import Fitted, judge
from services.trainer.comparing.material import Material
from services.trainer.data.fold import Fold
from services.trainer.evaluation.metrics import Scores, evaluate
from services.trainer.families.cold import content_features
from shared.apart import Stopwatch, Tell
from shared.ids import Rows
from shared.scoring import Floats

LAMBDAS: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_HELD_OUT: Final = 0.2  # of the warm movies: by them the penalty is chosen
_SEED: Final = 23

Mask = npt.NDArray[np.bool_]


def do_kernel_ridge(tell: Tell, material: Material) -> dict[str, Any]:
    """Choose the penalty, fit, and judge; meant for a process of its own. What it gives is a run's figures."""
    watch = Stopwatch()
    fold = material.parts.final
    inner = without_some_movies(fold)
    recalls = []
    for number, lambda_ in enumerate(LAMBDAS):
        recalls.append(evaluate(kernel_ridge(inner, material, lambda_), inner).recall)
        tell((number + 1) / (len(LAMBDAS) + 1))
    best = LAMBDAS[int(np.argmax(recalls))]
    scores = kernel_ridge(fold, material, best)
    return judge(Fitted(scores, {"lambda": best}), watch.cost(), material)


def without_some_movies(fold: Fold) -> Fold:
    """What is known of a fold, with a fifth of its warm movies cold in turn."""
    warm = np.flatnonzero(fold.likes.counts())
    cold = np.zeros(fold.likes.n_movies, np.bool_)
    cold[np.random.default_rng(_SEED).permutation(warm)[: round(_HELD_OUT * len(warm))]] = True
    is_cold = cold[fold.likes.movies]
    known = fold.likes.keep(~is_cold)
    knows = known.lengths() > 0
    held_out = fold.likes.keep(is_cold & knows[fold.likes.users()])
    return replace(fold, likes=known, seen=known, held_out=held_out, candidates=cold, stars=None, asked=None)


def kernel_ridge(fold: Fold, material: Material, lambda_: float) -> Scores:
    """Scores of all movies by their content; of use for those in the fold's candidates."""
    warm: Mask = fold.likes.counts() > 0
    features = content_features([r for r in material.content if r.of == "movie"], warm)
    kernel: Floats = (features[warm] @ features.T).toarray()  # [w, n_movies]
    regularised = kernel[:, warm] + np.float32(lambda_) * np.eye(len(kernel), dtype=np.float32)
    weights = scipy.linalg.solve(regularised, kernel, assume_a="pos")  # [w, n_movies]
    likes = fold.likes.matrix()[:, warm]

    def scores(users: Rows) -> Floats:
        found: Floats = np.asarray(likes[users] @ weights, np.float32)
        return found

    return scores
