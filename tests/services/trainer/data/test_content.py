"""What describes movies and users, from a graph into arrays."""

import numpy as np
import pytest

from services.trainer.data.content import Relation, chosen, fingerprint, read_content, read_traits
from shared.errors import InvalidInputError
from shared.graph import Graph
from shared.schema import USER

GENRES = Relation("IN_GENRE", np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 3]), 3)


def test_users_have_gender_age_and_occupation_where_they_are_known(sqlite_graph: Graph) -> None:
    columns = {
        "userId": np.array(["a", "b", "c", "new"], object),
        "gender": np.array(["F", "M", None, "F"], object),
        "age": np.array([17, 24, 21, 60]),
    }
    sqlite_graph.put_nodes(USER, columns)

    gender, age = read_traits(sqlite_graph, np.array(["b", "a", "c"], object))  # nobody's occupation is known

    assert (gender.name, gender.of, gender.n_nodes) == ("gender", "user", 2)
    assert dict(zip(gender.described.tolist(), gender.nodes.tolist(), strict=True)) == {0: 1, 1: 0}
    assert (age.name, age.n_nodes) == ("age", 2)  # under 18, and 18 to 24
    assert dict(zip(age.described.tolist(), age.nodes.tolist(), strict=True)) == {0: 1, 1: 0, 2: 1}


def test_a_graph_without_traits_has_none(rated_graph: Graph) -> None:
    assert read_traits(rated_graph, np.array(["u000", "u001"], object)) == []


def test_relations_are_chosen_by_name_without_nodes_of_a_single_edge() -> None:
    cast = Relation("ACTED_IN", np.array([0, 0]), np.array([0, 1]), 1)
    crew = Relation("DIRECTED", np.array([0, 0]), np.array([2, 3]), 1)

    (genres,) = chosen([GENRES, cast, crew], ["genre"])

    assert genres.nodes.tolist() == [0, 0, 1, 1]  # the second of three described one movie
    assert genres.described.tolist() == [0, 1, 2, 3]
    assert [relation.name for relation in chosen([GENRES, cast, crew], ["person"])] == ["ACTED_IN", "DIRECTED"]
    assert chosen([GENRES], []) == []


def test_a_name_that_nothing_answers_to_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(InvalidInputError, match=r"holds no occupation .* it holds: genre"):
        chosen([GENRES], ["genre", "occupation"])


def test_another_edge_is_another_fingerprint(rated_graph: Graph) -> None:
    keys = np.array([f"m{row:03}" for row in range(60)], object)
    first, same = (fingerprint(read_content(rated_graph, keys)) for _ in range(2))

    assert first == same
    assert fingerprint([GENRES]) != fingerprint([Relation("IN_GENRE", GENRES.nodes, GENRES.described[::-1].copy(), 3)])
