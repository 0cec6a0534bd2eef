"""Puts the HTTP application together from its parts."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Final

from fastapi import FastAPI

from services.recommender.access.cross_site import CrossSiteGuard
from services.recommender.access.guard import Access, Anyone, Source, guard
from services.recommender.access.keyring import Keyring
from services.recommender.access.openapi import describe_access
from services.recommender.access.rates import Rates
from services.recommender.access.table import DOCS, OPEN, RULES
from services.recommender.accounts import Accounts, make_accounts
from services.recommender.accounts.visitors import Visitors
from services.recommender.context import Context
from services.recommender.http import problems
from services.recommender.http.docs import add_docs
from services.recommender.http.examples import add_examples
from services.recommender.http.head import HeadAsGet
from services.recommender.http.limits import BodyLimit
from services.recommender.http.notice import GraphNotice
from services.recommender.http.traced import Traced
from services.recommender.http.watched import Requests, Watched
from services.recommender.replica.event_writer import EventWriter
from services.recommender.replica.graph_calls import GraphCalls
from services.recommender.replica.histories import Histories
from services.recommender.replica.job_events import JobEvents
from services.recommender.replica.ratings import Ratings
from services.recommender.replica.snapshot import Serving
from services.recommender.replica.trends import Trends
from services.recommender.replica.watch import Watch
from services.recommender.routes import (
    account,
    all_accounts,
    edit_movies,
    events,
    explanations,
    groups,
    health,
    job_events,
    jobs,
    keys,
    lists,
    models,
    movies,
    page,
    people,
    predictions,
    properties,
    ratings,
    recommendations,
    schedules,
    session,
    surroundings,
    users,
)
from services.recommender.scoring.user_vectors import AllUsers
from services.recommender.settings import RecommenderSettings
from shared.events import Changes
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import Sender
from shared.rate_limits import RateLimits
from shared.watching import tracing

_DESCRIPTION: Final = """
Recommendations from a graph of people and movies. Every answer names the model version that it comes from. Errors are
problem details (RFC 9457): their `type` says which, their `detail` what to do. What is not HTTP, or has a head above
64 KiB, is refused in plain text before it gets so far.

While the graph is away, answers come from memory, and each has the header `Marquee-Graph: away;seen=12`: the graph
answered last 12 seconds ago. What only the graph can tell (jobs, the list of models) is then refused with 503.

Every request but those of health needs an API key, as `Authorization: Bearer mq_…`, with the scope that its route
names, unless the installation is open. Marquee's own page sends a session's cookie instead, and with what changes
something the header `X-CSRF-Token`.

HEAD is answered wherever GET is. What changes something is refused with 403 where a browser sends it for another site's
page.
"""
_ROUTERS: Final = (
    recommendations.router, groups.router, predictions.router, explanations.router, events.router, health.router,
    lists.router, people.router, surroundings.router, movies.router,
    job_events.router,  # before the jobs: its path would be that of a job
    jobs.router, schedules.router, models.router, keys.router,
    session.router, account.router, all_accounts.router,
    edit_movies.router, properties.router, ratings.router, users.router,  # users last: longer paths would match theirs
    page.router,
)  # fmt: skip


def create_app(
    graph: Graph,
    send: Sender,
    settings: RecommenderSettings,
    *,
    quick: Graph | None = None,
    announce: Callable[[str], None] = lambda _key: None,
) -> FastAPI:
    """The recommender's HTTP application. From its start to its end it watches `graph`; closing that is the caller's.

    Args:
        graph: movies, ratings, vectors, jobs.
        send: puts jobs on the queue.
        settings: of caches and limits.
        quick: the same graph for what is small and is waited for, so with a short time for a call.
        announce: gets the first key of a graph that has never had one.
    """
    keyring = None
    if settings.access == "keys":
        keyring = Keyring(
            admin_key=settings.admin_key, rate_per_minute=settings.rate_limit_per_minute, announce=announce
        )
    serving, ratings = Serving(), Ratings()
    watch = Watch(
        graph,
        quick or graph,
        serving,
        ratings,
        interval_seconds=settings.watch_interval_seconds,
        away_after_seconds=settings.graph_away_after_seconds,
        keyring=keyring,
    )
    calls = GraphCalls(watch.pulse, wait_seconds=settings.graph_wait_seconds)
    accounts = make_accounts(settings, quick or graph, calls)
    access = Access(
        _sources(settings, keyring, accounts),
        Rates(RateLimits(settings), lets_in_without=settings.rate_limit_without_redis == "open"),
    )
    is_ending = threading.Event()
    histories = Histories(
        quick or graph,
        watch.pulse,
        ttl_seconds=settings.history_ttl_seconds,
        max_users=settings.history_cache_users,
        wait_seconds=settings.history_wait_seconds,
    )
    parts = Context(
        graph=graph,
        quick=quick or graph,
        jobs=Jobs(graph),
        send=send,
        serving=serving,
        ratings=ratings,
        histories=histories,
        # The same connection as histories are read through: in a cluster, each then sees what it wrote.
        events=EventWriter(quick or graph, watch.pulse, histories.changed, wait_seconds=settings.graph_wait_seconds),
        rating_scale=(settings.rating_lowest, settings.rating_highest),
        watch=watch,
        calls=calls,
        job_events=JobEvents(graph, calls, is_ending, most_streams=settings.max_streams),
        users=AllUsers(graph),
        trends=Trends(graph),
        access=access,
        accounts=accounts,
        posters_url=settings.posters_url,
        is_ending=is_ending,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def follow(changes: Changes, asked_at: float) -> None:
            loop.call_soon_threadsafe(parts.histories.follow, changes, asked_at)
            if changes.changes is None:
                parts.users.forget()

        parts.watch.start(follow, accounts.sessions.follow if accounts.are_on else None)
        try:
            yield
        finally:
            parts.job_events.close()
            parts.watch.stop()
            parts.events.close()
            parts.histories.close()
            parts.calls.close()
            parts.accounts.passwords.close()
            await access.rates.close()

    app = FastAPI(
        title="Marquee",
        summary="A self-hosted movie recommender.",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = parts
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(CrossSiteGuard)
    if tracing.is_on():
        app.add_middleware(Traced)
    app.state.requests = Requests()
    app.add_middleware(Watched, requests=app.state.requests)
    app.add_middleware(HeadAsGet)  # before it is counted, so that HEAD is counted as the GET that it is answered as
    app.add_middleware(GraphNotice, pulse=watch.pulse)
    problems.install(app, watch.pulse)
    for router in _ROUTERS:
        # Not `include_router`: it would wrap each route, and cost every request 10 µs.
        app.router.routes.extend(router.routes)
    add_docs(app)
    rules = {**RULES, **dict.fromkeys(DOCS, OPEN)} if settings.docs == "open" else RULES
    guard(app, access, rules)
    if keyring:
        describe_access(app, rules)
    add_examples(app, serving)
    return app


def _sources(settings: RecommenderSettings, keyring: Keyring | None, accounts: Accounts) -> list[Source]:
    """Who is asked who asks, in this order: a key that is sent on purpose goes before a cookie that is always sent."""
    sources: list[Source] = [keyring] if keyring else []
    if accounts.are_on:
        sources.append(accounts.sessions)
    if keyring is None:
        sources.append(Anyone())
    elif settings.page == "open":
        sources.append(Visitors(accounts.clients, rate_per_minute=settings.page_rate_per_minute))
    return sources
