"""Uvicorn, ended in an order that neither a proxy nor a client notices."""

import asyncio
import socket
import threading
from typing import Final

import uvicorn

_STEP_SECONDS: Final = 0.05
_QUIET_SECONDS: Final = 0.5  # without a connection: there is nobody to drain
_LAST_SECONDS: Final = 0.3  # for what was connected at the last moment: its request is on the way


class DrainingServer(uvicorn.Server):
    """After SIGTERM it first drains: `/readyz` says that it ends, and every answer closes its connection.

    So a proxy takes this process out of its rotation, and a client goes elsewhere, between two requests and not in the
    middle of one: uvicorn alone would close every idle connection at once, also one that a request is on its way on.

    Args:
        config: uvicorn's.
        is_ending: set when the drain begins.
        drain_seconds: how long it takes at most; it is over once nobody has been connected for a while.
    """

    def __init__(self, config: uvicorn.Config, is_ending: threading.Event, *, drain_seconds: float) -> None:
        super().__init__(config)
        self._is_ending, self._drain_seconds = is_ending, drain_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, stop listening, let what is under way end, and close."""
        self._is_ending.set()
        # Changed in place: the requests under way hold the same list.
        self.server_state.default_headers.append((b"connection", b"close"))
        await self._serve_on(self._drain_seconds, quiet_seconds=_QUIET_SECONDS)
        for server in self.servers:
            server.close()
        await self._serve_on(_LAST_SECONDS, quiet_seconds=0)
        await super().shutdown(sockets)

    async def _serve_on(self, seconds: float, *, quiet_seconds: float) -> None:
        """Let the event loop go on for `seconds`, or until nobody has been connected for `quiet_seconds`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        quiet_at = loop.time() + quiet_seconds
        while not self.force_exit and loop.time() < deadline:
            if self.server_state.connections:
                quiet_at = loop.time() + quiet_seconds
            elif loop.time() >= quiet_at:
                return
            await asyncio.sleep(_STEP_SECONDS)
