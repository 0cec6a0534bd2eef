"""Accounts: made by who registers or by admins, who list, change and link them."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from services.recommender.access.guard import Who
from services.recommender.access.refusals import RefusedError
from services.recommender.accounts.bodies import (
    AccountAnswer,
    AccountChange,
    AccountList,
    Link,
    Registered,
    Registration,
)
from services.recommender.accounts.logins import log_in, requires_accounts
from services.recommender.accounts.picks import carry_over
from services.recommender.bodies.cursors import Cursor, make_cursor, read_cursor
from services.recommender.context import context
from services.recommender.erasing import erase_account
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import UNSAFE, WITH_BODY, documented
from shared.accounts import (
    Account,
    change_account,
    create_account,
    end_sessions,
    link_account,
    list_accounts,
    normalised,
    read_account,
)
from shared.ids import MAX_ID_CHARACTERS
from shared.keys import Scope

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], dependencies=[requires_accounts])

AccountId = Annotated[
    str, Path(alias="accountId", min_length=1, max_length=MAX_ID_CHARACTERS, examples=["9f86d081884c7d65"])
]
_READ: Final = documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
_WRITE: Final[dict[int | str, dict[str, Any]]] = documented(
    *WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE
)


def _shown(account: Account) -> AccountAnswer:
    return AccountAnswer(**AccountAnswer.fields(account))


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Register",
    responses=documented(
        *WITH_BODY,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    dependencies=[requires_json],
)
async def post_account(request: Request, response: Response, body: Registration) -> Registered:
    """Make an account with a user of its own, and log in with it. Picks become the user's likes and dislikes.

    Where registration is closed, and where an admin asks, the account is for somebody else: nobody is logged in.
    That a login name is taken is told, since there is no other way to choose one; how often one may ask is bounded.
    """
    parts = context(request)
    caller = await parts.access.identify(request.scope)
    is_for_others = caller is not None and caller.who in {Who.KEY, Who.ACCOUNT} and Scope.ADMIN in caller.scopes
    if not is_for_others:
        if parts.accounts.registration == "closed" and not (caller and caller.who is Who.ANYONE):
            raise RefusedError(HTTPStatus.FORBIDDEN, "Registration is closed here: an admin makes accounts.")
        parts.accounts.registrations.begin(parts.accounts.clients.address(request.scope))
    login = normalised(body.login)
    hashed = await parts.accounts.passwords.hash(body.password.get_secret_value())
    account = await parts.calls.run(
        lambda: create_account(parts.graph, login, body.display_name or login, hashed, is_admin=False)
    )
    carried = await carry_over(parts, account.user_id, body.likes, body.dislikes)
    token = None if is_for_others else (await log_in(request, response, account)).csrf_token
    return Registered(**AccountAnswer.fields(account), csrf_token=token, carried_over=carried)


@router.get(
    "", summary="List accounts", responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
)
async def get_accounts(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="A part of a login, a name or a user's id.")] = "",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AccountList:
    """Accounts by their ids, disabled ones too; with `q`, those that are like it."""
    after = str(read_cursor(cursor, str)[0]) if cursor is not None else None
    parts = context(request)
    found = await parts.calls.run(lambda: list_accounts(parts.graph, after=after, limit=limit + 1, like=q))
    following = make_cursor(found[limit - 1].account_id) if len(found) > limit else None
    return AccountList(items=[_shown(account) for account in found[:limit]], next_cursor=following)


@router.get("/{accountId:accountId}", summary="An account", responses=_READ)
async def get_account(request: Request, account_id: AccountId) -> AccountAnswer:
    """An account, but for its password."""
    parts = context(request)
    return _shown(await parts.calls.run(lambda: read_account(parts.graph, account_id)))


@router.patch("/{accountId:accountId}", summary="Change an account", responses=_WRITE, dependencies=[requires_json])
async def patch_account(request: Request, account_id: AccountId, body: AccountChange) -> AccountAnswer:
    """Another name, an admin or no longer one, disabled or no longer. Who is disabled is logged out everywhere."""
    parts = context(request)

    def change() -> Account:
        changes: dict[str, str | int | bool | None] = {}
        if body.display_name is not None:
            changes["displayName"] = body.display_name
        if body.is_admin is not None:
            changes["isAdmin"] = body.is_admin
        if body.is_disabled is not None:
            changes["disabledAt"] = parts.graph.now() if body.is_disabled else None
        return change_account(parts.graph, account_id, changes)

    account = await parts.calls.run(change)
    parts.accounts.sessions.forget()
    return _shown(account)


@router.delete(
    "/{accountId:accountId}",
    summary="Delete an account",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**_READ, **documented(*UNSAFE)},
)
async def delete_account(request: Request, account_id: AccountId) -> None:
    """Erase the user that came with an account, as `DELETE /v1/users/{userId}` does, then the account itself.

    A user of the data that it is linked to stays as they are.
    """
    parts = context(request)
    await erase_account(parts, await parts.calls.run(lambda: read_account(parts.graph, account_id)))


@router.delete(
    "/{accountId:accountId}/sessions",
    summary="Log an account out",
    status_code=HTTPStatus.NO_CONTENT,
    responses={**_READ, **documented(*UNSAFE)},
)
async def delete_sessions(request: Request, account_id: AccountId) -> None:
    """End all sessions of an account: whoever uses it logs in again. Every recommender follows within a second."""
    parts = context(request)
    await parts.calls.run(lambda: end_sessions(parts.graph, account_id))
    parts.accounts.sessions.forget()


@router.put("/{accountId:accountId}/user", summary="Link an account", responses=_WRITE, dependencies=[requires_json])
async def put_user(request: Request, account_id: AccountId, body: Link) -> AccountAnswer:
    """Let an account speak for a user of the data: it shows their ratings, and adds to them.

    The user that came with the account stays, and is the account's again once the link is taken away.
    """
    return await _link(request, account_id, body.user_id)


@router.delete(
    "/{accountId:accountId}/user",
    summary="Unlink an account",
    responses={**_READ, **documented(*UNSAFE)},
)
async def delete_user(request: Request, account_id: AccountId) -> AccountAnswer:
    """Let an account speak again for the user that came with it."""
    return await _link(request, account_id, None)


async def _link(request: Request, account_id: str, user_id: str | None) -> AccountAnswer:
    parts = context(request)
    account = await parts.calls.run(lambda: link_account(parts.graph, account_id, user_id))
    parts.accounts.sessions.forget()
    return _shown(account)
