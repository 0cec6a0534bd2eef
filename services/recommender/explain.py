"""Why movies are recommended: by which of someone's own, and what connects the two in the graph."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson

from services.recommender import sentences
from services.recommender.catalogue import Catalogue
from services.recommender.histories import History
from services.recommender.model import ServedModel, Taste
from services.recommender.paths import Link, Paths
from services.recommender.recommend import encoded
from services.recommender.snapshot import Snapshot
from services.recommender.support import Method, Support
from shared.ids import Rows
from shared.scoring import Floats

_NO_ROWS: Final = np.empty(0, np.int64)
_SHOWN: Final = 3  # own movies, and links between two
_MOST_OWN: Final = 500  # own movies that paths are looked for to: of 10,000 a hundred movies have a million
_DECIMALS: Final = 6  # of what float32 has to tell
_COMPARABLE: Final = 0.5  # a connected movie is named before an unconnected one that adds at most twice as much


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
        """The explanation of each movie, a row of the catalogue, as JSON (`answers.Explanation`)."""
        support = Support.of(self.model, self.taste, self.vector, movies)
        explanations = _Explanations(self.catalogue, movies, support)
        return [orjson.dumps(explanations.of(movie)) for movie in range(len(movies))]


def explainer_of_user(snapshot: Snapshot, user_id: str, history: History) -> Explainer:
    """Explains to a user what is recommended to them."""
    catalogue, model = snapshot.catalogue, snapshot.model
    if model is None:
        return Explainer(catalogue, None, Taste(_NO_ROWS, _NO_ROWS), None)
    taste = model.taste_of_user(user_id, catalogue.ids.rows(history.movies.tolist()), history.ratings)
    return Explainer(catalogue, model, taste, encoded(snapshot, model, user_id, history).vector)


def explainer_of_picks(snapshot: Snapshot, likes: Rows, dislikes: Rows) -> Explainer:
    """Explains to someone who likes and dislikes some movies, rows of the catalogue, what is recommended to them."""
    model = snapshot.model
    vector = model.encode_picks(likes, dislikes).vector if model else None
    return Explainer(snapshot.catalogue, model, Taste(likes, dislikes), vector)


class _Explanations:
    """Those of m movies to one person. Places are those of `Support.own`."""

    def __init__(self, catalogue: Catalogue, movies: Rows, support: Support) -> None:
        self._catalogue, self._movies, self._support = catalogue, movies, support
        likes = support.values[:, : support.n_likes]
        self._linked = np.argsort(-likes.sum(axis=0), kind="stable")[:_MOST_OWN]  # places that paths may lead to
        self._paths = Paths.between(catalogue.connections, movies, support.own[self._linked])
        self._column = np.full(len(support.own), -1, np.int64)  # of a place in `_paths`
        self._column[self._linked] = np.arange(len(self._linked))
        self._top = self._strongest_support()
        self._said = [self._most_connected(movie, places) for movie, places in enumerate(self._top)]
        self._connected = [self._linked[columns].tolist() for columns in self._paths.best_own(_SHOWN)]
        self._links = self._find_links()
        self._briefs: dict[int, dict[str, Any]] = {}
        self._values, self._scores, self._bias = (
            np.round(of.astype(np.float64), _DECIMALS).tolist() for of in (support.values, support.scores, support.bias)
        )
        self._sums = support.values.sum(axis=1, dtype=np.float64).tolist()

    def of(self, movie: int) -> dict[str, Any]:
        """The explanation of one, as `answers.Explanation` describes it."""
        method, top = self._support.methods[movie], self._top[movie]
        values = self._values[movie]
        is_split = method is Method.SHARES
        return {
            "method": method,
            "score": self._scores[movie],  # NaN becomes null
            "bias": self._bias[movie],
            "contributions": [
                {"share": values[place], "opinion": self._opinion(place), **self._brief(place)} for place in top
            ]
            if is_split
            else [],
            "rest": round(self._sums[movie] - sum(values[place] for place in top), _DECIMALS) if is_split else None,
            "nearest": [{"similarity": values[place], **self._brief(place)} for place in top]
            if method is Method.NEAREST
            else [],
            "paths": [
                {**self._brief(place), "links": self._links[self._pair(movie, place)]}
                for place in self._connected[movie]
            ],
            "sentence": self._sentence(movie, method),
        }

    def _strongest_support(self) -> list[list[int]]:
        """For each movie the places that add most to its score, or that are nearest to it; the strongest first."""
        support = self._support
        ranked = support.values.copy()
        for movie, method in enumerate(support.methods):
            if method is Method.NEAREST:  # to others: a movie is no reason for itself
                ranked[movie, (support.own == self._movies[movie]) | ~support.is_known] = -np.inf
            else:
                ranked[movie, ranked[movie] <= 0] = -np.inf
        order = np.argsort(-ranked, axis=1, kind="stable")[:, :_SHOWN]
        counts = (np.take_along_axis(ranked, order, axis=1) > -np.inf).sum(axis=1)
        return [places[:count] for places, count in zip(order.tolist(), counts.tolist(), strict=True)]

    def _most_connected(self, movie: int, top: list[int]) -> int | None:
        """The place that the sentence names: of those that add about as much as the first, the most connected one."""
        if not top:
            return None
        values, strongest = self._support.values[movie], self._paths.strongest[movie]
        enough = [place for place in top if values[place] >= _COMPARABLE * values[top[0]]]
        return max(enough, key=lambda place: strongest[self._column[place]] if self._column[place] >= 0 else 0)

    def _find_links(self) -> dict[int, list[dict[str, Any]]]:
        """What connects each movie with those own ones that are shown beside it or named, by `_pair`."""
        shown = [(movie, place) for movie, places in enumerate(self._connected) for place in places]
        named = [(movie, place) for movie, place in enumerate(self._said) if place is not None]
        pairs = {self._pair(movie, place) for movie, place in shown + named if self._column[place] >= 0}
        found = self._paths.links(np.fromiter(pairs, np.int64, len(pairs)), _SHOWN)
        fields = {link: self._link(link) for links in found.values() for link in links}
        return {pair: [fields[link] for link in links] for pair, links in found.items()}

    def _pair(self, movie: int, place: int) -> int:
        return movie * len(self._linked) + int(self._column[place])

    def _link(self, link: Link) -> dict[str, Any]:
        connections = self._catalogue.connections
        return {
            "way": link.way,
            "ownWay": link.own_way,
            "name": connections.name(link.node),
            "movies": int(connections.counts[link.node]),
        }

    def _opinion(self, place: int) -> sentences.Opinion:
        return "like" if place < self._support.n_likes else "dislike"

    def _brief(self, place: int) -> dict[str, Any]:
        row = int(self._support.own[place])
        if row not in self._briefs:
            self._briefs[row] = self._catalogue.brief(row)
        return self._briefs[row]

    def _sentence(self, movie: int, method: Method) -> str:
        place = self._said[movie]
        if method is Method.NEW:
            return sentences.NEW
        if method is Method.POPULAR:
            return sentences.popular(int(self._catalogue.ratings[self._movies[movie]]))
        if place is None:
            return sentences.NOTHING_ADDS if method is Method.SHARES else sentences.BY_ID
        links = self._links.get(self._pair(movie, place), []) if self._column[place] >= 0 else []
        if method is Method.NEAREST:
            return sentences.nearest(self._brief(place), links)
        return sentences.because(self._opinion(place), self._brief(place), links)
