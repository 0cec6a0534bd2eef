"""Users: written, listed, exported and erased, one or thousands at a time."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from services.recommender.bodies.cursors import Cursor, make_cursor, read_cursor
from services.recommender.bodies.movies import BatchAnswer
from services.recommender.bodies.users import UserAnswer, UserBatch, UserBody, UserExport, UserList
from services.recommender.context import context
from services.recommender.erasing import erase
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from services.recommender.http.whole_ids import requires_whole_id
from shared.ids import MAX_ID_CHARACTERS
from shared.schema import USER
from shared.users import UserChange, put_users, read_user

router = APIRouter(tags=["users"])
"""To be put behind all other routes of users: `/v1/users/{userId}` matches their paths, too."""

UserId = Annotated[str, Path(alias="userId", min_length=1, max_length=MAX_ID_CHARACTERS, examples=["1"])]

_BATCH: Final = documented(*WITH_BODY, HTTPStatus.SERVICE_UNAVAILABLE)
_READ: Final = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
_ONE: Final[dict[int | str, dict[str, Any]]] = documented(
    *WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE
)


@router.get(
    "/v1/users",
    summary="List users",
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def list_users(
    request: Request, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> UserList:
    """Users by their ids. Those who come and go meanwhile shift nothing: nobody is shown twice."""
    after = str(read_cursor(cursor, str)[0]) if cursor is not None else None
    parts = context(request)
    found = await parts.calls.run(lambda: parts.graph.list_records(USER, after=after, limit=limit + 1))
    following = make_cursor(found[limit - 1]["userId"]) if len(found) > limit else None
    return UserList(items=[UserAnswer.model_validate(user) for user in found[:limit]], next_cursor=following)


@router.put("/v1/users", summary="Write users", responses=_BATCH, dependencies=[requires_json])
async def write_users(request: Request, batch: UserBatch) -> BatchAnswer:
    """Make each user what their item says, whether they exist or not: all of them, or none where one is at fault."""
    return await _write(request, [item.change(item.user_id, is_whole=True) for item in batch.items], creates=True)


@router.patch("/v1/users", summary="Change users", responses=_BATCH, dependencies=[requires_json])
async def change_users(request: Request, batch: UserBatch) -> BatchAnswer:
    """Change what each item names of its user; all of them, or none."""
    return await _write(request, [item.change(item.user_id, is_whole=False) for item in batch.items], creates=False)


async def _write(request: Request, changes: list[UserChange], *, creates: bool) -> BatchAnswer:
    parts = context(request)
    new = await parts.calls.run(lambda: put_users(parts.graph, changes, creates=creates))
    return BatchAnswer(created=sum(new), updated=len(new) - sum(new))


@router.get("/v1/users/{userId:userId}/export", summary="All that is known of a user", responses=_READ)
async def get_export(request: Request, user_id: UserId) -> UserExport:
    """The user's properties, and everything that they did, with its time; also what a batch recommends to them.

    Vectors that a model holds of the user are computed from these, and are not shown.
    """
    parts = context(request)
    return await parts.calls.run(lambda: UserExport.read(parts.graph, user_id))


@router.get("/v1/users/{userId:userId}", summary="A user", responses=_READ)
async def get_user(request: Request, user_id: UserId) -> UserAnswer:
    """What is known of a user beside what they did."""
    parts = context(request)
    return UserAnswer.model_validate(await parts.calls.run(lambda: read_user(parts.graph, user_id)))


@router.put(
    "/v1/users/{userId:userId}",
    summary="Write a user",
    responses={201: {"model": UserAnswer, "description": "They are new."}, **_ONE},
    dependencies=[requires_whole_id, requires_json],
)
async def write_user(request: Request, response: Response, user_id: UserId, body: UserBody) -> UserAnswer:
    """Make the user what the body says; what they did stays."""
    parts = context(request)
    change = body.change(user_id, is_whole=True)
    is_new = (await parts.calls.run(lambda: put_users(parts.graph, [change], creates=True)))[0]
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return UserAnswer(user_id=user_id, **change.fields)


@router.patch(
    "/v1/users/{userId:userId}",
    summary="Change a user",
    responses=_ONE,
    dependencies=[requires_whole_id, requires_json],
)
async def change_user(request: Request, user_id: UserId, body: UserBody) -> UserAnswer:
    """Change what the body names; null takes a value away."""
    parts = context(request)

    def write() -> UserAnswer:
        read_user(parts.graph, user_id)  # raises where there is none
        put_users(parts.graph, [body.change(user_id, is_whole=False)], creates=False)
        return UserAnswer.model_validate(read_user(parts.graph, user_id))

    return await parts.calls.run(write)


@router.delete(
    "/v1/users/{userId:userId}",
    summary="Erase a user",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(
        *UNSAFE, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
    ),
    dependencies=[requires_whole_id],
)
async def remove_user(request: Request, user_id: UserId) -> None:
    """Erase the user: what they did, what is recommended to them, their vectors, and what every replica remembers.

    What was learned from many users together stays in a model until the next training, which knows nothing of them.
    """
    await erase(context(request), user_id)
