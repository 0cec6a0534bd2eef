"""What people do on the page, from start to end."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import QUICK, Look, Open, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VIEWS = [
    "/",
    "/discover?picks=star-wars-1977,alien-1979",
    "/movies/star-wars-1977",
    "/for-you",
    "/about",
    "/login",
    "/register",
]
STUDIO = ["/studio", "/studio/jobs", "/studio/models", "/studio/data", "/studio/keys"]
FIRST_PAINT_BYTES = 150_000


def titles(page: Page) -> list[str]:
    return page.locator(".grid .movie__title").all_inner_texts()


def pick(page: Page, typed: str, meant: str) -> None:
    page.get_by_role("combobox", name="Films that you love").fill(typed)
    page.get_by_role("option", name=re.compile(re.escape(meant))).first.click()
    expect(page.get_by_role("button", name=f"Take {meant} away")).to_be_visible()


def test_three_picks_bring_recommendations_that_move_with_each(visit: Open) -> None:
    page = visit("/")
    expect(page.locator(".grid .movie").first).to_be_visible()
    popular = titles(page)
    pick(page, "godfathr", "The Godfather")
    expect(page.get_by_role("heading", name="For your taste")).to_be_visible()
    one = titles(page)
    assert one != popular
    assert "The Godfather" not in one
    pick(page, "star wars", "Star Wars")
    expect(page).to_have_url(re.compile(r"\?picks=the-godfather-1972,star-wars-1977$"))
    page.wait_for_function("before => document.querySelector('.grid').innerText !== before", arg="\n".join(one))
    two = titles(page)
    page.reload()
    expect(page.get_by_role("button", name="Take Star Wars away")).to_be_visible()
    expect(page.locator(".grid .movie__title").first).to_have_text(two[0])
    page.go_back()
    expect(page.get_by_role("button", name="Take Star Wars away")).to_have_count(0)
    expect(page.get_by_role("button", name="Take The Godfather away")).to_be_visible()


def test_a_genre_and_years_leave_what_fits_and_stand_in_the_address(visit: Open) -> None:
    page = visit("/discover?picks=alien-1979")
    page.get_by_label("Genre").select_option("Comedy")
    page.get_by_label("From the year").fill("1990")
    expect(page).to_have_url(re.compile("genre=Comedy.*from=1990"))
    facts = page.locator(".grid .movie__facts")
    expect(facts.first).to_contain_text("Comedy")
    page.wait_for_function("() => !document.querySelector('.is-stale')")
    for fact in facts.all_inner_texts():
        assert int(fact[:4]) >= 1990, fact
    page.get_by_label("From the year").fill("2090")
    expect(page.get_by_role("heading", name="No film fits")).to_be_visible()
    page.get_by_role("button", name="Show all kinds").click()
    expect(page.locator(".grid .movie").first).to_be_visible()


def test_why_names_the_picks_and_their_shares(visit: Open) -> None:
    page = visit("/discover?picks=alien-1979,aliens-1986")
    page.get_by_role("button", name=re.compile("^Why ")).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Alien")
    expect(dialog.get_by_role("heading", name="What adds to its score")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_what_is_not_for_someone_goes_and_comes_back(visit: Open) -> None:
    page = visit("/discover?picks=alien-1979")
    first = page.locator(".grid .movie__title").first.inner_text()
    page.get_by_role("button", name=f"{first} is not for me").click()
    expect(page.locator(".grid .movie__title").first).not_to_have_text(first)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".grid .movie__title").first).to_have_text(first)


def test_everything_up_to_a_recommendation_works_by_keyboard(visit: Open) -> None:
    page = visit("/")
    expect(page.locator(".grid .movie").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Films that you love")).to_be_focused()
    page.keyboard.type("alien")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take Alien away")).to_be_visible()
    expect(page.get_by_role("combobox", name="Films that you love")).to_be_focused()


def test_a_movie_leads_on_to_others_and_back(visit: Open) -> None:
    page = visit("/discover?picks=alien-1979")
    page.locator(".movie__link").first.click()
    expect(page.locator("h1")).not_to_have_text("Which films do you love?")
    title = page.locator("h1").inner_text()
    page.get_by_role("group", name="Alike by").get_by_text("Distance").click()
    expect(page).to_have_url(re.compile("metric=euclidean"))
    page.locator(".node--movie").first.click()
    expect(page.locator("h1")).not_to_have_text(title)
    page.go_back()
    expect(page.locator("h1")).to_have_text(title)
    page.locator(".node--genre").first.click()
    expect(page.get_by_label("Genre")).not_to_have_value("")


def test_an_address_of_nothing_says_so(visit: Open) -> None:
    page = visit("/movies/no-such-film", may_complain=True)
    expect(page.get_by_role("heading", name="There is no such film")).to_be_visible()


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
    expect(page.get_by_role("cell", name=re.compile("<b>the shop</b>")).first).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_text("revoked").first).to_be_visible()


def test_a_server_that_fails_or_is_slow_is_told_and_asked_again(visit: Open) -> None:
    page = visit("/about", may_complain=True)
    page.route("**/v1/movies/popular*", lambda route: route.abort())
    page.get_by_role("link", name="Discover").click()
    expect(page.get_by_role("heading", name=re.compile("The server can.t be reached"))).to_be_visible()
    page.unroute("**/v1/movies/popular*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".grid .movie").first).to_be_visible()

    def late(route: Route) -> None:
        page.wait_for_timeout(1_800)
        route.continue_()

    page.route("**/v1/recommendations", late)
    pick(page, "alien", "Alien")
    expect(page.get_by_text("Still looking")).to_be_visible()
    expect(page.get_by_role("heading", name="For your taste")).to_be_visible()


def test_no_view_keeps_anyone_out(visit: Open, site: Site) -> None:
    page = visit("/")
    version = site.rest.get("/readyz").json()["model"]["version"]
    for address in [*VIEWS, *STUDIO, f"/studio/models/{version}"]:
        page.goto(address)
        if "/studio" in address:  # its streams never end
            page.wait_for_timeout(700)
        else:
            page.wait_for_load_state("networkidle")
        expect(page.locator("h1")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, (address, found.generate_report())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (address, "can be scrolled sideways")


def test_the_first_paint_takes_few_bytes(visit: Open) -> None:
    page = visit("/about")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/")
    expect(page.locator(".grid .movie").first).to_be_visible()
    assert 10_000 < sum(sizes) <= FIRST_PAINT_BYTES, f"{sum(sizes):,.0f} bytes in {len(sizes)} requests"
