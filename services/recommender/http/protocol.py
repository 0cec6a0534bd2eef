"""HTTP as uvicorn speaks it, with bounds that it lacks: on a request's head, and on the time that a request takes."""

import asyncio
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

MAX_HEAD_BYTES: Final = 64 * 1024  # what h11, uvicorn's other parser, allows; a request of ours needs below 2 kB


class HeadTooLargeError(Exception):
    """Ends the parsing of a request that has been refused."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a head above `MAX_HEAD_BYTES` (431), and closes a connection whose request is not there in time.

    One whose answer is not taken in time is broken off: what waits to be read would else stay in memory, and the
    connection be one of the few that there may be.

    Neither httptools nor uvicorn bounds a head, so that a client could fill the memory without end. What is counted are
    bytes of a request in a row of which none is body: its head, and the trailers after a body in chunks. A request that
    comes in one piece costs one addition and no timer.
    """

    request_seconds: float = 30.0
    """From a request's first byte, or the connection's beginning, to the request's last."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._is_open = False  # a request has begun and not ended
        self._counted = 0  # bytes without body in the pieces before this one
        self._piece = 0  # bytes of this piece, 0 once it is known to hold the end of a head, or body
        self._deadline: asyncio.TimerHandle | None = None
        self._until_read: asyncio.TimerHandle | None = None  # runs while the client takes less than it is sent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Await the first request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._stop_deadline()
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a piece, and see that what is not yet a whole request stays within the bounds."""
        self._piece = len(data)
        super().data_received(data)
        if self._is_open:
            self._counted += self._piece
            if self._counted > MAX_HEAD_BYTES:
                self._refuse_head()
        if self._deadline is None and (self._is_open or self.cycle is None or self.cycle.response_complete):
            self._start_deadline()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_open = True
        self._counted = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Look at a head that may be too large, which has come in few pieces, before it is answered.

        Raises:
            HeadTooLargeError: it is too large.
        """
        if self._counted + self._piece > MAX_HEAD_BYTES:
            head = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if head > MAX_HEAD_BYTES:
                self._refuse_head()
                raise HeadTooLargeError
        self._counted = self._piece = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What follows is counted anew."""
        self._counted = self._piece = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._is_open = False
        self._stop_deadline()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """More waits to be read than is sent on."""
        if self._until_read is None:
            self._until_read = self.loop.call_later(self.request_seconds, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Enough of it was read."""
        self._stop_waiting()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """An answer is done; where it was the connection's last, give who reads it as long as for a request."""
        super().on_response_complete()
        if self._until_read is None and self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._until_read = self.loop.call_later(self.request_seconds, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more was asked: close, and do not wait for who has not even read the last answer."""
        super().timeout_keep_alive_handler()
        self._break_off_unread()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, unless it has been refused already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _refuse_head(self) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:  # else this would fall into another answer
            text = b"The request's head has more than %d bytes." % MAX_HEAD_BYTES
            head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[431] + head % len(text) + text)
        self.transport.close()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.request_seconds, self._close)

    def _close(self) -> None:
        self.transport.close()
        self._break_off_unread()

    def _break_off_unread(self) -> None:
        """A transport that is closed sends first what it holds, for as long as that takes."""
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._until_read is not None:
            self._until_read.cancel()
            self._until_read = None

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def bounded_protocol(seconds: float) -> type[BoundedProtocol]:
    """The protocol with `seconds` for each request: uvicorn takes a class."""
    return type("BoundedProtocol", (BoundedProtocol,), {"request_seconds": seconds})
