"""Posters' paths, from a web server that answers as TMDb does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from services.ingest.fetch.web import DownloadError
from services.ingest.job import STAGES, ingest
from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.graph.columns import objects
from shared.job_records import Jobs
from shared.jobs import IngestRequest
from shared.schema import MOVIE
from shared.work import JobContext

Serve = Callable[..., str]
HEAT = "/umSVjVdbVwtx5ryCA2QXL44Durm.jpg"


def poster(path: object) -> bytes:
    """A part of what TMDb tells of a movie."""
    return json.dumps({"id": 949, "adult": False, "poster_path": path}).encode()


@pytest.fixture
def find_posters(
    sqlite_graph: Graph, settings: IngestSettings, serve: Serve
) -> Callable[[], tuple[dict[str, Any], dict[str, Any]]]:
    """Looks for the posters of some movies, as a job does; gives the report, and how far the job says that it is."""
    ids = ["949", "11", None, "12", "13", "14"]
    movies = {"movieId": objects(["heat", "star", "plain", "gone", "odd", "none"]), "tmdbId": objects(ids)}
    sqlite_graph.put_nodes(MOVIE, {**movies, "title": objects(["Heat", *[None] * 5])})
    sqlite_graph.update_record(MOVIE, "star", {"posterPath": "/known.jpg"})
    of = settings.model_copy(update={"tmdb_url": serve("/3"), "tmdb_token": SecretStr("key")})

    def run() -> tuple[dict[str, Any], dict[str, Any]]:
        job, _ = Jobs(sqlite_graph).ask(IngestRequest(source="tmdb-posters"), lambda *_: None)
        context = JobContext(sqlite_graph, job, STAGES)
        found = dict(ingest(of, context).result)
        return found, context.take_changes()

    return run


def test_the_paths_of_posters_are_found_and_what_is_known_is_not_asked_again(
    find_posters: Callable[[], tuple[dict[str, Any], dict[str, Any]]],
    sqlite_graph: Graph,
    serve: Serve,
    asked: list[tuple[str, str | None]],
    authorizations: set[str | None],
) -> None:
    serve("/3/movie/949", poster(HEAT), statuses=(429, 503))
    serve("/3/movie/13", poster("/../x.jpg; script-src *"))
    serve("/3/movie/14", poster(None))
    before = sqlite_graph.read_revision()

    report, progress = find_posters()

    table = sqlite_graph.read_nodes(MOVIE, ["posterPath", "title"])
    paths = dict(zip(table.keys, table.columns["posterPath"], strict=True))
    assert {movie: path for movie, path in paths.items() if path} == {"heat": HEAT, "star": "/known.jpg"}
    assert table.columns["title"].tolist().count("Heat") == 1, "what else is known of a movie stays"
    assert report["counts"] == {"posters": {"read": 4, "written": 1, "left_out": 3}}
    assert [line["text"] for line in report["faults"][0]["lines"]] == ["/movie/12", "/movie/13", "/movie/14"]
    assert sorted(path for path, _ in asked) == [*["/3/movie/" + n for n in ("12", "13", "14")], *["/3/movie/949"] * 3]
    assert authorizations == {"Bearer key"}
    assert sqlite_graph.read_revision() == before + 1
    assert (progress["stage"], progress["progress"]) == ("posters", 1.0)


def test_a_token_that_is_refused_ends_it_at_once(
    find_posters: Callable[[], object], serve: Serve, asked: list[tuple[str, str | None]]
) -> None:
    for tmdb_id in ("949", "12", "13", "14"):
        serve(f"/3/movie/{tmdb_id}", statuses=(401,) * 9)

    with pytest.raises(InvalidInputError, match="refuses the token"):
        find_posters()
    assert len(asked) <= 4


def test_a_server_that_stays_away_ends_it_and_what_was_found_stays(
    find_posters: Callable[[], object], serve: Serve
) -> None:
    serve("/3/movie/949", statuses=(500,) * 9)

    with pytest.raises(DownloadError, match="status 500"):
        find_posters()


def test_without_a_token_nothing_is_asked(
    sqlite_graph: Graph, settings: IngestSettings, asked: list[tuple[str, str | None]]
) -> None:
    job, _ = Jobs(sqlite_graph).ask(IngestRequest(source="tmdb-posters"), lambda *_: None)

    with pytest.raises(InvalidInputError, match="MARQUEE_TMDB_TOKEN"):
        ingest(settings, JobContext(sqlite_graph, job, STAGES))
    assert asked == []
