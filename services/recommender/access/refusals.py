"""Why a request is not let in, and what its answer says of it."""

from collections.abc import Mapping
from http import HTTPStatus

from shared.errors import MarqueeError


class RefusedError(MarqueeError):
    """The caller may not do this, or not now.

    Args:
        status: of the answer.
        reason: its detail.
        headers: of the answer.
        kind: of the problem, as a name and a title; that of the status where it is left out.
    """

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        headers: Mapping[str, str] | None = None,
        *,
        kind: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.status, self.headers, self.kind = status, headers or {}, kind
