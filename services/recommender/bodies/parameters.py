"""The parameters that requests for rankings share."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from services.recommender.movies.shown import MAX_CHARACTERS, read_cursor
from services.recommender.scoring.query import DIVERSITY, MAX_LIMIT, MAX_OFFSET, POPULARITY_DAMPING, Query
from shared.ids import MAX_ID_CHARACTERS

MAX_EXCLUDED: Final = 32
"""In an address: of the longest ids, each of whose bytes is `%XX` there, so many fit into the head of a request."""
MAX_PICKS: Final = 1_000
"""Movies in a body: of likes, of dislikes, and of those to leave out."""
AnyId = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
"""Of what is looked for: what no movie or user can be called is just not found."""
MovieIds = Annotated[list[AnyId], Field(max_length=MAX_PICKS)]
EXCLUDED_TEXT: Final = "Ids of movies to leave out."
FILTER_TEXT: Final = 'A condition on the movies, such as `genre = "Comedy" and year >= 1990`: see docs/filters.md.'
DIVERSITY_TEXT: Final = "0: the best by score; 1: each as unlike those before it as can be, of the best 100."
DAMPING_TEXT: Final = "What part of the logarithm of a movie's number of ratings is taken from its score."
CURSOR_TEXT: Final = "`next` of the page before: nothing that was shown comes again."


class ListQuery(BaseModel):
    """Which part of a list is asked for, and of which movies."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description="How many movies.")
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="How many of the best to pass over.")
    filter: str | None = Field(default=None, description=FILTER_TEXT)
    exclude: list[AnyId] = Field(default=[], max_length=MAX_EXCLUDED, description=EXCLUDED_TEXT)
    cursor: str | None = Field(
        default=None, max_length=MAX_CHARACTERS, pattern="^[A-Za-z0-9_-]*$", description=CURSOR_TEXT
    )

    def query(self) -> Query:
        """As the recommender takes it.

        Raises:
            InvalidInputError: the cursor is none, or stands beside an offset.
        """
        shown = read_cursor(self.cursor, self.offset)
        return Query(self.limit, self.offset, self.filter or None, tuple(self.exclude), shown=shown)


class RankingQuery(ListQuery):
    """The same of a ranking by a model, and how it is weighed."""

    diversity: float = Field(default=DIVERSITY, ge=0, le=1, description=DIVERSITY_TEXT)
    popularity_damping: float = Field(
        default=POPULARITY_DAMPING, ge=0, le=1, alias="popularityDamping", description=DAMPING_TEXT
    )

    def query(self) -> Query:
        """See `ListQuery.query`."""
        return replace(super().query(), diversity=self.diversity, damping=self.popularity_damping)


class ExplainedQuery(RankingQuery):
    """The same, with explanations if asked for."""

    explain: bool = Field(default=False, description="Whether each movie comes with its `explanation`.")

    def query(self) -> Query:
        """See `ListQuery.query`."""
        return replace(super().query(), explain=self.explain)
