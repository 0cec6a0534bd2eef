"""What every split promises, on ratings whose users, movies and times are known."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from services.trainer.data.fold import Fold
from services.trainer.data.fold_in import split_fold_in
from services.trainer.data.interactions import Interactions
from services.trainer.data.split import Split
from services.trainer.data.splits import SPLITS, split_by_name
from shared.errors import InvalidInputError
from shared.jobs import SplitName
from shared.schema import MISSING_INT

NAMES: tuple[SplitName, ...] = get_args(SplitName)
every_split = pytest.mark.parametrize("name", NAMES)


def made_up(*, with_times: bool = True) -> Interactions:
    """60 users with 30 of 50 movies each, half of them liked, in an order of time that ids do not tell."""
    rng = np.random.default_rng(4)
    users = np.repeat(np.arange(60), 30)
    return Interactions.ordered(
        user_keys=np.array([f"u{row:02}" for row in range(60)], object),
        movie_keys=np.array([f"m{row:02}" for row in range(50)], object),
        users=users,
        movies=np.concatenate([rng.permutation(50)[:30] for _ in range(60)]),
        ratings=rng.integers(2, 6, len(users)),
        times=rng.permutation(len(users)) * 1_000 if with_times else np.full(len(users), MISSING_INT),
    )


DATA = made_up()


def folds(name: SplitName) -> tuple[Split, tuple[Fold, Fold]]:
    parts = split_by_name(name, DATA, 4.0)
    return parts, (parts.select, parts.final)


def test_every_name_has_a_split() -> None:
    assert set(SPLITS) == set(NAMES)


@every_split
def test_nothing_held_out_is_known_and_all_that_is_known_is_seen(name: SplitName) -> None:
    for fold in folds(name)[1]:
        assert len(fold.held_out) > 0
        assert len(fold.seen.union(fold.held_out)) == len(fold.seen) + len(fold.held_out)
        assert len(fold.seen.union(fold.encoded())) == len(fold.seen)
        assert len(fold.likes.union(fold.held_out)) == len(fold.likes) + len(fold.held_out)


@every_split
def test_stars_stand_beside_what_was_rated(name: SplitName) -> None:
    stars = {(user, movie): star for user, movie, star in zip(DATA.users, DATA.movies, DATA.ratings, strict=True)}
    for fold in folds(name)[1]:
        rated = fold.rated()
        assert rated is not None
        assert fold.asked is not None
        for part in (rated, fold.asked):
            users, movies = part.lists.users(), part.lists.movies
            assert part.stars.tolist() == [stars[pair] for pair in zip(users, movies, strict=True)]
        assert len(fold.asked.lists.union(fold.held_out)) == len(fold.asked.lists)


@every_split
def test_it_is_the_same_each_time_and_tells_how_far_it_is(name: SplitName) -> None:
    told: list[float] = []
    first, again = split_by_name(name, DATA, 4.0, told.append), split_by_name(name, DATA, 4.0)

    assert told[-1] == 1.0
    assert (first.final.held_out.movies == again.final.held_out.movies).all()
    assert (first.final.likes.starts == again.final.likes.starts).all()


@every_split
def test_what_is_held_out_in_the_test_is_not_known_in_validation(name: SplitName) -> None:
    parts, _ = folds(name)

    assert len(parts.select.seen.union(parts.final.held_out)) == len(parts.select.seen) + len(parts.final.held_out)


def test_at_random_a_tenth_of_each_users_likes_is_held_out_whatever_its_time() -> None:
    parts, (_, final) = folds("random")
    latest = split_by_name("latest", DATA, 4.0).final

    assert not parts.by_time
    assert final.held_out.lengths().tolist() == latest.held_out.lengths().tolist()
    assert (final.held_out.movies != latest.held_out.movies).any()


def test_the_last_like_alone_is_left_out() -> None:
    _, (select, final) = folds("leave-last-out")
    liked = DATA.ratings >= 4
    for user in range(60):
        own = np.flatnonzero((DATA.users == user) & liked)
        *_, before, last = DATA.movies[own[np.argsort(DATA.times[own])]]
        assert final.held_out.take(np.array([user])).movies.tolist() == [last]
        assert select.held_out.take(np.array([user])).movies.tolist() == [before]


def test_after_the_date_is_later_for_all_than_before_it() -> None:
    _, (select, final) = folds("global-time")
    times = {(user, movie): time for user, movie, time in zip(DATA.users, DATA.movies, DATA.times, strict=True)}

    for fold in (select, final):
        known = max(times[pair] for pair in zip(fold.seen.users(), fold.seen.movies, strict=True))
        asked = min(times[pair] for pair in zip(fold.held_out.users(), fold.held_out.movies, strict=True))
        assert known < asked
    assert len(final.seen) == 0.9 * len(DATA)
    assert len(select.seen) == 0.8 * len(DATA)


def test_ratings_of_one_moment_have_no_date_between_them() -> None:
    data = replace(DATA, times=np.zeros(len(DATA), np.int64))

    with pytest.raises(InvalidInputError, match="of one moment"):
        split_by_name("global-time", data, 4.0)


@pytest.mark.parametrize("name", ["leave-last-out", "global-time"])
def test_what_asks_for_times_says_so_where_there_are_none(name: SplitName) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} needs the time of every rating"):
        split_by_name(name, made_up(with_times=False), 4.0)


def test_nobody_is_known_to_have_rated_a_cold_movie_and_nothing_else_is_asked_for() -> None:
    _, (select, final) = folds("cold-movies")

    assert final.candidates is not None
    assert final.candidates.sum() == 10  # a fifth of 50
    assert not final.candidates[final.seen.movies].any()
    assert final.candidates[final.held_out.movies].all()
    assert len(final.seen) == (~final.candidates[DATA.movies]).sum()
    for part in (select.seen, select.held_out):  # settings are chosen on the others
        assert not final.candidates[part.movies].any()


def test_new_users_are_in_no_training_and_ten_of_their_likes_are_known() -> None:
    _, (select, final) = folds("fold-in")

    for fold in (select, final):
        new = fold.users()
        assert len(new) > 0
        assert fold.likes.lengths()[new].tolist() == [0] * len(new)
        assert fold.encoded().lengths()[new].tolist() == [10] * len(new)
        total = np.bincount(DATA.users[DATA.ratings >= 4], minlength=60)
        assert (fold.encoded().lengths() + fold.held_out.lengths())[new].tolist() == total[new].tolist()
    assert not set(select.users()) & set(final.users())
    assert (final.likes.lengths()[select.users()] > 10).all()  # with all that they liked


def test_half_of_what_a_new_user_likes_can_be_known() -> None:
    fold = split_fold_in(DATA, 4.0, known_likes=None).final
    new = fold.users()

    known, asked = fold.encoded().lengths()[new], fold.held_out.lengths()[new]
    assert (asked - known).min() >= 0
    assert (asked - known).max() <= 1
