"""A shard of a batch: the best movies of some users into a file, and into the graph where that was asked for."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from services.trainer.batch.files import BatchFolder, as_table
from services.trainer.batch.ranking import Ranker, Ranking
from services.trainer.batch.root import root_of
from services.trainer.settings import TrainerSettings
from shared.errors import CancelledError
from shared.graph.port import Graph, NodeTable
from shared.job_records import Jobs
from shared.jobs import BatchRequest, BatchShardRequest, Job, parse_request
from shared.models import get_version, read_vectors
from shared.recommended import Basis
from shared.schema import RECOMMENDED, USER
from shared.work import JobContext, Outcome

_POLL_SECONDS: Final = 0.5

Check = Callable[[], object]
"""Called every half a second or so; what it raises ends the shard."""


def do_shard(settings: TrainerSettings, context: JobContext, check: Check | None = None) -> Outcome:
    """Rank the movies for the users of a shard. What an earlier delivery has done of it is done anew.

    Args:
        settings: where files go.
        context: of the shard's own job.
        check: in place of a look at the batch's job, whether the shard is still wanted.

    Raises:
        CancelledError: the batch has ended, or is to.
        ConflictError: the vectors of the batch's version were overwritten.
    """
    shard = parse_request(BatchShardRequest, context.job.payload)
    jobs = Jobs(context.graph)
    batch = _require_wanted(jobs.find(shard.batch))
    request = parse_request(BatchRequest, batch.payload)
    tell = _Teller(context, check or (lambda: _require_wanted(jobs.find(shard.batch))))
    folder = BatchFolder(root_of(settings, request), shard.batch)
    # One core each: shards are what runs side by side, and beside a training threads that wait for one another starve.
    with threadpool_limits(1):
        return _do(context.graph, shard, request, folder, tell)


def _require_wanted(batch: Job | None) -> Job:
    if batch is None or batch.state.is_final or batch.cancel_requested:
        raise CancelledError("The batch that this is a part of has ended.")
    return batch


class _Teller:
    """Reports progress, and asks now and then whether to go on."""

    def __init__(self, context: JobContext, check: Check) -> None:
        self._context, self._check = context, check
        self._asked_at = time.monotonic()

    def __call__(self, stage: str, fraction: float) -> None:
        self._context.progress(stage, fraction)
        if time.monotonic() > self._asked_at + _POLL_SECONDS:
            self._check()
            self._asked_at = time.monotonic()


def _do(
    graph: Graph,
    shard: BatchShardRequest,
    request: BatchRequest,
    folder: BatchFolder,
    tell: Callable[[str, float], None],
) -> Outcome:
    served = read_vectors(graph, get_version(graph, shard.version))
    tell("read", 0.5)
    users = graph.read_nodes(USER).between(shard.first, shard.end)
    ranker = Ranker(graph, served, request.top)
    tell("read", 1.0)
    parts = []
    for ranking, done in ranker.rankings(users):
        tell("rank", done)
        parts.append(ranking)
        if request.graph:
            _put(graph, ranking, users, ranker.movies, shard)
    whole = Ranking.concatenate(parts)
    tell("write", 0.0)  # the last moment at which one that was taken over is stopped
    size = folder.write(shard.number, request.format, as_table(whole, users, ranker.movies, shard.version, shard.batch))
    popular = len(set(whole.users[whole.popular].tolist()))
    return Outcome({"users": len(users), "popular_users": popular, "recommendations": len(whole), "bytes": size})


def _put(graph: Graph, ranking: Ranking, users: NodeTable, movies: NodeTable, shard: BatchShardRequest) -> None:
    bases = [Basis.HISTORY.value, Basis.POPULAR.value]
    columns = {
        "rank": ranking.ranks,
        "score": ranking.scores.astype(np.float64),
        "version": np.full(len(ranking), shard.version, object),
        "basis": np.array(bases, object)[ranking.popular.astype(np.int64)],
    }
    graph.put_generation(RECOMMENDED, shard.batch, users.keys[ranking.users], movies.keys[ranking.movies], columns)
