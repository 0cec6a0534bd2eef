import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict

from services.ingest.sample.films import GENRES, Film, films_csv, read_films
from shared.ids import check_id


def test_there_are_about_three_hundred_films_each_with_its_own_id() -> None:
    films = read_films()

    assert 290 <= len(films) <= 310
    assert len({film.movie_id for film in films}) == len(films)
    assert len({(film.title, film.year) for film in films}) == len(films)


def test_a_film_reads_back_as_it_is_known() -> None:
    by_id = {film.movie_id: film for film in read_films()}

    assert by_id["the-godfather-1972"] == Film(
        movie_id="the-godfather-1972",
        title="The Godfather",
        year=1972,
        genres=("Crime", "Drama"),
        directors=("Francis Ford Coppola",),
        actors=("Marlon Brando", "Al Pacino", "James Caan", "Robert Duvall"),
    )
    assert by_id["amelie-2001"].title == "Amélie"
    assert by_id["crouching-tiger-hidden-dragon-2000"].title == "Crouching Tiger, Hidden Dragon"
    assert by_id["shoah-1985"].actors == ()


def test_an_id_is_a_slug_that_ends_with_the_year_and_that_the_graph_takes() -> None:
    for film in read_films():
        assert re.fullmatch(rf"[a-z0-9]+(-[a-z0-9]+)*-{film.year}", film.movie_id), film
        assert check_id(film.movie_id) == film.movie_id


def test_every_film_has_a_year_known_genres_and_a_director_and_at_most_four_actors() -> None:
    for film in read_films():
        assert 1920 <= film.year <= 2025, film
        assert film.genres, film
        assert list(film.genres) == sorted(set(film.genres) & set(GENRES)), film
        assert film.directors, film
        assert len(film.actors) <= 4, film
        assert len(set(film.directors)) == len(film.directors), film
        assert len(set(film.actors)) == len(film.actors), film


def test_only_documentaries_and_animation_go_without_actors() -> None:
    for film in read_films():
        assert film.actors or {"Documentary", "Animation"} & set(film.genres), film


def test_all_decades_from_the_1920s_and_all_genres_occur() -> None:
    films = read_films()

    decades = Counter(film.year // 10 * 10 for film in films)
    assert sorted(decades) == list(range(1920, 2030, 10))
    assert min(decades.values()) >= 10
    assert {genre for film in films for genre in film.genres} == set(GENRES)


def test_no_person_is_spelled_two_ways_that_differ_only_in_case_marks_or_punctuation() -> None:
    spellings = defaultdict(set)
    for film in read_films():
        for person in film.people:
            spellings[_plain(person)].add(person)

    assert [found for found in spellings.values() if len(found) > 1] == []


def test_all_text_is_composed_trimmed_and_without_empty_parts() -> None:
    text = films_csv()

    assert text == unicodedata.normalize("NFC", text)
    for row in csv.DictReader(io.StringIO(text)):
        for field in row.values():
            parts = field.split("|")
            assert parts == [" ".join(part.split()) for part in parts], row
            assert len(parts) == 1 or all(parts), row


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if letter.isalnum()).casefold()
