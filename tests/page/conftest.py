"""The page in a real browser, before real services: the sample is ingested and a model trained, as in the demo."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shared.local.stack import running_stack

JOB_SECONDS: Final = 240
WAIT_MS: Final = 20_000
expect.set_options(timeout=WAIT_MS)


@dataclass(frozen=True, slots=True)
class Site:
    """A running Marquee: its address, and a client of its REST interface."""

    url: str
    rest: httpx.Client

    def do(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """A job, done."""
        job = self.rest.post(f"/v1/jobs/{kind}", json=body).raise_for_status().json()
        deadline = time.monotonic() + JOB_SECONDS
        while job["finishedAt"] is None:
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
            job = self.rest.get(f"/v1/jobs/{job['jobId']}").raise_for_status().json()
        found: dict[str, Any] = job
        return found

    def serves(self, version: str) -> None:
        """Wait until the recommender serves a version."""
        deadline = time.monotonic() + JOB_SECONDS
        while (self.rest.get("/readyz").json().get("model") or {}).get("version") != version:
            assert time.monotonic() < deadline
            time.sleep(0.1)


QUICK: Final = {"temperature": 0.2, "epochs": 3, "linearRank": 0, "baselines": ["popularity"], "width": 32}
"""A training of a few seconds."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
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
        found = Site(stack.url, rest)
        assert found.do("ingest", {"source": "sample"})["state"] == "succeeded"
        trained = found.do("train", QUICK)
        assert trained["state"] == "succeeded", trained
        found.serves(trained["result"]["version"])
        yield found


@dataclass(frozen=True, slots=True)
class Look:
    """How wide the window is, and whether it is dark."""

    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


LOOKS: Final = (Look(1280, "light"), Look(360, "dark"))


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: Site, look: Look) -> Iterator[Open]:
    """Opens an address of the page in a browser of its own; whatever it complains of fails the test at the end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(address: str, *, may_complain: bool = False) -> Page:
        scheme: Any = look.scheme
        context = browser.new_context(
            base_url=site.url, viewport={"width": look.width, "height": 800}, color_scheme=scheme, locale="en"
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        if not may_complain:
            page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
