"""What answers are made of at one moment: a catalogue and, once there is one, a model. Swapped whole, never changed."""

import threading
import time
from dataclasses import dataclass

from services.recommender.movies.catalogue import Catalogue
from services.recommender.scoring.model import ServedModel, check_widths, make_model
from shared.errors import ConflictError, UnavailableError
from shared.models import ServedVectors


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One catalogue and the served model beside it, None before the first. A request takes one and keeps to it.

    `made_at` is `time.monotonic()`.
    """

    catalogue: Catalogue
    model: ServedModel | None
    made_at: float

    @property
    def model_name(self) -> bytes:
        """The served version as a JSON object, or null."""
        return self.model.name if self.model else b"null"

    def require_model(self) -> ServedModel:
        """The model.

        Raises:
            ConflictError: no model is served yet.
        """
        if self.model is None:
            raise ConflictError("No model is served yet. POST /v1/jobs/train asks for one.")
        return self.model


class Serving:
    """The present snapshot. Threads put a new catalogue or new vectors in; each request takes what is there.

    There is one once both are known: a process that has just started must not take a model that it has not read yet for
    none, and recommend popular movies meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._catalogue: Catalogue | None = None
        self._vectors: ServedVectors | None = None
        self._are_vectors_known = False
        self._snapshot: Snapshot | None = None

    @property
    def is_ready(self) -> bool:
        """Whether there is a snapshot."""
        return self._snapshot is not None

    @property
    def snapshot(self) -> Snapshot:
        """What to answer from.

        Raises:
            UnavailableError: the movies or the served version have not been read yet.
        """
        if self._snapshot is None:
            missing = "movies" if self._catalogue is None else "served model"
            have = "has" if self._catalogue else "have"
            raise UnavailableError(f"The {missing} {have} not been read from the graph yet. Try again in a moment.")
        return self._snapshot

    def put_catalogue(self, catalogue: Catalogue) -> None:
        """Answer from this catalogue from now on, with the same vectors."""
        with self._lock:
            self._catalogue = catalogue
            self._renew()

    def put_vectors(self, vectors: ServedVectors | None) -> None:
        """Answer with these vectors from now on: at once, or with the first catalogue. None: no version is served.

        Raises:
            ConflictError: the vectors are not what the version says; the present ones stay.
        """
        if vectors:
            check_widths(vectors)
        with self._lock:
            self._vectors, self._are_vectors_known = vectors, True
            self._renew()

    def _renew(self) -> None:
        if self._catalogue is not None and self._are_vectors_known:
            model = make_model(self._vectors, self._catalogue) if self._vectors else None
            self._snapshot = Snapshot(self._catalogue, model, time.monotonic())
