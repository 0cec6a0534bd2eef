"""Reads a filter by its grammar, within bounds, and says where and why where it can't."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Final

from lark import Lark, Token, Transformer, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from services.recommender.filters.expression import All, Any, Condition, Expression, Not, Operator, Value
from services.recommender.filters.faults import FilterError

MAX_CHARACTERS: Final = 2_000
MAX_TERMS: Final = 100  # fields and values together
MAX_DEPTH: Final = 16  # of brackets and `not` in one another
_GRAMMAR: Final = Path(__file__).with_name("filter.lark")
_OPERATORS: Final = {
    "=": Operator.ANY_OF,
    "!=": Operator.ANY_OF,
    "<": Operator.LESS,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE,
    ">=": Operator.AT_LEAST,
}
_WORDS: Final[Mapping[str, str]] = {
    "FIELD": "a field",
    "COMPARISON": "= != < <= > >=",
    "_IN": "`in`",
    "_CONTAINS": "`contains`",
    "_EXISTS": "`exists`",
    "_NOT": "`not`",
    "_AND": "`and`",
    "_OR": "`or`",
    "TEXT": "a text in quotes",
    "NUMBER": "a number",
    "TRUTH": "`true` or `false`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "RANGE": "`..`",
    "$END": "the end of the filter",
}
"""What a terminal of the grammar is called, in the order in which they are told."""
_VALUES: Final = frozenset({"TEXT", "NUMBER", "TRUTH"})
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_SHOWN: Final = 24


def parse(text: str) -> Expression:
    """The expression that a text stands for.

    Raises:
        FilterError: it stands for none, or is out of bounds.

    >>> parse("year >= 1990")
    Condition(field='year', operator=<Operator.AT_LEAST: '>='>, values=(Value(value=1990, at=8),), at=0)
    """
    if len(text) > MAX_CHARACTERS:
        raise FilterError(f"it has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.", text)
    if not text.strip():
        raise FilterError("it is empty. Leave it out to get all movies.", text)
    _check_depth(text)
    try:
        tree = _parser().parse(text)
    except UnexpectedToken as error:
        at = len(text.rstrip()) if error.token.type == "$END" else int(error.token.start_pos or 0)
        raise FilterError(_expected(error.accepts or error.expected, text, at), text, at) from None
    except UnexpectedCharacters as error:
        at = int(error.pos_in_stream or 0)
        raise FilterError(_expected(error.allowed or set(), text, at), text, at) from None
    return _built(tree, text)


def _built(tree: Tree[Token], text: str) -> Expression:
    try:
        expression: Expression = _Builder(text).transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    return expression


@cache
def _parser() -> Lark:
    """Made once, from the grammar: 10 ms."""
    return Lark(_GRAMMAR.read_text(encoding="utf-8"), parser="lalr", maybe_placeholders=False)


def _check_depth(text: str) -> None:
    """Before the parser, so that no tree is ever deeper: nested brackets and `not`s are counted from the tokens."""
    depth = nots = 0
    open_at: list[int] = []
    for found in re.finditer(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[()]|\w+""", text):
        word = found.group()
        if word == ")":
            depth = open_at.pop() if open_at else 0
            nots = 0
        elif word == "(":
            open_at.append(depth)
            depth += 1 + nots
            nots = 0
        elif word.lower() == "not":
            nots += 1
        elif word.lower() != "in":
            nots = 0
        if depth + nots > MAX_DEPTH:
            raise FilterError(f"brackets and `not` are nested more than {MAX_DEPTH} deep.", text, found.start())


def _expected(terminals: AbstractSet[str], text: str, at: int) -> str:
    """What stands at `at` instead of what could."""
    names = [word for terminal, word in _WORDS.items() if terminal in terminals]
    could = ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1] if names else "nothing"
    if at >= len(text.rstrip()):
        return f"it ends too soon; {could} should follow."
    return f"{could} should stand here, not {_shown(text, at)}.{_hint(terminals, text, at)}"


def _shown(text: str, at: int) -> str:
    found = re.compile(r"\w+|[^\w\s]+").match(text, at)
    word = found.group() if found else text[at]
    return f"`{word[:_LONGEST_SHOWN]}{'…' if len(word) > _LONGEST_SHOWN else ''}`"


def _hint(terminals: AbstractSet[str], text: str, at: int) -> str:
    """What was probably meant, if that can be guessed."""
    before, here = text[at - 1 : at], text[at]
    word = re.match(r"\w+", text[at:])
    guesses = (
        (here in "\"'" and "TEXT" in terminals, f"The quote {here} is not closed."),
        (before == "=" and here in "<>", f"It is written `{here}=`."),
        (before == "=" and here == "=", "Equality is a single `=`."),
        (before.isdigit() and here.isdigit(), "A number has at most 18 digits before the point."),
        (here in "&|", "Conditions are joined by `and` and `or`."),
        (word and terminals >= _VALUES, f'A text stands in quotes: "{word.group()[:_LONGEST_SHOWN] if word else ""}".'),
    )
    return next((f" {guess}" for holds, guess in guesses if holds), "")


class _Builder(Transformer[Token, Expression]):
    """Makes the expression, rule by rule; its methods are named like the rules of the grammar."""

    def __init__(self, text: str) -> None:
        super().__init__(visit_tokens=False)
        self._text, self._terms = text, 0

    def either(self, parts: list[Expression]) -> Expression:
        return Any(tuple(parts))

    def both(self, parts: list[Expression]) -> Expression:
        return All(tuple(parts))

    def negation(self, parts: list[Expression]) -> Expression:
        return Not(parts[0])

    def comparison(self, tokens: list[Token]) -> Expression:
        field, comparison, value = tokens
        condition = self._condition(field, _OPERATORS[comparison], [value])
        return Not(condition) if comparison == "!=" else condition

    def among(self, tokens: list[Token]) -> Expression:
        field, *values = tokens
        if len(values) > 1 and values[1].type == "RANGE":
            return self._condition(field, Operator.BETWEEN, [values[0], values[2]])
        return self._condition(field, Operator.ANY_OF, values)

    def not_among(self, tokens: list[Token]) -> Expression:
        return Not(self.among(tokens))

    def containing(self, tokens: list[Token]) -> Expression:
        return self._condition(tokens[0], Operator.CONTAINS, tokens[1:])

    def existing(self, tokens: list[Token]) -> Expression:
        return self._condition(tokens[0], Operator.EXISTS, [])

    def _condition(self, field: Token, operator: Operator, values: list[Token]) -> Condition:
        self._terms += 1 + len(values)
        at = int(field.start_pos or 0)
        if self._terms > MAX_TERMS:
            raise FilterError(f"it has more than {MAX_TERMS} fields and values.", self._text, at)
        return Condition(str(field), operator, tuple(map(_value, values)), at)


def _value(token: Token) -> Value:
    at = int(token.start_pos or 0)
    if token.type == "TEXT":
        return Value(_ESCAPED.sub(r"\1", token[1:-1]), at)
    if token.type == "TRUTH":
        return Value(token.lower() == "true", at)
    return Value(float(token) if "." in token else int(token), at)
