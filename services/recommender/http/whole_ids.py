"""Refuses to change what a mistyped path happens to name: an id in such a path has its slashes encoded."""

from typing import Final

from fastapi import Depends, Request

from shared.errors import NotFoundError


async def _require_whole_id(request: Request) -> None:
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    template: str = request.scope["route"].path
    if path.partition(b"?")[0].count(b"/") != template.count("/"):
        raise NotFoundError(
            f"There is nothing to change at {request.url.path}. If an id has a slash, write it as %2F in the path."
        )


requires_whole_id: Final = Depends(_require_whole_id)
"""For the `dependencies` of a route that changes what its path names: ids in paths may hold slashes as they are."""
