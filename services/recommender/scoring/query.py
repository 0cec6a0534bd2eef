"""What a request asks of a ranking: which part of it, of which movies, and how it is weighed."""

from dataclasses import dataclass
from typing import Final

MAX_LIMIT: Final = 200
MAX_OFFSET: Final = 1_000
DIVERSITY: Final = 0.0
"""Neither this nor a damping gained NDCG on validation: see docs/filters.md."""
POPULARITY_DAMPING: Final = 0.0


@dataclass(frozen=True, slots=True)
class Query:
    """A part of a ranking.

    Attributes:
        limit: how many movies.
        offset: how many of the best to pass over.
        filter: a condition on the movies (`services.recommender.filters`); None leaves all.
        exclude: ids of movies to leave out.
        diversity: 0 to 1, see `services.recommender.scoring.diversity`.
        damping: 0 to 1, what part of the logarithm of a movie's ratings is taken from its score.
        shown: marks of the movies that were on earlier pages (`services.recommender.movies.shown`).
        explain: whether each movie comes with its explanation.
    """

    limit: int = 20
    offset: int = 0
    filter: str | None = None
    exclude: tuple[str, ...] = ()
    diversity: float = DIVERSITY
    damping: float = POPULARITY_DAMPING
    shown: bytes = b""
    explain: bool = False

    @property
    def end(self) -> int:
        """How much of the ranking is needed."""
        return self.offset + self.limit

    @property
    def is_plain(self) -> bool:
        """Whether the best movies by score are asked for, all that the user has not rated."""
        return not (self.filter or self.exclude or self.shown or self.diversity or self.damping)
