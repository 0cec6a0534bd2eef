"""`make screenshots`: the page as it looks, into docs/screenshots/, from real services and the built-in sample.

Of each picture it says how much differs from the one that was there before, for people to look at.
"""

import re
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import chromium
from tests.page.differences import in_words, part_that_differs
from tests.page.site import Site, running_site

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
PICKS: Final = "star-wars-1977,alien-1979,spirited-away-2001"
_SETTLED_MS: Final = 900


def take(site: Site, browser: Browser) -> None:
    """All pictures: wide and light, narrow and dark."""
    version = site.rest.get("/readyz").json()["model"]["version"]
    looks: list[tuple[str, int, Any]] = [("wide", 1280, "light"), ("narrow", 360, "dark")]
    for name, width, scheme in looks:
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": 860}, color_scheme=scheme, reduced_motion="reduce"
        )
        page = context.new_page()
        views = {
            "discover": "/",
            "picks": f"/discover?picks={PICKS}",
            "movie": "/movies/alien-1979",
            "studio": "/studio",
            "version": f"/studio/models/{version}",
            "about": "/about",
            "map": "/map",
            "register": "/register",
        }
        for view, address in views.items():
            page.goto(address)
            shoot(page, f"{view}-{name}", is_whole=view in {"movie", "version"} and width > 1000)
        page.goto(f"/discover?picks={PICKS}")
        page.get_by_role("button", name=re.compile("^Why ")).first.click()
        shoot(page, f"why-{name}")
        page.goto("/register")
        page.get_by_label("Login name").fill(f"ann-{name}")
        page.get_by_label("What you are called").fill("Ann")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("heading", name="For Ann")).to_be_visible()
        shoot(page, f"for-you-{name}")
        context.close()


def shoot(page: Page, name: str, *, is_whole: bool = False) -> None:
    """One picture, once all has settled."""
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_timeout(_SETTLED_MS)
    path = FOLDER / f"{name}.png"
    before = path.read_bytes() if path.exists() else None
    page.screenshot(path=path, full_page=is_whole)
    told = "new" if before is None else in_words(part_that_differs(before, path.read_bytes()))
    print(f"docs/screenshots/{name}.png: {told}")  # noqa: T201 - this is a command


def main() -> None:
    """Start everything, take the pictures, and end everything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="marquee-screenshots-") as folder,
        running_site(Path(folder), {}) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**chromium())
        take(site, browser)
        browser.close()


if __name__ == "__main__":
    main()
