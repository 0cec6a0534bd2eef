"""Recommendations, what is alike, and why. The names are those of the JSON."""

from typing import Literal, NotRequired, TypedDict

from marquee.client.types.movies import Movie, ScoredMovie

Basis = Literal["history", "picks", "group", "popular", "trending", "newest", "model", "content", "nothing"]

Recall = Literal["current", "remembered", "unread"]

Metric = Literal["cosine", "euclidean", "dot"]

Strategy = Literal["least-misery", "average"]

Description = Literal["director", "actor", "tag", "genre", "year"]

Method = Literal["shares", "nearest", "popular", "new"]

PredictionBasis = Literal["history", "average"]


class ModelName(TypedDict):
    """The model version in service."""

    version: str


class BriefMovie(TypedDict):
    """A movie's name."""

    movieId: str
    title: str | None
    year: int | None


class Contribution(BriefMovie):
    """A movie of the user's own, and what it adds to the score."""

    share: float
    opinion: Literal["like", "dislike"]


class NearMovie(BriefMovie):
    """A movie that the user likes, and how alike it is."""

    similarity: float


class PathLink(TypedDict):
    """What two movies have in common."""

    way: Description
    ownWay: Description
    name: str
    movies: int


class ConnectedMovie(BriefMovie):
    """A movie that the user likes, and what connects it with the recommended one."""

    links: list[PathLink]


class Explanation(TypedDict):
    """Why a movie is recommended."""

    method: Method
    score: float | None
    bias: float | None
    contributions: list[Contribution]
    rest: float | None
    nearest: list[NearMovie]
    paths: list[ConnectedMovie]
    sentence: str


class ExplainedMovie(TypedDict):
    """A movie by its id, and why it is recommended."""

    movieId: str
    explanation: Explanation


class Explanations(TypedDict):
    """Why movies are recommended, in the order in which they were asked for."""

    model: ModelName | None
    items: list[ExplainedMovie]


class UserExplanation(ExplainedMovie):
    """Why a movie is recommended to a user."""

    userId: str
    history: Recall
    model: ModelName | None


class RecommendedMovie(Movie):
    """A movie with its score and, if asked for, why it is recommended."""

    score: float
    explanation: NotRequired[Explanation | None]


class Recommendations(TypedDict):
    """Recommended movies, best first."""

    model: ModelName | None
    basis: Basis
    items: list[RecommendedMovie]
    next: str | None


class UserRecommendations(Recommendations):
    """Movies recommended to a user, best first."""

    userId: str
    history: Recall


class Member(TypedDict):
    """One of a group."""

    userId: str
    hasSay: bool


class GroupRecommendations(Recommendations):
    """Movies recommended to several users together, best first."""

    strategy: Strategy
    members: list[Member]


class SimilarMovies(TypedDict):
    """Movies like a movie, the most alike first."""

    movieId: str
    model: ModelName | None
    basis: Basis
    metric: Metric
    largerIsBetter: bool
    items: list[ScoredMovie]


class SimilarUser(TypedDict):
    """A user with how alike they are."""

    userId: str
    score: float


class SimilarUsers(TypedDict):
    """Users like a user, the most alike first."""

    userId: str
    history: Recall
    basis: Basis
    model: ModelName | None
    items: list[SimilarUser]


class Viewer(TypedDict):
    """A user who would like a movie."""

    userId: str
    score: float
    hasRated: bool


class Audience(TypedDict):
    """The users who would like a movie most, best first."""

    movieId: str
    basis: Basis
    model: ModelName | None
    items: list[Viewer]


class Prediction(TypedDict):
    """What a user would think of a movie."""

    userId: str
    movieId: str
    stars: float
    likeProbability: float
    likeThreshold: float
    basis: PredictionBasis
    history: Recall
    model: ModelName


class Part(TypedDict, total=False):
    """Which part of a list of movies, and of which movies. See docs/filters.md."""

    limit: int
    offset: int
    filter: str | None
    exclude: list[str]
    cursor: str | None


class Ranking(Part, total=False):
    """The same of a ranking by a model, and how it is weighed."""

    diversity: float
    popularityDamping: float


class ExplainedRanking(Ranking, total=False):
    """The same, with explanations if asked for."""

    explain: bool


class Picks(ExplainedRanking, total=False):
    """Movies picked by someone who need not be a user."""

    likes: list[str]
    dislikes: list[str]


class Group(Ranking):
    """Users who want to watch something together."""

    userIds: list[str]
    strategy: NotRequired[Strategy]


class ExplanationsRequest(TypedDict):
    """Movies that are to be explained, and to whom: a user, or someone who need not be one, by their picks."""

    movieIds: list[str]
    userId: NotRequired[str | None]
    likes: NotRequired[list[str]]
    dislikes: NotRequired[list[str]]


class Alike(TypedDict, total=False):
    """Which movies like a movie are asked for."""

    metric: Metric
    limit: int
    filter: str | None
