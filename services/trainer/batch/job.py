"""The work of a batch: split the users into shards, see to it that each is done, and show all of it in one step."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from services.trainer.batch.files import BatchFolder, file_name, remove_old
from services.trainer.batch.root import root_of
from services.trainer.batch.shard import do_shard
from services.trainer.settings import TrainerSettings
from services.trainer.stages import SHARD_STAGES
from shared.errors import (
    CancelledError,
    ConflictError,
    LeaseLostError,
    MarqueeError,
    NoSpaceError,
    NotFoundError,
    UnavailableError,
)
from shared.job_records import Jobs
from shared.jobs import BatchRequest, BatchShardRequest, Job, JobKind, JobState, Sender, parse_request
from shared.models import served_version
from shared.recommended import remove_batches, show_batch, shown_batch
from shared.schema import USER
from shared.work import JobContext, Outcome, do_job

_EVEN_FROM_USERS: Final = 2_000  # from here on an even number of shards, since a worker does two at a time
_POLL_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 2.0  # for who has just read which batch counts, to read its relationships
_ENDING_SECONDS: Final = 10.0  # that shards on other workers get to notice that they are not wanted any more


def batch(settings: TrainerSettings, send: Sender, context: JobContext) -> Outcome:
    """Rank the movies for all users, as the job asks.

    The shards are jobs of their own, put on the queue for other workers. This one does those that nobody else has
    taken, so that a single worker is enough, and does again what a dead worker has left. A batch that is delivered
    again goes on with the shards that are not done.

    Raises:
        ConflictError: no model is served, or a shard failed.
        InvalidInputError: there are no users, or files may not go where they were asked for.
    """
    request = parse_request(BatchRequest, context.job.payload)
    run = _Run(settings, send, context, request, BatchFolder(root_of(settings, request), context.job.job_id))
    try:
        return run.do()
    except NoSpaceError:
        run.give_up()
        raise
    except (LeaseLostError, UnavailableError):
        raise  # it goes on in another delivery
    except Exception:
        run.give_up()
        raise


@dataclass(frozen=True, slots=True)
class _Run:
    """One delivery of a batch, and what all of its steps need."""

    settings: TrainerSettings
    send: Sender
    context: JobContext
    request: BatchRequest
    folder: BatchFolder

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.context.graph)

    @property
    def job_id(self) -> str:
        return self.context.job.job_id

    def do(self) -> Outcome:
        """All steps; those that an earlier delivery has done change nothing."""
        shards = self.jobs.parts(self.job_id)
        if not shards or len(shards) < _payload(shards[0]).shards:
            shards = self._plan()
        self.context.progress("plan", 1.0)
        self._do_shards()
        self.context.progress("finish", 0.0)  # the last moment at which the job can be cancelled
        return self._finish(self.jobs.parts(self.job_id))

    def _plan(self) -> Sequence[Job]:
        """Make the shards and put them on the queue, but for the last, with which this worker begins."""
        graph = self.context.graph
        version = served_version(graph)
        if version is None:
            raise ConflictError("No model is served yet, so nothing can be recommended. Train one first.")
        remove_old(self.settings.batches, self.jobs, self.settings.keep_batches)
        if self.request.graph:  # what a batch has left that was broken off
            remove_batches(graph, but=shown_batch(graph), on_part=lambda done: self.context.progress("plan", done))
        shards = self.jobs.add_parts(self.job_id, self._split(version.version))
        with suppress(UnavailableError):  # then this worker does all of them, or the keeper of the queue puts them back
            for shard in shards[:-1]:
                self.send(JobKind.BATCH_SHARD, shard.job_id)
        return shards

    def _split(self, version: str) -> Sequence[BatchShardRequest]:
        """The users in parts of about the same size: at least one, so that there is a file even without users."""
        handles = self.context.graph.read_nodes(USER).handles
        count = max(1, -(-len(handles) // self.settings.batch_shard_users))
        if len(handles) >= _EVEN_FROM_USERS:
            count += count % 2
        parts = np.array_split(handles, count)
        firsts = [0, *(int(part[0]) for part in parts[1:])]
        return [
            BatchShardRequest(
                batch=self.job_id,
                number=number,
                shards=count,
                version=version,
                users=len(part),
                first=firsts[number],
                end=None if number + 1 == count else firsts[number + 1],
            )
            for number, part in enumerate(parts)
        ]

    def _do_shards(self) -> None:
        """Until all shards are done: do one that nobody works on, or wait for those that others do."""
        while True:
            left = [shard for shard in self._look() if not shard.state.is_final]
            if not left:
                return
            now = self.context.graph.now()
            free = [s for s in left if s.state is JobState.QUEUED or s.lease_until < now]
            if free:
                do_job(
                    self.context.graph,
                    max(free, key=_number).job_id,  # other workers begin at the other end
                    partial(do_shard, self.settings, check=self._look),
                    stages=SHARD_STAGES,
                    lease_seconds=self.settings.job_lease_seconds,
                )
            else:
                time.sleep(_POLL_SECONDS)

    def _look(self) -> Sequence[Job]:
        """The shards as they are. Tells how far all of them are.

        Raises:
            ConflictError: one of them has failed, or was cancelled alone.
            CancelledError: the batch was asked to stop; and whatever else ends this delivery (`JobContext.check`).
        """
        self.context.check()
        shards = self.jobs.parts(self.job_id)
        for shard in shards:
            if shard.state in (JobState.FAILED, JobState.CANCELLED):
                if self.jobs.get(self.job_id).cancel_requested:  # the shard has noticed it first
                    raise CancelledError("Cancelled.")
                raise ConflictError(f"Shard {_number(shard)} of {len(shards)} {shard.state}: {shard.error}")
        users = sum(_payload(shard).users for shard in shards)
        done = sum(_payload(shard).users * shard.progress for shard in shards)
        self.context.progress("users", done / users if users else 1.0)
        return shards

    def _finish(self, shards: Sequence[Job]) -> Outcome:
        """Give the folder its name, and let the relationships count."""
        shards = sorted(shards, key=_number)
        version = _payload(shards[0]).version
        names = [file_name(_number(shard), self.request.format) for shard in shards]
        results: list[dict[str, Any]] = [dict(shard.result or {}) for shard in shards]
        totals = {name: sum(r[name] for r in results) for name in ("users", "popular_users", "recommendations")}
        manifest = {
            "batch": self.job_id,
            "version": version,
            "top": self.request.top,
            **totals,
            "files": [{"name": name, **result} for name, result in zip(names, results, strict=True)],
        }
        self.folder.finish(manifest, names)
        if self.request.graph:
            self._show(version)
        remove_old(self.settings.batches, self.jobs, self.settings.keep_batches)
        return Outcome({"version": version, "folder": str(self.folder.path), "files": len(names), **totals})

    def _show(self, version: str) -> None:
        """Let this batch's relationships count, and delete the others. It can't be cancelled any more."""
        graph = self.context.graph
        before = shown_batch(graph)
        show_batch(graph, self.job_id, version)
        if before is not None:
            time.sleep(_GRACE_SECONDS)
        remove_batches(graph, but=self.job_id)

    def give_up(self) -> None:
        """Stop the shards, and take away what they have written. What fails here is left: the error before matters."""
        with suppress(MarqueeError, OSError):
            self._stop_shards()
            self.folder.discard()
            graph = self.context.graph
            if self.request.graph and (shown := shown_batch(graph)) != self.job_id:
                remove_batches(graph, but=shown)

    def _stop_shards(self) -> None:
        deadline = time.monotonic() + _ENDING_SECONDS
        for shard in self.jobs.parts(self.job_id):
            if not shard.state.is_final:
                with suppress(ConflictError, NotFoundError):  # it has ended meanwhile
                    self.jobs.cancel(shard.job_id)
        while any(not s.state.is_final for s in self.jobs.parts(self.job_id)) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def _payload(shard: Job) -> BatchShardRequest:
    return parse_request(BatchShardRequest, shard.payload)


def _number(shard: Job) -> int:
    return _payload(shard).number
