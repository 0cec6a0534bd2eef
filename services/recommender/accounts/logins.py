"""Logging in and out, and asking for the password again: what the routes of accounts share."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from fastapi import Depends, Request, Response

from services.recommender.access.refusals import RefusedError
from services.recommender.accounts.bodies import AccountAnswer, Me
from services.recommender.accounts.sessions import Known, csrf_token
from services.recommender.context import Context, context
from services.recommender.http.problems import NOT_LOGGED_IN, WRONG_PASSWORD
from shared.accounts import Account, find_account, normalised, renew_hash
from shared.errors import InvalidInputError
from shared.sessions import begin_session, end_session, renew_session

_DAY_SECONDS: Final = 86_400
_RENEWED_AFTER_MS: Final = 1_000 * _DAY_SECONDS
_WRONG: Final = "The login name or the password is wrong."  # not which: names are nobody's business


async def _require_accounts(request: Request, response: Response) -> None:
    if not context(request).accounts.are_on:
        raise RefusedError(HTTPStatus.FORBIDDEN, "Nobody logs in here: the setting MARQUEE_PAGE is `off`.")
    response.headers["Cache-Control"] = "no-store"


requires_accounts: Final = Depends(_require_accounts)
"""For the `dependencies` of routes of accounts: there are such, and no cache keeps the answer."""


async def check_credentials(request: Request, login: str, password: str) -> Account:
    """The account that they are of. It takes as long, and the answer is the same, for a name that nobody has.

    Raises:
        RefusedError: they are wrong (401), or tried too often (429).
    """
    parts = context(request)
    accounts, address = parts.accounts, parts.accounts.clients.address(request.scope)
    accounts.addresses.begin(address)
    try:
        name = normalised(login)
    except InvalidInputError:
        name = ""
    accounts.names.begin(name)
    account = await parts.calls.run(lambda: find_account(parts.graph, name)) if name else None
    is_right = await accounts.passwords.matches(account.password_hash if account else None, password)
    if account is None or not is_right or account.disabled_at is not None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, _WRONG, kind=WRONG_PASSWORD)
    accounts.names.forget(name)
    accounts.addresses.take_back(address)
    if accounts.passwords.is_outdated(account.password_hash):
        newer = await accounts.passwords.hash(password)
        await parts.calls.run(lambda: renew_hash(parts.graph, account, newer))
        return replace(account, password_hash=newer)
    return account


async def check_password(parts: Context, account: Account, password: str) -> None:
    """See that it is the account's person who asks, and not somebody at their open browser.

    Raises:
        RefusedError: the password is wrong (403), or was tried too often (429).
    """
    parts.accounts.names.begin(account.login)
    if not await parts.accounts.passwords.matches(account.password_hash, password):
        raise RefusedError(HTTPStatus.FORBIDDEN, "The password is wrong.", kind=WRONG_PASSWORD)
    parts.accounts.names.forget(account.login)


async def log_in(request: Request, response: Response, account: Account) -> Me:
    """Begin a session with a token that nobody has seen before, and end the one that the browser had."""
    parts = context(request)
    before = await parts.accounts.sessions.recall(request.scope)

    def begin() -> str:
        days = parts.accounts.session_days
        session, token = begin_session(parts.graph, account.account_id, account.password_hash, days=days)
        if before and before[0].session.session_id != session.session_id:
            end_session(parts.graph, before[0].session.session_id)
        return token

    token = await parts.calls.run(begin)
    if before:
        parts.accounts.sessions.reread(before[0].session)
    _hand_out(request, response, token, seconds=parts.accounts.session_days * _DAY_SECONDS)
    return me(account, token)


async def logged_in(request: Request, response: Response) -> tuple[Known, str]:
    """The session of a request to a route for accounts, and its token; once a day it is renewed.

    Raises:
        RefusedError: it has ended since the request was let in.
    """
    parts = context(request)
    found = await parts.accounts.sessions.recall(request.scope)
    if found is None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "Log in for this.", kind=NOT_LOGGED_IN)
    known, token = found
    age = parts.accounts.sessions.now() - known.session.last_seen_at
    if age > _RENEWED_AFTER_MS and not parts.watch.pulse.is_away:
        days = parts.accounts.session_days
        session = await parts.calls.run(lambda: renew_session(parts.graph, known.session, days=days))
        parts.accounts.sessions.reread(known.session)
        _hand_out(request, response, token, seconds=(session.expires_at - session.last_seen_at) // 1_000)
    return found


def log_out(request: Request, response: Response) -> None:
    """Take the cookie away; in this process every session is read anew."""
    accounts = context(request).accounts
    accounts.sessions.forget()
    response.headers["Set-Cookie"] = accounts.cookies.removing(request.scope)


def me(account: Account, token: str) -> Me:
    """The account that is logged in, as it is shown."""
    return Me(**AccountAnswer.fields(account), csrf_token=csrf_token(token))


def _hand_out(request: Request, response: Response, token: str, *, seconds: int) -> None:
    cookies = context(request).accounts.cookies
    response.headers["Set-Cookie"] = cookies.setting(request.scope, token, seconds=seconds)
