"""Filters read from their texts: what they mean, and what is said where they can't be read."""

import pytest

from services.recommender.filters.expression import All, Any, Condition, Expression, Literal, Not, Operator, Value
from services.recommender.filters.faults import FilterError
from services.recommender.filters.parse import MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, parse


def condition(at: int, field: str, operator: Operator, *values: tuple[Literal, int]) -> Condition:
    return Condition(field, operator, tuple(Value(*value) for value in values), at)


def test_and_binds_more_than_or_and_not_more_than_either() -> None:
    a, b, c = (condition(at, name, Operator.EXISTS) for at, name in ((0, "a"), (16, "b"), (29, "c")))

    assert parse("a exists or not b exists and c exists") == Any((a, All((Not(b), c))))


def test_brackets_come_first() -> None:
    a, b, c = (condition(at, name, Operator.EXISTS) for at, name in ((1, "a"), (13, "b"), (27, "c")))

    assert parse("(a exists or b exists) and c exists") == All((Any((a, b)), c))


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ('genre = "Sci-Fi"', condition(0, "genre", Operator.ANY_OF, ("Sci-Fi", 8))),
        ("genre != 'War'", Not(condition(0, "genre", Operator.ANY_OF, ("War", 9)))),
        ("tag in ['a', 'b']", condition(0, "tag", Operator.ANY_OF, ("a", 8), ("b", 13))),
        ("tag not in ['a']", Not(condition(0, "tag", Operator.ANY_OF, ("a", 12)))),
        ("year in 1990..1999", condition(0, "year", Operator.BETWEEN, (1990, 8), (1999, 14))),
        ("year not in 1990..1999", Not(condition(0, "year", Operator.BETWEEN, (1990, 12), (1999, 18)))),
        ("score >= -1.5", condition(0, "score", Operator.AT_LEAST, (-1.5, 9))),
        ("a < 1", condition(0, "a", Operator.LESS, (1, 4))),
        ("a <= 1", condition(0, "a", Operator.AT_MOST, (1, 5))),
        ("a > 1", condition(0, "a", Operator.MORE, (1, 4))),
        ("seen = TRUE", condition(0, "seen", Operator.ANY_OF, (True, 7))),
        ("title Contains 'the'", condition(0, "title", Operator.CONTAINS, ("the", 15))),
        (r'title = "say \"hi\" \\o/"', condition(0, "title", Operator.ANY_OF, ('say "hi" \\o/', 8))),
        ("android=1", condition(0, "android", Operator.ANY_OF, (1, 8))),
        ("\n year=1\t", condition(2, "year", Operator.ANY_OF, (1, 7))),
    ],
)
def test_conditions_are_read(text: str, expression: Expression) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "genre = Comedy and year >= 1990",
            (
                "Filter, character 9: a text in quotes, a number or `true` or `false` should stand here, not `Comedy`. "
                'A text stands in quotes: "Comedy".\n'
                "  genre = Comedy and year >= 1990\n"
                "          ^"
            ),
        ),
        (
            "year == 1990",
            (
                "Filter, character 7: a text in quotes, a number or `true` or `false` should stand here, not `=`. "
                "Equality is a single `=`.\n"
                "  year == 1990\n"
                "        ^"
            ),
        ),
        (
            "year => 1990",
            (
                "Filter, character 7: a text in quotes, a number or `true` or `false` should stand here, not `>`. "
                "It is written `>=`.\n"
                "  year => 1990\n"
                "        ^"
            ),
        ),
        (
            'genre = "War',
            (
                'Filter, character 9: a text in quotes, a number or `true` or `false` should stand here, not `"`. '
                'The quote " is not closed.\n'
                '  genre = "War\n'
                "          ^"
            ),
        ),
        (
            "year > 1990 and ",
            (
                "Filter, character 16: it ends too soon; a field, `not` or `(` should follow.\n"
                "  year > 1990 and \n"
                "                 ^"
            ),
        ),
        (
            "(year > 1990",
            ("Filter, character 13: it ends too soon; `)` should follow.\n  (year > 1990\n              ^"),
        ),
        (
            "year > 1990)",
            ("Filter, character 12: the end of the filter should stand here, not `)`.\n  year > 1990)\n             ^"),
        ),
        (
            "year > 1990\n& genre exists",
            (
                "Filter, character 13: `and`, `or`, `)`, `]` or `,` should stand here, not `&`. "
                "Conditions are joined by `and` and `or`.\n"
                "  & genre exists\n"
                "  ^"
            ),
        ),
        (
            'genre has "War"',
            (
                "Filter, character 7: = != < <= > >=, `in`, `contains`, `exists` or `not` should stand here, "
                "not `has`.\n"
                '  genre has "War"\n'
                "        ^"
            ),
        ),
        (
            "year = 1234567890123456789",
            (
                "Filter, character 26: `and`, `or` or the end of the filter should stand here, not `9`. "
                "A number has at most 18 digits before the point.\n"
                "  year = 1234567890123456789\n"
                "                           ^"
            ),
        ),
        (
            f"{'x' * 100} = ! {'y' * 100}",
            (
                "Filter, character 104: a text in quotes, a number or `true` or `false` should stand here, not `!`.\n"
                f"  …{'x' * 37} = ! {'y' * 30}…\n"
                f"   {' ' * 40}^"
            ),
        ),
        (" ", "Filter: it is empty. Leave it out to get all movies."),
        ("x" * (MAX_CHARACTERS + 1), "Filter: it has 2,001 characters; at most 2,000 are read."),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(FilterError) as error:
        parse(text)

    assert str(error.value) == message


@pytest.mark.parametrize(
    "nested", ["not " * (MAX_DEPTH + 1) + "a = 1", "(" * (MAX_DEPTH + 1) + "a = 1" + ")" * (MAX_DEPTH + 1)]
)
def test_what_is_nested_too_deeply_is_refused_at_the_place(nested: str) -> None:
    with pytest.raises(FilterError, match="nested more than 16 deep") as error:
        parse(nested)

    assert error.value.position == MAX_DEPTH * (4 if "not" in nested else 1) + 1
    assert parse(nested.replace("not ", "", 1).replace("(", "", 1).replace(")", "", 1))


def test_brackets_beside_one_another_and_in_texts_are_not_nested() -> None:
    assert parse(" and ".join(["(a = 1)"] * 30))
    assert parse(f'a = "{"(" * 50}" or not a not in [1]')


def test_too_many_terms_are_refused() -> None:
    assert parse(f"a in [{', '.join(['1'] * (MAX_TERMS - 1))}]")
    with pytest.raises(FilterError, match="more than 100 fields and values"):
        parse(f"a in [{', '.join(['1'] * MAX_TERMS)}]")
