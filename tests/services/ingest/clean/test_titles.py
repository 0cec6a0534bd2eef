import pytest

from services.ingest.clean.titles import split_title


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("Heat (1995)", "Heat", 1995),
        ("Babylon 5", "Babylon 5", None),
        ("Superman/Doomsday (2007) ", "Superman/Doomsday", 2007),
        ("Death Note: Desu nôto (2006\u20132007)", "Death Note: Desu nôto", 2006),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007),
        ("2012 (2009)", "2012", 2009),
        ("1984 (Nineteen Eighty-Four) (1984)", "1984 (Nineteen Eighty-Four)", 1984),
        ("(1995)", "(1995)", None),
        ("Foo (0000)", "Foo (0000)", None),
        ("Land Before Time III (1995) (V)", "Land Before Time III", 1995),
    ],
)
def test_the_year_is_taken_out_of_the_title(text: str, title: str, year: int | None) -> None:
    assert split_title(text) == (title, year)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Matrix, The (1999)", "The Matrix"),
        ("Beautiful Mind, A (2001)", "A Beautiful Mind"),
        ("Misérables, Les (1995)", "Les Misérables"),
        ("Postman, The (Postino, Il) (1994)", "The Postman (Il Postino)"),
        ("Lover, The (Amant, L') (1992)", "The Lover (L'Amant)"),
        ("Avventura, L' (a.k.a. Adventure, The) (1960)", "L'Avventura (a.k.a. The Adventure)"),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly"),
        ("Girl, Interrupted (1999)", "Girl, Interrupted"),
        ("Paris, Texas (1984)", "Paris, Texas"),
        ("Legend, The (Legend of Fong Sai-Yuk, The) (1993)", "The Legend (The Legend of Fong Sai-Yuk)"),
    ],
)
def test_an_article_after_a_comma_comes_to_the_front(text: str, title: str) -> None:
    assert split_title(text)[0] == title


def test_a_hostile_title_is_read_in_a_moment() -> None:
    text = "(" * 50_000 + " " * 50_000 + ", " * 50_000

    assert split_title(text)[1] is None
