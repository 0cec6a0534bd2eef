"""Real services with the sample in them and a model trained, for the page to be looked at."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from shared.local.stack import running_stack

_JOB_SECONDS: Final = 240
QUICK: Final = {"temperature": 0.2, "epochs": 3, "linearRank": 0, "baselines": ["popularity"], "width": 32}
"""A training of a few seconds."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running Marquee: its address, and a client of its REST interface."""

    url: str
    rest: httpx.Client

    def do(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """A job, done."""
        job = self.rest.post(f"/v1/jobs/{kind}", json=body).raise_for_status().json()
        deadline = time.monotonic() + _JOB_SECONDS
        while job["finishedAt"] is None:
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
            job = self.rest.get(f"/v1/jobs/{job['jobId']}").raise_for_status().json()
        found: dict[str, Any] = job
        return found

    def serves(self, version: str) -> None:
        """Wait until the recommender serves a version."""
        deadline = time.monotonic() + _JOB_SECONDS
        while (self.rest.get("/readyz").json().get("model") or {}).get("version") != version:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@contextlib.contextmanager
def running_site(folder: Path, training: Mapping[str, Any]) -> Iterator[Site]:
    """Everything around a graph in `folder`: the sample is ingested, and a model trained as `training` asks."""
    environment = {
        "MARQUEE_GRAPH_URL": f"sqlite:{folder / 'graph.db'}",
        "MARQUEE_DATA_DIR": str(folder / "data"),
        "MARQUEE_ACCESS": "open",
        "MARQUEE_PAGE": "open",
        "MARQUEE_REGISTRATION": "open",
        "MARQUEE_THREADS": "1",
    }
    with (
        running_stack(environment, logs=folder) as stack,
        httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as rest,
    ):
        site = Site(stack.url, rest)
        assert site.do("ingest", {"source": "sample"})["state"] == "succeeded"
        trained = site.do("train", dict(training))
        assert trained["state"] == "succeeded", trained
        site.serves(trained["result"]["version"])
        yield site
