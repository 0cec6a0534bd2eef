"""The best movies of many users at once: the same that the recommender answers for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shared.events import LEFT_OUT
from shared.graph.port import Array, EdgeBatch, Graph, NodeTable
from shared.ids import IdMap, Rows
from shared.models import ServedVectors
from shared.opinions import DISLIKES, Opinions, are_likes, opinions
from shared.schema import DISLIKED, LIKED, MOVIE, RATED, EdgeKind
from shared.scoring import Floats, extend, normalise, top_k

_BLOCK_USERS: Final = 256  # whose scores of 27,000 movies take 28 MB


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best movies of some users: m rows, those of a user together, best first.

    Attributes:
        users: int64[m], rows of the users' table.
        ranks: int64[m], from 1.
        movies: int64[m], rows of the movies' table.
        scores: float32[m], of the model; where `popular`, how many ratings the movie has.
        popular: bool[m], whether the model had nothing to go by, so that popular movies are recommended.
    """

    users: Rows
    ranks: Rows
    movies: Rows
    scores: Floats
    popular: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.users)

    def of(self, rows: Rows) -> "Ranking":
        """Some of the rows, in the order given."""
        return Ranking(self.users[rows], self.ranks[rows], self.movies[rows], self.scores[rows], self.popular[rows])

    @classmethod
    def concatenate(cls, parts: "list[Ranking]") -> Self:
        """All parts in one."""
        empty = cls(*(np.empty(0, np.int64),) * 3, np.empty(0, np.float32), np.empty(0, np.bool_))
        names = ("users", "ranks", "movies", "scores", "popular")
        return cls(*(np.concatenate([getattr(part, name) for part in (empty, *parts)]) for name in names))


@dataclass(frozen=True, slots=True)
class _Done:
    """What some users have done, as codes of pairs: the user's row times the number of movies, plus the movie's row.

    Attributes:
        thought: of what they have rated, liked and disliked.
        others: what else is left out, int64[n], ascending; none of it is in `thought`.
        like_threshold: from so many stars on a movie is liked.
    """

    thought: Opinions
    others: Rows
    like_threshold: float

    def left_out(self, first: int, end: int) -> Rows:
        """All pairs in [first, end), ascending."""
        return np.sort(np.concatenate([_between(self.thought.pairs, first, end), _between(self.others, first, end)]))

    def opinions_between(self, first: int, end: int) -> tuple[Rows, Rows]:
        """The pairs in [first, end) that are likes, and those that are dislikes, ascending."""
        part = slice(*np.searchsorted(self.thought.pairs, (first, end)))
        pairs, said = self.thought.pairs[part], self.thought.said[part]
        likes = are_likes(self.thought.ratings[part], said, self.like_threshold)
        return pairs[likes], pairs[said == DISLIKES]


def _between(pairs: Rows, first: int, end: int) -> Rows:
    return pairs[slice(*np.searchsorted(pairs, (first, end)))]


