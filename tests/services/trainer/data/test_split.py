import numpy as np
import pytest

from services.trainer.data.interactions import Interactions
from services.trainer.data.split import all_likes, split
from shared.schema import MISSING_INT


def interactions(users: list[int], movies: list[int], ratings: list[float], times: list[int]) -> Interactions:
    return Interactions.ordered(
        user_keys=np.array([f"u{row}" for row in range(max(users) + 1)], object),
        movie_keys=np.array([f"m{row:02}" for row in range(max(movies) + 1)], object),
        users=np.array(users),
        movies=np.array(movies),
        ratings=np.array(ratings),
        times=np.array(times),
    )


# One user: twelve likes of movies 0 to 11 in the order of time, given last first; movie 12 was rated low between the
# likes of 10 and 11, movie 13 before all.
TIMED = interactions([0] * 14, [*range(11, -1, -1), 12, 13], [5.0] * 12 + [2.0, 2.0], [*range(120, 0, -10), 115, 5])


def test_the_latest_like_is_the_test_and_the_one_before_is_validation() -> None:
    parts = split(TIMED, like_threshold=4.0)

    assert parts.by_time
    assert parts.final.held_out.movies.tolist() == [11]
    assert parts.select.held_out.movies.tolist() == [10]
    assert parts.select.likes.movies.tolist() == list(range(10))
    assert parts.final.likes.movies.tolist() == list(range(11))


def test_what_was_rated_low_before_is_seen_and_what_was_rated_low_later_is_not() -> None:
    parts = split(TIMED, like_threshold=4.0)

    assert 13 in parts.select.seen.movies
    assert 12 not in parts.select.seen.movies  # rated after the first like that is held out
    assert 12 in parts.final.seen.movies  # rated before the test's like


def test_a_like_is_a_rating_from_the_threshold_on() -> None:
    data = interactions([0, 0, 0], [0, 1, 2], [3.5, 4.0, 4.5], [1, 2, 3])

    assert all_likes(data, like_threshold=4.0).movies.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("likes", "train", "validation", "test"), [(1, 1, 0, 0), (2, 1, 0, 1), (3, 1, 1, 1), (30, 24, 3, 3)]
)
def test_a_tenth_is_held_out_and_one_at_least_where_one_is_left_to_know(
    likes: int, train: int, validation: int, test: int
) -> None:
    parts = split(interactions([0] * likes, [*range(likes)], [5.0] * likes, [*range(likes)]), 4.0)

    assert (len(parts.select.likes), len(parts.select.held_out), len(parts.final.held_out)) == (train, validation, test)
    assert len(parts.final.likes) == train + validation


def test_without_times_what_is_held_out_is_picked_at_random_and_the_same_each_time() -> None:
    data = interactions([0] * 50, [*range(50)], [5.0] * 50, [MISSING_INT] * 50)

    parts = split(data, 4.0)

    assert not parts.by_time
    held_out = parts.final.held_out.movies.tolist()
    assert len(held_out) == 5
    assert held_out != [*range(45, 50)]
    assert split(data, 4.0).final.held_out.movies.tolist() == held_out


def test_events_of_one_moment_are_in_no_order_that_ids_would_tell() -> None:
    data = interactions([0] * 50, [*range(50)], [5.0] * 50, [1_000] * 50)

    assert split(data, 4.0).final.held_out.movies.tolist() != [*range(45, 50)]


def test_nothing_held_out_is_known(data: Interactions) -> None:
    parts = split(data, 4.0)

    for fold in (parts.select, parts.final):
        assert len(fold.seen.union(fold.held_out)) == len(fold.seen) + len(fold.held_out)
        assert len(fold.seen.union(fold.likes)) == len(fold.seen)
    assert len(parts.final.users()) == data.n_users
