"""What can be asked for, in one vocabulary: kinds of jobs, their payloads and states.

A message on the queue carries a job's id and nothing else; all that is known of a job is a `Job` node, which
`shared.job_records` looks after. So Redis may lose everything and no job is lost.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, Protocol, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.errors import InvalidInputError
from shared.graph.port import Record

R = TypeVar("R", bound=BaseModel)


class JobKind(StrEnum):
    """What a job does; also the name of its queue."""

    INGEST = "ingest"
    TRAIN = "train"
    COMPARE = "compare"
    TUNE = "tune"
    CLEAN_UP = "clean-up"
    BATCH = "batch"
    BATCH_SHARD = "batch-shard"  # a part of a batch: some of the users

    @property
    def is_single(self) -> bool:
        """Whether one job of the kind runs at a time, and one more at most waits."""
        return self not in (JobKind.INGEST, JobKind.TUNE, JobKind.BATCH_SHARD)

    @property
    def turn(self) -> "JobKind":
        """Kinds of the same turn run one after the other, where they are single: each of their jobs takes all cores."""
        return JobKind.TRAIN if self is JobKind.COMPARE else self

    @property
    def task(self) -> str:
        """The name of the Celery task that does it."""
        return f"marquee.{self.value}"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"  # a training whose model, or a tuning whose settings, did not pass the gate
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


SOURCE_NAMES: Final = (
    "sample", "ml-100k", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m", "ml-latest", "ml-latest-small",
)  # fmt: skip
"""Sources that an ingest knows by name: the built-in sample, and MovieLens as it is published."""

DEFAULT_TRIALS: Final = 30
"""Of a tuning that names neither trials nor minutes."""

SplitName = Literal["latest", "random", "leave-last-out", "global-time", "cold-movies", "fold-in"]
"""What a training holds out to be judged by: each user's latest likes, some at random, each user's last like, all likes
after one date, all events of some movies, or all but a few likes of some users."""

BaselineName = Literal["random", "popularity", "bias", "item-knn", "ease", "ials"]
"""What a model is shown beside."""

ColumnName = Annotated[str, Field(min_length=1, max_length=128)]


class _Request(BaseModel):
    """What a job is asked to do. What stands below a field describes it in the API's documentation, too."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class IngestRequest(_Request):
    """What an ingest is asked to do."""

    kind: ClassVar[JobKind] = JobKind.INGEST

    source: str = Field(min_length=1, max_length=1024)
    """A MovieLens name (`ml-latest-small`), a URL, a folder, a `.zip`, or a CSV or Parquet file of ratings."""
    movies: str | None = Field(default=None, min_length=1, max_length=1024)
    """A CSV or Parquet file of movies, beside a file of ratings."""
    columns: dict[ColumnName, ColumnName] = Field(default_factory=dict, max_length=16)
    """For CSV and Parquet: our name of a column (`userId`, `movieId`, `rating`, `ratedAt`, `title`, …) to theirs."""
    min_rating: float | None = Field(default=None, ge=-1_000, le=1_000)
    """The lowest rating of the scale; that of the source's kind where it is left out."""
    max_rating: float | None = Field(default=None, ge=-1_000, le=1_000)
    strict: bool = False
    """Refuse a source with any fault instead of leaving the faulty rows out."""


Family = Literal["inductive", "lightgcn", "gcn", "sage", "gat", "rgcn", "matrix-factorisation"]
"""The kinds of models that there are to train."""
Loss = Literal["softmax", "sampled-softmax", "bpr"]
"""What a ranking is learned by."""
ContentName = Literal["genre", "year", "tag", "person", "gender", "age", "occupation"]
"""What describes movies (the first four) and users."""

CompetitorName = Literal[Family, BaselineName, "gc-mc"]
"""What can be compared; the last is the model that predicts stars."""
DEFAULT_COMPETITORS: Final[tuple[CompetitorName, ...]] = (
    "inductive", "lightgcn", "matrix-factorisation", "ials", "ease", "item-knn", "bias", "popularity", "random",
)  # fmt: skip
MAX_SEEDS: Final = 10

_TAKE_CONTENT: Final = frozenset[Family]({"gcn", "sage", "gat", "rgcn"})
MAX_PROCESSES: Final = 64
"""That train one model together."""
GAT_HEADS: Final = 4
"""Of the family `gat`, each of which takes an equal part of a vector."""


def takes_layers(family: Family) -> bool:
    """Whether models of the family spread their vectors over the graph."""
    return family == "lightgcn" or takes_content(family)


def takes_content(family: Family) -> bool:
    """Whether what describes movies and users can take part in that, and neighbours can be sampled."""
    return family in _TAKE_CONTENT


