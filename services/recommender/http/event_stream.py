"""An answer of server-sent events: sent as they come, until they end or the client is gone."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_SEND_SECONDS: Final = 30.0  # a client that reads nothing for so long, while its buffers are full, is given up


class EventStream(Response):
    """Sends what `parts` gives, and leaves `held` at the end.

    The end comes with that of the parts, or with a client that goes away or reads no more.
    """

    media_type = "text/event-stream"

    def __init__(self, parts: AsyncGenerator[bytes], held: contextlib.AsyncExitStack) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._parts, self._held = parts, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Answer the request."""
        async with self._held:
            sending = asyncio.create_task(self._send_parts(send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await sending

    async def _send_parts(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with contextlib.aclosing(self._parts) as parts:
            async for part in parts:
                async with asyncio.timeout(_SEND_SECONDS):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    """Until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
