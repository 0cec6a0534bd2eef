"""What people do on the page, from start to end."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import Note
from tests.page.conftest import Look, Open
from tests.page.site import QUICK, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VIEWS = [
    "/",
    "/discover?picks=star-wars-1977,alien-1979",
    "/movies/star-wars-1977",
    "/for-you",
    "/about",
    "/map",
    "/login",
    "/register",
]
STUDIO = ["/studio", *(f"/studio/{part}" for part in ("jobs", "models", "map", "data", "keys", "accounts"))]
FIRST_PAINT_BYTES = 150_000
COVERED = """() => {
  const boxed = (node) => [node.ariaLabel, node.getBoundingClientRect()];
  const nodes = [...document.querySelectorAll(".graph__node")].map(boxed);
  return nodes.flatMap(([one, a], n) => nodes.slice(n + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => [one, other]));
}"""
"""The nodes of a drawn graph that lie over one another."""


def titles(page: Page) -> list[str]:
    return page.locator(".grid .movie__title").all_inner_texts()


def test_a_training_is_started_watched_served_and_taken_back(visit: Open, site: Site, look: Look) -> None:
    before = site.rest.get("/readyz").json()["model"]["version"]
    page = visit("/studio/jobs")
    page.get_by_label("Family").select_option("matrix-factorisation")
    page.get_by_role("button", name="Start the training").click()
    expect(page).to_have_url(re.compile("/studio/jobs/.+"))
    expect(page.get_by_role("heading", name=re.compile("^train"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("h2 .state")).to_have_text(re.compile("cancelled|succeeded|rejected"), timeout=120_000)
    made = site.do("train", {**QUICK, "seed": look.width})["result"]["version"]
    site.serves(made)
    page.goto(f"/studio/models/{before}")
    page.get_by_role("button", name="Serve this").click()
    expect(page.get_by_text("is served now")).to_be_visible()
    site.serves(before)
    page.get_by_role("button", name="Undo").click()
    site.serves(made)
    page.goto(f"/studio/models/{made}?with={before}")
    expect(page.get_by_role("columnheader", name="Difference")).to_be_visible()
    expect(page.get_by_role("rowheader", name="NDCG@20")).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(visit: Open) -> None:
    page = visit("/studio/keys")
    page.get_by_label("What it is for").fill("<b>the shop</b>")
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator(".secret")).to_have_text(re.compile("^mq_"))
    expect(page.get_by_text("<b>the shop</b>").first).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_text("revoked").first).to_be_visible()


def test_no_view_keeps_anyone_out(visit: Open, site: Site, record_property: Note) -> None:
    page = visit("/")
    version = site.rest.get("/readyz").json()["model"]["version"]
    views = [*VIEWS, *STUDIO, f"/studio/models/{version}"]
    rules = 0
    for address in views:
        page.goto(address)
        if "/studio" in address:  # its streams never end
            page.wait_for_timeout(700)
        else:
            page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, (address, found.generate_report())
        rules += len(found.response["passes"])
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (address, "can be scrolled sideways")
    record_property("summary", f"axe: {len(views)} views, {rules} rules passed, none violated")


@pytest.mark.parametrize("movie", ["star-wars-1977", "alien-1979"])
def test_no_film_and_no_name_covers_another_in_the_drawing_of_the_graph(visit: Open, movie: str) -> None:
    page = visit(f"/movies/{movie}")
    nodes = page.locator(".graph__node")
    expect(nodes.nth(10)).to_be_visible()
    assert page.evaluate(COVERED) == []


def test_the_first_paint_takes_few_bytes(visit: Open, record_property: Note) -> None:
    page = visit("/about")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/")
    expect(page.locator(".grid .movie").first).to_be_visible()
    said = f"{sum(sizes):,.0f} bytes in {len(sizes)} requests"
    assert 10_000 < sum(sizes) <= FIRST_PAINT_BYTES, said
    record_property("summary", said)


def test_an_account_takes_the_picks_along_and_the_list_moves_with_each_opinion(visit: Open, look: Look) -> None:
    login, password = f"ann-{look.width}", "correct horse battery"
    page = visit("/discover?picks=alien-1979,aliens-1986", may_complain=True)  # of the wrong password below
    expect(page.get_by_role("heading", name="For your taste")).to_be_visible()
    page.goto("/for-you")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Login name").fill(login)
    page.get_by_label("What you are called").fill("<i>Ann</i>")
    page.get_by_label("Password").fill(password)
    expect(page.get_by_text("The 2 films that you picked come along.")).to_be_visible()
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="For <i>Ann</i>")).to_be_visible()
    expect(page.get_by_text("From all that you have said")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Because you liked Alien"))).to_be_visible()
    assert {"Alien", "Aliens"}.isdisjoint(titles(page))

    first = page.locator(".grid .movie__title").first.inner_text()
    page.get_by_role("group", name=f"Rate {first}").first.get_by_label("5 stars").check(force=True)
    expect(page.get_by_text(f"Rated {first}")).to_be_visible()
    expect(page.locator(".grid .movie__title", has_text=re.compile(f"^{re.escape(first)}$"))).to_have_count(0)
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".grid .movie__title", has_text=re.compile(f"^{re.escape(first)}$"))).to_have_count(1)
    page.get_by_role("button", name=f"Keep {first} for later").first.click()
    expect(page.get_by_role("heading", name="Kept for later")).to_be_visible()

    page.goto("/account")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Name three films you love.")).to_be_visible()
    page.goto("/login")
    page.get_by_label("Login name").fill(login)
    page.get_by_label("Password").fill("wrong horse battery")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="For <i>Ann</i>")).to_be_visible()

    page.goto("/account")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Delete the account and all of my data").click()
    expect(page.get_by_text("The account is gone.")).to_be_visible()


def test_a_version_that_is_swapped_in_breaks_nothing_that_is_open(visit: Open, site: Site, look: Look) -> None:
    page = visit("/discover?picks=alien-1979")
    expect(page.get_by_role("heading", name="For your taste")).to_be_visible()
    made = site.do("train", {**QUICK, "seed": 1_000 + look.width})["result"]["version"]
    site.serves(made)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".grid .movie").nth(30)).to_be_visible()
    shown = titles(page)
    assert len(set(shown)) == len(shown), "no film twice, though another version is served"
