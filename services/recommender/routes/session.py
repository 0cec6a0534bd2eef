"""Logging in and out, and who is logged in."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from services.recommender.access.guard import headers_of
from services.recommender.access.refusals import RefusedError
from services.recommender.accounts.bodies import Credentials, Me, SessionState
from services.recommender.accounts.logins import (
    check_credentials,
    log_in,
    log_out,
    logged_in,
    me,
    requires_accounts,
)
from services.recommender.context import context
from services.recommender.http.json_body import requires_json
from services.recommender.http.problems import SESSION_ENDED, UNSAFE, WITH_BODY, documented
from shared.sessions import end_session

router = APIRouter(prefix="/v1/session", tags=["account"])


@router.get(
    "",
    summary="Who is logged in",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def get_session(request: Request, response: Response) -> SessionState:
    """What a page asks first: who is logged in, and what who asks may do. Open to all.

    A cookie whose session has ended is taken away.
    """
    parts = context(request)
    response.headers["Cache-Control"] = "no-store"
    try:
        principal = await parts.access.identify(request.scope)
        found = await parts.accounts.sessions.recall(request.scope) if parts.accounts.are_on else None
        account = me(found[0].account, found[1]) if found else None
        if found:
            await logged_in(request, response)
    except RefusedError as error:
        if error.kind != SESSION_ENDED:
            raise
        log_out(request, response)
        headers = [header for header in headers_of(request.scope) if header[0] != b"cookie"]
        principal, account = await parts.access.identify({**request.scope, "headers": headers}), None
    scopes = sorted(principal.scopes) if principal else []
    return SessionState(
        account=account,
        scopes=scopes,
        page=parts.accounts.page,
        registration=parts.accounts.registration,
        posters_url=parts.posters_url,
    )


@router.post(
    "",
    summary="Log in",
    responses=documented(
        *WITH_BODY,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    dependencies=[requires_accounts, requires_json],
)
async def post_session(request: Request, response: Response, body: Credentials) -> Me:
    """Begin a session. The cookie that comes with the answer holds its token; the page sends `csrfToken` itself.

    A wrong password and a name that nobody has are told alike. After some attempts each has to wait longer.
    """
    account = await check_credentials(request, body.login, body.password.get_secret_value())
    return await log_in(request, response, account)


@router.delete(
    "",
    summary="Log out",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(*UNSAFE, HTTPStatus.SERVICE_UNAVAILABLE),
    dependencies=[requires_accounts],
)
async def delete_session(request: Request, response: Response) -> None:
    """End the session that asks. Every recommender refuses its cookie within a second."""
    parts = context(request)
    known, _ = await logged_in(request, response)
    await parts.calls.run(lambda: end_session(parts.graph, known.session.session_id))
    log_out(request, response)
