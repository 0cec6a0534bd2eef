"""One model version, ready to answer: its vectors beside the catalogue's movies, and how it encodes users."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import orjson

from services.recommender.movies.catalogue import Catalogue
from services.recommender.scoring.batcher import Batcher
from services.recommender.scoring.selection import Selections
from shared.errors import ConflictError
from shared.graph.port import Array
from shared.ids import IdMap, Rows
from shared.models import ModelVersion, ServedVectors
from shared.scoring import Floats, MovieVectors, normalise

_NONE: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Taste:
    """The movies that someone is known by, as rows of the catalogue.

    Attributes:
        likes: what they like.
        dislikes: what counts against it.
        makes_vector: whether their vector is made of these movies, and of nothing else; not so where the version knows
            them by their id.
    """

    likes: Rows
    dislikes: Rows
    makes_vector: bool = True


@dataclass(frozen=True, slots=True)
class EncodedUser:
    """A user as one model sees them.

    Attributes:
        model: the token of that model.
        vector: float32[w], as wide as the version's vectors; None where the model has nothing to go by.
        excluded: the model's rows of the movies that are not recommended to them.
    """

    model: object
    vector: Floats | None
    excluded: Rows


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A version beside a catalogue. Its rows are the n movies that are in both, in the version's order.

    Attributes:
        version: which.
        vectors: of its n movies.
        tails: JSON of its n movies (see `Catalogue.tails`).
        marks: of its n movies, for cursors (see `Marks.each`).
        row_of: the model's row of each movie of the catalogue, -1 for one that came since or has no vectors.
        users: rows of `user_vectors` where the version knows users by id.
        user_vectors: float32[users, d], of any length: as the graph holds them, since a copy would be another 35 MB.
        catalogue_rows: of the n movies.
        batcher: scores.
        selections: what filters leave of the n movies.
        name: the version as a JSON object.
        token: tells what was encoded by this model from what was by another, without keeping this one in memory.
    """

    version: ModelVersion
    vectors: MovieVectors
    tails: list[bytes]
    marks: list[bytes]
    row_of: Rows
    users: IdMap
    user_vectors: Floats
    catalogue_rows: Rows
    batcher: Batcher
    selections: Selections
    name: bytes
    token: object = field(default_factory=object)

    def rows(self, catalogue_rows: Rows) -> Rows:
        """The model's rows of movies of the catalogue; those it has no vectors of, and rows of -1, are left out."""
        rows = self.row_of[catalogue_rows[catalogue_rows >= 0]]
        return rows[rows >= 0]

    def taste_of_user(self, user_id: str, movies: Rows, likes: Array, dislikes: Array) -> Taste:
        """What a user's vector is made of, where it is made of movies.

        Args:
            user_id: theirs.
            movies: rows of the catalogue, -1 for a movie that is not in it: none of them is recommended.
            likes: which of these they like, bool[n]. A low rating is only left out: see decision 6.
            dislikes: which they said that they dislike, bool[n].
        """
        known = movies >= 0
        taste = self.taste_of_picks(movies[likes & known], movies[dislikes & known])
        return replace(taste, makes_vector=user_id not in self.users)

    def taste_of_picks(self, likes: Rows, dislikes: Rows) -> Taste:
        """The same of someone unknown by the movies they picked: rows of the catalogue."""
        # What is unlike a few movies is no taste: without likes there is nothing to go by.
        return Taste(likes, dislikes if len(self.rows(likes)) else _NONE)

    def encode_user(self, user_id: str, movies: Rows, likes: Array, dislikes: Array) -> EncodedUser:
        """A user by their id where the version knows them so, and else by what they like and dislike.

        The arguments are those of `taste_of_user`.
        """
        excluded = self.rows(movies)
        if (row := self.users.row(user_id)) is not None:
            return EncodedUser(self.token, normalise(self.user_vectors[row : row + 1])[0], excluded)
        return self._encode(self.taste_of_user(user_id, movies, likes, dislikes), excluded)

    def encode_picks(self, likes: Rows, dislikes: Rows) -> EncodedUser:
        """Someone unknown by the movies they picked: rows of the catalogue."""
        return self._encode(self.taste_of_picks(likes, dislikes), self.rows(np.concatenate([likes, dislikes])))

    def _encode(self, taste: Taste, excluded: Rows) -> EncodedUser:
        vector = self.vectors.encode([self.rows(taste.likes)], [self.rows(taste.dislikes)])[0]
        return EncodedUser(self.token, vector if vector.any() else None, excluded)


def check_widths(served: ServedVectors) -> None:
    """Make sure that a version's vectors are as wide as it says.

    Raises:
        ConflictError: they are not.
    """
    width = served.version.parameters.width
    for table in (served.movies, served.users):
        for name, column in table.columns.items() if table is not None and len(table.keys) else ():
            if column.shape[1:] not in {(), (width,)}:
                raise ConflictError(
                    f"Model version {served.version.version!r} says that its vectors are {width} wide; "
                    f"in the graph {name} is {column.shape[1]}. Train again."
                )


def make_model(served: ServedVectors, catalogue: Catalogue) -> ServedModel:
    """Put a version's vectors beside the movies that the catalogue has now; those of deleted movies are dropped."""
    catalogue_rows = catalogue.ids.rows(served.movies.keys.tolist())
    is_kept = catalogue_rows >= 0
    vectors = served.movie_vectors(is_kept)
    catalogue_rows = catalogue_rows[is_kept]
    row_of = np.full(len(catalogue), -1, np.int64)
    row_of[catalogue_rows] = np.arange(len(catalogue_rows))
    users = served.users
    batcher = Batcher(vectors.scoring_matrix())
    log_ratings = np.log1p(catalogue.ratings[catalogue_rows]).astype(np.float32)
    return ServedModel(
        version=served.version,
        vectors=vectors,
        tails=[catalogue.tails[row] for row in catalogue_rows.tolist()],
        marks=[catalogue.marks.each[row] for row in catalogue_rows.tolist()],
        row_of=row_of,
        users=IdMap(users.keys if users else ()),
        user_vectors=users.columns["embedding"]
        if users
        else np.empty((0, served.version.parameters.width), np.float32),
        catalogue_rows=catalogue_rows,
        batcher=batcher,
        selections=Selections(catalogue.masks, catalogue_rows, log_ratings, batcher),
        name=orjson.dumps({"version": served.version.version}),
    )
