"""One's own account: shown, changed, exported, deleted."""

import contextlib
from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from services.recommender.accounts.bodies import (
    AccountAnswer,
    AccountExport,
    Confirmation,
    Me,
    OwnChange,
    PasswordChange,
)
from services.recommender.accounts.logins import check_password, log_in, log_out, logged_in, me, requires_accounts
from services.recommender.bodies.users import UserExport
from services.recommender.context import context
from services.recommender.erasing import erase_account
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import WITH_BODY, documented
from shared.accounts import change_account, read_account, set_password
from shared.errors import ConflictError, NotFoundError

router = APIRouter(prefix="/v1/account", tags=["account"], dependencies=[requires_accounts])


@router.get("", summary="My account", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE))
async def get_account(request: Request, response: Response) -> Me:
    """The account that is logged in, and the token that its page has to send with changes."""
    known, token = await logged_in(request, response)
    return me(known.account, token)


@router.patch(
    "",
    summary="Change my account",
    responses=documented(*WITH_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def patch_account(request: Request, response: Response, body: OwnChange) -> Me:
    """Change the name that people see."""
    parts = context(request)
    known, token = await logged_in(request, response)
    if body.display_name is None:
        return me(known.account, token)
    changes = {"displayName": body.display_name}
    account = await parts.calls.run(lambda: change_account(parts.graph, known.account.account_id, changes))
    parts.accounts.sessions.forget()
    return me(account, token)


@router.put(
    "/password",
    summary="Change my password",
    responses=documented(*WITH_BODY, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def put_password(request: Request, response: Response, body: PasswordChange) -> Me:
    """Another password. All sessions end, in every recommender within a second; this browser gets a new one."""
    parts = context(request)
    known, _ = await logged_in(request, response)
    await check_password(parts, known.account, body.password.get_secret_value())
    newer = await parts.accounts.passwords.hash(body.new_password.get_secret_value())
    if not await parts.calls.run(lambda: set_password(parts.graph, known.account, newer)):
        raise ConflictError("The password was changed meanwhile. Log in again.")
    parts.accounts.sessions.forget()
    return await log_in(request, response, replace(known.account, password_hash=newer))


@router.get(
    "/export",
    summary="All that is known of me",
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def get_export(request: Request, response: Response) -> AccountExport:
    """The account, the session that asks, and everything of its user, as `GET /v1/users/{userId}/export` has it."""
    parts = context(request)
    known, _ = await logged_in(request, response)
    session = known.session

    def read() -> AccountExport:
        account, data = read_account(parts.graph, known.account.account_id), None
        with contextlib.suppress(NotFoundError):  # an admin has erased the user
            data = UserExport.read(parts.graph, account.user_id)
        return AccountExport(
            account=AccountAnswer(**AccountAnswer.fields(account)),
            session={
                "createdAt": session.created_at,
                "lastSeenAt": session.last_seen_at,
                "expiresAt": session.expires_at,
            },
            data=data,
        )

    return await parts.calls.run(read)


@router.delete(
    "",
    summary="Delete my account",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(*WITH_BODY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_json],
)
async def delete_account(request: Request, response: Response, body: Confirmation) -> None:
    """Erase the user that came with the account, as `DELETE /v1/users/{userId}` does, then the account itself.

    A user of the data that an admin has linked the account to stays as they are.
    """
    parts = context(request)
    known, _ = await logged_in(request, response)
    await check_password(parts, known.account, body.password.get_secret_value())
    await erase_account(parts, known.account)
    log_out(request, response)
