"""The JSON of every answer, as OpenAPI documents it. Field names are camelCase, times are RFC 3339 in UTC.

Recommendations and movies are put together from JSON encoded beforehand; tests hold them to these same models.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.recommender.movies.descriptions import Description
from services.recommender.recommending.group import Strategy
from services.recommender.recommending.support import Method
from services.recommender.replica.histories import Recall
from services.recommender.replica.ratings import PredictionBasis
from services.recommender.scoring.similar import Metric
from shared.jobs import JobKind, JobState
from shared.keys import Scope
from shared.models import UserForm, VersionState
from shared.movie_map import EXTENT
from shared.recommended import Basis


def _time(milliseconds: object) -> object:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC) if isinstance(milliseconds, int) else milliseconds


Time = Annotated[datetime, BeforeValidator(_time)]
"""Made from milliseconds since 1970."""

TOY_STORY: dict[str, Any] = {
    "movieId": "1",
    "title": "Toy Story",
    "year": 1995,
    "genres": ["Adventure", "Animation", "Children", "Comedy", "Fantasy"],
    "directors": ["John Lasseter"],
    "actors": ["Tom Hanks", "Tim Allen"],
    "language": "en",
    "imdbId": "0114709",
    "tmdbId": "862",
    "posterPath": "/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg",
    "properties": {},
    "ratingsCount": 215,
}
VERSION_EXAMPLE = "20261121-093000-4f2a"
EXPLANATION: dict[str, Any] = {
    "method": "shares",
    "score": 4.81213,
    "bias": 0.2061,
    "contributions": [{"share": 2.1, "opinion": "like", "movieId": "3114", "title": "Toy Story 2", "year": 1999}],
    "rest": 2.50603,
    "nearest": [],
    "paths": [
        {
            "movieId": "3114",
            "title": "Toy Story 2",
            "year": 1999,
            "links": [{"way": "director", "ownWay": "director", "name": "John Lasseter", "movies": 5}],
        }
    ],
    "sentence": "Because you liked Toy Story 2 (1999): both directed by John Lasseter.",
}


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Movie(Answer):
    """A movie. What its source does not tell is null or an empty list."""

    model_config = ConfigDict(json_schema_extra={"example": TOY_STORY})

    movie_id: str
    title: str | None
    year: int | None
    genres: list[str]
    directors: list[str]
    actors: list[str] = Field(description="The leading ones, at most ten, in the order of the credits.")
    language: str | None
    imdb_id: str | None
    tmdb_id: str | None
    poster_path: str | None = Field(description="Of its poster, below `postersUrl` of `GET /v1/session`.")
    properties: dict[str, Any] = Field(description="Declared properties and their values.")
    ratings_count: int


class ScoredMovie(Movie):
    """A movie with its score."""

    model_config = ConfigDict(json_schema_extra={"example": {"score": 4.81213, **TOY_STORY}})

    score: float


class ModelName(Answer):
    """The model version in service."""

    version: str = Field(examples=[VERSION_EXAMPLE])


class BriefMovie(Answer):
    """A movie's name."""

    movie_id: str
    title: str | None
    year: int | None


class Contribution(BriefMovie):
    """A movie of the user's own, and what it adds to the score."""

    share: float
    opinion: Literal["like", "dislike"] = Field(description="What they think of it: a dislike may add to a score, too.")


class NearMovie(BriefMovie):
    """A movie that the user likes, and how alike it is."""

    similarity: float = Field(description="The cosine of the two movies' vectors, -1 to 1.")


class PathLink(Answer):
    """What two movies have in common."""

    way: Description = Field(description="In which way it describes the recommended movie.")
    own_way: Description = Field(
        description="In which way it describes the user's own: another one where someone has directed the one and "
        "plays in the other."
    )
    name: str
    movies: int = Field(description="How many movies have it.")


