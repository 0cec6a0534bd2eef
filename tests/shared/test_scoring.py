"""`shared.scoring`: vectors whose scores are known by hand, and `top_k` against a full sort."""

import numpy as np
import numpy.typing as npt
import pytest

from shared.scoring import Floats, MovieVectors, extend, normalise, top_k

NO_ROWS = np.empty(0, np.int64)


def rows(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


def floats(values: object) -> Floats:
    return np.array(values, np.float32)


@pytest.fixture
def three_movies() -> MovieVectors:
    """Two movies at right angles, and one between them."""
    return MovieVectors(
        outputs=floats([[1, 0], [0, 1], [0.6, 0.8]]),
        inputs=floats([[2, 0], [0, 1], [1, 1]]),
        bias=floats([0.5, 0, -0.25]),
        temperature=0.2,
        dislike_weight=0.5,
    )


def test_a_user_is_the_normalised_sum_of_the_inputs_of_what_they_liked(three_movies: MovieVectors) -> None:
    users = three_movies.encode([rows(0), rows(1, 2), rows(0, 1, 2)])
    expected = [[1, 0], [1 / 5**0.5, 2 / 5**0.5], [3 / 13**0.5, 2 / 13**0.5]]
    np.testing.assert_allclose(users, floats(expected), rtol=1e-6)
    assert users.dtype == np.float32


def test_a_disliked_movie_takes_its_part_away(three_movies: MovieVectors) -> None:
    users = three_movies.encode([rows(1), rows(1)], [rows(0), NO_ROWS])
    np.testing.assert_allclose(users, floats([[-1 / 2**0.5, 1 / 2**0.5], [0, 1]]), rtol=1e-6)


def test_dislikes_change_nothing_where_their_weight_is_zero(three_movies: MovieVectors) -> None:
    unweighted = MovieVectors(three_movies.outputs, three_movies.inputs, three_movies.bias, temperature=0.2)
    np.testing.assert_array_equal(unweighted.encode([rows(1)], [rows(0)]), [[0, 1]])


def test_the_score_is_the_cosine_over_the_temperature_plus_the_bias(three_movies: MovieVectors) -> None:
    scores = extend(three_movies.encode([rows(0), rows(1)])) @ three_movies.scoring_matrix()
    np.testing.assert_allclose(scores, [[5.5, 0, 2.75], [0.5, 5, 3.75]], rtol=1e-6)
    assert scores.dtype == np.float32


def test_a_linear_part_is_added_for_each_liked_movie_whatever_their_number() -> None:
    vectors = MovieVectors(
        outputs=floats([[1, 0, 0.5], [0, 1, 0]]),
        inputs=floats([[2, 0, 3], [0, 2, 4]]),
        bias=floats([0.5, 0]),
        temperature=0.2,
        dislike_weight=0.5,
        linear_width=1,
    )
    users = vectors.encode([rows(0), rows(0, 1), rows(0)], [NO_ROWS, NO_ROWS, rows(1)])

    root = 0.5**0.5
    np.testing.assert_allclose(users, floats([[1, 0, 3], [root, root, 7], [2 / 5**0.5, -1 / 5**0.5, 1]]), rtol=1e-6)
    scores = extend(users[:2]) @ vectors.scoring_matrix()
    np.testing.assert_allclose(scores, floats([[7, 0], [5 * root + 4, 5 * root]]), rtol=1e-6)
    np.testing.assert_array_equal(vectors.directions, floats([[1, 0], [0, 1]]))


def test_a_score_is_split_into_what_each_liked_and_disliked_movie_adds(three_movies: MovieVectors) -> None:
    shares = three_movies.shares(rows(2, 0), rows(1, 2), rows(0))

    # (0, 1) + (1, 1) - (2, 0) / 2 is (0, 2), of length 2
    np.testing.assert_allclose(shares, floats([[2, 3.5, -1.5], [0, 2.5, -2.5]]), rtol=1e-6)
    assert shares.dtype == np.float32


@pytest.mark.parametrize("linear_width", [0, 3])
@pytest.mark.parametrize("dislikes", [0, 4])
def test_the_shares_and_the_bias_sum_up_to_the_score(linear_width: int, dislikes: int) -> None:
    random = np.random.default_rng(linear_width + dislikes)
    outputs, inputs = random.standard_normal((2, 50, 8 + linear_width)).astype(np.float32)
    bias = random.standard_normal(50, np.float32)
    vectors = MovieVectors(outputs, inputs, bias, 0.15, dislike_weight=0.2, linear_width=linear_width)
    likes, disliked = np.arange(20), np.arange(20, 20 + dislikes)

    scores = extend(vectors.encode([likes], [disliked])) @ vectors.scoring_matrix()
    shares = vectors.shares(np.arange(50), likes, disliked)

    np.testing.assert_allclose(shares.sum(axis=1) + bias, scores[0], rtol=1e-4, atol=1e-4)


def test_nobody_has_a_share_in_the_score_of_one_who_liked_nothing(three_movies: MovieVectors) -> None:
    assert three_movies.shares(rows(0, 1), NO_ROWS, NO_ROWS).shape == (2, 0)


def test_likes_that_cancel_each_other_out_add_nothing() -> None:
    vectors = MovieVectors(floats([[1, 0]]), floats([[1, 0]]), floats([0]), 0.2, dislike_weight=1.0)
    np.testing.assert_array_equal(vectors.shares(rows(0), rows(0), rows(0)), [[0, 0]])


def test_a_user_who_liked_nothing_gets_the_bias(three_movies: MovieVectors) -> None:
    nobody = three_movies.encode([NO_ROWS])
    np.testing.assert_array_equal(nobody, [[0, 0]])
    np.testing.assert_array_equal(extend(nobody) @ three_movies.scoring_matrix(), [[0.5, 0, -0.25]])


def test_normalise_leaves_rows_of_zeros() -> None:
    np.testing.assert_allclose(normalise(floats([[3, 4], [0, 0]])), floats([[0.6, 0.8], [0, 0]]))


def assert_is_a_full_sort(scores: Floats, k: int) -> None:
    """Compare with a stable sort of whole rows: largest first, equal ones by column."""
    columns, values = top_k(scores, k)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(columns, expected)
    np.testing.assert_array_equal(values, np.take_along_axis(scores, expected, axis=1))
    assert columns.dtype == np.int64
    assert values.dtype == np.float32


@pytest.mark.parametrize("seed", range(60))
def test_top_k_is_a_full_sort_on_random_shapes(seed: int) -> None:
    random = np.random.default_rng(seed)
    users, movies = int(random.integers(1, 7)), int(random.integers(1, 3_000))
    scores = random.standard_normal((users, movies)).astype(np.float32)
    if seed % 3 == 0:
        scores = np.round(scores, 1)  # many equal ones
    if seed % 2 == 0:
        scores[random.random(scores.shape) < random.random()] = -np.inf
    assert_is_a_full_sort(scores, int(random.integers(1, movies + 10)))


@pytest.mark.parametrize("movies", [1_280, 1_281, 1_343, 1_344, 1_345])
def test_top_k_is_a_full_sort_around_the_edges_of_the_fold(movies: int) -> None:
    scores = np.random.default_rng(movies).standard_normal((4, movies)).astype(np.float32)
    scores[0, -1] = scores[1, 0] = 99  # the best at either end
    for k in (1, 19, 20, 21, 22):
        assert_is_a_full_sort(scores, k)


def test_top_k_takes_the_first_columns_where_all_are_equal() -> None:
    assert top_k(np.zeros((2, 5_000), np.float32), 3)[0].tolist() == [[0, 1, 2], [0, 1, 2]]


def test_what_is_out_of_the_question_comes_last() -> None:
    scores = np.full((1, 5_000), -np.inf, np.float32)
    scores[0, [70, 4_000]] = 1, 2
    columns, values = top_k(scores, 4)
    assert columns.tolist() == [[4_000, 70, 0, 1]]
    assert values.tolist() == [[2, 1, -np.inf, -np.inf]]


@pytest.mark.parametrize(("shape", "k"), [((0, 9), 3), ((2, 0), 3), ((2, 9), 0)])
def test_top_k_of_nothing_is_nothing(shape: tuple[int, int], k: int) -> None:
    columns, values = top_k(np.zeros(shape, np.float32), k)
    assert columns.shape == values.shape == (shape[0], min(k, shape[1]))


def test_top_k_reads_a_part_of_a_larger_buffer() -> None:
    buffer = np.random.default_rng(0).standard_normal((8, 3_100)).astype(np.float32)
    assert_is_a_full_sort(buffer[:5], 20)
    assert_is_a_full_sort(buffer[2:4, 50:2_999], 20)
