"""Links of planted blocks, whose chances are known."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from services.trainer.data.fold import Fold
from services.trainer.data.lists import UserLists
from services.trainer.evaluation.baselines import ease, popularity
from services.trainer.evaluation.links import evaluate_links, sample_links, score_pairs
from shared.errors import InvalidInputError


@pytest.fixture
def skewed() -> Fold:
    """400 users, 100 movies of a power law, and tastes that nobody could learn: popularity is all there is."""
    rng = np.random.default_rng(0)
    users, movies = rng.integers(0, 400, 6_000), (rng.random(6_000) ** 3 * 100).astype(np.int64)
    likes = UserLists.from_pairs(users, movies, n_users=400, n_movies=100)
    asked = rng.random(len(likes)) < 0.2
    known = likes.keep(~asked)
    return Fold(known, known, likes.keep(asked))


@pytest.mark.parametrize("kind", ["sampled", "degree_matched"])
def test_a_non_link_is_nothing_that_anyone_likes(skewed: Fold, kind: str) -> None:
    links = sample_links(skewed, kind)

    assert links.labels.sum() == len(skewed.held_out)
    assert (~links.labels).sum() > 0.9 * len(skewed.held_out)
    taken = skewed.seen.union(skewed.held_out)
    liked = set(zip(taken.users().tolist(), taken.movies.tolist(), strict=True))
    pairs = zip(links.users[~links.labels].tolist(), links.movies[~links.labels].tolist(), strict=True)
    assert not liked & set(pairs)
    again = sample_links(skewed, kind)
    assert (again.movies == links.movies).all()


def test_popularity_tells_links_from_random_pairs_and_not_from_those_of_the_same_degrees(skewed: Fold) -> None:
    found = evaluate_links(popularity(skewed.likes), skewed)

    assert found["sampled"]["roc_auc"] > 0.7
    assert found["degree_matched"]["roc_auc"] == pytest.approx(0.5, abs=0.1)


def test_a_model_that_knows_the_blocks_tells_links_from_both(blocks: Fold) -> None:
    found = evaluate_links(ease(blocks.likes, 50.0), blocks)

    for kind in ("sampled", "degree_matched"):
        assert found[kind]["roc_auc"] == pytest.approx(1.0)
        assert found[kind]["average_precision"] == pytest.approx(1.0)


def test_figures_are_those_of_an_independent_library(skewed: Fold) -> None:
    scores = ease(skewed.likes, 50.0)
    found = evaluate_links(scores, skewed)["degree_matched"]

    links = sample_links(skewed, "degree_matched")
    given = scores(links.users)[np.arange(len(links.users)), links.movies]
    assert score_pairs(scores, links.users, links.movies) == pytest.approx(given)
    assert found["roc_auc"] == pytest.approx(roc_auc_score(links.labels, given), abs=1e-4)
    assert found["average_precision"] == pytest.approx(average_precision_score(links.labels, given), abs=1e-3)


def test_where_everyone_likes_everything_there_is_nothing_to_tell_links_from() -> None:
    everything = UserLists.from_pairs(*np.divmod(np.arange(9), 3), n_users=3, n_movies=3)
    asked = np.arange(9) % 3 == 0

    with pytest.raises(InvalidInputError, match="nothing to tell links from"):
        sample_links(Fold(everything.keep(~asked), everything.keep(~asked), everything.keep(asked)), "sampled")
