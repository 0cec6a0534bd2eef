"""Whether the process lives, and whether it can answer."""

import time
from http import HTTPStatus

from fastapi import APIRouter, Request

from services.recommender.answers import Health, ModelName, Readiness
from services.recommender.context import context
from services.recommender.problems import documented

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process answer?")
async def healthz() -> Health:
    """Answers as soon as the process runs, whatever else does not."""
    return Health()


@router.get("/readyz", summary="Can requests be answered?", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
async def readyz(request: Request) -> Readiness:
    """Ready once the movies are in memory, also before the first model: then popular movies are recommended."""
    parts = context(request)
    snapshot = parts.serving.snapshot
    now, seen_at, model = time.monotonic(), parts.watch.seen_at, snapshot.model
    return Readiness(
        model=ModelName(version=model.version.version) if model else None,
        movies=len(snapshot.catalogue),
        scored_movies=len(model.tails) if model else 0,
        revision=snapshot.catalogue.revision,
        age_seconds=round(now - snapshot.made_at, 3),
        graph_seen_seconds_ago=None if seen_at is None else round(now - seen_at, 3),
    )
