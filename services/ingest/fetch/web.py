"""Requests over HTTP to allowed hosts only, redirects included."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final, Self

import httpx

from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError, MarqueeError, NotFoundError

_MAX_REDIRECTS: Final = 5
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Stores of objects answer 403 for what does not exist.
_MISSING: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.FORBIDDEN})
_BUSY: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


class DownloadError(MarqueeError):
    """A server refused, or a download did not come to its end after several tries."""


class BrokenError(Exception):
    """The connection broke, or the server is busy: another try may do it."""


class Web:
    """Asks servers for files. Close it, or use it in a `with`."""

    def __init__(self, settings: IngestSettings) -> None:
        self._allowed = {host.lower() for host in settings.ingest_hosts}
        self._allowed.add(_host_and_port(parse_url(settings.movielens_url)))
        timeout = httpx.Timeout(settings.ingest_read_seconds, connect=settings.ingest_connect_seconds)
        self._client = httpx.Client(timeout=timeout, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    def check(self, url: httpx.URL) -> None:
        """Refuse a URL whose host is not allowed.

        Raises:
            InvalidInputError: it is not, or the URL is not one of HTTP, or it holds a password.
        """
        if url.scheme not in _DEFAULT_PORTS or not url.host:
            raise InvalidInputError(f"{str(url)[:200]!r} is no http or https address.")
        if url.userinfo:
            raise InvalidInputError(f"An address with a user or password in it (of {url.host}) is not taken.")
        usual = url.port is None and url.host in self._allowed
        if not usual and _host_and_port(url) not in self._allowed:
            raise InvalidInputError(
                f"The host {url.netloc.decode()!r} is not allowed; MARQUEE_INGEST_HOSTS names those that are."
            )

    @contextlib.contextmanager
    def get(self, url: httpx.URL, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The answer to a GET, its body not yet read: of status 200, 206 or 416.

        Raises:
            InvalidInputError: a redirect leads to a host that is not allowed, or there are too many.
            NotFoundError: there is no such file.
            DownloadError: the server refuses.
            BrokenError: it did not answer, or is busy.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            self.check(url)
            try:
                with self._client.stream("GET", url, headers={**headers, "Accept-Encoding": "identity"}) as response:
                    if not response.is_redirect:
                        _check_status(url, response.status_code)
                        yield response
                        return
                    url = _redirected(url, response)
            except httpx.TransportError as error:
                raise BrokenError(f"{type(error).__name__}: {error}") from error
        raise InvalidInputError(f"{url} was redirected more than {_MAX_REDIRECTS} times.")


def _redirected(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location", "")
    try:
        target = url.join(location)
    except httpx.InvalidURL as error:
        raise InvalidInputError(f"{url} was redirected to {location[:200]!r}, which is no address.") from error
    if url.scheme == "https" and target.scheme != "https":
        raise InvalidInputError(f"{url} was redirected from https to {target}, which is not safe.")
    return target


def _check_status(url: httpx.URL, status: int) -> None:
    if status in _MISSING:
        raise NotFoundError(f"{url} does not exist, or is not for all (status {status}). Check the address.")
    if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise BrokenError(f"the server answered with status {status}")
    if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE):
        raise DownloadError(f"{url} was refused with status {status}.")


def _host_and_port(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or _DEFAULT_PORTS.get(url.scheme)}"


def parse_url(text: str) -> httpx.URL:
    """A URL from its text.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidInputError(f"{text[:200]!r} is no address: {error}.") from error
