import numpy as np
import pytest

from services.trainer.data.content import Relation, read_content
from services.trainer.data.interactions import Interactions
from services.trainer.families.cold import complete, predict
from services.trainer.families.ranker import RankingModel
from shared.graph import Graph
from shared.scoring import MovieVectors

# Movies 0 to 19 are of genre 0 and point one way, 20 to 39 are of genre 1 and point another. Movies 40 and 41 are of
# genre 0; nobody liked either.
GENRES = Relation("IN_GENRE", np.array([0] * 20 + [1] * 20 + [0, 0]), np.arange(42), 2)
WARM = np.arange(42) < 40
DIRECTIONS = np.zeros((42, 2), np.float32)
DIRECTIONS[:20, 0] = DIRECTIONS[20:40, 1] = 1


def model() -> RankingModel:
    bias = np.where(np.arange(42) < 20, 2.0, 0.0).astype(np.float32)
    bias[40:] = 5.0, -7.0
    return RankingModel(MovieVectors(outputs=DIRECTIONS, inputs=3 * DIRECTIONS, bias=bias, temperature=0.2))


def test_a_movie_is_predicted_to_be_like_those_of_its_genre() -> None:
    predicted = predict([GENRES], DIRECTIONS, WARM)

    assert predicted[40] == pytest.approx([1.0, 0.0], abs=0.25)  # the ridge pulls towards the mean
    assert predicted[40, 0] > 3 * predicted[40, 1]


def test_a_movie_that_nobody_liked_points_where_its_genre_does() -> None:
    vectors = complete(model(), [GENRES], WARM.astype(np.int64)).vectors

    assert vectors.outputs[40] == pytest.approx([1.0, 0.0], abs=0.3)
    assert np.linalg.norm(vectors.outputs[40]) == pytest.approx(1.0)
    assert vectors.inputs[40, 0] > 2.0


def test_a_movie_that_nobody_liked_has_no_higher_bias_than_any_that_somebody_liked() -> None:
    vectors = complete(model(), [GENRES], WARM.astype(np.int64)).vectors

    assert vectors.bias[40] == 0.0  # the lowest of those liked; it had 5
    assert vectors.bias[41] == -7.0  # as learned


def test_movies_that_were_liked_are_left_as_they_are() -> None:
    before = model().vectors

    after = complete(model(), [GENRES], WARM.astype(np.int64)).vectors

    assert (after.outputs[WARM] == before.outputs[WARM]).all()
    assert (after.inputs[WARM] == before.inputs[WARM]).all()
    assert (after.bias[WARM] == before.bias[WARM]).all()


def test_without_content_or_without_cold_movies_nothing_changes() -> None:
    trained = model()
    liked = WARM.astype(np.int64)

    assert complete(trained, [], liked) is trained
    assert complete(trained, [GENRES], liked + 1) is trained


def test_content_nodes_of_a_single_movie_tell_nothing_and_are_left_out() -> None:
    rare = Relation("DIRECTED", np.array([0, 1, 1]), np.array([3, 4, 5]), 2)

    assert rare.frequent(WARM, 2).n_nodes == 1
    assert rare.frequent(WARM, 2).described.tolist() == [4, 5]
    assert rare.frequent(WARM, 2).nodes.tolist() == [0, 0]


def test_movies_that_came_since_the_ratings_were_read_are_passed_over(rated_graph: Graph, data: Interactions) -> None:
    (genres,) = read_content(rated_graph, data.movie_keys)

    assert genres.described.max() == 59


def test_content_comes_out_of_the_graph_in_the_rows_of_movies(rated_graph: Graph, data: Interactions) -> None:
    keys = np.append(data.movie_keys, np.array(["unrated"], object))

    (genres,) = read_content(rated_graph, keys)

    assert (genres.name, genres.n_nodes) == ("IN_GENRE", 3)
    of_movie = dict(zip(genres.described.tolist(), genres.nodes.tolist(), strict=True))
    assert len(of_movie) == 61
    assert of_movie[0] == of_movie[19] == of_movie[60]
    assert len({of_movie[0], of_movie[20], of_movie[40]}) == 3
