"""What filters leave of a catalogue, and what is said where they do not fit its fields."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from services.recommender.filters.expression import All, Any, Condition, Expression, Not, Operator
from services.recommender.filters.faults import FilterError
from services.recommender.filters.fields import Fields, FlagField, TextsField, field_of
from services.recommender.filters.masks import Masks
from services.recommender.filters.parse import parse
from shared.schema import MISSING_INT, PropertyType

YEARS = [1979, 1982, None, 2001]
STARS = [4.5, None, 3.0, 0.5]
LANGUAGES = ["en", "EN", None, "fr"]
GENRES: list[list[str]] = [["Sci-Fi", "Horror"], ["Sci-Fi"], [], ["Comedy", "Romance"]]
IS_SHORT = [True, False, False, True]


@pytest.fixture
def masks() -> Masks:
    pairs = [(row, name) for row, names in enumerate(GENRES) for name in names]
    rows, names = zip(*pairs, strict=True)
    years = np.array([MISSING_INT if year is None else year for year in YEARS])
    return Masks(
        Fields(
            {
                "genre": TextsField(len(YEARS), np.array(rows), np.arange(len(names)), names),
                "year": field_of(PropertyType.INT, years),
                "stars": field_of(PropertyType.FLOAT, np.array(STARS, np.float64)),
                "language": field_of(PropertyType.STRING, np.array(LANGUAGES, object)),
                "isShort": field_of(PropertyType.BOOL, np.array(IS_SHORT)),
            },
            {"genres": "genre"},
        )
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('genre = "sci-fi"', [0, 1]),
        ('genres = "HORROR"', [0]),
        ('genre != "sci-fi"', [2, 3]),
        ('genre in ["Horror", "Romance", "none such"]', [0, 3]),
        ('genre not in ["Horror", "Romance"]', [1, 2]),
        ('genre contains "o"', [0, 3]),
        ('genre contains ""', [0, 1, 3]),
        ("genre exists", [0, 1, 3]),
        ("year = 1982", [1]),
        ("year != 1982", [0, 2, 3]),
        ("year < 1982", [0]),
        ("year <= 1982", [0, 1]),
        ("year > 1982", [3]),
        ("year >= 1982", [1, 3]),
        ("year in 1979..1982", [0, 1]),
        ("year in [1979, 2001]", [0, 3]),
        ("not year >= 1982", [0, 2]),
        ("not year exists", [2]),
        ("year > -999999999999999999", [0, 1, 3]),
        ("stars >= 3", [0, 2]),
        ("stars < 4.5", [2, 3]),
        ("stars != 3", [0, 1, 3]),
        ('language = "en"', [0, 1]),
        ('language contains "R"', [3]),
        ("isShort = true", [0, 3]),
        ("isShort in [true, false]", [0, 1, 2, 3]),
        ('genre = "Horror" or (year > 2000 and not (language = "en"))', [0, 3]),
    ],
)
def test_a_filter_leaves_what_satisfies_it(masks: Masks, text: str, rows: list[int]) -> None:
    assert np.flatnonzero(masks.get(text)).tolist() == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'year > 1 and gener = "War"',
            (
                "Filter, character 14: there is no field `gener`. Did you mean `genre`? "
                "The fields are: genre, year, stars, language, isShort.\n"
                '  year > 1 and gener = "War"\n'
                "               ^"
            ),
        ),
        (
            "budget > 5",
            (
                "Filter, character 1: there is no field `budget`. "
                "The fields are: genre, year, stars, language, isShort.\n"
                "  budget > 5\n"
                "  ^"
            ),
        ),
        (
            'year in [1990, "1991"]',
            (
                "Filter, character 16: `year` is a number, so a number should stand here.\n"
                '  year in [1990, "1991"]\n'
                "                 ^"
            ),
        ),
        (
            "year = true",
            "Filter, character 8: `year` is a number, so a number should stand here.\n  year = true\n         ^",
        ),
        (
            'genre >= "War"',
            (
                "Filter, character 1: `genre` is a text, which >= does not fit. "
                "It takes =, != and in, contains, exists.\n"
                '  genre >= "War"\n'
                "  ^"
            ),
        ),
        (
            "language in 1..2",
            (
                "Filter, character 1: `language` is a text, which in a range does not fit. "
                "It takes =, != and in, contains, exists.\n"
                "  language in 1..2\n"
                "  ^"
            ),
        ),
        (
            'year contains "19"',
            (
                "Filter, character 1: `year` is a number, which contains does not fit. "
                "It takes =, != and in, <, <=, >, >=, in a range, exists.\n"
                '  year contains "19"\n'
                "  ^"
            ),
        ),
    ],
)
def test_what_does_not_fit_the_fields_is_told_with_its_place(masks: Masks, text: str, message: str) -> None:
    with pytest.raises(FilterError) as error:
        masks.get(text)

    assert str(error.value) == message


def test_a_mask_is_remembered_and_can_not_be_changed(masks: Masks) -> None:
    mask = masks.get("year > 1990")

    assert masks.get("year > 1990") is mask
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = True


def test_no_more_masks_than_set_are_remembered(masks: Masks) -> None:
    first = masks.get("year = 0")
    for year in range(1, 128):
        masks.get(f"year = {year}")
    assert masks.get("year = 0") is first

    masks.get("year = 128")

    assert masks.get("year = 0") is first
    assert len(masks._masks) == 128
    assert "year = 1" not in masks._masks


def test_an_empty_catalogue_has_an_empty_mask() -> None:
    nothing = np.empty(0, np.int64)
    masks = Masks(Fields({"genre": TextsField(0, nothing, nothing, []), "isShort": FlagField(np.empty(0, np.bool_))}))

    assert masks.get('not genre contains "a" or isShort = true').tolist() == []


# --- by brute force: random filters over random movies, each movie looked at alone ---

_LETTERS = "abc"
_COMPARED: dict[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: lambda a, b: a < b,
    Operator.AT_MOST: lambda a, b: a <= b,
    Operator.MORE: lambda a, b: a > b,
    Operator.AT_LEAST: lambda a, b: a >= b,
}


def holds(expression: Expression, movie: dict[str, Sequence[str] | float | None]) -> bool:
    match expression:
        case Not(part):
            return not holds(part, movie)
        case All(parts):
            return all(holds(part, movie) for part in parts)
        case Any(parts):
            return any(holds(part, movie) for part in parts)
        case Condition(field, operator, values):
            return _satisfies(movie[field], operator, [value.value for value in values])


def _satisfies(has: Sequence[str] | float | None, operator: Operator, values: Sequence[str | float]) -> bool:
    if has is None or operator is Operator.EXISTS:
        return bool(has) or isinstance(has, float | int)
    if isinstance(has, float | int):
        numbers = [float(value) for value in values]
        if operator is Operator.BETWEEN:
            return numbers[0] <= has <= numbers[1]
        return has in numbers if operator is Operator.ANY_OF else _COMPARED[operator](has, numbers[0])
    texts = [str(value).lower() for value in values]
    if operator is Operator.CONTAINS:
        return any(texts[0] in text.lower() for text in has)
    return any(text.lower() in texts for text in has)


def written(rng: random.Random, depth: int) -> str:
    """A random filter."""
    kind = rng.randrange(3 if depth else 1)
    if kind == 1:
        return f"not ({written(rng, depth - 1)})"
    if kind == 2:
        parts = [written(rng, depth - 1) for _ in range(rng.randint(2, 3))]
        return f"({rng.choice([' and ', ' or ']).join(parts)})"
    text = '"' + "".join(rng.choices(_LETTERS + _LETTERS.upper(), k=rng.randint(1, 2))) + '"'
    number = rng.randint(-2, 12)
    return rng.choice(
        [
            f"tag {rng.choice(['=', '!=', 'contains'])} {text}",
            f"tag {rng.choice(['in', 'not in'])} [{text}, 'b', 'ca']",
            f"{rng.choice(['tag', 'number'])} exists",
            f"number {rng.choice(['=', '!=', '<', '<=', '>', '>='])} {number}",
            f"number {rng.choice(['in', 'not in'])} [{number}, 3]",
            f"number {rng.choice(['in', 'not in'])} {number}..{number + 4}",
        ]
    )


@pytest.mark.parametrize("seed", range(6))
def test_random_filters_leave_what_looking_at_each_movie_alone_leaves(seed: int) -> None:
    rng = random.Random(seed)
    numbers = [rng.choice([None, rng.randint(0, 10)]) for _ in range(60)]
    tags = [["".join(rng.choices(_LETTERS, k=rng.randint(1, 2))) for _ in range(rng.randrange(3))] for _ in numbers]
    pairs = [(row, tag) for row, of_movie in enumerate(tags) for tag in of_movie]
    column = np.array([MISSING_INT if number is None else number for number in numbers])
    rows = np.array([row for row, _ in pairs], np.int64)
    tag_field = TextsField(60, rows, np.arange(len(pairs)), [tag for _, tag in pairs])
    masks = Masks(Fields({"tag": tag_field, "number": field_of(PropertyType.INT, column)}))

    for _ in range(40):
        text = written(rng, 3)
        expression = parse(text)
        expected = [
            holds(expression, {"tag": tag, "number": number}) for tag, number in zip(tags, numbers, strict=True)
        ]
        assert masks.get(text).tolist() == expected, text