class ConnectedMovie(BriefMovie):
    """A movie that the user likes, and what connects it with the recommended one."""

    links: list[PathLink] = Field(description="At most three, the one that says most first: a rare thing, a director.")


class Explanation(Answer):
    """Why a movie is recommended."""

    model_config = ConfigDict(json_schema_extra={"example": EXPLANATION})

    method: Method = Field(
        description="`shares`: `bias`, the shares of `contributions`, and `rest` sum up to the score, exactly. "
        "`nearest`: the version knows the user by their id, so their movies have no exact shares; `nearest` names "
        "those most like this one. `popular`: the model has nothing to go by. `new`: the movie came after the last "
        "training. With these two there is no score."
    )
    score: float | None
    bias: float | None = Field(description="The part of the score that has nothing to do with the user.")
    contributions: list[Contribution] = Field(
        description="Movies of the user's own that add to the score, at most three, the largest share first."
    )
    rest: float | None = Field(description="What all their other movies add together; it may be below 0.")
    nearest: list[NearMovie] = Field(description="At most three movies that they like, the most alike first.")
    paths: list[ConnectedMovie] = Field(
        description="The shortest paths in the graph to movies that they like, at most three, the one with the rarest "
        "connection first. They are facts of the graph; the score does not go by them."
    )
    sentence: str = Field(description="The reason in words. Plain text: titles and names in it come from elsewhere.")


class ExplainedMovie(Answer):
    """A movie by its id, and why it is recommended."""

    movie_id: str
    explanation: Explanation


class Explanations(Answer):
    """Why movies are recommended, in the order in which they were asked for."""

    model: ModelName | None
    items: list[ExplainedMovie]


class UserExplanation(ExplainedMovie):
    """Why a movie is recommended to a user."""

    user_id: str
    history: Recall = Field(description="What is known of the user's ratings; see their recommendations.")
    model: ModelName | None


class ConnectedOther(BriefMovie):
    """Another movie, with what its cover is drawn from."""

    genres: list[str]


class Connection(Answer):
    """Something that describes a movie and others too, with some of these."""

    way: Description
    name: str = Field(examples=["Ridley Scott"])
    movies: int = Field(description="How many movies have it.", examples=[27])
    others: list[ConnectedOther] = Field(description="Some of them, this movie aside, the most rated first.")


class MovieConnections(Answer):
    """What connects a movie with others in the graph."""

    movie_id: str
    items: list[Connection]


class CatalogueGenre(Answer):
    """A genre that some movies share."""

    name: str = Field(examples=["Comedy"])
    movies: int = Field(description="How many movies have it.", examples=[3756])


class CatalogueContents(Answer):
    """What the catalogue holds."""

    movies: int
    first_year: int | None
    last_year: int | None
    genres: list[CatalogueGenre] = Field(description="By name; those that at least two movies have, and not all.")


class MoviePage(Answer):
    """Some of the movies found."""

    items: list[Movie]
    total: int = Field(description="How many were found in all.")
    next_cursor: str | None = Field(description="With `sort=id`: where the next page begins; null after the last.")


class RecommendedMovie(ScoredMovie):
    """A movie with its score and, if asked for, why it is recommended."""

    explanation: Explanation | None = Field(default=None, description="With `explain=true` alone.")


class Recommendations(Answer):
    """Recommended movies, best first."""

    model: ModelName | None = Field(description="The version in service; null before the first.")
    basis: Basis = Field(
        description="What the ranking goes by: `history` and `picks` are scored by the model (larger is better); "
        "`popular` is for whom the model has nothing to go by, and its score is the number of ratings."
    )
    items: list[RecommendedMovie]
    next: str | None = Field(description="The `cursor` of the page after this one; null where this is the last.")


class UserRecommendations(Recommendations):
    """Movies recommended to a user, best first."""

    user_id: str
    history: Recall = Field(
        description="What is known of the user's ratings: `current`; or the graph does not answer now, and they are "
        "`remembered` from an earlier time, or `unread`. `unread` does not mean that there are none: movies that they "
        "have rated may be recommended, and the basis is most often `popular`."
    )


