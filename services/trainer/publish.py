"""Publication, blue and green: write into the slot that is not served, verify, and move the pointer in one step.

Whatever breaks on the way, the served version stays whole: its slot is not touched, and the pointer moves last.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import numpy as np

from services.trainer.data.lists import UserLists
from services.trainer.families.ranker import RankingModel
from services.trainer.page import make_page
from services.trainer.page.places import place_movies
from services.trainer.plots.movie_map import MapData
from shared.errors import ConflictError, LeaseLostError, UnavailableError
from shared.graph.port import Array, Columns, Graph, Record, SlotTable
from shared.jobs import Job
from shared.models import (
    KINDS_OF,
    RANKING,
    RATING,
    ModelVersion,
    Parameters,
    RatingParameters,
    VersionState,
    activate,
    checksum,
    get_version,
    parameters_json,
    require_slot,
    served_version,
    versions_in,
)
from shared.rating import RatingVectors
from shared.schema import MODEL_VERSION, MOVIE, SERVES, USER, NodeKind, Slot

# Two vectors of 128 floats each: a second of a Neo4j's time, so a cancellation is soon noticed.
_ROWS_AT_ONCE: Final = 8_000

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a version before any of it is written."""

    version: str
    job: Job
    parameters: Parameters
    metrics: Mapping[str, float]
    report: Mapping[str, Any]
    page: str | None = None
    """The report as HTML."""
    map: str | None = None
    """The map of its movies as JSON."""

    def with_page(self, progress: Progress, movies: MapData | None = None) -> "Draft":
        """The same with its report drawn as a page; `movies` are for the map of a version that has vectors."""
        on_step = partial(progress, "page")
        placed = place_movies(movies, on_step) if movies is not None else None
        page = make_page(self.version, self.report, placed, on_step)
        return replace(self, page=page, map=placed.as_map().to_json() if placed else None)

    @property
    def pointer(self) -> str:
        """Which pointer the version is for."""
        return RATING if isinstance(self.parameters, RatingParameters) else RANKING

    def record(self, state: VersionState, slot: Slot | None) -> Record:
        """The version's node."""
        return {
            "version": self.version,
            "state": state.value,
            "slot": slot.value if slot else None,
            "pointer": self.pointer,
            "createdAt": self.job.created_at,
            "jobId": self.job.job_id,
            "width": self.parameters.width,
            "parameters": parameters_json(self.parameters),
            "metrics": json.dumps(dict(self.metrics)),
            "report": json.dumps(dict(self.report)),
            "page": self.page,
            "map": self.map,
        }


def version_name(job: Job) -> str:
    """The name of the version that a job makes, however often it is delivered: when it was asked for, and its id."""
    asked_at = datetime.fromtimestamp(job.created_at / 1_000, UTC)
    return f"{asked_at:%Y%m%d-%H%M%S}-{job.job_id[:6]}"


def finish_earlier(graph: Graph, job: Job) -> ModelVersion | None:
    """The version, if an earlier delivery of this job had written all of it.

    A ready one gets what that delivery may not have come to, its indexes and the pointer. Someone may have activated it
    meanwhile, which changes nothing.
    """
    record = graph.read_record(MODEL_VERSION, version_name(job))
    if record is None or record["state"] == VersionState.WRITING:
        return None
    version = ModelVersion.from_record(record)
    if version.state is not VersionState.READY:
        return version
    slot = require_slot(version)
    for kind in KINDS_OF[version.pointer]:
        graph.index_slot(kind, slot, version.parameters.width)
    graph.await_indexes()
    return activate(graph, version.version)


def keep_rejected(graph: Graph, draft: Draft) -> None:
    """Keep a version that the gate refused: its report, without vectors."""
    graph.delete_nodes(MODEL_VERSION, [draft.version])  # of an earlier delivery that got further
    graph.create_record(MODEL_VERSION, draft.record(VersionState.REJECTED, None))


def user_rows(model: RankingModel, likes: UserLists, user_keys: Array) -> tuple[Array, Columns]:
    """Keys and slot columns of all users who like something: for looking at, and for serving where users go by id."""
    users = np.flatnonzero(likes.lengths())
    return user_keys[users], {"embedding": model.encode(likes, users)}


def movie_rows(model: RankingModel, movie_keys: Array) -> tuple[Array, Columns]:
    """Keys and slot columns of all movies."""
    vectors = model.vectors
    return movie_keys, {"embedding": vectors.outputs, "inputEmbedding": vectors.inputs, "bias": vectors.bias}


def rating_rows(vectors: RatingVectors, movie_keys: Array) -> tuple[Array, Columns]:
    """Keys and slot columns of all movies, for predicting stars."""
    return movie_keys, {"ratingInput": vectors.inputs, "ratingOutput": vectors.outputs}


