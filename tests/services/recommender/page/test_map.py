"""The map of a version's movies, in a real browser: flown over by mouse, wheel, keys and the search."""

import re
import time

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from shared.graph import Graph
from shared.graph.columns import objects
from shared.movie_map import EXTENT, MovieMap
from shared.schema import MODEL_VERSION, MOVIE
from tests.conftest import Note

pytestmark = pytest.mark.slow

MANY = 5_000
CORNERS = MovieMap(
    ["a", "b", "c", "d", "e"],
    [0, EXTENT, 0, EXTENT, EXTENT // 2],
    [EXTENT, EXTENT, 0, 0, EXTENT // 2],
    ["Sci-Fi", "Sci-Fi", None, "Horror", None],
)
"""Alien at the upper left, Blade Runner at the upper right, Casablanca and Amélie below, Dr. No in the middle."""
TURN_THE_WHEEL = """async canvas => {
  const box = canvas.getBoundingClientRect();
  const frame = () => new Promise(done => requestAnimationFrame(done));
  const took = [];
  for (let turn = 0; turn < 24; turn += 1) {
    await frame();
    const began = performance.now();
    const way = turn % 12 < 8 ? -240 : 240;
    canvas.dispatchEvent(new WheelEvent("wheel", {
      deltaY: way, clientX: box.x + 300, clientY: box.y + 200, bubbles: true, cancelable: true }));
    await frame();
    await new Promise(done => setTimeout(done));
    took.push(performance.now() - began);
  }
  return took;
}"""


@pytest.fixture
def field(page: Page, movies: Graph) -> Locator:
    """The map of five movies, settled."""
    movies.update_record(MODEL_VERSION, "v1", {"map": CORNERS.to_json()})
    page.goto("/map")
    expect(listed(page)).to_have_count(5)
    return page.get_by_role("application", name="Map of 5 films")


def listed(page: Page) -> Locator:
    """The films in view."""
    return page.locator(".map__list li")


def test_pointing_at_a_film_names_it_and_a_click_leads_to_it(page: Page, field: Locator) -> None:
    box = field.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    expect(page.locator(".map__said")).to_have_text("Dr. No, 1962")
    page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    expect(page).to_have_url(re.compile("/movies/e$"))
    page.go_back()
    expect(field).to_be_visible()


def test_wheel_drag_and_buttons_move_it_and_the_address_holds_where_one_is(page: Page, field: Locator) -> None:
    box = field.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.wheel(0, -1_500)  # e^2.25: nine times nearer, at the upper left
    expect(listed(page)).to_have_text(["Alien, 1979, Sci-Fi"])
    expect(page).to_have_url(re.compile(r"/map\?at=0\.0\d+,0\.0\d+,9\.49$"))
    page.reload()
    expect(listed(page)).to_have_text(["Alien, 1979, Sci-Fi"])

    page.get_by_role("button", name="All of the map").click()
    expect(listed(page)).to_have_count(5)
    expect(page).to_have_url(re.compile("/map$"))
    page.get_by_role("button", name="Nearer").click()
    page.get_by_role("button", name="Nearer").click()
    expect(listed(page)).to_have_text(["Dr. No, 1962"])
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 600, steps=4)
    page.mouse.up()
    expect(listed(page)).to_have_text(["Alien, 1979, Sci-Fi"])
    expect(page).to_have_url(re.compile("at="))


def test_it_is_flown_over_by_keys_alone(page: Page, field: Locator) -> None:
    field.focus()
    for key in ["+", "+", "+", *["ArrowRight"] * 12, *["ArrowUp"] * 12]:
        page.keyboard.press(key)
    expect(page.locator(".map__said")).to_have_text("Blade Runner, 1982, Sci-Fi")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/movies/b$"))


def test_who_leaves_while_it_moves_finds_the_next_address_as_it_is(page: Page, field: Locator) -> None:
    held: list[Route] = []
    page.route("**/views/movie.js", lambda route: held.append(route))  # noqa: PLW0108 - playwright takes no built-in
    field.focus()
    for key in ["+", "+", "+", *["ArrowRight"] * 12, *["ArrowUp"] * 12, "Enter"]:
        page.keyboard.press(key)
    page.wait_for_timeout(500)  # it tells where it rests 200 ms after the last key

    held[0].continue_()

    expect(page.get_by_role("heading", name="Blade Runner", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/movies/b$"))


def test_a_genre_is_shown_alone_and_stands_in_the_address(page: Page, field: Locator) -> None:
    page.get_by_role("button", name=re.compile("^Sci-Fi")).click()
    expect(listed(page)).to_have_text(["Alien, 1979, Sci-Fi", "Blade Runner, 1982, Sci-Fi"])
    expect(page).to_have_url(re.compile(r"\?genre=Sci-Fi$"))
    box = field.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".map__said")).to_have_text("")
    page.get_by_role("button", name="Show all").click()
    expect(listed(page)).to_have_count(5)


def test_the_search_flies_to_a_film_and_tells_of_one_that_is_not_there(page: Page, field: Locator) -> None:
    search = page.get_by_role("combobox", name="Fly to a film")
    search.fill("amelie")
    page.get_by_role("option", name="Amélie").click()
    expect(page.locator(".map__said")).to_have_text("Amélie, 2001, Horror")
    expect(listed(page)).to_have_text(["Amélie, 2001, Horror"])
    search.fill("paths of glory")
    page.get_by_role("option", name="Paths of Glory").click()
    expect(page.get_by_text("Paths of Glory is not on the map")).to_be_visible()
    expect(field).to_be_visible()


def test_a_version_without_a_map_is_told(page: Page) -> None:
    page.goto("/studio/map?version=v1")

    expect(page.get_by_role("heading", name="There is no map of this version")).to_be_visible()


def test_a_map_of_five_thousand_films_follows_the_wheel(
    page: Page, movies: Graph, url: str, record_property: Note
) -> None:
    ids = [f"m{n}" for n in range(MANY)]
    titles = objects([f"A film of many, number {n}" for n in range(MANY)])
    movies.put_nodes(MOVIE, {"movieId": objects(ids), "title": titles})
    movies.bump_revision()
    x, y = np.random.default_rng(0).integers(0, EXTENT + 1, (2, MANY)).tolist()
    genres = [["Drama", "War", "Western", "Comedy", "Crime", "Horror", "Sci-Fi", None][n % 8] for n in range(MANY)]
    movies.update_record(MODEL_VERSION, "v1", {"map": MovieMap(ids, x, y, genres).to_json()})
    deadline = time.monotonic() + 30
    while httpx.get(f"{url}/v1/movies?limit=1", trust_env=False).json()["total"] < MANY:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page.goto("/map")
    expect(page.get_by_role("application", name=f"Map of {MANY} films")).to_be_visible()
    expect(listed(page)).to_have_count(12)

    took = page.locator(".map__canvas canvas").evaluate(TURN_THE_WHEEL)

    expect(page).to_have_url(re.compile(r"[?&]at="))
    expect(listed(page)).to_have_count(12)
    record_property(
        "summary", f"{MANY:,} films were drawn {len(took)} times, in {sorted(took)[len(took) // 2]:.0f} ms each"
    )
