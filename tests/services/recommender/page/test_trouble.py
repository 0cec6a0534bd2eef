"""A server that fails, one that is slow, and another tab that changes what this one shows, in a real browser."""

import pytest
from playwright.sync_api import Page, Route, expect

from services.recommender.settings import RecommenderSettings

pytestmark = pytest.mark.slow

LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""A browser without a screen has all tabs in front, and tells of no change."""


@pytest.fixture
def settings(settings: RecommenderSettings) -> RecommenderSettings:
    return settings.model_copy(update={"access": "open", "page": "open", "registration": "open"})


def test_a_server_that_fails_is_told_and_asked_again(page: Page) -> None:
    page.route("**/v1/models?*", lambda route: route.fulfill(status=503, json={"title": "The graph is away"}))
    page.goto("/studio/models")
    expect(page.get_by_role("alert")).to_contain_text("The graph is away")

    page.unroute("**/v1/models?*")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("link", name="v1")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_slow_server_is_waited_for_with_a_sketch_of_what_will_come(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/movies/a", lambda route: held.append(route))  # noqa: PLW0108 - playwright takes no built-in
    page.goto("/movies/a")
    expect(page.locator(".film[aria-busy]")).to_be_visible()
    page.wait_for_timeout(5_000)
    expect(page.locator(".film[aria-busy]")).to_be_visible()

    held[0].continue_()

    expect(page.get_by_role("heading", name="Alien", level=1)).to_be_visible()


def test_two_tabs_of_one_account_follow_one_another(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("Login name").fill("cleo")
    page.get_by_label("What you are called").fill("Cleo")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="For Cleo")).to_be_visible()
    page.goto("/movies/a")
    stars = page.get_by_role("group", name="Rate Alien").get_by_label("5 stars")
    expect(stars).not_to_be_checked()
    other = page.context.new_page()
    other.goto("/movies/a")
    other.get_by_role("group", name="Rate Alien").get_by_label("5 stars").check(force=True)
    expect(other.get_by_text("Rated Alien")).to_be_visible()

    page.evaluate(LOOK_AGAIN)
    expect(stars).to_be_checked()

    other.goto("/account")
    other.get_by_role("button", name="Log out").click()
    expect(other.locator(".account-link")).to_have_text("Log in")
    page.evaluate(LOOK_AGAIN)
    expect(page.locator(".account-link")).to_have_text("Log in")
    expect(stars).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
