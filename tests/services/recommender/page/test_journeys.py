"""The page as people use it, in a real browser. The scores are told by hand in the conftest of the folder above."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow


def shown(page: Page, part: str = ".results") -> list[str]:
    """The titles in a part of the page, in order."""
    return page.locator(f"{part} .movie__title").all_inner_texts()


def test_someone_names_films_and_the_list_follows(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Popular to begin with")).to_be_visible()
    assert shown(page)[0] in {"Casablanca", "Blade Runner"}

    # By keyboard alone, and mistyped.
    search = page.get_by_role("combobox", name="Find films by title")
    search.focus()
    page.keyboard.type("bladd runer")
    expect(page.get_by_role("option", name="Blade Runner")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Blade Runner")).to_be_visible()
    expect(page.get_by_role("heading", name="For your taste")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?picks=b$"))
    assert shown(page) == ["Amélie", "Alien", "Casablanca", "Dr. No"]
    expect(search).to_be_focused()

    # By mouse; the list follows without reloading.
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Pick Casablanca").click()
    expect(page).to_have_url(re.compile(r"\?picks=b,c$"))
    expect(page.locator(".results .movie")).to_have_count(3)
    assert shown(page) == ["Amélie", "Alien", "Dr. No"]
    assert page.evaluate("window.isSamePage")

    # Narrowed down, and all of it stands in the address.
    page.get_by_label("Genre").select_option("Sci-Fi")
    expect(page.locator(".results .movie")).to_have_count(1)
    assert shown(page) == ["Alien"]
    page.get_by_label("From").select_option("1990")
    expect(page.get_by_text("Nothing fits all of that")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Nothing fits all of that")).to_be_visible()
    page.get_by_role("button", name="Show all genres and years").click()
    expect(page.locator(".results .movie")).to_have_count(3)

    # Back leads to what was before.
    page.go_back()
    expect(page.get_by_text("Nothing fits all of that")).to_be_visible()
    page.go_forward()
    expect(page.locator(".results .movie")).to_have_count(3)

    # Why?
    why = page.get_by_role("button", name="Why Amélie?")
    why.click()
    expect(page.get_by_role("dialog", name="Why Amélie?")).to_contain_text(re.compile("Because|liked"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(why).to_be_focused()


def test_what_was_picked_outlasts_a_visit_to_a_film_that_is_slow_to_come(page: Page) -> None:
    held: list[Route] = []
    page.route("**/views/movie.js", lambda route: held.append(route))  # noqa: PLW0108 - playwright takes no built-in
    page.goto("/discover?picks=b,c")
    page.get_by_label("Variety").fill("0.5")  # stands in the address a moment later, if one is still there
    page.locator(".results").get_by_role("link", name="Alien").click()
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile(r"/movies/a$"))
    expect(page.get_by_role("button", name="Remove Blade Runner")).to_be_visible()

    held[0].continue_()
    expect(page.get_by_role("heading", name="Alien", level=1)).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Discover").click()

    expect(page).to_have_url(re.compile(r"\?picks=b,c$"))


def test_someone_follows_a_movie_through_the_graph(page: Page) -> None:
    page.goto("/movies/a")
    expect(page.get_by_role("heading", name="Alien", level=1)).to_be_visible()
    expect(page.locator(".film__list")).to_contain_text("Ridley Scott")
    expect(page.get_by_role("heading", name="Like it")).to_be_visible()
    expect(page.locator(".grid--row .movie")).to_have_count(4)
    assert shown(page, ".grid--row") == ["Blade Runner", "Amélie", "Casablanca", "Dr. No"]
    page.get_by_text("Distance", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?metric=euclidean$"))

    drawing = page.get_by_role("group", name="The graph around Alien")
    drawing.get_by_role("link", name="Director Ridley Scott").click()
    around = page.get_by_role("group", name="The graph around Ridley Scott")
    expect(around.get_by_role("link")).to_have_count(3)
    around.get_by_role("link", name="Blade Runner, 1982").press("Enter")
    expect(page).to_have_url(re.compile(r"/movies/b$"))
    expect(page.get_by_role("heading", name="Blade Runner", level=1)).to_be_visible()
    expect(page).to_have_title("Blade Runner · Marquee")

    page.get_by_role("button", name="More like Blade Runner").click()
    expect(page).to_have_url(re.compile(r"/discover\?picks=b$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Blade Runner", level=1)).to_be_visible()


def test_a_server_out_of_reach_is_told_and_asked_again(page: Page) -> None:
    page.route("**/v1/recommendations", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("The server can.t be reached"))

    page.unroute("**/v1/recommendations")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator(".results .movie")).to_have_count(6)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_unknown_film_is_told(page: Page) -> None:
    page.goto("/movies/nothing")

    expect(page.get_by_role("heading", name="There is no such film")).to_be_visible()


def test_the_theme_is_remembered(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Change to dark").click()
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 17, 22)"


def test_the_first_paint_takes_at_most_150_kb(page: Page) -> None:
    sizes: list[int] = []
    page.on(
        "requestfinished",
        lambda asked: sizes.append(sum(asked.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))),
    )
    page.goto("/")
    expect(page.locator(".results .movie")).to_have_count(6)

    assert 30_000 < sum(sizes) <= 150_000
