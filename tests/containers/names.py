"""A name service like the one in Docker's networks: it knows each service by its name, at one address per replica."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Final

_A_RECORD: Final = 1
_ANSWER: Final = 0x8180  # an answer, as it was asked for, without an error
_NO_SUCH_NAME: Final = 3


class Names:
    """Addresses of each name; who changes them changes what is answered from then on."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}

    def answer(self, question: bytes) -> bytes:
        """The answer to a DNS message that asks one question (RFC 1035, section 4)."""
        name, end = _name(question, 12)
        (kind,) = struct.unpack_from(">H", question, end)
        known = self.addresses.get(name)
        found = (known or []) if kind == _A_RECORD else []
        flags = _ANSWER if known is not None else _ANSWER | _NO_SUCH_NAME
        head = question[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0)
        records = (struct.pack(">HHHIH", 0xC00C, _A_RECORD, 1, 1, 4) + socket.inet_aton(address) for address in found)
        return head + question[12 : end + 4] + b"".join(records)


def _name(message: bytes, at: int) -> tuple[str, int]:
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1


@contextlib.contextmanager
def serving_names(names: Names) -> Iterator[str]:
    """Answer questions at a free port until the context ends; yields `address:port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

        def serve() -> None:
            while (received := sock.recvfrom(4_096))[0]:  # an empty message is the end
                sock.sendto(names.answer(received[0]), received[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", port))
            thread.join()
