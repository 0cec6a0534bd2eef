"""Where TMDb has the poster of each movie: `posterPath`, from which an address is made where it is shown.

TMDb (developer.themoviedb.org) answers `GET /3/movie/{tmdbId}` with `poster_path`, as in
`/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg`; the picture lies below an image server's address, in several widths. Only the path
is stored, and no picture.
"""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import httpx
from pydantic import SecretStr

from services.ingest.fetch.web import DownloadError
from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError
from shared.names import POSTER_PATH
from shared.schema import MOVIE
from shared.work import JobContext, Outcome

POSTERS: Final = "tmdb-posters"
"""The source that asks for posters."""
STAGES: Final = {"posters": 1.0}
_AT_ONCE: Final = 4  # with 100 ms an answer, 40 a second: TMDb takes some 50
_BATCH: Final = 20  # half a second, so that a cancellation is soon noticed
_TRIES: Final = 5
_MOST_WAIT_SECONDS: Final = 30.0
_EXAMPLES: Final = 5


def add_posters(settings: IngestSettings, context: JobContext) -> Outcome:
    """Ask for the poster of each movie that has a `tmdbId` and no `posterPath`; begun anew, it goes on where it was.

    Raises:
        InvalidInputError: there is no token, or TMDb refuses it.
        DownloadError: TMDb does not answer after several tries. What was found before stays.
    """
    if settings.tmdb_token is None:
        raise InvalidInputError("Posters need a token of TMDb's API: set MARQUEE_TMDB_TOKEN for the ingest worker.")
    graph = context.graph
    context.plan(STAGES)
    context.progress("posters", 0.0)
    movies = graph.read_nodes(MOVIE, ["tmdbId", "posterPath"])
    told = zip(movies.keys.tolist(), movies.columns["tmdbId"], movies.columns["posterPath"], strict=True)
    wanted = [(movie_id, tmdb_id) for movie_id, tmdb_id, path in told if tmdb_id and not path]
    found, missing = 0, []
    try:
        with _client(settings, settings.tmdb_token) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                paths = list(pool.map(partial(_poster_path, client, settings), [tmdb_id for _, tmdb_id in batch]))
                for (movie_id, tmdb_id), path in zip(batch, paths, strict=True):
                    if path is None:
                        missing.append(tmdb_id)
                    elif graph.update_record(MOVIE, movie_id, {"posterPath": path}):  # not so if it is gone meanwhile
                        found += 1
                context.progress("posters", (start + len(batch)) / len(wanted))
    finally:
        if found:
            graph.bump_revision()
    return Outcome(_report(len(wanted), found, missing))


def _client(settings: IngestSettings, token: SecretStr) -> httpx.Client:
    return httpx.Client(
        headers={"Authorization": f"Bearer {token.get_secret_value()}", "Accept": "application/json"},
        timeout=httpx.Timeout(settings.ingest_read_seconds, connect=settings.ingest_connect_seconds),
        follow_redirects=False,  # the token is for this host alone
    )


def _poster_path(client: httpx.Client, settings: IngestSettings, tmdb_id: str) -> str | None:
    """None where TMDb has no such movie, or no poster of it."""
    url = f"{settings.tmdb_url.rstrip('/')}/movie/{tmdb_id}"
    wait, reason = settings.ingest_retry_seconds, ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(min(wait, _MOST_WAIT_SECONDS))
            wait *= 2
        try:
            answer = client.get(url)
        except httpx.TransportError as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if answer.status_code == HTTPStatus.OK:
            return _path_of(answer)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise InvalidInputError(f"{settings.tmdb_url} refuses the token of MARQUEE_TMDB_TOKEN.")
        reason = f"the server answered with status {answer.status_code}"
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            asked_for = answer.headers.get("retry-after", "")
            wait = max(wait, float(asked_for)) if asked_for.isdecimal() else wait
        elif answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            break
    raise DownloadError(f"{url} did not answer after {_TRIES} tries, the last time because {reason}. Try again later.")


def _path_of(answer: httpx.Response) -> str | None:
    """Nothing but a plain path is taken: it becomes a part of an address."""
    try:
        body = answer.json()
    except ValueError:
        return None
    path = body.get("poster_path") if isinstance(body, dict) else None
    return path if isinstance(path, str) and re.fullmatch(POSTER_PATH, path) else None


def _report(read: int, found: int, missing: Sequence[str]) -> dict[str, Any]:
    """In the form of an ingest's (`services.ingest.clean.report`)."""
    fault = {
        "table": "posters",
        "kind": "missing",
        "count": len(missing),
        "why": "TMDb has no poster of the movie",
        "done": "left out",
        "lines": [{"file": "TMDb", "line": None, "text": f"/movie/{id_}"} for id_ in missing[:_EXAMPLES]],
    }
    return {
        "source": POSTERS,
        "form": "TMDb's API",
        "counts": {"posters": {"read": read, "written": found, "left_out": read - found}},
        "faults": [fault] if missing else [],
        "notes": [],
    }
