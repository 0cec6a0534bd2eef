"""Rates of keys, on a real Redis that three replicas share."""

import asyncio
import contextlib
import secrets
import time

import pytest
from pydantic import SecretStr

from services.recommender.access.rates import Allowance, Rates
from services.recommender.access.refusals import RefusedError
from shared.errors import UnavailableError
from shared.local.process import free_port
from shared.rate_limits import RateLimits, Taken
from shared.settings import QueueSettings
from tests.services.recommender.conftest import Clock


class Counted(RateLimits):
    """Real buckets that count how often they are asked."""

    calls = 0

    async def take(self, name: str, *, per_minute: int, wanted: int) -> Taken:
        self.calls += 1
        return await super().take(name, per_minute=per_minute, wanted=wanted)


def limits(url: str) -> Counted:
    return Counted(QueueSettings(redis_url=SecretStr(url)))


async def let_in(rates: Rates, allowance: Allowance, most: int) -> tuple[int, RefusedError | None]:
    """How many of `most` requests are let in before one is refused."""
    for count in range(most):
        try:
            await rates.admit(allowance)
        except RefusedError as error:
            return count, error
    return most, None


@pytest.mark.slow
def test_three_replicas_together_let_in_what_the_rate_says(redis_server: str) -> None:
    per_minute, name = 600, secrets.token_hex(8)

    async def run() -> tuple[int, float, int]:
        buckets = [limits(redis_server) for _ in range(3)]
        started = time.monotonic()
        done = await asyncio.gather(
            *(let_in(Rates(each, lets_in_without=False), Allowance(name, per_minute), 2_000) for each in buckets)
        )
        seconds = time.monotonic() - started
        for each in buckets:
            await each.close()
        return sum(count for count, _ in done), seconds, sum(each.calls for each in buckets)

    total, seconds, calls = asyncio.run(run())

    assert per_minute - 3 * 10 <= total <= per_minute + seconds * per_minute / 60 + 1
    assert calls <= total / 10 + 3 * (1 + seconds) + 3, "a slice of ten requests costs one question"


@pytest.mark.slow
def test_who_is_refused_is_told_when_to_come_again_and_is_then_let_in(redis_server: str) -> None:
    async def run() -> tuple[int, RefusedError | None, int, Counted]:
        buckets, allowance = limits(redis_server), Allowance(secrets.token_hex(8), 60)
        rates = Rates(buckets, lets_in_without=False)
        first, error = await let_in(rates, allowance, 100)
        asked = buckets.calls
        await let_in(rates, allowance, 1)
        assert buckets.calls == asked, "until there is one again, Redis is not asked"
        await asyncio.sleep(max(0.0, allowance.refused_until - time.monotonic()) + 0.01)
        again, _ = await let_in(rates, allowance, 1)
        await buckets.close()
        return first, error, again, buckets

    first, error, again, _ = asyncio.run(run())

    assert 60 <= first < 100
    assert again == 1
    assert error is not None
    assert error.status == 429
    assert error.headers == {
        "Retry-After": "1",
        "RateLimit-Policy": '"key";q=60;w=60',
        "RateLimit": '"key";r=0;t=1',
    }


@pytest.mark.parametrize("lets_in", [True, False])
def test_without_redis_the_setting_decides_and_redis_is_left_alone_for_a_while(lets_in: bool, clock: Clock) -> None:
    async def run() -> int:
        buckets = limits(f"redis://127.0.0.1:{free_port()}/0")
        rates = Rates(buckets, lets_in_without=lets_in, clock=clock)
        allowance = Allowance("a", 60)
        for _ in range(5):
            if lets_in:
                await rates.admit(allowance)
            else:
                with pytest.raises(UnavailableError):
                    await rates.admit(allowance)
        assert buckets.calls == 1
        clock.seconds = 1.0
        with contextlib.nullcontext() if lets_in else pytest.raises(UnavailableError):
            await rates.admit(allowance)
        await buckets.close()
        return buckets.calls

    assert asyncio.run(run()) == 2


def test_those_who_wait_together_share_one_question() -> None:
    class Slow:
        calls = 0

        async def take(self, name: str, *, per_minute: int, wanted: int) -> Taken:
            assert (name, per_minute) == ("a", 6_000)
            self.calls += 1
            await asyncio.sleep(0)
            return Taken(wanted, 0)

        async def close(self) -> None:
            """Holds nothing."""

    async def run() -> int:
        buckets = Slow()
        rates, allowance = Rates(buckets, lets_in_without=False), Allowance("a", 6_000)
        await asyncio.gather(*(rates.admit(allowance) for _ in range(100)))
        assert allowance.held == 0
        return buckets.calls

    assert asyncio.run(run()) == 1
