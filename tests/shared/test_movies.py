"""Movies changed in one transaction, on both stores."""

import pytest

from shared.describing import Credit
from shared.errors import ConflictError, FaultyItemsError, InvalidInputError, NotFoundError
from shared.graph import Graph
from shared.movies import MovieChange, Tag, delete_movie, put_movies, read_movie
from shared.own_properties import OwnType, declare, read_declared, undeclare
from shared.schema import ACTED_IN, MOVIE, PERSON

HEAT = MovieChange(
    "1",
    scalars={"title": "Heat", "year": 1995, "imdbId": "tt0113277", "tmdbId": None},
    genres=["Crime", "Action"],
    tags=[Tag("heist", 3), Tag("LA")],
    directors=[Credit.of_name("Michael Mann")],
    actors=[Credit("2", "Al Pacino"), Credit("1", "Robert De Niro")],
    properties={"studio": "Warner", "oscars": 0},
    keeps_properties=False,
)


@pytest.fixture
def declared(graph: Graph) -> Graph:
    declare(graph, "studio", OwnType.STRING)
    declare(graph, "oscars", OwnType.INT)
    return graph


def test_a_movie_comes_out_as_it_went_in_and_every_reader_is_told(declared: Graph) -> None:
    before = declared.read_revision()

    assert put_movies(declared, [HEAT], creates=True) == [True]

    found = read_movie(declared, "1")
    assert {name: value for name, value in found.scalars.items() if value} == {
        "title": "Heat",
        "year": 1995,
        "imdbId": "tt0113277",
    }
    assert (found.genres, found.tags) == (["Action", "Crime"], [Tag("LA"), Tag("heist", 3)])
    assert [person.name for person in (*found.directors, *found.actors)] == [
        "Michael Mann",
        "Al Pacino",
        "Robert De Niro",
    ]
    assert found.properties == {"studio": "Warner", "oscars": 0}
    assert declared.read_revision() == before + 1
    assert put_movies(declared, [HEAT], creates=True) == [False]


def test_a_change_touches_only_what_it_names(declared: Graph) -> None:
    put_movies(declared, [HEAT], creates=True)

    change = MovieChange("1", {"year": None}, tags=[], properties={"oscars": None, "studio": "WB"})
    put_movies(declared, [change], creates=False)

    found = read_movie(declared, "1")
    assert (found.scalars["title"], found.scalars["year"]) == ("Heat", None)
    assert (found.genres, found.tags) == (["Action", "Crime"], [])
    assert found.properties == {"studio": "WB"}
    assert len(found.actors) == 2


def test_a_faulty_item_keeps_the_whole_batch_out(declared: Graph) -> None:
    before = declared.read_revision()
    other = MovieChange("2", {"title": "Ran"}, properties={"oscars": "one", "colour": True})

    with pytest.raises(FaultyItemsError) as raised:
        put_movies(declared, [HEAT, other], creates=True)

    assert [place for place, _ in raised.value.faults] == [1, 1]
    assert "'oscars' holds a whole number" in str(raised.value)
    assert "no property 'colour'" in str(raised.value)
    assert len(declared.read_nodes(MOVIE)) == 0
    assert declared.read_revision() == before


def test_a_movie_twice_in_a_batch_or_one_to_change_that_is_not_there_is_named(declared: Graph) -> None:
    with pytest.raises(FaultyItemsError, match="movie 1: '1' stands at 0, too"):
        put_movies(declared, [HEAT, HEAT], creates=True)
    with pytest.raises(FaultyItemsError, match="movie 0: there is no movie '1'"):
        put_movies(declared, [HEAT], creates=False)


def test_a_deleted_movie_leaves_no_relationship(declared: Graph) -> None:
    put_movies(declared, [HEAT], creates=True)

    delete_movie(declared, "1")

    with pytest.raises(NotFoundError):
        read_movie(declared, "1")
    with pytest.raises(NotFoundError):
        delete_movie(declared, "1")
    assert declared.check().edges["ACTED_IN"] == 0
    assert declared.check().problems == ()
    people = declared.read_nodes(PERSON)
    assert [len(batch) for batch in declared.read_edges(ACTED_IN, people, declared.read_nodes(MOVIE))] == [0]


def test_a_declaration_stays_while_it_is_used_unless_its_values_go_too(declared: Graph) -> None:
    put_movies(declared, [HEAT], creates=True)

    with pytest.raises(ConflictError, match="is declared as int"):
        declare(declared, "oscars", OwnType.FLOAT)
    with pytest.raises(ConflictError, match="1 movies have the property"):
        undeclare(declared, "studio", with_values=False)
    assert set(read_declared(declared)) == {"studio", "oscars"}

    undeclare(declared, "studio", with_values=True)

    assert read_movie(declared, "1").properties == {"oscars": 0}
    assert set(read_declared(declared)) == {"oscars"}
    with pytest.raises(NotFoundError):
        undeclare(declared, "studio", with_values=True)


@pytest.mark.parametrize("name", ["year", "Genre", "1st", "a b", "", "x" * 65, "not"])
def test_a_name_that_means_something_else_is_no_property(sqlite_graph: Graph, name: str) -> None:
    with pytest.raises(InvalidInputError):
        declare(sqlite_graph, name, OwnType.STRING)
