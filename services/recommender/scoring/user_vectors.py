"""The vectors of all users, as of the last training: who is like whom, and who would like a movie."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.recommender.scoring.model import ServedModel
from shared.graph import Graph
from shared.graph.port import Array
from shared.ids import Rows
from shared.models import ModelVersion, UserForm, read_user_vectors
from shared.scoring import Floats, normalise

_USERS_AT_ONCE: Final = 8_192  # as float32, of width 64: 2 MB


@dataclass(frozen=True, slots=True)
class UserVectors:
    """Users of one version.

    Attributes:
        version: that they belong to.
        ids: object (str) [m].
        vectors: float16[m, w], half the memory of what the graph holds: three digits of a score are left.
    """

    version: ModelVersion
    ids: Array
    vectors: npt.NDArray[np.float16]

    def scores(self, of: Floats) -> Floats:
        """The inner product of every user's first columns with a vector: float32[d], d at most w, to float32[m]."""
        if not len(self.ids):  # and no width either
            return np.empty(0, np.float32)
        return np.concatenate([part[:, : len(of)] @ of for part in self._parts()])

    def _parts(self) -> Iterator[Floats]:
        for start in range(0, max(1, len(self.vectors)), _USERS_AT_ONCE):
            yield self.vectors[start : start + _USERS_AT_ONCE].astype(np.float32)

    def best(self, scores: Floats) -> Rows:
        """All users, those with the largest scores first, equal ones in order."""
        return np.argsort(-scores, kind="stable")


class AllUsers:
    """The vectors of the users of the version that was asked for last, read when it is. Call it in a thread.

    Args:
        graph: where they are.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lock = threading.Lock()
        self._read: UserVectors | None = None
        self._times_forgotten = 0

    def forget(self) -> None:
        """Keep nobody in memory: someone was erased. Returns at once, also while they are being read."""
        self._times_forgotten += 1
        self._read = None

    def get(self, model: ServedModel) -> UserVectors:
        """The users of a model.

        Raises:
            ConflictError: its vectors are gone from the graph.
            UnavailableError: the graph does not answer.
        """
        with self._lock:
            found = self._read
            if found is None or found.version != model.version:
                self._read = None  # first: one is enough
                times_forgotten = self._times_forgotten
                found = _read(self._graph, model.version)
                self._read = found
                if times_forgotten != self._times_forgotten:  # who was erased meanwhile may be among them
                    self._read = None
            return found


def _read(graph: Graph, version: ModelVersion) -> UserVectors:
    table = read_user_vectors(graph, version)
    vectors = table.columns["embedding"]
    if version.parameters.user_form is UserForm.ID:  # of any length in the graph
        vectors = normalise(vectors)
    return UserVectors(version, table.keys, vectors.astype(np.float16))
