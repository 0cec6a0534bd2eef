"""A browser, and the recommender as a server that it can reach, over the graph of the tests beside these."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from services.recommender.settings import RecommenderSettings
from services.recommender.web import create_app
from shared.graph import Graph
from shared.jobs import Sender
from tests.conftest import skip_or_fail

CHROMIUM: Final = Path(os.environ.get("MARQUEE_TEST_CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="module")  # no longer: while Playwright runs, no other event loop can in this thread
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    if not CHROMIUM.exists():
        skip_or_fail("browser", f"there is no Chromium at {CHROMIUM}; MARQUEE_TEST_CHROMIUM names another")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def url(movies: Graph, publish: Callable[[str], None], send: Sender, settings: RecommenderSettings) -> Iterator[str]:
    """The address of a recommender that serves version v1."""
    publish("v1")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(movies, send, settings), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        _await_ready(address)
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _await_ready(address: str) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail("the recommender is not ready")


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A page of a browser without a past. Nothing may go wrong on it, and it may ask no other server."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Security Policy" in message.text else None)
    page.on("request", lambda asked: None if asked.url.startswith((url, "data:")) else faults.append(asked.url))
    yield page
    context.close()
    assert faults == []