class Member(Answer):
    """One of a group."""

    user_id: str
    has_say: bool = Field(description="Whether they have rated something that the model can go by.")


class GroupRecommendations(Recommendations):
    """Movies recommended to several users together, best first."""

    strategy: Strategy
    members: list[Member]


class SimilarUser(Answer):
    """A user with how alike they are."""

    user_id: str = Field(examples=["1"])
    score: float = Field(description="The cosine of the two users' vectors, -1 to 1.", examples=[0.71])


class SimilarUsers(Answer):
    """Users like a user, the most alike first."""

    user_id: str
    history: Recall
    basis: Basis = Field(description="`history`, or `nothing`: there is nothing to compare the user by.")
    model: ModelName | None
    items: list[SimilarUser]


class Viewer(Answer):
    """A user who would like a movie."""

    user_id: str = Field(examples=["1"])
    score: float = Field(description="The model's score of the movie for them; larger is better.", examples=[3.2])
    has_rated: bool = Field(description="Whether they have rated the movie.")


class Audience(Answer):
    """The users who would like a movie most, best first."""

    movie_id: str
    basis: Basis = Field(
        description="`model`; `content`: the model does not know the movie, and goes by those that share most with it; "
        "`nothing`: there is nothing to go by."
    )
    model: ModelName | None
    items: list[Viewer]


class Prediction(Answer):
    """What a user would think of a movie."""

    user_id: str
    movie_id: str
    stars: float = Field(description="The expected rating, on the scale of the ratings.", examples=[3.87])
    like_probability: float = Field(
        description="How probable it is that the user gives `likeThreshold` stars or more, 0 to 1.", examples=[0.62]
    )
    like_threshold: float = Field(examples=[4.0])
    basis: PredictionBasis = Field(
        description="`history`: what the user has rated, this movie aside. `average`: they have rated nothing else "
        "that the model knows, so this is what the average user would give."
    )
    history: Recall = Field(
        description="What is known of the user's ratings: `current`; or the graph does not answer now, and they are "
        "`remembered` from an earlier time, or `unread`."
    )
    model: ModelName


class EventsTaken(Answer):
    """Events that are in the graph and last."""

    model_config = ConfigDict(json_schema_extra={"example": {"accepted": 3, "sequence": 1841}})

    accepted: int = Field(description="How many: all of the request.")
    sequence: int = Field(description="Grows from request to request; requests written together have the same.")


class SimilarMovies(Answer):
    """Movies like a movie, the most alike first."""

    movie_id: str
    model: ModelName | None
    basis: Basis = Field(
        description="`model`: their vectors. `content`: the model does not know the movie, or there is none; the score "
        "is the larger, the more and the rarer genres, tags and people they share."
    )
    metric: Metric
    larger_is_better: bool = Field(description="Whether a larger score means more alike: not so with `euclidean`.")
    items: list[ScoredMovie]


class JobAnswer(Answer):
    """A job."""

    job_id: str = Field(examples=["9f1c2a7be0d4"])
    kind: JobKind
    state: JobState
    request: dict[str, Any] = Field(description="What was asked for.", examples=[{"source": "ml-latest-small"}])
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    stage: str | None = Field(examples=["train"])
    progress: float = Field(description="Of the whole job, 0 to 1.", examples=[0.42])
    stage_progress: float = Field(description="Of the present stage, 0 to 1.", examples=[0.9])
    seconds_left: float | None = Field(description="An estimate; null while there is none.", examples=[12.5])
    cancel_requested: bool
    error: str | None = Field(description="Why it failed or was cancelled.", examples=[None])
    result: dict[str, Any] | None = Field(
        description="What came of it: an ingest's report, a training's version, a comparison's table, a batch's folder."
    )
    part_of: str | None = Field(description="The job that this one is a part of: a batch, of its shards.")
    request_id: str | None = Field(
        description="`X-Request-Id` of the request that asked for it, which its workers' logs name, too.",
        examples=["b8c0f3e1a2d400000001"],
    )


