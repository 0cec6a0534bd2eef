"""Model versions in the graph: what is kept of each, which one is served, and how that changes.

A version's vectors lie in one of two slots. A training writes into the slot that is not served, and then moves one
pointer; so the served version is whole at every moment, and going back is moving the pointer back. There is a pointer
for each thing that models do, with two slots of its own: versions that rank and versions that predict ratings never
meet.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import ConflictError, NotFoundError
from shared.graph.port import Graph, Record, SlotTable
from shared.movie_map import MovieMap
from shared.schema import MODEL_VERSION, MOVIE, MOVIE_RATING, SERVED_MODEL, SERVES, USER, NodeKind, Slot
from shared.scoring import MovieVectors

RANKING: Final = "ranking"
"""The pointer to the model that recommends."""
RATING: Final = "rating"
"""The pointer to the model that predicts stars."""
KINDS_OF: Final[Mapping[str, tuple[NodeKind, ...]]] = {RANKING: (MOVIE, USER), RATING: (MOVIE_RATING,)}
"""In whose slots a pointer's versions have their vectors, movies first."""


class VersionState(StrEnum):
    """How far a version came."""

    WRITING = "writing"  # its vectors are being written; it can't be served
    READY = "ready"  # complete and verified
    REJECTED = "rejected"  # the gate refused it; its report is kept, its vectors are not


class UserForm(StrEnum):
    """How a version knows a user."""

    INDUCTIVE = "inductive"  # by the movies they liked, whoever they are
    ID = "id"  # by a vector of their own where they have one, otherwise by the movies they liked


@dataclass(frozen=True, slots=True)
class ServingParameters:
    """What the recommender needs to know to score with a version (see `shared.scoring`)."""

    family: str
    user_form: UserForm
    width: int
    """Columns of a vector: those of the cosine, and then those of the linear part."""
    temperature: float
    like_threshold: float
    """A movie is liked from this rating on, in stars."""
    dislike_weight: float = 0.2
    """What part of the input vector of a movie that someone says they dislike is taken away: decision 6."""
    linear_width: int = 0
    """Columns of the linear part."""


@dataclass(frozen=True, slots=True)
class RatingParameters:
    """What the recommender needs to know to predict stars with a version (see `shared.rating`)."""

    family: str
    user_form: UserForm
    width: int
    like_threshold: float
    """From so many stars on, a movie is liked."""
    weights: Mapping[str, Any]
    """`RatingWeights` as JSON."""


