"""Picks made before there was an account: they become the new user's likes and dislikes."""

import logging
from collections.abc import Sequence

from services.recommender.context import Context
from shared.errors import UnavailableError
from shared.events import Event, EventRequest, EventType, Taken, UnknownMovies

log = logging.getLogger(__name__)


async def carry_over(parts: Context, user_id: str, likes: Sequence[str], dislikes: Sequence[str]) -> int:
    """How many were: those of movies that are gone are left out. Without the graph none are, and the account stands."""
    events = [Event(EventType.LIKE, user_id, movie_id) for movie_id in dict.fromkeys(likes)]
    events += [Event(EventType.DISLIKE, user_id, movie_id) for movie_id in dict.fromkeys(dislikes)]
    if not events:
        return 0
    try:
        outcome = await parts.events.take(EventRequest(events))
        if isinstance(outcome, UnknownMovies):
            gone = set(outcome.places)
            events = [event for place, event in enumerate(events) if place not in gone]
            outcome = await parts.events.take(EventRequest(events)) if events else outcome
    except UnavailableError as error:
        log.warning("picks could not be carried over to a new account: %s", error)
        return 0
    return len(events) if isinstance(outcome, Taken) else 0
