"""Lists that are the same for everyone: popular, trending and newest movies, all or those that a filter leaves."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from services.recommender.bodies.parameters import ListQuery
from services.recommender.bodies.recommended import Recommendations
from services.recommender.context import context
from services.recommender.http.problems import documented
from services.recommender.recommending.recommend import NO_ROWS, listed, popular
from services.recommender.replica.snapshot import Snapshot
from shared.errors import UnavailableError
from shared.recommended import Basis

router = APIRouter(tags=["movies"])

Asked = Annotated[ListQuery, Query()]
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = documented(
    HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
)


def _response(snapshot: Snapshot, part: bytes) -> Response:
    return Response(b'{"model":%b%b' % (snapshot.model_name, part), media_type="application/json")


@router.get("/v1/movies/popular", summary="Popular movies", response_model=Recommendations, responses=_RESPONSES)
def list_popular(request: Request, asked: Asked) -> Response:
    """The movies with the most ratings; the score is their number."""
    snapshot = context(request).serving.snapshot
    return _response(snapshot, popular(snapshot, NO_ROWS, asked.query()))


@router.get("/v1/movies/trending", summary="Trending movies", response_model=Recommendations, responses=_RESPONSES)
async def list_trending(request: Request, asked: Asked) -> Response:
    """The movies with the most ratings lately: of the last 28 days, each counting half as much for every seven days.

    Counted at most once a minute. Where nobody has rated anything lately, or the graph can't tell in time, popular
    movies come: see `basis`.
    """
    parts = context(request)
    snapshot, query = parts.serving.snapshot, asked.query()
    catalogue = snapshot.catalogue
    try:
        trend = await parts.calls.run(lambda: parts.trends.get(catalogue))
    except UnavailableError:
        return _response(snapshot, popular(snapshot, NO_ROWS, query))
    if not len(trend.rows):
        return _response(snapshot, popular(snapshot, NO_ROWS, query))
    return _response(snapshot, listed(catalogue, trend.rows, trend.scores, query, Basis.TRENDING))


@router.get("/v1/movies/newest", summary="Newest movies", response_model=Recommendations, responses=_RESPONSES)
def list_newest(request: Request, asked: Asked) -> Response:
    """The movies of the latest years, which are their scores; of a year those first that came last into the graph.

    Movies of no known year are left out.
    """
    snapshot = context(request).serving.snapshot
    catalogue = snapshot.catalogue
    return _response(snapshot, listed(catalogue, catalogue.newest, catalogue.years, asked.query(), Basis.NEWEST))
