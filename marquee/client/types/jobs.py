"""Jobs and schedules: what is asked for, and what came of it. The names are those of the JSON."""

from typing import Any, Literal, NotRequired, TypedDict

JobKind = Literal["ingest", "train", "compare", "tune", "clean-up", "batch", "batch-shard"]

JobState = Literal["queued", "running", "succeeded", "rejected", "failed", "cancelled"]


class JobAnswer(TypedDict):
    """A job."""

    jobId: str
    kind: JobKind
    state: JobState
    request: dict[str, Any]
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    stage: str | None
    progress: float
    stageProgress: float
    secondsLeft: float | None
    cancelRequested: bool
    error: str | None
    result: dict[str, Any] | None
    partOf: str | None
    requestId: str | None


class JobList(TypedDict):
    """Jobs, newest first."""

    items: list[JobAnswer]


class JobEvent(TypedDict):
    """How a job stands, as an event tells it."""

    jobId: str
    kind: JobKind
    state: JobState
    stage: str | None
    progress: float
    stageProgress: float
    secondsLeft: float | None
    cancelRequested: bool
    error: str | None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None


class JobLogLine(TypedDict):
    """A line of a job's log."""

    number: int
    at: str
    level: str
    worker: str
    text: str


class JobLogAnswer(TypedDict):
    """Lines of a job's log, oldest first."""

    items: list[JobLogLine]
    next: int
    isComplete: bool


class IngestBody(TypedDict):
    """What an ingest is asked to do."""

    source: str
    movies: NotRequired[str | None]
    columns: NotRequired[dict[str, str]]
    minRating: NotRequired[float | None]
    maxRating: NotRequired[float | None]
    strict: NotRequired[bool]


class TrainBody(TypedDict, total=False):
    """What a training is asked to do. What is left out is chosen by the trainer, on validation data where it can."""

    objective: Literal["ranking", "rating"]
    family: Literal["inductive", "lightgcn", "gcn", "sage", "gat", "rgcn", "matrix-factorisation"]
    seed: int
    width: int | None
    temperature: float | None
    epochs: int | None
    linearRank: int | None
    likeThreshold: float
    split: Literal["latest", "random", "leave-last-out", "global-time", "cold-movies", "fold-in"]
    baselines: list[Literal["random", "popularity", "bias", "item-knn", "ease", "ials", "matrix-factorisation"]] | None
    loss: Literal["softmax", "sampled-softmax", "bpr"]
    negatives: int | None
    layers: int | None
    relations: list[Literal["genre", "year", "tag", "person", "gender", "age", "occupation"]]
    neighbours: int | None
    processes: int | None


class CompareBody(TypedDict, total=False):
    """What a comparison is asked to do: fit some models in the same way, and judge them on the same held-out likes."""

    models: list[
        Literal[
            "inductive",
            "lightgcn",
            "gcn",
            "sage",
            "gat",
            "rgcn",
            "matrix-factorisation",
            "random",
            "popularity",
            "bias",
            "item-knn",
            "ease",
            "ials",
            "gc-mc",
        ]
    ]
    seeds: int
    likeThreshold: float
    split: Literal["latest", "random", "leave-last-out", "global-time", "cold-movies", "fold-in"]


class TuneBody(TypedDict, total=False):
    """What a tuning is asked to do: try settings until so many were tried, or until the time is over."""

    family: Literal["inductive", "lightgcn", "gcn", "sage", "gat", "rgcn", "matrix-factorisation"]
    seed: int
    likeThreshold: float
    trials: int | None
    minutes: float | None
    study: str | None


class BatchBody(TypedDict, total=False):
    """What a batch is asked to do: the best movies of every user into files, and into the graph."""

    top: int
    format: Literal["parquet", "csv"]
    out: str | None
    graph: bool


class ScheduleBody(TypedDict):
    """A schedule as it is made: what is asked for, and when."""

    cron: NotRequired[str | None]
    timeZone: NotRequired[str]
    everyEvents: NotRequired[int | None]
    enabled: NotRequired[bool]
    kind: Literal["ingest", "train", "compare", "tune", "batch", "clean-up"]
    request: NotRequired[dict[str, Any]]


class ScheduleChange(TypedDict, total=False):
    """What is to be changed of a schedule; what is left out stays, and null takes cron words or events away."""

    cron: str | None
    timeZone: str
    everyEvents: int | None
    enabled: bool
    request: dict[str, Any]


class ScheduleAnswer(TypedDict):
    """Jobs that are asked for again and again."""

    scheduleId: str
    kind: JobKind
    request: dict[str, Any]
    cron: str | None
    timeZone: str
    everyEvents: int | None
    enabled: bool
    createdAt: str
    nextRunAt: str | None
    lastRunAt: str | None
    lastJobId: str | None
    lastEventCount: int
    lastError: str | None


class ScheduleList(TypedDict):
    """Schedules, newest first."""

    items: list[ScheduleAnswer]
