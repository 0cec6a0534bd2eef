"""The vectors of the versions in both slots, in memory: the pointer may move to either at any moment (decision 7)."""

import threading
from collections.abc import Sequence

from shared.graph import Graph
from shared.models import ModelVersion, ServedVectors, get_version, read_vectors, require_slot
from shared.schema import USER, Slot


class Versions:
    """Mirrors the two slots: at most one version of each, read whole, and only for as long as its slot is its own.

    Safe to use from several threads. Who wants a version that is being read waits for it.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._read: dict[Slot, ServedVectors] = {}
        self._locks = {slot: threading.Lock() for slot in Slot}

    @property
    def in_memory(self) -> tuple[ServedVectors, ...]:
        """What is there now."""
        return tuple(self._read.values())

    def get(self, name: str) -> ServedVectors:
        """A version's vectors: from memory where it is there and still owns its slot, and else from the graph.

        Raises:
            NotFoundError: there is no such version.
            ConflictError: it has no vectors, or its slot was overwritten while it was read.
        """
        version = get_version(self._graph, name)
        slot = require_slot(version)
        with self._locks[slot]:
            vectors = self._read.get(slot)
            if vectors is None or not _is_of(vectors, version):
                self._read.pop(slot, None)  # first: two are enough
                vectors = self._read[slot] = read_vectors(self._graph, version)
            return vectors

    def forget_erased(self) -> bool:
        """Forget what holds vectors of users who are no longer in the graph; whether there was any."""
        found = False
        for slot, lock in self._locks.items():
            with lock:
                vectors = self._read.get(slot)
                if vectors is None or vectors.users is None:
                    continue
                if not set(vectors.users.keys.tolist()) <= set(self._graph.read_nodes(USER).keys.tolist()):
                    del self._read[slot]
                    found = True
        return found

    def mirror(self, ready: Sequence[str]) -> None:
        """Read the versions that lie ready in a slot, and forget what no longer does.

        Raises:
            NotFoundError, ConflictError: as `get`.
        """
        for slot, lock in self._locks.items():
            with lock:
                if slot in self._read and self._read[slot].version.version not in ready:
                    del self._read[slot]
        for name in ready:
            self.get(name)


def _is_of(vectors: ServedVectors, version: ModelVersion) -> bool:
    """Whether vectors are those of a version as it is now: a training that is done again may use a name again."""
    return (vectors.version.version, vectors.version.checksum) == (version.version, version.checksum)
