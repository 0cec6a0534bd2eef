"""The rating model in service: how many stars a user would give a movie, by what they have rated up to now."""

import threading
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.recommender.replica.histories import History
from shared.errors import ConflictError, UnavailableError
from shared.graph import Graph
from shared.ids import IdMap
from shared.models import RatingParameters, ServedVectors, get_version, read_vectors
from shared.rating import RatingVectors, RatingWeights


class PredictionBasis(StrEnum):
    """What a prediction goes by."""

    HISTORY = "history"  # what the user has rated
    AVERAGE = "average"  # the average user: there is nothing of this one that the model can go by


@dataclass(frozen=True, slots=True)
class Predicted:
    """Expected stars, how probable a like is (0 to 1), and what both go by."""

    stars: float
    like_probability: float
    basis: PredictionBasis


@dataclass(frozen=True, slots=True)
class RatingModel:
    """A version that predicts ratings, whole in memory.

    Attributes:
        version: its name.
        like_threshold: a movie is liked from so many stars on.
        movies: ids of the movies that it knows, and their rows.
        vectors: of these.
    """

    version: str
    like_threshold: float
    movies: IdMap
    vectors: RatingVectors

    def predict(self, history: History, movie_id: str) -> Predicted:
        """What a user would give a movie; if they have rated it, what their other ratings say.

        Raises:
            ConflictError: the version does not know the movie, which came since.
        """
        row = self.movies.row(movie_id)
        if row is None:
            raise ConflictError(
                f"Model version {self.version!r} has no vectors of movie {movie_id!r}, which came since. Train again."
            )
        rated = self.movies.rows(history.movies.tolist())
        used = (rated >= 0) & (rated != row) & ~np.isnan(history.ratings)  # ratings alone: no likes, no views
        user = self.vectors.encode([rated[used]], [history.ratings[used]])
        probabilities = self.vectors.probabilities(user, np.array([row]))
        return Predicted(
            stars=float(self.vectors.stars(probabilities)[0]),
            like_probability=float(self.vectors.like_probability(probabilities, self.like_threshold)[0]),
            basis=PredictionBasis.HISTORY if used.any() else PredictionBasis.AVERAGE,
        )


class Ratings:
    """The rating model in service, if there is one. A thread puts a new one in; each request takes what is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: RatingModel | None = None
        self._is_known = False

    @property
    def model(self) -> RatingModel | None:
        """The model, None before the first."""
        return self._model

    def require(self) -> RatingModel:
        """The model.

        Raises:
            ConflictError: none is served yet.
            UnavailableError: what is served has not been read yet.
        """
        with self._lock:
            model, is_known = self._model, self._is_known
        if not is_known:
            raise UnavailableError("The rating model has not been read from the graph yet. Try again in a moment.")
        if model is None:
            raise ConflictError(
                'No rating model is served yet. POST /v1/jobs/train with {"objective": "rating"} asks for one.'
            )
        return model

    def renew(self, graph: Graph, version: str | None) -> None:
        """Take the model of a version from now on, None if none is served.

        Raises:
            ConflictError: its vectors are gone, were overwritten while they were read, or are not what it says.
        """
        model = make_rating_model(read_vectors(graph, get_version(graph, version))) if version is not None else None
        with self._lock:
            self._model, self._is_known = model, True


def make_rating_model(served: ServedVectors) -> RatingModel:
    """A version's vectors as a model.

    Raises:
        ConflictError: the version is none that predicts ratings, or its vectors are not as wide as it says.
    """
    version, columns = served.version, served.movies.columns
    if not isinstance(version.parameters, RatingParameters):
        raise ConflictError(f"Model version {version.version!r} predicts no ratings: its pointer is {version.pointer}.")
    weights = RatingWeights.from_json(version.parameters.weights)
    expected = {"ratingInput": len(weights.prior), "ratingOutput": weights.dense.shape[1] * weights.output_mix.shape[1]}
    for name, width in expected.items():
        if len(served.movies.keys) and columns[name].shape[1] != width:
            raise ConflictError(
                f"Model version {version.version!r} says that its vectors {name} are {width} wide; in the graph they "
                f"are {columns[name].shape[1]}. Train again."
            )
    vectors = RatingVectors(columns["ratingInput"], columns["ratingOutput"], weights)
    return RatingModel(version.version, version.parameters.like_threshold, IdMap(served.movies.keys), vectors)
