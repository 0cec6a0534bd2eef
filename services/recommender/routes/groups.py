"""Recommendations for several users together."""

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from services.recommender.access.guard import check_user, principal_of
from services.recommender.bodies.parameters import EXCLUDED_TEXT, AnyId, MovieIds, RankingQuery
from services.recommender.bodies.recommended import GroupRecommendations
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import WITH_BODY, documented
from services.recommender.recommending.group import Strategy, recommend_group
from shared.errors import InvalidInputError
from shared.ids import check_id

router = APIRouter(tags=["recommendations"])

MAX_MEMBERS: Final = 20


class Group(RankingQuery):
    """Users who want to watch something together."""

    model_config = ConfigDict(extra="forbid", strict=True)

    user_ids: list[AnyId] = Field(
        alias="userIds", min_length=1, max_length=MAX_MEMBERS, description="Who they are.", examples=[["1", "2"]]
    )
    exclude: MovieIds = Field(default=[], description=EXCLUDED_TEXT)
    strategy: Strategy = Field(
        default=Strategy.LEAST_MISERY,
        strict=False,
        description="What counts of the scores that the members give a movie: the lowest, or the average.",
    )


@router.post(
    "/v1/recommendations/group",
    summary="Movies for several users together",
    response_model=GroupRecommendations,
    responses=documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def recommend_to_group(group: Group, request: Request) -> Response:
    """Movies for a night together, those left out that any of them has rated.

    Members of whom the model has nothing to go by are told by `hasSay`; if that is all of them, popular movies come:
    see `basis`.
    """
    check_user(principal_of(request), *group.user_ids)
    parts = context(request)
    snapshot = parts.serving.snapshot
    user_ids = [check_id(user_id, "userId") for user_id in group.user_ids]
    if len(set(user_ids)) < len(user_ids):
        raise InvalidInputError("A user stands twice among userIds. Name each once.")
    read = [parts.histories.get(user_id, snapshot.catalogue) for user_id in user_ids]
    histories = [history for history, _ in await asyncio.gather(*read)]
    members = list(zip(user_ids, histories, strict=True))
    # In a thread: the scores of twenty members for 62,000 movies take milliseconds.
    answer = await asyncio.to_thread(recommend_group, snapshot, members, group.strategy, group.query())
    return Response(answer, media_type="application/json")
