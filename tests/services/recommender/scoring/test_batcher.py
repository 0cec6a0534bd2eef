"""Requests that arrive together are scored together, and each gets its own answer."""

import asyncio

import numpy as np
import numpy.typing as npt
import pytest

from services.recommender.scoring.batcher import MAX_BATCH, Batcher, Best
from shared.scoring import Floats, extend, normalise

NONE = np.empty(0, np.int64)


@pytest.fixture
def matrix() -> Floats:
    return np.random.default_rng(0).standard_normal((9, 2_000)).astype(np.float32)


class Counting(Batcher):
    """Notes how many requests each product answered."""

    def __init__(self, matrix: Floats) -> None:
        super().__init__(matrix)
        self.sizes: list[int] = []

    def _score(self, batch: list) -> list[Best]:  # type: ignore[type-arg]  # its requests are the module's own
        self.sizes.append(len(batch))
        return super()._score(batch)


def by_hand(matrix: Floats, user: Floats, excluded: npt.NDArray[np.int64], k: int) -> list[int]:
    scores = (extend(user[None]) @ matrix)[0]
    scores[excluded] = -np.inf
    ranked: list[int] = np.argsort(-scores, kind="stable")[: min(k, len(scores) - len(excluded))].tolist()
    return ranked


def test_every_request_of_a_batch_gets_the_answer_it_would_get_alone(matrix: Floats) -> None:
    random = np.random.default_rng(1)
    users = normalise(random.standard_normal((197, 8)).astype(np.float32))
    excluded = [random.choice(2_000, random.integers(0, 50), replace=False) for _ in users]
    ks = random.choice([1, 20, 40], 197).tolist()

    async def ask() -> tuple[list[Best], list[int]]:
        batcher = Counting(matrix)
        requests = [batcher.best(*request) for request in zip(users, excluded, ks, strict=True)]
        return [await request for request in requests], batcher.sizes

    answers, sizes = asyncio.run(ask())

    assert sizes == [MAX_BATCH] * 3 + [5]  # the last in a product of eight rows
    for answer, user, rows, k in zip(answers, users, excluded, ks, strict=True):
        assert answer.rows == by_hand(matrix, user, rows, k)
        assert answer.scores == sorted(answer.scores, reverse=True)


@pytest.mark.parametrize(("turns", "sizes"), [(1, [1, 1]), (2, [4]), (3, [6])])
def test_requests_that_arrive_turn_by_turn_are_collected_and_scored_together_where_it_pays(
    matrix: Floats, turns: int, sizes: list[int]
) -> None:
    async def ask() -> list[int]:
        batcher = Counting(matrix)
        user = normalise(np.ones((1, 8), np.float32))[0]
        requests = []
        for _ in range(turns):
            requests += [batcher.best(user, NONE, 1), batcher.best(user, NONE, 1)]
            await asyncio.sleep(0)
        await asyncio.gather(*requests)
        return batcher.sizes

    assert asyncio.run(ask()) == sizes


def test_movies_out_of_the_question_are_left_out_even_where_too_few_remain(matrix: Floats) -> None:
    async def ask() -> Best:
        return await Batcher(matrix[:, :5]).best(np.ones(8, np.float32), np.array([0, 2, 4]), 10)

    answer = asyncio.run(ask())

    assert sorted(answer.rows) == [1, 3]


def test_a_model_without_movies_has_none_to_give() -> None:
    async def ask() -> Best:
        return await Batcher(np.empty((3, 0), np.float32)).best(np.ones(2, np.float32), NONE, 10)

    assert asyncio.run(ask()) == Best([], [])


def test_one_whose_client_has_gone_does_not_harm_the_others(matrix: Floats) -> None:
    async def ask() -> Best:
        batcher = Batcher(matrix)
        user = np.ones(8, np.float32)
        gone, here = batcher.best(user, NONE, 1), batcher.best(user, NONE, 2)
        gone.cancel()
        return await here

    assert len(asyncio.run(ask()).rows) == 2


def test_a_fault_reaches_all_who_wait(matrix: Floats) -> None:
    async def ask() -> list[Best | BaseException]:
        batcher = Batcher(matrix)
        too_wide = np.ones(99, np.float32)
        requests = [batcher.best(too_wide, NONE, 1), batcher.best(too_wide, NONE, 1)]
        return await asyncio.gather(*requests, return_exceptions=True)

    assert [type(answer) for answer in asyncio.run(ask())] == [ValueError, ValueError]
