"""The long form: kill -9 at random moments of random stages, as many as MARQUEE_FAULTS says, on each graph.

The seed is printed; MARQUEE_FAULTS_SEED repeats a run, as far as time repeats.
"""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import pytest

from shared.graph import Graph
from shared.jobs import IngestRequest, Job, JobKind, JobRequest, JobState
from shared.models import get_version
from shared.schema import GENRE, MOVIE, PERSON, TAG, USER, YEAR
from tests.faults import audit
from tests.faults.client import Client
from tests.faults.contents import summarise
from tests.faults.marquee import Marquee
from tests.faults.plan import Plan
from tests.faults.reference import SEEDS, USERS, Reference, quick_training
from tests.faults.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3_600)]

MOST_BLOWS: Final = 4  # at one job
POINTS: Final = {
    JobKind.INGEST: {"claimed": 1, "fetch": 60, "check": 1, "movies": 3, "ratings": 15, "tags": 2, "finish": 1},
    JobKind.TRAIN: {
        "claimed": 1, "read": 2, "train": 80, "evaluate": 8, "gate": 1, "refit": 80, "write": 24, "index": 2,
        "pointer": 1, "pointed": 1, "finish": 1,
    },
}  # fmt: skip
"""Where a job can be struck, in order, and how often it passes there undisturbed."""


class Tally:
    """What was done so far."""

    def __init__(self) -> None:
        self.kills: Counter[tuple[str, str, str]] = Counter()
        self.deliveries: Counter[int] = Counter()
        self.jobs = 0
        self.answers = 0
        self.began = time.monotonic()

    def table(self) -> str:
        """All of it, as text."""
        seconds = time.monotonic() - self.began
        lines = [f"{'kind':<8}{'stage':<10}{'killed':<8}{'kills':>6}"]
        lines += [
            f"{kind:<8}{point:<10}{whom:<8}{count:>6}" for (kind, point, whom), count in sorted(self.kills.items())
        ]
        lines.append(f"{self.kills.total()} kills in {self.jobs} jobs, {seconds:.0f} s; every job succeeded")
        per_job = ", ".join(f"{jobs} jobs of {n}" for n, jobs in sorted(self.deliveries.items()))
        lines.append(f"deliveries: {per_job}")
        lines.append(
            "held after each job: one delivery at a time, fences in order, no stage or step done twice, the graph and "
            f"the vectors of an undisturbed run; {self.answers:,} answers, each that of a whole version"
        )
        return "\n".join(lines)


def random_plans(chance: random.Random, kind: JobKind) -> list[Plan]:
    """Some blows at one job, at points in the order in which it passes them."""
    points = list(POINTS[kind])
    picked = sorted(chance.choices(range(len(points)), k=chance.randint(1, MOST_BLOWS)))
    return [
        Plan(
            kind,
            points[place],
            passes=chance.randrange(POINTS[kind][points[place]]),
            delay_ms=chance.choice((0.0, chance.uniform(0, 10), chance.uniform(0, 100))),
            whom=chance.choice(("all", "all", "child", "parent")),
        )
        for place in picked
    ]


def disturb(graph: Graph) -> None:
    """Spoil what an ingest will bring again, but for what the recommendations that are compared depend on."""
    for kind in (GENRE, PERSON, TAG, YEAR):
        graph.delete_nodes(kind, graph.read_nodes(kind).keys.tolist())
    graph.delete_nodes(USER, [user for user in graph.read_nodes(USER).keys if user not in USERS])
    movies = graph.read_nodes(MOVIE).keys
    graph.put_nodes(MOVIE, {"movieId": movies, "title": np.array(["spoilt"] * len(movies), object)})


def is_struck_or_over(marquee: Marquee, job: Job, struck_before: int) -> bool:
    return marquee.count("struck", job) > struck_before or marquee.jobs.get(job.job_id).state.is_final


def do(marquee: Marquee, request: JobRequest, plans: list[Plan]) -> Job:
    """Have a job done; a blow that falls on nothing, since its point was passed before, is left out."""
    job = marquee.ask(request)
    for plan in plans:
        marquee.saboteurs.leave(plan)
        marquee.until(
            partial(is_struck_or_over, marquee, job, marquee.count("struck", job)),
            seconds=120,
            what=f"{plan} or the end of {job.job_id}",
        )
        marquee.saboteurs.take()
    return marquee.await_end(job, seconds=120)


def test_every_job_ends_as_if_nothing_had_happened(
    marquee: Marquee, reference: Reference, site: Site, kills: int, say: Callable[[str], None]
) -> None:
    if not kills:
        pytest.skip("MARQUEE_FAULTS says how many kills; `make test-faults` sets it")
    seed = int(os.environ.get("MARQUEE_FAULTS_SEED") or secrets.randbelow(1_000_000))
    chance, tally = random.Random(seed), Tally()
    say(f"MARQUEE_FAULTS_SEED={seed}")
    site.chunk_seconds = 0.01
    versions = {}
    first = marquee.await_end(marquee.ask(IngestRequest(source=site.address)), seconds=120)
    assert first.state is JobState.SUCCEEDED, first.error
    served = marquee.await_end(marquee.ask(quick_training(SEEDS[0])), seconds=120)
    version = str((served.result or {})["version"])
    versions[version] = SEEDS[0]
    with Client(marquee.url) as client:
        client.begin_with(version, 60)
        while tally.kills.total() < kills:
            trains = tally.jobs % 2 == 0
            kind, model = (JobKind.TRAIN, chance.choice(SEEDS)) if trains else (JobKind.INGEST, 0)
            if not trains:
                disturb(marquee.graph)
            request: JobRequest = quick_training(model) if trains else IngestRequest(source=site.address)
            job = do(marquee, request, random_plans(chance, kind))
            assert job.state is JobState.SUCCEEDED, job.error
            notes = list(marquee.saboteurs.notes(job.job_id))
            audit.check(notes)
            if trains:
                version = str((job.result or {})["version"])
                versions[version] = model
                assert get_version(marquee.graph, version).checksum == reference.checksums[model]
            else:
                assert summarise(marquee.graph) == reference.contents
            tally.jobs += 1
            tally.deliveries[job.fence] += 1
            tally.kills.update((kind.value, n.more["point"], n.more["whom"]) for n in notes if n.what == "struck")
            say(f"{tally.kills.total()} of {kills} kills, {tally.jobs} jobs, {time.monotonic() - tally.began:.0f} s")
        tally.answers = client.answers.total()
    client.check({version: reference.rankings[model] for version, model in versions.items()})
    say(tally.table())
