"""What is found in spite of typing errors."""

import numpy as np
import pytest

from services.recommender.search import TitleIndex
from services.recommender.spelling import Vocabulary, errors

TITLES = [
    "The Godfather", "The Shawshank Redemption", "Amélie", "2001: A Space Odyssey", "Star Wars", "Alien", "Aliens",
    "Heat", "Casablanca", "The Good, the Bad and the Ugly",
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> TitleIndex:
    return TitleIndex(TITLES, np.arange(len(TITLES)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("godfathr", "The Godfather"),
        ("godfahter", "The Godfather"),
        ("shawshenk", "The Shawshank Redemption"),
        ("amelei", "Amélie"),
        ("2001 space odissey", "2001: A Space Odyssey"),
        ("satr wars", "Star Wars"),
        ("cassablanca", "Casablanca"),
    ],
)
def test_a_title_is_found_in_spite_of_errors(index: TitleIndex, typed: str, meant: str) -> None:
    assert TITLES[index.find(typed)[0]] == meant


def test_what_is_found_as_it_was_typed_comes_first(index: TitleIndex) -> None:
    assert [TITLES[row] for row in index.find("aliens")][:1] == ["Aliens"]
    assert [TITLES[row] for row in index.find("alien")][:2] == ["Alien", "Aliens"]


def test_what_is_like_nothing_finds_nothing(index: TitleIndex) -> None:
    assert index.find("zzzzqqqq").tolist() == []
    assert index.find("het").tolist() == [], "three letters are taken as they stand"


def test_errors_are_counted_up_to_a_bound() -> None:
    assert errors("kitten", "sitting", 3) == 3
    assert errors("kitten", "sitting", 2) == 3, "more than two"
    assert errors("ab", "ba", 1) == 1, "two swapped letters are one error"


def test_a_vocabulary_of_nothing_has_nothing_near() -> None:
    assert Vocabulary([]).near("word", 3) == []
