"""Stages of a job that are not done twice: what each came to, and how far a training is, stand in its checkpoints."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from services.trainer.fitting.checkpoints import Checkpoints
from shared.errors import StoppedError
from shared.work import JobContext

M_co = TypeVar("M_co", covariant=True)


class Resumable(Protocol[M_co]):
    """A training that can stop after any step and go on from there."""

    def run(self, on_step: Callable[[float], None]) -> M_co:
        """Go on to the end."""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""


@dataclass(frozen=True, slots=True)
class Stages:
    """One job's stages."""

    context: JobContext
    checkpoints: Checkpoints

    def do(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What a stage came to, with how long it took; from the checkpoint, if it was finished before."""

        def timed() -> dict[str, Any]:
            started = time.monotonic()
            return {**work(), "seconds": round(time.monotonic() - started, 3)}

        result = self.checkpoints.stage(name, timed)
        self.context.progress(name, 1.0)
        return result

    def train(self, name: str, training: Resumable[M_co]) -> M_co:
        """What a training comes to, from the last checkpoint on."""
        state = self.checkpoints.load(name)
        if state is not None:
            training.restore(state)

        def on_step(done: float) -> None:
            self.checkpoints.save(name, training.state)
            self.context.progress(name, done)

        try:
            return training.run(on_step)
        except StoppedError:  # there are some seconds left
            self.checkpoints.save(name, training.state, at_once=True)
            raise