class TrainRequest(_Request):
    """What a training is asked to do. What is left out is chosen by the trainer, on validation data where it can."""

    kind: ClassVar[JobKind] = JobKind.TRAIN

    objective: Literal["ranking", "rating"] = "ranking"
    """`ranking`: which movies to recommend. `rating`: how many stars, and so whether a movie is liked."""
    family: Family = "inductive"
    """Of a model that ranks; ratings have one family."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    width: int | None = Field(default=None, ge=8, le=512)
    """Dimensions of a vector."""
    temperature: float | None = Field(default=None, ge=0.01, le=10)
    epochs: int | None = Field(default=None, ge=1, le=1_000)
    linear_rank: int | None = Field(default=None, ge=0, le=512)
    """Columns of the linear part beside the model; 0 for none."""
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""
    split: SplitName = "latest"
    """What is held out to judge the model by. The gate repeats the served model's training on the same."""
    baselines: list[BaselineName] | None = Field(default=None, max_length=16)
    """What the model is shown beside in its report; all there are where it is left out."""
    loss: Loss = "softmax"
    """`softmax` goes over all movies; the others compare with movies that are drawn."""
    negatives: int | None = Field(default=None, ge=1, le=100_000)
    """How many are drawn for each step of `sampled-softmax`."""
    layers: int | None = Field(default=None, ge=1, le=4)
    """Propagations through the graph, in the families that propagate."""
    relations: list[ContentName] = Field(default_factory=list, max_length=7)
    """What describes movies and users and takes part in that, in the families gcn, sage, gat and rgcn."""
    neighbours: int | None = Field(default=None, ge=0, le=1_000)
    """In the same families, how many neighbours of a node are drawn for each step; 0: all, at any price in memory."""
    processes: int | None = Field(default=None, ge=1, le=MAX_PROCESSES)
    """How many share the training's steps: the worker's `MARQUEE_PROCESSES` where it is left out."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        """What is asked for has to mean something to the family and to the loss."""
        for fault in self._faults():
            raise PydanticCustomError("does_not_fit", "{fault}", {"fault": fault})
        return self

    def _faults(self) -> Iterator[str]:
        if self.layers is not None and not takes_layers(self.family):
            yield f"layers mean nothing to the family {self.family}, which does not propagate; leave them out"
        for name in ("relations", "neighbours"):
            if getattr(self, name) and not takes_content(self.family):
                families = ", ".join(sorted(_TAKE_CONTENT))
                yield f"the family {self.family} has no use for {name}; leave them out, or take one of {families}"
        if len(set(self.relations)) < len(self.relations):
            yield f"relations name one twice: {', '.join(self.relations)}"
        if self.negatives is not None and self.loss != "sampled-softmax":
            yield f"the loss {self.loss} draws as many negatives as it needs; leave the number out"
        if self.linear_rank and self.family != "inductive":
            yield f"a linear part goes by what users liked, and {self.family} knows them by id; leave linear_rank out"
        if self.family == "gat" and (self.width or 0) % GAT_HEADS:
            yield f"gat has {GAT_HEADS} heads, so its width is a multiple of {GAT_HEADS}, not {self.width}"


class CompareRequest(_Request):
    """What a comparison is asked to do: fit some models in the same way, and judge them on the same held-out likes."""

    kind: ClassVar[JobKind] = JobKind.COMPARE

    models: list[CompetitorName] = Field(default=list(DEFAULT_COMPETITORS), min_length=1, max_length=16)
    """In the order of the table. All are tested against the first."""
    seeds: int = Field(default=1, ge=1, le=MAX_SEEDS)
    """Trainings of each model that has a seed: 0, 1 and so on."""
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""
    split: SplitName = "latest"
    """What is held out to judge the models by."""

    @model_validator(mode="after")
    def _name_each_once(self) -> Self:
        if len(set(self.models)) < len(self.models):
            names = ", ".join(self.models)
            raise PydanticCustomError("named_twice", "models name one twice: {names}", {"names": names})
        return self


class TuneRequest(_Request):
    """What a tuning is asked to do: try settings of a family until so many were tried, or until the time is over.

    Jobs that ask for the same family, seed, threshold and study, of the same data, are workers on one study.
    """

    kind: ClassVar[JobKind] = JobKind.TUNE

    family: Family = "inductive"
    seed: int = Field(default=0, ge=0, lt=2**31)
    like_threshold: float = Field(default=4.0, ge=-1_000, le=1_000)
    """A movie is liked from this rating on."""
    trials: int | None = Field(default=None, ge=1, le=10_000)
    """Trials of the whole study, what other jobs have done included; 30 where `minutes` are left out, too."""
    minutes: float | None = Field(default=None, gt=0, le=10_080)
    """No trial begins later than so long after this job has begun; what runs then ends at its next look."""
    study: str | None = Field(default=None, min_length=1, max_length=64)
    """A name of one's own begins a study anew; without it a tuning goes on with the one that there is of the data."""

    @property
    def most_trials(self) -> int | None:
        """How many trials the study may have; None: as many as the minutes allow."""
        return DEFAULT_TRIALS if self.trials is None and self.minutes is None else self.trials