class Ranker:
    """A version beside the movies that the graph has now.

    Args:
        graph: where the movies are, and how often each was rated.
        served: the version's vectors.
        top: how many movies a user gets at most.
    """

    def __init__(self, graph: Graph, served: ServedVectors, top: int) -> None:
        self.movies: NodeTable = graph.read_nodes(MOVIE)
        self._graph, self._top = graph, top
        rows = IdMap(self.movies.keys).rows(served.movies.keys.tolist())
        is_kept = rows >= 0
        self._movie_of = rows[is_kept]  # row of the movies' table, by column of the scores
        self._column_of = np.full(len(self.movies), -1, np.int64)
        self._column_of[self._movie_of] = np.arange(len(self._movie_of))
        self._vectors = served.movie_vectors(is_kept)
        self._matrix = self._vectors.scoring_matrix()
        self._like_threshold = served.version.parameters.like_threshold
        self._users = IdMap(served.users.keys if served.users else ())
        self._user_vectors = served.users.columns["embedding"] if served.users else None

    def rankings(self, users: NodeTable) -> Iterator[tuple[Ranking, float]]:
        """The best movies of all `users`, some users at a time, and what part of them is done then, 0 to 1."""
        begin = 0
        for batch in self._graph.read_edges(RATED, users, self.movies, ("rating", "ratedAt")):
            end = round(batch.fraction * len(users))
            done = self._read_rest(users, batch, begin, end)
            for first in range(begin, end, _BLOCK_USERS):
                last = min(first + _BLOCK_USERS, end)
                yield self._rank(users, done, first, last), last / len(users)
            begin = end

    def _read_rest(self, users: NodeTable, rated: EdgeBatch, begin: int, end: int) -> "_Done":
        """What the users in rows [begin, end) have done, beside what they rated."""
        bounds = users.handles[begin:end]
        some = users.between(int(bounds[0]), int(bounds[-1]) + 1) if len(bounds) else users.between(0, 0)

        def said(kind: EdgeKind) -> tuple[Rows, Rows]:
            found = EdgeBatch.concatenate(list(self._graph.read_edges(kind, some, self.movies, ("at",))), kind, ("at",))
            return (found.sources + begin) * len(self.movies) + found.targets, found.columns["at"]

        pairs = rated.sources * len(self.movies) + rated.targets
        by_rating = (pairs, rated.columns["rating"], rated.columns["ratedAt"])
        thought = opinions(by_rating, said(LIKED), said(DISLIKED))
        others = [said(kind)[0] for kind in LEFT_OUT if kind not in (RATED, LIKED, DISLIKED)]
        return _Done(thought, np.setdiff1d(np.concatenate(others), thought.pairs), self._like_threshold)

    def _rank(self, users: NodeTable, done: "_Done", first: int, end: int) -> Ranking:
        """The best movies of the users in rows [first, end)."""
        n_movies, size = len(self.movies), end - first
        owners, movies = np.divmod(done.left_out(first * n_movies, end * n_movies), n_movies)
        owners -= first
        columns = self._column_of[movies]
        has_column = columns >= 0

        def lists(pairs: Rows) -> list[Rows]:
            rows, of_row = np.divmod(pairs, n_movies)
            known = self._column_of[of_row] >= 0
            bounds = np.searchsorted(rows[known] - first, np.arange(1, size))
            return np.split(self._column_of[of_row[known]], bounds)

        likes, dislikes = (lists(pairs) for pairs in done.opinions_between(first * n_movies, end * n_movies))
        vectors, is_known = self._encode(users.keys[first:end], likes, dislikes)
        scores = extend(vectors) @ self._matrix
        scores[owners[has_column], columns[has_column]] = -np.inf
        best, values = top_k(scores, self._top)
        rows, places = np.nonzero((values > -np.inf) & is_known[:, None])
        by_model = Ranking(
            rows + first,
            places + 1,
            self._movie_of[best[rows, places]],
            values[rows, places],
            np.zeros(len(rows), np.bool_),
        )
        if is_known.all():
            return by_model
        starts = np.searchsorted(owners, np.arange(size + 1))
        others = [
            self._popular(row + first, movies[starts[row] : starts[row + 1]])
            for row in np.flatnonzero(~is_known).tolist()
        ]
        both = Ranking.concatenate([by_model, *others])
        return both.of(np.argsort(both.users, kind="stable"))

    def _encode(self, user_ids: Array, likes: list[Rows], dislikes: list[Rows]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Users by their ids where the version knows them so, else by what they think; and whether there is any."""
        if self._user_vectors is None:
            vectors = self._vectors.encode(likes, dislikes)
            return vectors, np.asarray(vectors.any(axis=1))
        rows = self._users.rows(user_ids.tolist())
        by_id = rows >= 0
        others = np.flatnonzero(~by_id).tolist()
        vectors = np.zeros((len(rows), self._user_vectors.shape[1]), np.float32)
        vectors[by_id] = normalise(self._user_vectors[rows[by_id]])
        vectors[~by_id] = self._vectors.encode(
            [likes[place] for place in others], [dislikes[place] for place in others]
        )
        return vectors, by_id | vectors.any(axis=1)

    def _popular(self, user: int, left_out: Rows) -> Ranking:
        """The movies with most ratings, without those that are left out for the user."""
        first = self._by_popularity[: self._top + len(left_out)]
        movies = first[~np.isin(first, left_out)][: self._top]
        count = len(movies)
        ranks, users = np.arange(1, count + 1), np.full(count, user)
        return Ranking(users, ranks, movies, self._ratings[movies].astype(np.float32), np.ones(count, np.bool_))

    @cached_property
    def _ratings(self) -> Rows:
        """How many ratings each movie has: counted only where somebody gets popular movies."""
        return self._graph.count_edges_by_target(RATED, self.movies)

    @cached_property
    def _by_popularity(self) -> Rows:
        return np.argsort(-self._ratings, kind="stable")
