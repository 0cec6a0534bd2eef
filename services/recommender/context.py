"""The recommender's parts, as the routes get them."""

import threading
from dataclasses import dataclass

from fastapi import Request

from services.recommender.access.guard import Access
from services.recommender.accounts import Accounts
from services.recommender.replica.event_writer import EventWriter
from services.recommender.replica.graph_calls import GraphCalls
from services.recommender.replica.histories import Histories
from services.recommender.replica.job_events import JobEvents
from services.recommender.replica.ratings import Ratings
from services.recommender.replica.snapshot import Serving
from services.recommender.replica.trends import Trends
from services.recommender.replica.watch import Watch
from services.recommender.scoring.user_vectors import AllUsers
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import Sender


@dataclass(frozen=True, slots=True)
class Context:
    """What answers are made from.

    Attributes:
        graph: for what is rare: jobs and models.
        quick: the same with a short time for a call, for what is small.
        jobs: in the graph.
        send: puts jobs on the queue.
        serving: the movies and the model in memory.
        ratings: the rating model in memory.
        histories: what users have rated and said.
        events: takes what they do.
        rating_scale: the lowest and the highest rating that they may give.
        watch: keeps `serving` as the graph is.
        users: the vectors of all users, once somebody asks for them.
        trends: what is rated lately, once somebody asks for it.
        calls: runs what waits for the graph or the queue.
        job_events: streams of how jobs change.
        access: tells who asks, and whether they may.
        accounts: people who log in.
        posters_url: what posters' paths stand below; None where none are shown.
        is_ending: set once the process is about to end.
    """

    graph: Graph
    quick: Graph
    jobs: Jobs
    send: Sender
    serving: Serving
    ratings: Ratings
    histories: Histories
    events: EventWriter
    rating_scale: tuple[float, float]
    watch: Watch
    calls: GraphCalls
    job_events: JobEvents
    users: AllUsers
    trends: Trends
    access: Access
    accounts: Accounts
    posters_url: str | None
    is_ending: threading.Event


def context(request: Request) -> Context:
    """The parts of the application that got `request`."""
    found: Context = request.app.state.context
    return found
