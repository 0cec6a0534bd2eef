from collections.abc import Callable

import httpx
import pytest

from services.ingest.fetch.web import BrokenError, DownloadError, Web, parse_url
from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError, NotFoundError

Serve = Callable[..., str]


def get(settings: IngestSettings, url: str) -> bytes:
    with Web(settings) as web, web.get(parse_url(url), {}) as response:
        return response.read()


def test_an_allowed_host_answers(web_settings: IngestSettings, serve: Serve) -> None:
    assert get(web_settings, serve("/a", b"hello")) == b"hello"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://files.grouplens.org/x", True),
        ("http://files.grouplens.org/x", True),
        ("https://FILES.grouplens.org/x", True),
        ("https://files.grouplens.org:8443/x", False),
        ("https://mirror.example:8443/x", True),
        ("https://mirror.example/x", False),
        ("https://evil.example/x", False),
        ("https://files.grouplens.org.evil.example/x", False),
        ("http://127.0.0.1/x", False),
        ("https://own.example:444/x", True),
    ],
)
def test_only_hosts_that_the_settings_name_are_asked(url: str, allowed: bool) -> None:
    settings = IngestSettings(
        ingest_hosts=("files.grouplens.org", "mirror.example:8443"), movielens_url="https://own.example:444/movielens"
    )

    with Web(settings) as web:
        if allowed:
            web.check(parse_url(url))
        else:
            with pytest.raises(InvalidInputError, match=r"is not allowed; MARQUEE_INGEST_HOSTS"):
                web.check(parse_url(url))


def test_other_schemes_and_passwords_are_refused(web_settings: IngestSettings) -> None:
    with Web(web_settings) as web:
        with pytest.raises(InvalidInputError, match="is no http or https address"):
            web.check(parse_url("ftp://files.grouplens.org/x"))
        with pytest.raises(InvalidInputError, match="user or password") as raised:
            web.check(parse_url("https://me:secret@files.grouplens.org/x"))
        assert "secret" not in str(raised.value)
    with pytest.raises(InvalidInputError, match="is no address"):
        parse_url("http://[::1")


def test_a_redirect_to_an_allowed_host_is_followed(web_settings: IngestSettings, serve: Serve) -> None:
    serve("/there", b"hello")

    assert get(web_settings, serve("/here", redirect="/there")) == b"hello"


def test_a_redirect_to_a_host_that_is_not_allowed_is_refused(web_settings: IngestSettings, serve: Serve) -> None:
    url = serve("/here", redirect="http://169.254.169.254/latest/meta-data")

    with pytest.raises(InvalidInputError, match=r"host '169\.254\.169\.254' is not allowed"):
        get(web_settings, url)


def test_redirects_in_a_circle_end(web_settings: IngestSettings, serve: Serve) -> None:
    with pytest.raises(InvalidInputError, match="redirected more than 5 times"):
        get(web_settings, serve("/here", redirect="/here"))


def test_a_redirect_from_https_to_http_is_refused() -> None:
    class Downgrade(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(302, headers={"location": str(request.url.copy_with(scheme="http"))})

    web = Web(IngestSettings())
    web._client = httpx.Client(transport=Downgrade())
    with web, pytest.raises(InvalidInputError, match="redirected from https to http"):  # noqa: SIM117 - one thing at a time
        with web.get(parse_url("https://files.grouplens.org/x"), {}):
            pass


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, NotFoundError), (410, NotFoundError), (403, NotFoundError), (401, DownloadError), (400, DownloadError),
        (500, BrokenError), (503, BrokenError), (429, BrokenError),
    ],
)  # fmt: skip
def test_each_status_is_the_error_it_means(
    web_settings: IngestSettings, serve: Serve, status: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=str(status)):
        get(web_settings, serve("/a", b"hello", statuses=(status,)))


def test_a_server_that_does_not_answer_is_a_broken_connection(web_settings: IngestSettings) -> None:
    nobody = web_settings.model_copy(update={"movielens_url": "http://127.0.0.1:9/x"})

    with pytest.raises(BrokenError, match="ConnectError"):
        get(nobody, "http://127.0.0.1:9/x")
