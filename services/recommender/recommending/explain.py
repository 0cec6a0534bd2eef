"""Why movies are recommended: by which of someone's own, and what connects the two in the graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from services.recommender.movies.catalogue import Catalogue
from services.recommender.movies.connections import WAYS
from services.recommender.recommending import sentences
from services.recommender.recommending.paths import Paths, best_columns
from services.recommender.recommending.recommend import encoded
from services.recommender.recommending.support import Method, Support
from services.recommender.replica.histories import History
from services.recommender.replica.snapshot import Snapshot
from services.recommender.scoring.model import ServedModel, Taste
from shared.ids import Rows
from shared.scoring import Floats

_NO_ROWS: Final = np.empty(0, np.int64)
_SHOWN: Final = 3  # own movies, and links between two
_MOST_OWN: Final = 500  # own movies that paths are looked for to: of 10,000 a hundred movies have a million
_COMPARABLE: Final = 0.5  # a connected movie is named before an unconnected one that adds at most twice as much
_WAYS: Final = {
    (way, own_way): b'"way":"%b","ownWay":"%b",' % (WAYS[way].encode(), WAYS[own_way].encode())
    for way in range(len(WAYS))
    for own_way in range(len(WAYS))
}
"""The first fields of a link as JSON."""
_METHODS: Final = {method: method.encode() for method in Method}
_OPINIONS: Final[dict[sentences.Opinion, bytes]] = {"like": b"like", "dislike": b"dislike"}
_JSON: Final = (
    b'{"method":"%b","score":%b,"bias":%b,"contributions":[%b],"rest":%b,"nearest":[%b],"paths":[%b],"sentence":%b}'
)
"""`bodies.explained.Explanation`, put together here because encoding 20 of them from objects took twice as long."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains movies to one person.

    Attributes:
        catalogue: the movies.
        model: None where none is served.
        taste: the movies that they are known by.
        vector: theirs; None where the model has nothing to go by.
    """

    catalogue: Catalogue
    model: ServedModel | None
    taste: Taste
    vector: Floats | None

    def explain(self, movies: Rows) -> list[bytes]:
        """The explanation of each movie, a row of the catalogue, as JSON (`bodies.explained.Explanation`)."""
        support = Support.of(self.model, self.taste, self.vector, movies)
        explanations = _Explanations(self.catalogue, movies, support)
        return [explanations.of(movie) for movie in range(len(movies))]


def explainer_of_user(snapshot: Snapshot, user_id: str, history: History) -> Explainer:
    """Explains to a user what is recommended to them."""
    catalogue, model = snapshot.catalogue, snapshot.model
    if model is None:
        return Explainer(catalogue, None, Taste(_NO_ROWS, _NO_ROWS), None)
    likes = history.likes(model.version.parameters.like_threshold)
    taste = model.taste_of_user(user_id, catalogue.ids.rows(history.movies.tolist()), likes, history.dislikes)
    return Explainer(catalogue, model, taste, encoded(snapshot, model, user_id, history).vector)


def explainer_of_picks(snapshot: Snapshot, likes: Rows, dislikes: Rows) -> Explainer:
    """Explains to someone who likes and dislikes some movies, rows of the catalogue, what is recommended to them."""
    model = snapshot.model
    if model is None:
        return Explainer(snapshot.catalogue, None, Taste(likes, dislikes), None)
    taste, vector = model.taste_of_picks(likes, dislikes), model.encode_picks(likes, dislikes).vector
    return Explainer(snapshot.catalogue, model, taste, vector)


class _Explanations:
    """Those of m movies to one person. Places are those of `Support.own`."""

    def __init__(self, catalogue: Catalogue, movies: Rows, support: Support) -> None:
        self._catalogue, self._movies, self._support = catalogue, movies, support
        likes = support.values[:, : support.n_likes]
        linked = np.argsort(-likes.sum(axis=0), kind="stable")[:_MOST_OWN]  # places that paths may lead to
        self._paths = Paths.between(catalogue.connections, movies, support.own[linked])
        self._width = len(linked)
        columns = np.full(len(support.own), -1, np.int64)
        columns[linked] = np.arange(len(linked))
        self._column: list[int] = columns.tolist()  # of a place in `_paths`; -1 where there is none
        self._is_scored: list[bool] = support.is_scored.tolist()
        best, values = self._strongest_support()
        counts = (values > -np.inf).sum(axis=1).tolist()
        self._top = [
            [*zip(adds, top, strict=True)][:count]
            for adds, top, count in zip(values.tolist(), best.tolist(), counts, strict=True)
        ]
        self._said = self._most_connected(best, values, columns)
        places: list[int] = linked.tolist()
        self._connected = [[places[column] for column in row] for row in self._paths.best_own(_SHOWN)]
        self._links = self._find_links()
        shown = {place for of in self._connected for place in of} | {place for top in self._top for _, place in top}
        self._briefs = {place: catalogue.brief(row) for place, row in enumerate(support.own.tolist()) if place in shown}
        sums = support.values.sum(axis=1, dtype=np.float64)
        self._scores, self._bias = support.scores.tolist(), support.bias.tolist()
        self._rest = (sums - [sum(value for value, _ in top) for top in self._top]).tolist()

    def of(self, movie: int) -> bytes:
        """The explanation of one."""
        method = self._method(movie)
        contributions = nearest = b""
        score = bias = rest = b"null"
        if self._is_scored[movie]:
            score, bias = b"%.7g" % self._scores[movie], b"%.7g" % self._bias[movie]
        if method is Method.SHARES:
            rest = b"%.7g" % self._rest[movie]
            contributions = b",".join(
                [
                    b'{"share":%.7g,"opinion":"%b",%b}' % (value, _OPINIONS[self._opinion(place)], self._briefs[place])
                    for value, place in self._top[movie]
                ]
            )
        elif method is Method.NEAREST:
            nearest = b",".join(
                [b'{"similarity":%.7g,%b}' % (value, self._briefs[place]) for value, place in self._top[movie]]
            )
        paths = b",".join([self._path(movie, place) for place in self._connected[movie]])
        sentence = orjson.dumps(self._sentence(movie, method))
        return _JSON % (_METHODS[method], score, bias, contributions, rest, nearest, paths, sentence)

    def _method(self, movie: int) -> Method:
        is_new = self._support.method is not Method.POPULAR and not self._is_scored[movie]
        return Method.NEW if is_new else self._support.method

    def _strongest_support(self) -> tuple[Rows, Floats]:
        """For each movie the places that add most to its score, or are nearest to it, the best first, and their values.

        -inf is the value of one that adds nothing.
        """
        support = self._support
        if support.method is Method.NEAREST:  # to others: a movie is no reason for itself
            possible = (support.own != self._movies[:, None]) & support.is_known & support.is_scored[:, None]
        else:
            possible = support.values > 0
        return best_columns(np.where(possible, support.values, np.float32(-np.inf)), _SHOWN)

    def _most_connected(self, best: Rows, values: Floats, columns: Rows) -> list[int | None]:
        """The places that the sentences name: of those that add about as much as the first, the most connected one.

        Args:
            best: the places, [m, up to 3].
            values: theirs.
            columns: of all places in `_paths`.
        """
        if not best.shape[1]:
            return [None] * len(best)
        rows = np.arange(len(best))
        connected = np.zeros_like(values)
        if self._width:
            linked = columns[best]
            connected = np.where(linked >= 0, self._paths.strength[rows[:, None], linked], 0)
        connected[:, 1:][values[:, 1:] < _COMPARABLE * values[:, :1]] = -1
        said = best[rows, connected.argmax(axis=1)].tolist()
        return [place if top else None for place, top in zip(said, self._top, strict=True)]

    def _find_links(self) -> dict[int, bytes]:
        """What connects each movie with those own ones that are shown beside it or named: JSON, by `_pair`."""
        pairs = [movie * self._width + self._column[place] for movie, place in self._shown_pairs()]
        fields = self._catalogue.connections.fields
        return {
            pair: b",".join([b"{%b%b}" % (_WAYS[ways], fields(node)) for node, ways in links.items()])
            for pair, links in self._paths.links(pairs, _SHOWN).items()
        }

    def _shown_pairs(self) -> Iterator[tuple[int, int]]:
        for movie, (places, said) in enumerate(zip(self._connected, self._said, strict=True)):
            yield from ((movie, place) for place in places)
            if said is not None and said not in places and self._is_linked(movie, said):
                yield movie, said

    def _is_linked(self, movie: int, place: int) -> bool:
        return self._column[place] >= 0 and self._paths.strength.item(movie, self._column[place]) > 0

    def _path(self, movie: int, place: int) -> bytes:
        """An own movie, and its links with a movie, if there are any."""
        links = self._links.get(movie * self._width + self._column[place], b"") if self._column[place] >= 0 else b""
        return b'{%b,"links":[%b]}' % (self._briefs[place], links)

    def _opinion(self, place: int) -> sentences.Opinion:
        return "like" if place < self._support.n_likes else "dislike"

    def _sentence(self, movie: int, method: Method) -> str:
        place = self._said[movie]
        if method is Method.NEW:
            return sentences.NEW
        if method is Method.POPULAR:
            return sentences.popular(int(self._catalogue.ratings[self._movies[movie]]))
        if place is None:
            return sentences.NOTHING_ADDS if method is Method.SHARES else sentences.BY_ID
        path = orjson.loads(self._path(movie, place))
        return sentences.nearest(path) if method is Method.NEAREST else sentences.because(self._opinion(place), path)