class JobList(Answer):
    """Jobs, newest first."""

    items: list[JobAnswer]


JOB_LOG_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "number": 1,
            "at": "2026-11-21T09:30:00Z",
            "level": "INFO",
            "worker": "trainer-1:4242",
            "text": "train job 9f1c2a7be0d4 begins here, for the first time",
        }
    ],
    "next": 1,
    "isComplete": False,
}


class JobLogLine(Answer):
    """A line of a job's log."""

    number: int = Field(description="Of all lines of the job, from 1.")
    at: Time
    level: str
    worker: str = Field(description="Host and process that did the job then.")
    text: str


class JobLogAnswer(Answer):
    """Lines of a job's log, oldest first."""

    model_config = ConfigDict(json_schema_extra={"example": JOB_LOG_EXAMPLE})

    items: list[JobLogLine]
    next: int = Field(description="What to ask for as `after` to get the lines that follow.")
    is_complete: bool = Field(description="Whether these are the last lines: the job has ended.")


class JobEvent(Answer):
    """How a job stands, as an event tells it."""

    job_id: str
    kind: JobKind
    state: JobState
    stage: str | None
    progress: float
    stage_progress: float
    seconds_left: float | None
    cancel_requested: bool
    error: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None


SCHEDULE_EXAMPLE = "3b7e21c0a9d5"


class ScheduleAnswer(Answer):
    """Jobs that are asked for again and again."""

    schedule_id: str = Field(examples=[SCHEDULE_EXAMPLE])
    kind: JobKind
    request: dict[str, Any] = Field(description="What is asked for each time.", examples=[{"family": "inductive"}])
    cron: str | None = Field(examples=["30 2 * * *"])
    time_zone: str = Field(description="Whose clocks `cron` means.", examples=["UTC"])
    every_events: int | None = Field(examples=[10_000])
    enabled: bool
    created_at: Time
    next_run_at: Time | None = Field(description="By `cron`; null without it.")
    last_run_at: Time | None
    last_job_id: str | None = Field(description="The job that was asked for then.")
    last_event_count: int = Field(description="Events that had been taken then; `everyEvents` counts on from here.")
    last_error: str | None = Field(description="Why the last run came to nothing and the schedule was disabled.")


class ScheduleList(Answer):
    """Schedules, newest first."""

    items: list[ScheduleAnswer]


class ModelAnswer(Answer):
    """A model version."""

    version: str = Field(examples=[VERSION_EXAMPLE])
    objective: Literal["ranking", "rating"] = Field(description="What it is for: recommending, or predicting stars.")
    state: VersionState
    is_served: bool = Field(
        description="Whether its objective's pointer names it: every recommender serves it within a second."
    )
    can_be_served: bool = Field(description="Whether its vectors are still kept, so that it can be activated.")
    created_at: Time
    family: str = Field(examples=["inductive"])
    user_form: UserForm
    width: int = Field(description="Dimensions of a vector.", examples=[128])
    movies: int
    users: int
    metrics: dict[str, float] = Field(
        description="On held-out ratings.", examples=[{"recall_at_20": 0.29, "ndcg_at_20": 0.387}]
    )
    job_id: str | None


class ModelDetail(ModelAnswer):
    """A model version with the report of its training."""

    report: dict[str, Any] = Field(
        description="Settings, data, metrics, baselines, curve and the gate's verdict, as the training wrote them."
    )


class MapItem(Answer):
    """A movie on a map."""

    movie_id: str
    title: str | None
    year: int | None
    x: int = Field(description="To the right, 0 to `extent`.")
    y: int = Field(description="Upwards, 0 to `extent`.")
    genre: str | None = Field(
        description="Of the movie's genres that a map shows apart, its rarest, which says most; null where it has none."
    )


