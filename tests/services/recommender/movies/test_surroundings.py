"""What connects a movie with others, and what the catalogue holds, told by hand from the graph of these tests."""

import httpx


def test_a_movie_is_connected_by_what_another_has_too(rest: httpx.Client) -> None:
    """Horror and its actors are Alien's alone, so they connect it with nothing."""
    answer = rest.get("/v1/movies/a/connections").json()

    others = [{"movieId": "b", "title": "Blade Runner", "year": 1982, "genres": ["Sci-Fi"]}]
    assert answer == {
        "movieId": "a",
        "items": [
            {"way": "director", "name": "Ridley Scott", "movies": 2, "others": others},
            {"way": "genre", "name": "Sci-Fi", "movies": 2, "others": others},
        ],
    }


def test_a_movie_that_shares_nothing_has_no_connections(rest: httpx.Client) -> None:
    assert rest.get("/v1/movies/e/connections").json()["items"] == []


def test_others_can_be_left_out(rest: httpx.Client) -> None:
    items = rest.get("/v1/movies/a/connections", params={"others": 0}).json()["items"]

    assert [item["others"] for item in items] == [[], []]


def test_an_unknown_movie_has_no_surroundings(rest: httpx.Client) -> None:
    assert rest.get("/v1/movies/nothing/connections").status_code == 404


def test_the_catalogue_tells_its_genres_and_years(rest: httpx.Client) -> None:
    assert rest.get("/v1/catalogue").json() == {
        "movies": 6,
        "firstYear": 1942,
        "lastYear": 2001,
        "genres": [{"name": "Sci-Fi", "movies": 2}],
    }
