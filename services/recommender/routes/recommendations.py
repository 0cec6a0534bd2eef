"""Recommendations for a user, and for someone unknown by the movies that they pick."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field, ValidationError

from services.recommender.bodies.parameters import EXCLUDED_TEXT, MAX_EXCLUDED, ExplainedQuery, MovieIds
from services.recommender.bodies.recommended import Recommendations, UserRecommendations
from services.recommender.context import context
from services.recommender.http.direct import DirectRoute
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import WITH_BODY, documented
from services.recommender.movies.known import rows_of_picks
from services.recommender.recommending.explain import explainer_of_picks, explainer_of_user
from services.recommender.recommending.recommend import recommend_picks, recommend_user
from services.recommender.replica.histories import Recall
from services.recommender.scoring.query import Query
from shared.errors import InvalidInputError
from shared.ids import MAX_ID_CHARACTERS

router = APIRouter(tags=["recommendations"])


class Picks(ExplainedQuery):
    """Movies picked by someone who need not be a user."""

    model_config = ConfigDict(extra="forbid", strict=True)

    likes: MovieIds = Field(default=[], description="Ids of movies that they like.")
    dislikes: MovieIds = Field(default=[], description="Ids of movies that they dislike.")
    exclude: MovieIds = Field(default=[], description=EXCLUDED_TEXT)


_MAX_FIELDS: Final = MAX_EXCLUDED + 20  # of a query: a bound on what is parsed
_LONGEST_KEPT: Final = 200  # of a query that is remembered: one with a cursor comes once
_PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "name": "userId",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARACTERS},
        "example": "1",
    },
    *(
        {"name": name, "in": "query", "required": False, "schema": schema, "description": schema["description"]}
        for name, schema in ExplainedQuery.model_json_schema()["properties"].items()
    ),
]


def read_query(query: bytes) -> Query:
    """What a query string asks for.

    Raises:
        RequestValidationError: a value does not fit.
        InvalidInputError: there are too many fields, or a cursor that is none.
    """
    return _read_short_query(query) if len(query) <= _LONGEST_KEPT else _read_query(query)


def _read_query(query: bytes) -> Query:
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise InvalidInputError(f"The query has more than {_MAX_FIELDS} fields.") from error
    fields: dict[str, Any] = dict(pairs)
    if "exclude" in fields:
        fields["exclude"] = [value for name, value in pairs if name == "exclude"]
    try:
        return ExplainedQuery.model_validate(fields).query()
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from error


_read_short_query = lru_cache(maxsize=1_024)(_read_query)  # most ask for the same few


async def recommend_to_user(request: Request) -> Response:
    """The movies that the model scores best for a user by what they have rated, those they have rated left out.

    A user whom the graph does not know, or who has rated nothing that a model can go by, gets popular movies: see
    `basis`. While the graph is away it goes by what is remembered of them, or by nothing: see `history`.
    """
    parts = context(request)
    user_id: str = request.path_params["userId"]
    query = read_query(request.scope["query_string"])
    snapshot = parts.serving.snapshot
    history, recall = parts.histories.fresh(user_id, snapshot.catalogue.revision), Recall.CURRENT
    if history is None:
        history, recall = await parts.histories.read(user_id, snapshot.catalogue)
    explain = explainer_of_user(snapshot, user_id, history).explain if query.explain else None
    answer = await recommend_user(snapshot, user_id, history, recall, query, explain=explain)
    return Response(answer, media_type="application/json")


router.routes.append(
    DirectRoute(
        "/v1/users/{userId:userId}/recommendations",
        recommend_to_user,
        summary="Movies for a user",
        tag="recommendations",
        response_model=UserRecommendations,
        responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
        parameters=_PARAMETERS,
    )
)


@router.post(
    "/v1/recommendations",
    summary="Movies for someone who likes these",
    response_model=Recommendations,
    responses=documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def recommend_to_picks(picks: Picks, request: Request) -> Response:
    """The same for someone without a history: as if they had rated the movies that they pick. These are left out.

    Whoever picks no movie that the model knows gets popular movies: see `basis`.
    """
    snapshot = context(request).serving.snapshot
    likes, dislikes = rows_of_picks(snapshot.catalogue, picks.likes, picks.dislikes)
    explain = explainer_of_picks(snapshot, likes, dislikes).explain if picks.explain else None
    answer = await recommend_picks(snapshot, likes, dislikes, picks.query(), explain=explain)
    return Response(answer, media_type="application/json")
