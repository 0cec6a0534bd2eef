"""Searches by title: what is found, and in which order."""

import numpy as np
import pytest

from services.recommender.movies.search import TitleIndex, fold

TITLES = [
    "The Matrix Reloaded",
    "Matrix, The",
    "Amélie",
    "Alien",
    "Aliens",
    "My Stepmother Is an Alien",
    None,
    "Balien",
]


def found(query: str) -> list[str | None]:
    index = TitleIndex(TITLES, np.array([4, 0, 1, 2, 3, 5, 6, 7]))  # Aliens is the most popular
    return [TITLES[row] for row in index.find(query)]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Amélie", "amelie"),
        ("  WALL·E  (2008)", "wall e 2008"),
        ("Der Fußball", "der fussball"),
        ("Æon Flux™", "aeon fluxtm"),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
        ("Schindler's Ocean\u2019s Don\u02bct", "schindlers oceans dont"),
        ("Søn Łódź œuvre Þór", "son lodz oeuvre thor"),
        ("snake_case", "snake case"),
        ("…!?", ""),
    ],
)
def test_accents_case_and_punctuation_make_no_difference(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_whole_title_comes_first_then_its_beginning_then_a_word_then_a_part() -> None:
    assert found("alien") == ["Alien", "Aliens", "My Stepmother Is an Alien", "Balien"]


def test_a_query_finds_the_same_again_after_many_others() -> None:
    index = TitleIndex(TITLES, np.arange(len(TITLES)))
    first = index.find("alien").tolist()

    assert index.find("Alien!").tolist() == first
    assert [index.find(f"matrix {number}").tolist() for number in range(200)] == [[]] * 200
    assert index.find("alien").tolist() == first


def test_words_are_found_in_any_order_and_by_their_beginning() -> None:
    assert found("matr the") == ["The Matrix Reloaded", "Matrix, The"]
    assert found("the matrix") == ["The Matrix Reloaded", "Matrix, The"]
    assert found("AMELIE") == ["Amélie"]


def test_every_word_must_be_there() -> None:
    assert found("matrix alien") == []


def test_of_equal_matches_the_more_popular_comes_first() -> None:
    assert found("ali")[:2] == ["Aliens", "Alien"]


def test_a_query_without_a_letter_finds_nothing() -> None:
    assert found("?!") == []


MARKED = {
    "schindlers list": "Schindler's List",
    "walle": "WALL·E",
    "spiderman": "Spider-Man",
    "spiderman home": "Spider-Man: Far from Home",
    "oceans eleven": "Ocean\u2019s Eleven",
    "dont look now": "Don't Look Now",
    "mash": "M*A*S*H (a.k.a. MASH)",
    "la confidential": "L.A. Confidential",
    "et": "E.T. the Extra-Terrestrial",
    "son": "Søn",
    "lodz": "Łódź",
    "aeon": "Æon Flux",
    "star wars": "StarWars",
}


@pytest.mark.parametrize(("query", "title"), MARKED.items())
def test_titles_are_found_as_people_type_them(query: str, title: str) -> None:
    """Each comes first, though others that hold the query somewhere are more popular."""
    titles = ["Sunset in Etna, a Mashed Sonata", "The Roman Ugly", *MARKED.values()]
    index = TitleIndex(titles, np.arange(len(titles)))

    assert titles[index.find(query)[0]] == title


def test_a_word_is_not_found_across_words_from_within_one() -> None:
    assert TitleIndex(["Roman Ugly"], np.array([0])).find("manug").tolist() == []


def test_a_title_that_begins_with_the_whole_word_comes_before_one_that_begins_with_a_longer_word() -> None:
    titles = ["Aliens", "Alien: Resurrection"]

    assert TitleIndex(titles, np.array([0, 1])).find("alien").tolist() == [1, 0]


MISTYPED = {
    "godfathr": "Godfather, The",
    "the godfahter": "Godfather, The",
    "shawshenk": "Shawshank Redemption, The",
    "shawhs": "Shawshank Redemption, The",  # still being typed
    "amelie": "Amélie",
    "ameile": "Amélie",
    "2001 space odissey": "2001: A Space Odyssey",
    "schindlers lsit": "Schindler's List",
    "termnator": "Terminator, The",
}


@pytest.mark.parametrize(("query", "title"), MISTYPED.items())
def test_titles_are_found_though_they_are_mistyped(query: str, title: str) -> None:
    """Each comes first, though another is more popular."""
    titles = ["Gods and Monsters", "Space Cowboys", "Shaft", "List, The", *dict.fromkeys(MISTYPED.values())]
    index = TitleIndex(titles, np.arange(len(titles)))

    assert titles[index.find(query)[0]] == title


@pytest.mark.parametrize("query", ["xylophonist", "wra", "godfather zzzz"])
def test_what_is_too_far_from_every_title_finds_nothing(query: str) -> None:
    titles = ["War", "Godfather, The"]

    assert TitleIndex(titles, np.arange(2)).find(query).tolist() == []


def test_fewer_errors_come_first_and_what_is_spelt_right_before_all() -> None:
    titles = ["Terminer", "Terminator", "Terminater"]

    rows = TitleIndex(titles, np.arange(3)).find("terminater")

    assert [titles[row] for row in rows] == ["Terminater", "Terminator", "Terminer"]


def test_a_mistyped_title_is_found_among_62_000() -> None:
    random = np.random.default_rng(7)
    letters = np.array(list("aeiouaeiourstlnmdcpbgh"))
    vocabulary = ["".join(random.choice(letters, length)) for length in random.integers(3, 12, 30_000)]
    words = random.choice(30_000, (62_000, 3), p=(weights := 1 / np.arange(1, 30_001)) / weights.sum())
    titles = [" ".join(vocabulary[word] for word in row) for row in words.tolist()] + ["A Space Odyssey"]
    index = TitleIndex(titles, np.arange(len(titles)))

    assert titles[index.find("space odissey")[0]] == "A Space Odyssey"
