"""What is particular to the graph in a Neo4j: servers that are away, passwords, constraints and vector indexes."""

import multiprocessing
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shared.errors import InvalidInputError, LeaseLostError, UnavailableError
from shared.graph.columns import objects
from shared.graph.neo4j import Neo4jGraph
from shared.graph.port import Fence
from shared.local.neo4j import RunningNeo4j
from shared.schema import JOB, MOVIE, RATED, SCHEMA_VERSION, USER, Slot

pytestmark = pytest.mark.slow


def connect(server: RunningNeo4j, **changes: str) -> Neo4jGraph:
    access = {"url": server.url, "user": server.user, "password": server.password} | changes
    return Neo4jGraph(access["url"], user=access["user"], password=access["password"], timeout_seconds=4)


@pytest.fixture
def indexes(neo4j_graph: Neo4jGraph) -> Neo4jGraph:
    """A graph with a movie `m` whose slot A is written with vectors of width 4 and indexed."""
    neo4j_graph.put_nodes(MOVIE, {"movieId": objects(["m"])})
    _write(neo4j_graph, width=4)
    neo4j_graph.index_slot(MOVIE, Slot.A, 4)
    neo4j_graph.await_indexes()
    return neo4j_graph


def _write(graph: Neo4jGraph, width: int) -> None:
    vector = np.ones((1, width), np.float32)
    graph.write_slot(
        MOVIE, Slot.A, objects(["m"]), {"embedding": vector, "inputEmbedding": vector, "bias": vector[:, 0]}
    )


def _nearest(graph: Neo4jGraph, width: int) -> list[str]:
    statement = "CALL db.index.vector.queryNodes('Movie_embeddingA', 1, $vector) YIELD node RETURN node.movieId AS key"
    return [row["key"] for row in graph._read(statement, vector=[1.0] * width)]


def test_a_wrong_password_is_told_and_not_shown(neo4j_server: RunningNeo4j) -> None:
    with (
        connect(neo4j_server, password="hunter2hunter2") as graph,
        pytest.raises(InvalidInputError, match="refuses the user neo4j: check MARQUEE_GRAPH_USER") as refused,
    ):
        graph.prepare()

    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_away_is_told_in_time() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer there
        url = f"bolt://127.0.0.1:{taken.getsockname()[1]}"
        begun = time.monotonic()
        with (
            Neo4jGraph(url, user="neo4j", password="secret", timeout_seconds=2) as graph,
            pytest.raises(UnavailableError, match=f"Neo4j at {url} did not answer within 2 s"),
        ):
            graph.now()

    assert time.monotonic() - begun < 10


def test_a_server_that_takes_calls_and_does_not_answer_is_told_in_time() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"bolt://127.0.0.1:{mute.getsockname()[1]}"
        begun = time.monotonic()
        with (
            Neo4jGraph(url, user="neo4j", password="secret", timeout_seconds=2) as graph,
            pytest.raises(UnavailableError, match="did not answer"),
        ):
            graph.now()

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("url", ["mysql://127.0.0.1", "bolt://user:word@127.0.0.1", "bolt://127.0.0.1:port"])
def test_what_is_no_address_of_a_neo4j_is_refused(url: str) -> None:
    with (
        Neo4jGraph(url, user="neo4j", password="secret", timeout_seconds=1) as graph,
        pytest.raises(InvalidInputError, match="is no address of a Neo4j"),
    ):
        graph.now()


def test_a_call_that_takes_too_long_is_ended_and_told(neo4j_graph: Neo4jGraph, neo4j_server: RunningNeo4j) -> None:
    neo4j_graph.put_nodes(USER, {"userId": objects(["u"])})
    with connect(neo4j_server) as other, pytest.raises(UnavailableError, match=r"took longer than 4 s"):
        other._read("UNWIND range(1, 1000000000) AS a UNWIND range(1, 1000000000) AS b RETURN sum(a * b)")


def test_a_closed_graph_says_so_and_closes_again(neo4j_server: RunningNeo4j) -> None:
    graph = connect(neo4j_server)
    graph.now()
    graph.close()
    graph.close()

    with pytest.raises(UnavailableError, match="was closed"):
        graph.now()


def _bump(graph: Neo4jGraph, expected: int) -> None:
    assert graph.bump_revision() == expected
    graph.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_uses_a_driver_of_its_own(neo4j_graph: Neo4jGraph) -> None:
    first = neo4j_graph.bump_revision()
    child = multiprocessing.get_context("fork").Process(target=_bump, args=(neo4j_graph, first + 1))
    child.start()
    child.join(30)

    assert child.exitcode == 0
    assert neo4j_graph.bump_revision() == first + 2


