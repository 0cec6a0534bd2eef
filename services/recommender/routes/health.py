"""Whether the process lives, and whether it can answer."""

import time
from http import HTTPStatus

from fastapi import APIRouter, Request

from services.recommender.bodies.answer import ModelName
from services.recommender.bodies.health import Health, Readiness
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.replica.memory import resident_bytes
from shared.errors import UnavailableError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process answer?")
async def healthz() -> Health:
    """Answers as soon as the process runs, whatever else does not."""
    return Health()


@router.get("/readyz", summary="Can requests be answered?", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
async def readyz(request: Request) -> Readiness:
    """Ready once the movies and the served model are in memory, also while the graph is away: answers need it no more.

    Before the first model popular movies are recommended. Not ready any more once the process is about to end.
    """
    parts = context(request)
    if parts.is_ending.is_set():
        raise UnavailableError("This process is about to end. Ask another.")
    if not parts.access.is_ready:
        raise UnavailableError("The keys have not been read from the graph yet. Try again in a moment.")
    snapshot, pulse = parts.serving.snapshot, parts.watch.pulse
    rating = parts.ratings.model
    model, silent, in_memory = snapshot.model, pulse.silent_seconds, parts.watch.versions.in_memory
    return Readiness(
        model=ModelName(version=model.version.version) if model else None,
        rating_model=ModelName(version=rating.version) if rating else None,
        movies=len(snapshot.catalogue),
        scored_movies=len(model.tails) if model else 0,
        revision=snapshot.catalogue.revision,
        age_seconds=round(time.monotonic() - snapshot.made_at, 3),
        graph="away" if pulse.is_away else "here",
        graph_seen_seconds_ago=None if silent is None else round(silent, 3),
        versions_in_memory=sorted(vectors.version.version for vectors in in_memory),
        vectors_bytes=sum(vectors.nbytes for vectors in in_memory),
        memory_bytes=resident_bytes(),
    )
