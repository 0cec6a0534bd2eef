"""API keys: made, listed, revoked."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from services.recommender.bodies.keys import KeyAnswer, KeyList, NewKey
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from shared.ids import MAX_ID_CHARACTERS
from shared.keys import ApiKey, KeyRequest, create_key, list_keys, revoke_key

router = APIRouter(prefix="/v1/keys", tags=["keys"])

KeyId = Annotated[str, Path(alias="keyId", min_length=1, max_length=MAX_ID_CHARACTERS, examples=["3fa9c2d1"])]


class KeyBody(KeyRequest):
    """What a new key is to be good for."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        strict=True,
        json_schema_extra={"example": {"name": "the shop", "scopes": ["read", "events"], "expiresInDays": 365}},
    )


def _shown(key: ApiKey, now: int) -> KeyAnswer:
    return KeyAnswer(**_fields(key, now))


def _fields(key: ApiKey, now: int) -> dict[str, Any]:
    names = ("key_id", "name", "scopes", "user_id", "rate_per_minute", "created_at", "expires_at", "revoked_at")
    return {**{name: getattr(key, name) for name in names}, "is_valid": key.is_valid(now)}


@router.get("", summary="List keys", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY))
async def get_keys(request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> KeyList:
    """Keys, newest first, also those that are no longer valid; never what they are made of."""
    parts = context(request)

    def read() -> KeyList:
        now = parts.graph.now()
        return KeyList(items=[_shown(key, now) for key in list_keys(parts.graph, limit)])

    return await parts.calls.run(read)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make a key",
    responses=documented(*WITH_BODY, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def post_key(request: Request, response: Response, body: KeyBody) -> NewKey:
    """Make a key. `key` is shown here and never again: the graph keeps a digest of it alone."""
    parts = context(request)
    key, token = await parts.calls.run(lambda: create_key(parts.graph, body))
    response.headers["Cache-Control"] = "no-store"
    return NewKey(**_fields(key, key.created_at), key=token)


@router.delete(
    "/{keyId:keyId}",
    summary="Revoke a key",
    responses=documented(
        *UNSAFE, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE
    ),
)
async def delete_key(request: Request, key_id: KeyId) -> KeyAnswer:
    """Let a key be good for nothing. Every recommender refuses it within a second; the list goes on showing it."""
    parts = context(request)

    def revoke() -> KeyAnswer:
        return _shown(revoke_key(parts.graph, key_id), parts.graph.now())

    return await parts.calls.run(revoke)
