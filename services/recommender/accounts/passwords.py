"""Passwords: hashed by argon2id, in a few threads of their own, so that nothing else waits for it."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.errors import UnavailableError

MIN_CHARACTERS: Final = 10
MAX_CHARACTERS: Final = 256
"""Of a password: enough for every sentence, and not so much that hashing its text would take time."""
THREADS: Final = 2
"""So many are hashed at once: each takes 64 MiB and some 60 ms of a core."""
MAX_WAITING: Final = 32

T = TypeVar("T")


def make_hasher() -> PasswordHasher:
    """Argon2id with the second recommended option of RFC 9106: 64 MiB, 3 passes, 4 lanes."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID)


def hash_password(hasher: PasswordHasher, password: str) -> str:
    """The password's hash, with its parameters and salt in it."""
    return hasher.hash(_normalised(password))


def _normalised(password: str) -> str:
    """The same text for the same keys, whichever system they were typed on (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and checks passwords. Lives in the event loop.

    Args:
        hasher: of new hashes.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or make_hasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """A new hash of `password`.

        Raises:
            UnavailableError: too many wait already.
        """
        return await self._run(lambda: hash_password(self._hasher, password))

    async def matches(self, known: str | None, password: str) -> bool:
        """Whether `password` has the hash `known`; for nobody's (None) it takes as long to say no.

        Raises:
            UnavailableError: too many wait already.
        """

        def check() -> bool:
            if self._nobodys is None:
                self._nobodys = hash_password(self._hasher, "nobody has this password")
            try:
                return self._hasher.verify(known or self._nobodys, _normalised(password)) and known is not None
            except (Argon2Error, InvalidHashError):
                return False

        return await self._run(check)

    def is_outdated(self, known: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(known)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise UnavailableError("Too many people log in or register just now. Try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
