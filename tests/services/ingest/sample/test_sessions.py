from datetime import UTC, datetime

import numpy as np

from services.ingest.sample.sessions import draw_join_days, draw_times, joined_in_year


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(3))


def test_users_join_in_the_years_2019_to_2025() -> None:
    years = joined_in_year(draw_join_days(2_000, rng()))

    assert sorted(set(years.tolist())) == [2019, 2020, 2021, 2022, 2023, 2024, 2025]


def test_a_users_ratings_ascend_in_time_within_half_a_year_of_joining() -> None:
    joined = int(datetime(2020, 2, 1, tzinfo=UTC).timestamp()) // 86_400
    users = np.repeat([0, 2], [150, 20])

    times = draw_times(users, np.array([joined, joined, joined + 400]), rng())

    for user, first_day in ((0, joined), (2, joined + 400)):
        own = times[users == user]
        assert np.all(np.diff(own) > 0)
        assert own[0] >= first_day * 86_400
        assert own[-1] < (first_day + 181) * 86_400


def test_most_ratings_follow_another_at_the_same_sitting() -> None:
    times = draw_times(np.zeros(150, np.int64), np.array([18_000]), rng())

    gaps = np.diff(times)
    assert np.count_nonzero(gaps <= 120) >= 131  # 150 ratings at no more than 19 sittings
    assert gaps.min() >= 10
    hours = times // 3600 % 24
    assert np.all((hours >= 17) | (hours <= 3))