class ModelMap(Answer):
    """The movies of a model version in the plane, the most liked first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": VERSION_EXAMPLE,
                "extent": EXTENT,
                "items": [
                    {"movieId": "1", "title": "Toy Story", "year": 1995, "x": 6120, "y": 2204, "genre": "Animation"}
                ],
            }
        }
    )

    version: str
    extent: int = Field(description="The longer side of the map.")
    items: list[MapItem]


class ModelList(Answer):
    """Model versions, newest first."""

    items: list[ModelAnswer]


class Both(Answer):
    """What the first version has, and what the second has; null where it has none."""

    first: Any
    second: Any


class MetricOfBoth(Answer):
    """A metric of both versions."""

    first: float | None
    second: float | None
    difference: float | None = Field(description="The second less the first; NDCG is better larger, RMSE smaller.")
    first_interval: tuple[float, float] | None = Field(description="95% over users, where the report has it.")
    second_interval: tuple[float, float] | None


class ModelComparison(Answer):
    """Two versions of one objective, side by side."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "first": VERSION_EXAMPLE,
                "second": "20261122-020000-91c3",
                "served": "20261122-020000-91c3",
                "settings": {"width": {"first": 64, "second": 128}},
                "metrics": {
                    "ndcg_at_20": {
                        "first": 0.381,
                        "second": 0.387,
                        "difference": 0.006,
                        "firstInterval": [0.373, 0.389],
                        "secondInterval": [0.379, 0.395],
                    }
                },
                "data": {"fingerprint": {"first": "5d0c", "second": "5d0c"}, "ratings": {"first": 100, "second": 100}},
                "judgedAlike": True,
            }
        }
    )

    first: str
    second: str
    served: str | None = Field(
        description="The version that their objective's pointer names: one of these, or another."
    )
    settings: dict[str, Both] = Field(description="Those that differ, by the names that the reports use.")
    metrics: dict[str, MetricOfBoth]
    data: dict[str, Both] = Field(description="What each was trained on; equal fingerprints are equal data.")
    judged_alike: bool = Field(
        description="Whether both were judged on the same held-out events of the same data. If not, a difference of "
        "metrics is also one of data."
    )


class KeyAnswer(Answer):
    """An API key, but for the key itself."""

    key_id: str = Field(examples=["3fa9c2d1"])
    name: str = Field(examples=["the shop"])
    scopes: list[Scope]
    user_id: str | None = Field(description="The one user whose data it may read and write; null: everyone's.")
    rate_per_minute: int | None = Field(description="How many requests it may send; null: as the setting says.")
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    is_valid: bool = Field(description="Whether it is neither revoked nor expired.")


class NewKey(KeyAnswer):
    """A new API key."""

    key: str = Field(description="Shown once.", examples=["mq_3fa9c2d1_…"])


class KeyList(Answer):
    """API keys, newest first."""

    items: list[KeyAnswer]


class Health(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """Requests can be answered."""

    status: Literal["ready"] = "ready"
    model: ModelName | None = Field(description="The version in service; null before the first training.")
    rating_model: ModelName | None = Field(description="The version that predicts ratings; null where there is none.")
    movies: int = Field(description="In the catalogue.")
    scored_movies: int = Field(description="Those that the version has vectors of.")
    revision: int = Field(description="Of the graph that the catalogue was read at.")
    age_seconds: float = Field(description="Since the catalogue or the version in memory last changed.")
    graph: Literal["here", "away"] = Field(description="Whether the graph answers: `away`, answers come from memory.")
    graph_seen_seconds_ago: float | None = Field(description="Since the graph last answered.")
    versions_in_memory: list[str] = Field(
        description="The versions that can be served without reading them first: the one in service, and the one in "
        "the other slot."
    )
    vectors_bytes: int = Field(description="What the vectors of these versions take.")
    memory_bytes: int | None = Field(description="What the process takes; null where the system does not tell.")
