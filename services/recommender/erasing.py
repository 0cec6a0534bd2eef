"""Erasing a user, in the graph and in this process's memory."""

from services.recommender.context import Context
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
