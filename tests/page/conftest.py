"""The page in a real browser, before real services: the sample is ingested and a model trained, as in the demo."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.page.site import QUICK, Site, running_site

WAIT_MS: Final = 20_000
expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), QUICK) as found:
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
