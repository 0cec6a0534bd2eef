"""A model's ranking by what a query asks for, over many movies, beside brute force."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from services.recommender.movies.catalogue import Catalogue, read_catalogue
from services.recommender.scoring.batcher import Best
from services.recommender.scoring.model import ServedModel, make_model
from services.recommender.scoring.query import Query
from services.recommender.scoring.ranking import rank, rank_scores
from shared.graph import Graph, SlotTable
from shared.graph.columns import objects
from shared.models import ModelVersion, ServedVectors, ServingParameters, UserForm, VersionState
from shared.schema import GENRE, IN_GENRE, MOVIE, RATED, USER
from shared.scoring import Floats, extend, normalise

MOVIES = 3_000
RNG = np.random.default_rng(3)
USERS = normalise(RNG.standard_normal((6, 8)).astype(np.float32))
EXCLUDED = np.arange(0, MOVIES, 7)
RARE = 'genre = "Rare"'  # leaves 50
COMMON = "year >= 1950"  # leaves about two thirds


@pytest.fixture
def catalogue(sqlite_graph: Graph) -> Catalogue:
    ids = objects([f"m{n}" for n in range(MOVIES)])
    sqlite_graph.put_nodes(MOVIE, {"movieId": ids, "year": RNG.integers(1920, 2010, MOVIES)})
    sqlite_graph.put_nodes(GENRE, {"name": objects(["Rare"])})
    sqlite_graph.put_edges(IN_GENRE, ids[13::60], objects(["Rare"] * 50), {})
    sqlite_graph.put_nodes(USER, {"userId": objects(["u", "v"])})
    sqlite_graph.put_edges(RATED, objects(["u"] * 90), ids[:90], {})
    sqlite_graph.put_edges(RATED, objects(["v"] * 30), ids[:30], {})
    return read_catalogue(sqlite_graph)


@pytest.fixture
def model(catalogue: Catalogue) -> ServedModel:
    outputs = normalise(RNG.standard_normal((MOVIES, 8)).astype(np.float32))
    columns = {"embedding": outputs, "inputEmbedding": outputs, "bias": RNG.standard_normal(MOVIES).astype(np.float32)}
    parameters = ServingParameters("test", UserForm.INDUCTIVE, 8, temperature=0.5, like_threshold=4.0)
    version = ModelVersion("v1", VersionState.READY, None, 0, parameters, {}, None, MOVIES, 0, None)
    order = np.argsort(np.array(catalogue.ids.ids))  # as a slot is read
    keys = objects(catalogue.ids.ids)[order]
    table = SlotTable(keys, {name: column[order] for name, column in columns.items()})
    return make_model(ServedVectors(version, table, None), catalogue)


def ranked(catalogue: Catalogue, model: ServedModel, query: Query) -> list[Best]:
    async def all_at_once() -> list[Best]:
        return await asyncio.gather(*(rank(catalogue, model, user, EXCLUDED, query) for user in USERS))

    return asyncio.run(all_at_once())


def brute_force(catalogue: Catalogue, model: ServedModel, user: Floats, query: Query) -> list[tuple[int, float]]:
    scores = (extend(user[None]) @ model.vectors.scoring_matrix())[0]
    scores = scores - query.damping * np.log1p(catalogue.ratings[model.catalogue_rows])
    out = set(EXCLUDED.tolist()) | set(model.rows(catalogue.ids.rows(query.exclude)).tolist())
    mask = catalogue.masks.get(query.filter)[model.catalogue_rows] if query.filter else np.ones(MOVIES, bool)
    left = [row for row in range(MOVIES) if mask[row] and row not in out]
    left.sort(key=lambda row: -scores[row])
    return [(row, float(scores[row])) for row in left[: query.end]]


@pytest.mark.parametrize("filter_", [None, RARE, COMMON, "year < 1920"])
@pytest.mark.parametrize("damping", [0.0, 0.7])
@pytest.mark.parametrize("end", [20, 60])
def test_the_best_of_what_a_filter_leaves_come_in_order(
    catalogue: Catalogue, model: ServedModel, filter_: str | None, damping: float, end: int
) -> None:
    query = Query(end, filter=filter_, damping=damping, exclude=("m13", "m73", "m1000", "unknown"))

    for user, best in zip(USERS, ranked(catalogue, model, query), strict=True):
        expected = brute_force(catalogue, model, user, query)
        assert best.rows == [row for row, _ in expected]
        assert best.scores == pytest.approx([score for _, score in expected], rel=1e-5, abs=1e-6)


def test_requests_with_and_without_filters_that_arrive_together_do_not_touch_one_another(
    catalogue: Catalogue, model: ServedModel
) -> None:
    queries = [Query(10), Query(10, filter=COMMON), Query(10, damping=0.5), Query(10, filter="year < 1940"), Query(10)]

    async def all_at_once() -> list[Best]:
        return await asyncio.gather(*(rank(catalogue, model, USERS[0], EXCLUDED, query) for query in queries))

    for query, best in zip(queries, asyncio.run(all_at_once()), strict=True):
        assert best.rows == [row for row, _ in brute_force(catalogue, model, USERS[0], query)]


@pytest.mark.parametrize("filter_", [None, RARE, COMMON])
def test_scores_that_were_put_together_are_ranked_alike(
    catalogue: Catalogue, model: ServedModel, filter_: str | None
) -> None:
    query = Query(20, filter=filter_, damping=0.3, exclude=("m13",), diversity=0.4)
    (expected, *_) = ranked(catalogue, model, query)

    best = rank_scores(catalogue, model, model.batcher.scores(USERS[:1])[0].copy(), EXCLUDED, query)

    assert best.rows == expected.rows
    assert best.scores == pytest.approx(expected.scores, rel=1e-5)


@pytest.mark.parametrize("query", [Query(130, diversity=0.5), Query(130, diversity=0.5, filter=COMMON)])
def test_diverse_pages_are_parts_of_one_ranking(catalogue: Catalogue, model: ServedModel, query: Query) -> None:
    whole = ranked(catalogue, model, query)[0].rows
    plain = ranked(catalogue, model, replace(query, diversity=0.0))[0].rows

    assert sorted(whole) == sorted(plain)
    assert whole[:20] != plain[:20]
    assert whole[100:] == plain[100:]
    assert ranked(catalogue, model, replace(query, limit=20))[0].rows == whole[:20]
    assert ranked(catalogue, model, replace(query, limit=20, offset=30))[0].rows == whole[:50]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
@pytest.mark.parametrize("filter_", [None, RARE])
def test_pages_by_cursor_repeat_nothing_and_leave_nothing_out(
    catalogue: Catalogue, model: ServedModel, filter_: str | None, diversity: float
) -> None:
    pages: list[list[int]] = []
    shown = b""
    while not pages or (len(pages[-1]) == 10 and len(pages) < 8):
        query = Query(10, filter=filter_, diversity=diversity, shown=shown)
        pages.append(ranked(catalogue, model, query)[0].rows)
        shown += b"".join(model.marks[row] for row in pages[-1])

    rows = [row for page in pages for row in page]
    assert len(rows) == len(set(rows))
    plain = ranked(catalogue, model, Query(len(rows), filter=filter_))[0].rows
    if diversity:
        assert len(rows) == len(plain)
    else:
        assert rows == plain


def test_what_is_remembered_of_filters_is_bounded(model: ServedModel) -> None:
    selections = model.selections
    selections._max_bytes = 200_000
    for year in range(1925, 1935):
        for filter_ in (f"year >= {year}", f"year = {year}"):
            selections.get(filter_, 0.0)

    assert 70_000 < selections._bytes <= 200_000
    assert selections._bytes == sum(selection.nbytes for selection in selections._kept.values())
    assert selections.get("year = 1934", 0.0) is selections.get("year = 1934", 0.0)
