"""Erasing a user, or an account with the user that came with it, in the graph and in this process's memory."""

import contextlib

from services.recommender.context import Context
from shared.accounts import Account, remove_account
from shared.errors import NotFoundError
from shared.users import erase_user


async def erase(parts: Context, user_id: str) -> None:
    """Erase a user.

    Raises:
        NotFoundError: there is no such user.
        UnavailableError: the graph does not answer.
    """
    parts.histories.forget(user_id)
    await parts.calls.run(lambda: erase_user(parts.graph, user_id))
    parts.histories.forget(user_id)  # what was read while it was being erased


async def erase_account(parts: Context, account: Account) -> None:
    """Erase the user that came with an account, then the account. A user of the data that it is linked to stays.

    Raises:
        UnavailableError: the graph does not answer.
    """
    with contextlib.suppress(NotFoundError):  # an earlier attempt, or an admin, has erased them
        await erase(parts, account.own_user_id)
    await parts.calls.run(lambda: remove_account(parts.graph, account))
    parts.accounts.sessions.forget()
