"""What connects movies, in a catalogue whose rarities are known by hand.

Of eight movies: 0 and 1 are by one director, who also plays in 2; 0, 1, 2, 3, 4 and 5 are dramas; 0 and 3 are of 1979;
3 and 4 share two actors; 0 and 6 share nothing, and 7 has nothing at all.
"""

from math import log

import numpy as np
import pytest

from services.recommender.movies.connections import WAYS, Connections
from services.recommender.movies.descriptions import Description, Descriptions, Pairs
from services.recommender.recommending.paths import Paths
from shared.ids import Rows

DIRECTOR, ACTOR, TAG = Description.DIRECTOR, Description.ACTOR, Description.TAG
GENRE, YEAR = Description.GENRE, Description.YEAR
NAMES = ["Élise D.", "Ann", "Bob", "Nobody Else", "Drama", "1979"]


def pairs(*of: tuple[int, int]) -> Pairs:
    return Pairs(*np.array(of, np.int64).reshape(-1, 2).T)


def rows(*values: int) -> Rows:
    return np.array(values, np.int64)


@pytest.fixture
def connections() -> Connections:
    return Connections.of(
        Descriptions(
            8,
            NAMES,
            {
                DIRECTOR: pairs((0, 0), (1, 0), (6, 3)),
                ACTOR: pairs((2, 0), (3, 1), (3, 2), (4, 1), (4, 2)),
                TAG: pairs(),
                GENRE: pairs(*((movie, 4) for movie in range(6))),
                YEAR: pairs((0, 5), (3, 5)),
            },
        )
    )


def test_what_a_single_movie_has_is_left_out_and_the_rest_is_counted(connections: Connections) -> None:
    assert [connections.fields(node).decode() for node in range(5)] == [
        '"name":"Élise D.","movies":3',
        '"name":"Ann","movies":2',
        '"name":"Bob","movies":2',
        '"name":"Drama","movies":6',
        '"name":"1979","movies":2',
    ]
    np.testing.assert_allclose(connections.rarity, [log(8 / n) for n in (3, 2, 2, 6, 2)], rtol=1e-6)
    assert len(connections.entries(rows(6, 7))[0]) == 0


def test_what_all_movies_have_is_left_out() -> None:
    descriptions = Descriptions(2, ["Drama"], {GENRE: pairs((0, 0), (1, 0))})

    assert len(Connections.of(descriptions).nodes) == 0


def test_a_rare_connection_comes_before_a_common_one(connections: Connections) -> None:
    paths = Paths.between(connections, rows(0), rows(3, 5, 1))

    # 3: of one year, which says a fifth, and Drama; 5: Drama; 1: the director, and Drama
    drama, year, director = 0.6 * log(8 / 6), 0.2 * log(4), log(8 / 3)
    best, all_ = np.array([year, drama, director]), np.array([year + drama, drama, director + drama])
    np.testing.assert_allclose(paths.strength, [best + all_ / 1_000], rtol=1e-6)
    assert paths.best_own(2) == [[2, 0]]
    assert [WAYS[way] for way, _ in paths.links([2], 3)[2].values()] == [DIRECTOR, GENRE]


def test_of_equally_strong_connections_the_more_numerous_come_first(connections: Connections) -> None:
    assert Paths.between(connections, rows(4), rows(1, 5, 3)).best_own(3) == [[2, 0, 1]]


def test_one_who_directed_the_one_and_plays_in_the_other_connects_both(connections: Connections) -> None:
    paths = Paths.between(connections, rows(2, 1), rows(1, 2))
    links = paths.links([0, 3], 1)

    director, actor = WAYS.index(DIRECTOR), WAYS.index(ACTOR)
    assert links == {0: {0: (actor, director)}, 3: {0: (director, actor)}}
    assert paths.strength[0, 0] == pytest.approx(0.8 * log(8 / 3) + (0.8 * log(8 / 3) + 0.6 * log(8 / 6)) / 1_000)


def test_a_movie_is_not_connected_with_itself(connections: Connections) -> None:
    assert Paths.between(connections, rows(0), rows(0, 1)).best_own(2) == [[1]]


def test_movies_with_nothing_in_common_have_no_path(connections: Connections) -> None:
    paths = Paths.between(connections, rows(6, 7, 0), rows(0, 7))

    assert paths.best_own(3) == [[], [], []]
    assert paths.links([1], 3) == {1: {}}
    assert Paths.between(connections, rows(0), rows()).best_own(3) == [[]]