class CleanUpRequest(_Request):
    """What a clean-up is asked to do: what the settings say (`shared.retention`), so there is nothing to choose."""

    kind: ClassVar[JobKind] = JobKind.CLEAN_UP


class BatchRequest(_Request):
    """What a batch is asked to do: the best movies of every user, as the REST interface would give them, into files."""

    kind: ClassVar[JobKind] = JobKind.BATCH

    top: int = Field(default=20, ge=1, le=200)
    """How many movies a user gets."""
    format: Literal["parquet", "csv"] = "parquet"
    out: str | None = Field(default=None, min_length=1, max_length=1024)
    """A folder of the worker's in which the batch makes one of its own; its data folder's `batches` where left out."""
    graph: bool = False
    """Also write them into the graph as RECOMMENDED relationships, in place of those that are there."""


class BatchShardRequest(_Request):
    """What a part of a batch is to do. Batches ask for these; nobody else does."""

    kind: ClassVar[JobKind] = JobKind.BATCH_SHARD

    batch: str
    """The batch's job."""
    number: int
    shards: int
    version: str
    """The model version, one for all shards."""
    users: int
    """How many there were when the shards were made."""
    first: int
    """The users whose handles (`NodeTable.between`) lie from here on."""
    end: int | None = None
    """The first handle that is another shard's; None for the last shard."""


JobRequest = IngestRequest | TrainRequest | CompareRequest | TuneRequest | CleanUpRequest | BatchRequest
REQUESTS: Final[Mapping[JobKind, type[JobRequest]]] = {request.kind: request for request in get_args(JobRequest)}
"""What each kind of job that anybody may ask for is asked with."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the graph knows it. Times are milliseconds since 1970, fractions go from 0 to 1."""

    job_id: str
    kind: JobKind
    state: JobState
    payload: Mapping[str, Any]
    created_at: int
    started_at: int | None
    finished_at: int | None
    stage: str | None
    progress: float
    stage_progress: float
    seconds_left: float | None
    cancel_requested: bool
    error: str | None
    """What ended a failed job, in words."""
    error_type: str | None
    """The name of the kind of error, such as `InvalidInputError`."""
    result: Mapping[str, Any] | None
    sent_at: int
    """When its message was last put on the queue, or last seen there by a worker."""
    lease_until: int
    fence: int
    """Grows with every claim: a worker whose fence is not the stored one has been taken over."""
    part_of: str | None
    """The job that this one is a part of."""
    log_lines: int
    """How many lines its log has had (`shared.job_log`)."""

    @classmethod
    def from_record(cls, record: Record) -> "Job":
        """The job that a `Job` node describes."""
        return cls(
            job_id=record["jobId"],
            kind=JobKind(record["kind"]),
            state=JobState(record["state"]),
            payload=json.loads(record["payload"]),
            created_at=record["createdAt"],
            started_at=record["startedAt"],
            finished_at=record["finishedAt"],
            stage=record["stage"],
            progress=record["progress"] or 0.0,
            stage_progress=record["stageProgress"] or 0.0,
            seconds_left=record["secondsLeft"],
            cancel_requested=bool(record["cancelRequested"]),
            error=record["error"],
            error_type=record["errorType"],
            result=json.loads(record["result"]) if record["result"] else None,
            sent_at=record["sentAt"] or 0,
            lease_until=record["leaseUntil"] or 0,
            fence=record["fence"] or 0,
            part_of=record["partOf"],
            log_lines=record["logLines"] or 0,
        )


class Sender(Protocol):
    """Puts a job's id on its queue."""

    def __call__(self, kind: JobKind, job_id: str, /) -> None:
        """Raises `UnavailableError` where the queue does not answer."""


def parse_request(kind: type[R], payload: Mapping[str, Any]) -> R:
    """A job's payload as a request of `kind`.

    Raises:
        InvalidInputError: a field does not fit; the message names each.
    """
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        faults = "; ".join(_fault(e["loc"], e["msg"]) for e in error.errors())
        raise InvalidInputError(f"The request does not fit: {faults}.") from error


def _fault(place: Sequence[int | str], message: str) -> str:
    """A field and what is wrong with it; what does not fit together has no field."""
    return f"{'.'.join(map(str, place))}: {message}" if place else message