def publish(
    graph: Graph, draft: Draft, rows: Mapping[NodeKind, tuple[Array, Columns]], progress: Progress
) -> ModelVersion:
    """Write a version's vectors, verify them, say that they are ready, index them, and serve them.

    Recommenders read a version as soon as it is ready, so they have it in memory when the pointer moves. Whoever
    activates it before that has only been faster.

    Args:
        graph: where to.
        draft: the version.
        rows: keys and slot columns of each of the pointer's kinds.
        progress: told the stage (`write`, `index`) and what part of it is done; what it raises ends the publication.

    Raises:
        ConflictError: what was read back is not what was written, or another version is served since this began. As
            after every other error, what was written is taken away again, unless it was activated meanwhile.
    """
    pointer = draft.pointer
    served = served_version(graph, pointer)
    slot = served.slot.other if served and served.slot else Slot.A
    try:
        _take_slot(graph, draft, slot)
        _write(graph, draft, slot, rows, progress)
        changes = {**_verify(graph, slot, rows, progress), "state": VersionState.READY.value}
        writing = {"state": VersionState.WRITING.value}
        _require(
            graph.update_record(MODEL_VERSION, draft.version, changes, expected=writing), f"{draft.version} is gone"
        )
        progress("index", 0.0)
        graph.await_indexes()
        progress("index", 1.0)  # the last moment at which the job can be cancelled
        was = served.version if served else None
        moved = graph.move_pointer(SERVES, pointer, expected=was, target=draft.version)
        _require(moved or _is_served(graph, draft), f"{was} is no longer served")
    except (LeaseLostError, UnavailableError):
        raise  # another delivery of the job goes on, perhaps at this moment: it is not to be written into
    except Exception:
        _withdraw(graph, draft, slot)
        raise
    return get_version(graph, draft.version)


def _is_served(graph: Graph, draft: Draft) -> bool:
    return graph.read_pointer(SERVES, draft.pointer) == draft.version


def _take_slot(graph: Graph, draft: Draft, slot: Slot) -> None:
    """Say who owns the slot from now on, and empty it."""
    for record in versions_in(graph, slot, draft.pointer):
        if record["state"] == VersionState.WRITING:  # of a job that died, or of an earlier delivery of this one
            graph.delete_nodes(MODEL_VERSION, [record["version"]])
        else:
            graph.update_record(MODEL_VERSION, record["version"], {"slot": None})
    _require(graph.create_record(MODEL_VERSION, draft.record(VersionState.WRITING, slot)), f"{draft.version} exists")
    now = served_version(graph, draft.pointer)
    _require(now is None or now.slot is not None, "the version whose slot was to be written was activated")
    for kind in KINDS_OF[draft.pointer]:
        graph.clear_slot(kind, slot)


def _write(
    graph: Graph, draft: Draft, slot: Slot, rows: Mapping[NodeKind, tuple[Array, Columns]], progress: Progress
) -> None:
    total = sum(len(keys) for keys, _ in rows.values())
    done = 0
    for kind, (keys, columns) in rows.items():
        for start in range(0, len(keys), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            progress("write", done / total)
            graph.write_slot(kind, slot, keys[part], {name: column[part] for name, column in columns.items()})
            done += len(keys[part])
        graph.index_slot(kind, slot, draft.parameters.width)  # one is built while the next kind is written
    progress("write", 1.0)


def _verify(graph: Graph, slot: Slot, rows: Mapping[NodeKind, tuple[Array, Columns]], progress: Progress) -> Record:
    """Read back what was written, and compare; nodes that were deleted meanwhile are no fault."""
    found: dict[NodeKind, SlotTable] = {}
    expected: dict[NodeKind, SlotTable] = {}
    for kind, (keys, columns) in rows.items():
        progress("write", 1.0)
        left = np.isin(keys.astype(str), graph.read_nodes(kind).keys.astype(str))
        expected[kind] = SlotTable(keys[left], {name: column[left] for name, column in columns.items()})
        found[kind] = graph.read_slot(kind, slot)
    digest = checksum(found)
    counts = {kind.label: (len(found[kind].keys), len(expected[kind].keys)) for kind in rows}
    written = {label: read for label, (read, _) in counts.items()}
    _require(digest == checksum(expected), f"slot {slot} does not hold what was written (read, written: {counts})")
    return {"checksum": digest, "movies": written[MOVIE.label], "users": written.get(USER.label, 0)}


def _withdraw(graph: Graph, draft: Draft, slot: Slot) -> None:
    """Take away what was written, unless someone serves it. What fails here is told: the error before matters more.

    The version is no longer ready before the pointer is looked at, so that nobody can activate it after that.
    """
    try:
        graph.update_record(MODEL_VERSION, draft.version, {"state": VersionState.WRITING.value})
        if _is_served(graph, draft):
            graph.update_record(MODEL_VERSION, draft.version, {"state": VersionState.READY.value})
            return
        graph.delete_nodes(MODEL_VERSION, [draft.version])
        for kind in KINDS_OF[draft.pointer]:
            graph.clear_slot(kind, slot)
    except LeaseLostError:
        raise  # another delivery has the slot now
    except Exception:
        log.exception("what version %s had written into slot %s could not be taken away", draft.version, slot)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ConflictError(
            f"The model could not be published: {otherwise}. The served version is as it was; train again."
        )