Parameters = ServingParameters | RatingParameters


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version without what is large: `read_report`, `read_page` and `read_map` read that."""

    version: str
    state: VersionState
    slot: Slot | None
    """Where its vectors lie; None once a later version has overwritten them."""
    created_at: int
    """Milliseconds since 1970."""
    parameters: Parameters
    metrics: Mapping[str, float]
    job_id: str | None
    movies: int
    users: int
    checksum: str | None
    pointer: str = RANKING
    """Which pointer may name it."""

    @classmethod
    def from_record(cls, record: Record) -> "ModelVersion":
        """The version that a `ModelVersion` node describes."""
        return cls(
            version=record["version"],
            state=VersionState(record["state"]),
            slot=Slot(record["slot"]) if record["slot"] else None,
            created_at=record["createdAt"],
            parameters=_parameters(_pointer(record), json.loads(record["parameters"])),
            metrics=json.loads(record["metrics"]),
            job_id=record["jobId"],
            movies=record["movies"] or 0,
            users=record["users"] or 0,
            checksum=record["checksum"],
            pointer=_pointer(record),
        )


def _pointer(record: Record) -> str:
    """Versions from before there was a second pointer do not say which is theirs."""
    return record["pointer"] or RANKING


def _parameters(pointer: str, values: dict[str, Any]) -> Parameters:
    values = {**values, "user_form": UserForm(values["user_form"])}
    if pointer == RATING:
        return RatingParameters(**values)
    return ServingParameters(**values)


@dataclass(frozen=True, slots=True)
class ServedVectors:
    """The served version with its vectors, read whole."""

    version: ModelVersion
    movies: SlotTable  # of the first of the kinds in `KINDS_OF`
    users: SlotTable | None  # only where the version knows users by id

    @property
    def nbytes(self) -> int:
        """What the vectors take in memory; the keys, which are shared with nothing, come on top."""
        tables = (self.movies, *([self.users] if self.users else []))
        return sum(column.nbytes for table in tables for column in table.columns.values())

    def movie_vectors(self, kept: npt.NDArray[np.bool_]) -> MovieVectors:
        """What users are encoded and movies scored with: of those movies alone that are `kept`, bool[n]."""
        columns, parameters = self.movies.columns, ranking_parameters(self.version)
        rows = slice(None) if kept.all() else kept  # a slice makes no copy: 32 MB at 62,000 movies of width 64
        return MovieVectors(
            outputs=columns["embedding"][rows],
            inputs=columns["inputEmbedding"][rows],
            bias=columns["bias"][rows],
            temperature=parameters.temperature,
            dislike_weight=parameters.dislike_weight,
            linear_width=parameters.linear_width,
        )


def checksum(tables: Mapping[NodeKind, SlotTable]) -> str:
    """SHA-256 over keys and values of slot tables, rows in the order of the keys: the same from either store."""
    digest = hashlib.sha256()
    for kind in sorted(tables, key=lambda k: k.label):
        table = tables[kind]
        order = np.argsort(table.keys.astype(str), kind="stable")
        digest.update("\0".join(table.keys[order]).encode())
        for name in sorted(table.columns):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(table.columns[name][order], dtype="<f4").tobytes())
    return digest.hexdigest()


def served_version(graph: Graph, pointer: str = RANKING) -> ModelVersion | None:
    """The version that a pointer names, or None before the first."""
    name = graph.read_pointer(SERVES, pointer)
    record = graph.read_record(MODEL_VERSION, name) if name is not None else None
    return ModelVersion.from_record(record) if record else None


def get_version(graph: Graph, version: str) -> ModelVersion:
    """The version called `version`.

    Raises:
        NotFoundError: there is none.
    """
    return ModelVersion.from_record(_record(graph, version))


def list_versions(graph: Graph, limit: int = 100) -> list[ModelVersion]:
    """The newest versions of all pointers, newest first."""
    records = graph.find_records(MODEL_VERSION, newest_by="createdAt", limit=limit)
    return [ModelVersion.from_record(record) for record in records]


def read_report(graph: Graph, version: str) -> dict[str, Any]:
    """The report kept with a version: settings, data, metrics, baselines, curve, the gate's verdict.

    Raises:
        NotFoundError: there is no such version.
    """
    report: dict[str, Any] = json.loads(_large(graph, version, "report") or "{}")
    return report


def read_page(graph: Graph, version: str) -> str:
    """The report kept with a version as one HTML page.

    Raises:
        NotFoundError: there is no such version, or it was made before there were pages.
    """
    page = _large(graph, version, "page")
    if page is None:
        raise NotFoundError(
            f"Model version {version!r} has no page: a Marquee before it made pages has trained it. "
            f"Its report is at /v1/models/{version}."
        )
    return page


def read_map(graph: Graph, version: str) -> MovieMap:
    """The map of a version's movies.

    Raises:
        NotFoundError: there is no such version, or it has no map.
    """
    text = _large(graph, version, "map")
    if text is None:
        raise NotFoundError(
            f"Model version {version!r} has no map: it was refused, it predicts stars, it knows too few movies, or a "
            "Marquee from before there were maps has trained it. A new training makes one."
        )
    return MovieMap.from_json(text)


def _large(graph: Graph, version: str, name: str) -> str | None:
    value = graph.read_large(MODEL_VERSION, version, name)
    if value is None:
        _record(graph, version)
    return value


def _record(graph: Graph, version: str) -> Record:
    record = graph.read_record(MODEL_VERSION, version)
    if record is None:
        raise NotFoundError(f"There is no model version {version!r}; GET /v1/models lists those there are.")
    return record


def ranking_parameters(version: ModelVersion) -> ServingParameters:
    """What it takes to rank with a version.

    Raises:
        ConflictError: it is none that ranks.
    """
    if not isinstance(version.parameters, ServingParameters):
        raise ConflictError(f"Model version {version.version!r} ranks nothing: its pointer is {version.pointer}.")
    return version.parameters


def parameters_json(parameters: Parameters) -> str:
    """As it is kept in the graph."""
    return json.dumps(asdict(parameters), sort_keys=True)


def require_slot(version: ModelVersion) -> Slot:
    """The slot that a version's vectors lie in.

    Raises:
        ConflictError: they are not there: rejected, being written, or overwritten since.
    """
    if version.state is not VersionState.READY:
        raise ConflictError(
            f"Model version {version.version!r} is {version.state}; only one that is ready can be served."
        )
    if version.slot is None:
        raise ConflictError(
            f"The vectors of model version {version.version!r} were overwritten by a later training. Train again, "
            "or activate a version that still has a slot."
        )
    return version.slot


def ready_versions(graph: Graph, pointer: str = RANKING) -> tuple[str, ...]:
    """A pointer's versions whose vectors lie whole in a slot, and so may be served: two at most, by slot."""
    return tuple(
        record["version"]
        for slot in Slot
        for record in versions_in(graph, slot, pointer)
        if record["state"] == VersionState.READY
    )


