"""A filter as it was read: conditions on fields, and how they are put together."""

from dataclasses import dataclass
from enum import StrEnum

Literal = str | int | float | bool


class Operator(StrEnum):
    """What a condition asks of a field."""

    ANY_OF = "any of"  # equals one of the values; of a field with several texts, one of them does
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    BETWEEN = "between"  # two values, both included
    CONTAINS = "contains"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and the character of the filter at which it begins."""

    value: Literal
    at: int


@dataclass(frozen=True, slots=True)
class Condition:
    """One field and what it is asked for; `at` is the character at which it begins."""

    field: str
    operator: Operator
    values: tuple[Value, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """What does not satisfy `part`."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class All:
    """What satisfies every one of `parts`."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """What satisfies one of `parts` at least."""

    parts: "tuple[Expression, ...]"


Expression = Condition | Not | All | Any
