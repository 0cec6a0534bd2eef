"""Slowing down who guesses, where the clock stands until a test moves it; and what passwords are hashed by."""

import asyncio
from collections.abc import Callable

import pytest

from services.recommender.access.refusals import RefusedError
from services.recommender.accounts import guesses as module
from services.recommender.accounts.guesses import Guesses
from services.recommender.accounts.passwords import Passwords
from tests.services.recommender.conftest import Clock


def refused(begin: Callable[[str], None], name: str) -> int:
    """How long the next attempt has to wait; 0 where it need not."""
    try:
        begin(name)
    except RefusedError as error:
        return int(error.headers["Retry-After"])
    return 0


def test_each_attempt_waits_twice_as_long_up_to_the_longest(clock: Clock) -> None:
    guesses = Guesses("try", free=3, longest_seconds=10, clock=clock)
    waits = [refused(guesses.begin, "ann") for _ in range(3)]
    for _ in range(6):
        waits.append(wait := refused(guesses.begin, "ann"))
        clock.seconds += wait
        assert refused(guesses.begin, "ann") == 0

    assert waits == [0, 0, 0, 1, 2, 4, 8, 10, 10]
    assert refused(guesses.begin, "bob") == 0
    clock.seconds += 3_601
    assert [refused(guesses.begin, "ann") for _ in range(4)] == [0, 0, 0, 1]


def test_a_right_attempt_forgets_the_wrong_ones_of_a_name_and_itself_alone_of_an_address(clock: Clock) -> None:
    guesses = Guesses("try", free=2, longest_seconds=10, clock=clock)
    for _ in range(2):
        guesses.begin("ann")
    guesses.forget("ann")
    assert [refused(guesses.begin, "ann") for _ in range(3)] == [0, 0, 1]
    for _ in range(50):
        guesses.begin("office")
        guesses.take_back("office")
    assert [refused(guesses.begin, "office") for _ in range(3)] == [0, 0, 1]


def test_only_so_many_names_are_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_NAMES", 10)
    guesses = Guesses("try", free=1, longest_seconds=10, clock=clock)
    for number in range(1_000):
        guesses.begin(str(number))

    assert len(guesses._attempts) == 10


def test_passwords_are_hashed_by_argon2id_and_nobodys_takes_as_long() -> None:
    passwords = Passwords()

    async def use() -> tuple[str, list[bool]]:
        known = await passwords.hash("correct horse")
        tried = [
            (known, "correct horse"),
            (known, "correct horsf"),
            (None, "nobody has this password"),
            ("no hash", "x"),
        ]
        return known, [await passwords.matches(one, password) for one, password in tried]

    known, found = asyncio.run(use())
    assert known.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert found == [True, False, False, False]
    assert not passwords.is_outdated(known)
    passwords.close()
