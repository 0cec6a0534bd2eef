"""The errors that Marquee raises on purpose: one base, few kinds. A message says what, which, and what to do."""

from collections.abc import Sequence
from typing import Final

_SHOWN: Final = 5


class MarqueeError(Exception):
    """Base of every error that Marquee raises on purpose. Its text is fit to be shown to a person."""


class InvalidInputError(MarqueeError):
    """What was given can't be used as it is: a bad id, a wrong column, a value off its scale."""


class FaultyItemsError(InvalidInputError):
    """Items of a batch can't be used, so none of it was. `faults` are their places in it, from 0, and why."""

    def __init__(self, what: str, faults: Sequence[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        shown = "; ".join(f"{what} {place}: {why}" for place, why in self.faults[:_SHOWN])
        more = f"; and {len(self.faults) - _SHOWN} more" if len(self.faults) > _SHOWN else ""
        super().__init__(f"Nothing was written: {shown}{more}.")


class NotFoundError(MarqueeError):
    """What was named does not exist: a movie, a job, a model version."""


class ConflictError(MarqueeError):
    """What was asked does not fit the present state: a finished job can't be cancelled."""


class UnavailableError(MarqueeError):
    """A server that Marquee needs (Neo4j, Redis, a download) did not answer. The same call may work later."""


class NoSpaceError(UnavailableError):
    """A disk is full. The same call may work once there is room; the message says where."""


class StoppedError(UnavailableError):
    """The worker was told to end. What it has not finished goes on in another delivery of the job."""


class CancelledError(MarqueeError):
    """The work was asked to stop, and did."""


class LeaseLostError(MarqueeError):
    """Another worker has taken this job over: whoever gets this must write nothing more."""
