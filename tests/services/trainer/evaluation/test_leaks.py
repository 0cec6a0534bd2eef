"""Leaks are planted, and each has to be caught."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from services.trainer.data.fold import Fold, Rated
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import split
from services.trainer.data.splits import split_by_name
from services.trainer.evaluation.baselines import ease, popularity
from services.trainer.evaluation.leaks import depends_on_answers, find_leaks
from services.trainer.evaluation.metrics import Scores
from services.trainer.evaluation.registry import BASELINES, Limits
from services.trainer.fitting.training import Training
from services.trainer.recipe import Recipe
from shared.ids import Rows
from shared.jobs import BaselineName, Family, SplitName
from shared.scoring import Floats

LIMITS = Limits(10**9, 1)


@pytest.mark.parametrize("name", get_args(SplitName))
def test_no_split_of_ours_leaks(data: Interactions, name: SplitName) -> None:
    parts = split_by_name(name, data, 4.0)

    assert find_leaks(parts.select) == []
    assert find_leaks(parts.final) == []


def test_a_held_out_edge_in_the_encoders_graph_is_found(blocks: Fold) -> None:
    one = blocks.held_out.keep(np.arange(len(blocks.held_out)) == 17)

    assert find_leaks(blocks, graph=blocks.likes) == []
    assert find_leaks(blocks, graph=blocks.likes.union(one)) == ["1 held-out likes are among the encoder's graph."]


def with_seen_answer(fold: Fold) -> Fold:
    return replace(fold, seen=fold.seen.union(fold.held_out))


def with_trained_answer(fold: Fold) -> Fold:
    return replace(fold, likes=fold.likes.union(fold.held_out))


def with_known_stars(fold: Fold) -> Fold:
    return replace(fold, asked=Rated(fold.likes, np.ones(len(fold.likes), np.float32)))


def with_history_that_is_not_seen(fold: Fold) -> Fold:
    return replace(fold, seen=fold.likes.keep(np.arange(len(fold.likes)) > 0))


def with_cold_movie_that_is_known(fold: Fold) -> Fold:
    return replace(fold, candidates=np.ones(fold.seen.n_movies, np.bool_))


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (with_seen_answer, "among what counts as seen"),
        (with_trained_answer, "among the likes that are trained on"),
        (with_known_stars, "ratings that are asked for are known"),
        (with_history_that_is_not_seen, "1 likes that users are encoded from do not count as seen"),
        (with_cold_movie_that_is_known, "events of movies that should be cold"),
    ],
)
def test_planted_leaks_in_the_data_are_found(blocks: Fold, plant: Callable[[Fold], Fold], message: str) -> None:
    assert any(message in leak for leak in find_leaks(plant(blocks)))


def one_edge_too_many(fold: Fold) -> Scores:
    """EASE, of whose graph one user's held-out edge is a part."""
    first = fold.held_out.keep(np.arange(len(fold.held_out)) == 0)
    return ease(fold.likes.union(first), 50.0)


def feature_of_test_data(fold: Fold) -> Scores:
    """EASE, plus a feature of movies: how often each is held out. Nobody's own answers are in it."""
    scores, counts = ease(fold.likes, 50.0), fold.held_out.counts()
    return lambda users: scores(users) + (1e-3 * counts).astype(np.float32)


@pytest.mark.parametrize("leaky", [one_edge_too_many, feature_of_test_data])
def test_a_model_that_knows_its_answers_is_caught(blocks: Fold, leaky: Callable[[Fold], Scores]) -> None:
    assert depends_on_answers(leaky, blocks)


def test_a_model_that_does_not_is_cleared(blocks: Fold) -> None:
    assert not depends_on_answers(lambda fold: ease(fold.likes, 50.0), blocks)
    assert not depends_on_answers(lambda fold: popularity(fold.likes), blocks)


@pytest.mark.parametrize("family", get_args(Family))
def test_no_family_depends_on_what_is_held_out(blocks: Fold, family: Family) -> None:
    recipe = Recipe(family=family, width=8, epochs=1, batch_users=64)

    def fit(fold: Fold) -> Scores:
        return Training(fold.likes, recipe, torch.device("cpu")).run().on(fold)

    assert not depends_on_answers(fit, blocks)


@pytest.mark.parametrize("name", list(BASELINES))  # matrix factorisation is among the families above
def test_no_baseline_depends_on_what_is_held_out(data: Interactions, name: BaselineName) -> None:
    def fit(fold: Fold) -> Scores:
        return BASELINES[name].prepare(fold, LIMITS)(BASELINES[name].settings[0])

    assert not depends_on_answers(fit, split(data, 4.0).final)


def test_from_ratings_to_scores_nothing_depends_on_the_test(data: Interactions) -> None:
    """Each user's last like becomes a like of another movie that they did not rate: the split cuts it off again."""
    last = _last_likes(data)
    movies = data.movies.copy()
    for event in last:
        own = set(data.movies[data.users == data.users[event]].tolist())
        movies[event] = next(movie for movie in range(data.n_movies) if movie not in own)
    columns = {name: getattr(data, name) for name in ("user_keys", "movie_keys", "users", "ratings", "times")}
    changed = Interactions.ordered(**columns, movies=movies)

    before, after = (_scores_of_all(split(some, 4.0).final) for some in (data, changed))

    assert (split(data, 4.0).final.held_out.movies != split(changed, 4.0).final.held_out.movies).any()
    assert (before == after).all()


def _last_likes(data: Interactions) -> Rows:
    """The events that are each user's last like."""
    order = np.lexsort((data.times, data.users))
    order = order[data.ratings[order] >= 4]
    last: Rows = order[np.append(np.diff(data.users[order]) > 0, True)]
    return last


def _scores_of_all(fold: Fold) -> Floats:
    model = Training(fold.likes, Recipe(width=8, epochs=1, batch_users=64), torch.device("cpu")).run()
    return model.on(fold)(np.arange(fold.likes.n_users))
