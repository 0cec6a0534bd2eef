"""What answers are made of at one moment: a catalogue and, once there is one, a model. Swapped whole, never changed."""

import threading
import time
from dataclasses import dataclass

from services.recommender.catalogue import Catalogue
from services.recommender.model import ServedModel, check_widths, make_model
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
    """The present snapshot. Threads put a new catalogue or new vectors in; each request takes what is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vectors: ServedVectors | None = None
        self._snapshot: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """What to answer from.

        Raises:
            UnavailableError: the catalogue has not been read yet.
        """
        if self._snapshot is None:
            raise UnavailableError("The movies have not been read from the graph yet. Try again in a moment.")
        return self._snapshot

    def put_catalogue(self, catalogue: Catalogue) -> None:
        """Answer from this catalogue from now on, with the same vectors."""
        with self._lock:
            model = make_model(self._vectors, catalogue) if self._vectors else None
            self._snapshot = Snapshot(catalogue, model, time.monotonic())

    def put_vectors(self, vectors: ServedVectors | None) -> None:
        """Answer with these vectors from now on: at once, or with the first catalogue.

        Raises:
            ConflictError: the vectors are not what the version says; the present ones stay.
        """
        if vectors:
            check_widths(vectors)
        with self._lock:
            if self._snapshot is not None:
                catalogue = self._snapshot.catalogue
                model = make_model(vectors, catalogue) if vectors else None
                self._snapshot = Snapshot(catalogue, model, time.monotonic())
            self._vectors = vectors
