"""What movies can be asked for: fields with types, each a column over the catalogue's rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar, Final, TypeVar

import numpy as np
import numpy.typing as npt

from services.recommender.filters.expression import Condition, Literal, Operator
from services.recommender.filters.faults import FilterError
from services.recommender.filters.vocabulary import encode
from shared.graph.columns import is_missing
from shared.graph.port import Array
from shared.ids import Rows
from shared.schema import PropertyType

Mask = npt.NDArray[np.bool_]
T = TypeVar("T")

_ORDER: Final = {
    Operator.LESS: np.less,
    Operator.AT_MOST: np.less_equal,
    Operator.MORE: np.greater,
    Operator.AT_LEAST: np.greater_equal,
}


class Field(ABC):
    """A column that conditions are put to. What a movie does not have satisfies no condition.

    Attributes:
        is_a: what it holds, for messages.
        operators: what it can be asked.
        value_types: of the values that it is compared with, and what they are called.
    """

    is_a: ClassVar[str]
    operators: ClassVar[frozenset[Operator]]
    value_types: ClassVar[tuple[tuple[type, ...], str]]

    @abstractmethod
    def mask(self, operator: Operator, values: Sequence[Literal]) -> Mask:
        """Which rows satisfy a condition whose operator and values fit this field: bool[n]."""


class NumberField(Field):
    """Numbers, int64[n] or float64[n]; `is_there` says where there is one, bool[n]."""

    is_a = "a number"
    operators = frozenset({*_ORDER, Operator.ANY_OF, Operator.BETWEEN, Operator.EXISTS})
    value_types = ((int, float), "a number")

    def __init__(self, values: Array, is_there: Mask) -> None:
        self._values, self._is_there = values, is_there

    def mask(self, operator: Operator, values: Sequence[Literal]) -> Mask:
        """See `Field.mask`."""
        if operator is Operator.EXISTS:
            return self._is_there
        if operator is Operator.BETWEEN:
            least, most = values
            within: Mask = (self._values >= least) & (self._values <= most)
            return self._is_there & within
        if operator is Operator.ANY_OF:
            equal: Mask = np.logical_or.reduce([self._values == value for value in values])
            return self._is_there & equal
        ordered: Mask = _ORDER[operator](self._values, values[0])
        return self._is_there & ordered


class FlagField(Field):
    """Truths, bool[n]; a missing one is false."""

    is_a = "true or false"
    operators = frozenset({Operator.ANY_OF})
    value_types = ((bool,), "`true` or `false`")

    def __init__(self, values: Mask) -> None:
        self._values = values

    def mask(self, operator: Operator, values: Sequence[Literal]) -> Mask:  # noqa: ARG002 - there is one operator
        """See `Field.mask`."""
        equal: Mask = np.logical_or.reduce([self._values == value for value in values])
        return equal


class TextsField(Field):
    """Texts, none, one or several of a row, kept by text: the rows of a text lie together.

    Args:
        length: n.
        rows: of each pair of a row and a text.
        texts: of each pair, the place of its text in `names`.
        names: texts; those that differ in case alone count as one.
    """

    is_a = "a text"
    operators = frozenset({Operator.ANY_OF, Operator.CONTAINS, Operator.EXISTS})
    value_types = ((str,), "a text in quotes")

    def __init__(self, length: int, rows: Rows, texts: Rows, names: Sequence[str]) -> None:
        self._length = length
        self._vocabulary, code_of = encode(names)
        codes = code_of[texts]
        order = np.argsort(codes, kind="stable")
        self._rows = rows[order].astype(np.int32)
        self._starts = np.searchsorted(codes[order], np.arange(len(self._vocabulary) + 1))

    @classmethod
    def of(cls, column: Iterable[str | None], length: int) -> "TextsField":
        """Of at most one text a row: object (str or None) [length]."""
        there = [(row, text) for row, text in enumerate(column) if text is not None]
        rows = np.fromiter((row for row, _ in there), np.int64, len(there))
        return cls(length, rows, np.arange(len(there)), [text for _, text in there])

    def mask(self, operator: Operator, values: Sequence[Literal]) -> Mask:
        """See `Field.mask`."""
        mask = np.zeros(self._length, np.bool_)
        if operator is Operator.EXISTS:
            mask[self._rows] = True
            return mask
        for value in map(str, values):
            for code in self._codes(operator, value):
                mask[self.rows_of(code)] = True
        return mask

    def _codes(self, operator: Operator, value: str) -> Iterable[int]:
        if operator is Operator.CONTAINS:
            found: list[int] = self._vocabulary.codes_containing(value).tolist()
            return found
        code = self._vocabulary.code(value)
        return () if code is None else (code,)

    def rows_of(self, code: int) -> npt.NDArray[np.int32]:
        """The rows that have the text of a code."""
        return self._rows[self._starts[code] : self._starts[code + 1]]

    def codes_of(self, row: int) -> Rows:
        """The codes of the texts of a row. All pairs are looked through: for what is asked rarely."""
        return np.searchsorted(self._starts, np.flatnonzero(self._rows == row), side="right") - 1


def field_of(type_: PropertyType, column: Array) -> Field:
    """A field of a property's column, typed as the port's columns are."""
    if type_ is PropertyType.STRING:
        return TextsField.of(column.tolist(), len(column))
    if type_ is PropertyType.BOOL:
        return FlagField(column)
    return NumberField(column, ~is_missing(column, type_))


class Fields:
    """The fields that filters may name.

    Args:
        fields: by name.
        also: other names of theirs.
    """

    def __init__(self, fields: Mapping[str, Field], also: Mapping[str, str] | None = None) -> None:
        self._fields = dict(fields)
        self._also = dict(also or {})

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    @property
    def names(self) -> list[str]:
        """In the order in which they are told."""
        return list(self._fields)

    def ask(self, condition: Condition, text: str) -> Mask:
        """Which rows satisfy a condition of the filter `text`: bool[n].

        Raises:
            FilterError: there is no such field, or it can't be asked so.
        """
        field = self._find(condition, text)
        if condition.operator not in field.operators:
            can = ", ".join(_SHOWN[operator] for operator in Operator if operator in field.operators)
            reason = (
                f"`{condition.field}` is {field.is_a}, which {_SHOWN[condition.operator]} does not fit. It takes {can}."
            )
            raise FilterError(reason, text, condition.at)
        types, called = field.value_types
        for value in condition.values:
            if type(value.value) not in types:
                reason = f"`{condition.field}` is {field.is_a}, so {called} should stand here."
                raise FilterError(reason, text, value.at)
        return field.mask(condition.operator, [value.value for value in condition.values])

    def _find(self, condition: Condition, text: str) -> Field:
        name = self._also.get(condition.field, condition.field)
        if (field := self._fields.get(name)) is not None:
            return field
        lower = {known.lower(): known for known in (*self._also, *self._fields)}
        close = get_close_matches(name.lower(), lower, n=1)
        guess = f" Did you mean `{lower[close[0]]}`?" if close else ""
        known = ", ".join(self._fields)
        raise FilterError(f"there is no field `{name}`.{guess} The fields are: {known}.", text, condition.at)


_SHOWN: Final = {
    Operator.ANY_OF: "=, != and in",
    Operator.LESS: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE: ">",
    Operator.AT_LEAST: ">=",
    Operator.BETWEEN: "in a range",
    Operator.CONTAINS: "contains",
    Operator.EXISTS: "exists",
}
