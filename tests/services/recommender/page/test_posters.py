"""Posters in a real browser, which enforces the policy: from a server of their own, if one is named, and else none."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from services.recommender.settings import RecommenderSettings
from shared.graph import Graph
from shared.schema import MOVIE

pytestmark = pytest.mark.slow

Asked = list[str]


def picture() -> bytes:
    """A poster that is green all over."""
    file = io.BytesIO()
    Image.new("RGB", (20, 30), (0, 128, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def asked() -> Asked:
    """The paths that the server of posters was asked for."""
    return []


@pytest.fixture
def posters(asked: Asked) -> Iterator[str]:
    """The address of a server that has `/w342/alien.png`, and nothing else."""
    image = picture()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path != "/w342/alien.png":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(image)))
            self.end_headers()
            self.wfile.write(image)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/w342"
        server.shutdown()
        thread.join()


@pytest.fixture
def movies(movies: Graph) -> Graph:
    """Alien and Casablanca have posters: that of Casablanca is not where it should be."""
    movies.update_record(MOVIE, "a", {"posterPath": "/alien.png"})
    movies.update_record(MOVIE, "c", {"posterPath": "/casablanca.png"})
    movies.bump_revision()
    return movies


@pytest.fixture
def shown(browser: Browser, url: str) -> Iterator[Page]:
    """A page that may ask other servers, as far as its policy lets it."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def colour_of_cover(page: Page) -> tuple[int, int, int]:
    """Of its middle."""
    image = Image.open(io.BytesIO(page.locator(".film__cover .cover").screenshot())).convert("RGB")
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    red, green, blue = found
    return red, green, blue


class TestWithPosters:
    """Where a server of posters is named."""

    @pytest.fixture
    def settings(self, settings: RecommenderSettings, posters: str) -> RecommenderSettings:
        return settings.model_copy(update={"access": "open", "posters_url": posters})

    def test_a_poster_covers_the_drawing(self, shown: Page, asked: Asked) -> None:
        shown.goto("/movies/a")
        shown.wait_for_load_state("networkidle")

        assert colour_of_cover(shown) == (0, 128, 0)
        assert asked.count("/w342/alien.png") >= 1

    def test_one_that_does_not_load_leaves_the_drawing(self, shown: Page, asked: Asked) -> None:
        shown.goto("/movies/c")
        shown.wait_for_load_state("networkidle")

        expect(shown.locator(".film__cover .cover image")).to_have_count(0)
        expect(shown.locator(".film__cover .cover__title")).to_have_text("Casablanca")
        assert "/w342/casablanca.png" in asked

    def test_the_policy_names_that_host_and_the_page_can_load_from_no_other(
        self, shown: Page, url: str, posters: str
    ) -> None:
        policy = httpx.get(f"{url}/", trust_env=False).headers["content-security-policy"].split("; ")
        assert f"img-src 'self' data: {posters.removesuffix('/w342')}" in policy
        refused: list[str] = []
        shown.on("console", lambda said: refused.append(said.text) if "Security Policy" in said.text else None)
        shown.goto("/about")
        expect(shown.get_by_text("not endorsed or certified by TMDB")).to_be_visible()
        other = posters.replace("127.0.0.1", "localhost")

        shown.evaluate(
            "address => new Promise(done => { const i = new Image(); i.onerror = done; i.src = address; })",
            f"{other}/alien.png",
        )

        assert refused


def test_without_a_server_of_posters_none_is_asked(page: Page, url: str) -> None:
    assert httpx.get(f"{url}/v1/session", trust_env=False).json()["postersUrl"] is None
    page.goto("/movies/a")
    page.wait_for_load_state("networkidle")

    expect(page.locator(".film__cover .cover__title")).to_have_text("Alien")
    expect(page.locator(".cover image")).to_have_count(0)


@pytest.mark.parametrize("text", ["ftp://x/y", "https://x y", "https://x;script-src *", "https://a@b/c", "//x"])
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an address as in"):
        RecommenderSettings(posters_url=text)