def test_a_dropped_constraint_is_found_and_made_again(neo4j_graph: Neo4jGraph) -> None:
    assert neo4j_graph.check().problems == ()
    neo4j_graph._define("DROP CONSTRAINT User_userId")

    problems = neo4j_graph.check().problems
    neo4j_graph.prepare()

    assert problems == ("The uniqueness constraint on User.userId is missing.",)
    assert neo4j_graph.check().problems == ()


def test_several_prepare_at_once(neo4j_graph: Neo4jGraph, neo4j_server: RunningNeo4j) -> None:
    for name in ("User_userId", "Movie_movieId", "Job_jobId"):
        neo4j_graph._define(f"DROP CONSTRAINT {name}")

    def prepare(_number: int) -> None:
        with Neo4jGraph(
            neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password, timeout_seconds=30
        ) as graph:
            graph.prepare()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(prepare, range(4)))

    assert neo4j_graph.check().problems == ()


def test_a_graph_of_a_later_schema_is_refused(neo4j_graph: Neo4jGraph) -> None:
    neo4j_graph._run("MATCH (n:GraphState) SET n.schemaVersion = 99")

    with pytest.raises(InvalidInputError, match=f"schema 99, and this Marquee knows {SCHEMA_VERSION}"):
        neo4j_graph.prepare()

    assert len(neo4j_graph.check().problems) == 1


def test_a_slots_vector_index_answers_by_cosine(indexes: Neo4jGraph) -> None:
    assert _nearest(indexes, 4) == ["m"]
    assert indexes.check().problems == ()


def test_a_vector_index_of_another_width_is_made_anew(indexes: Neo4jGraph) -> None:
    _write(indexes, width=6)
    indexes.index_slot(MOVIE, Slot.A, 6)
    indexes.index_slot(MOVIE, Slot.A, 6)
    indexes.await_indexes()

    assert _nearest(indexes, 6) == ["m"]


def test_a_dropped_vector_index_is_found(indexes: Neo4jGraph) -> None:
    indexes._define("DROP INDEX Movie_embeddingA")

    assert indexes.check().problems == ("The vector index on Movie.embeddingA is missing.",)


def test_an_emptied_slot_needs_no_index(indexes: Neo4jGraph) -> None:
    indexes.clear_slot(MOVIE, Slot.A)

    assert indexes.check().problems == ()
    assert indexes._read("SHOW VECTOR INDEXES YIELD name") == []


def test_an_index_on_users_of_an_earlier_version_goes_with_the_slot(neo4j_graph: Neo4jGraph) -> None:
    neo4j_graph._define(
        "CREATE VECTOR INDEX User_embeddingA FOR (n:User) ON (n.embeddingA) "
        "OPTIONS {indexConfig: {`vector.dimensions`: 4, `vector.similarity_function`: 'cosine'}}"
    )

    neo4j_graph.clear_slot(USER, Slot.A)

    assert neo4j_graph._read("SHOW VECTOR INDEXES YIELD name") == []


def test_two_writers_of_the_same_ratings_leave_the_latest(neo4j_graph: Neo4jGraph, neo4j_server: RunningNeo4j) -> None:
    users, movies = objects([f"u{n}" for n in range(40)]), objects([f"m{n}" for n in range(50)])
    neo4j_graph.put_nodes(USER, {"userId": users})
    neo4j_graph.put_nodes(MOVIE, {"movieId": movies})
    sources, targets = np.repeat(users, 50), np.tile(movies, 40)

    def write(time_of_rating: int) -> None:
        with Neo4jGraph(
            neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password, timeout_seconds=60
        ) as graph:
            order = np.random.default_rng(time_of_rating).permutation(2_000)
            graph.put_edges(
                RATED,
                sources[order],
                targets[order],
                {"rating": np.full(2_000, time_of_rating / 2), "ratedAt": np.full(2_000, time_of_rating)},
            )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, (3, 8, 1, 5)))

    found = neo4j_graph.edges_from(RATED, "u7", ("rating", "ratedAt"))
    assert found is not None
    assert (set(found[1]["rating"]), set(found[1]["ratedAt"]), len(found[0])) == ({4.0}, {8}, 50)
    assert neo4j_graph.check().edges["RATED"] == 2_000


def test_a_vector_index_is_neither_made_nor_dropped_once_the_fence_does_not_hold(indexes: Neo4jGraph) -> None:
    fenced = indexes.fenced(Fence(JOB, "gone", {"state": "running"}))

    with pytest.raises(LeaseLostError):
        fenced.index_slot(MOVIE, Slot.B, 4)
    with pytest.raises(LeaseLostError):
        fenced.clear_slot(MOVIE, Slot.A)

    assert [row["name"] for row in indexes._read("SHOW VECTOR INDEXES YIELD name")] == ["Movie_embeddingA"]