def versions_in(graph: Graph, slot: Slot, pointer: str) -> Iterator[Record]:
    """The records of a pointer's versions that a slot belongs to."""
    return (r for r in graph.find_records(MODEL_VERSION, {"slot": slot.value}) if _pointer(r) == pointer)


def activate(graph: Graph, version: str) -> ModelVersion:
    """Serve `version` from now on: move its pointer, if its vectors are still there.

    Raises:
        NotFoundError: there is no such version.
        ConflictError: its vectors are not there (rejected, being written, or overwritten since), or the pointer was
            moved by another at the same moment.
    """
    wanted = get_version(graph, version)
    require_slot(wanted)
    current = graph.read_pointer(SERVES, wanted.pointer)
    if current == version:
        return wanted
    if not graph.move_pointer(SERVES, wanted.pointer, expected=current, target=version):
        raise ConflictError(f"The served version changed from {current!r} while {version!r} was activated. Try again.")
    now = graph.read_record(MODEL_VERSION, version)
    if current is not None and (now is None or now["slot"] is None):
        graph.move_pointer(SERVES, wanted.pointer, expected=version if now else None, target=current)
        raise ConflictError(
            f"A training took the slot of {version!r} while it was activated; {current!r} is served again."
        )
    return wanted


def roll_back(graph: Graph, pointer: str = RANKING) -> ModelVersion:
    """Serve the version that a pointer named before, from now on. Done twice, it is as it was.

    Raises:
        ConflictError: nothing is known of one before, it is no longer there, or as `activate`.
    """
    served = graph.read_record(SERVED_MODEL, pointer)
    previous = served["previous"] if served else None
    if previous is None:
        raise ConflictError(
            f"It is not known which {pointer} version was served before this one. Activate one by its name: "
            "GET /v1/models and `marquee models` say which can be served."
        )
    try:
        return activate(graph, previous)
    except NotFoundError as error:
        raise ConflictError(
            f"Model version {previous!r}, which was served before, was removed by a clean-up. Train again, or activate "
            "a version that still has a slot."
        ) from error


def read_vectors(graph: Graph, version: ModelVersion) -> ServedVectors:
    """A version's vectors: its record, the slot, and the record again.

    That it is the same before and after is enough, because a training takes the slot from its version first and writes
    then, and no version ever gets a slot back.

    Raises:
        ConflictError: it has no vectors, or its slot was taken while it was read.
    """
    slot = require_slot(version)
    by_id = version.parameters.user_form is UserForm.ID
    movies = graph.read_slot(KINDS_OF[version.pointer][0], slot)
    users = graph.read_slot(USER, slot) if by_id else None
    _require_unchanged(graph, version)
    return ServedVectors(version, movies, users)


def read_user_vectors(graph: Graph, version: ModelVersion) -> SlotTable:
    """The vectors of users that a ranking version was published with, as of its training, however it knows users.

    Raises:
        ConflictError: as `read_vectors`.
    """
    users = graph.read_slot(USER, require_slot(version))
    _require_unchanged(graph, version)
    return users


def _require_unchanged(graph: Graph, version: ModelVersion) -> None:
    record = graph.read_record(MODEL_VERSION, version.version)
    if record is None or ModelVersion.from_record(record) != version:
        raise ConflictError(f"Model version {version.version!r} changed while it was read.")


def read_served_vectors(graph: Graph, pointer: str = RANKING) -> ServedVectors | None:
    """The vectors of a pointer's version, or None before the first. Pointer, vectors, and the pointer again.

    Raises:
        ConflictError: the pointer moved, or the slot was written, while it was read. Read again.
    """
    version = served_version(graph, pointer)
    if version is None:
        return None
    vectors = read_vectors(graph, version)
    if graph.read_pointer(SERVES, pointer) != version.version:
        raise ConflictError(f"The served version changed from {version.version!r} while it was read.")
    return vectors
