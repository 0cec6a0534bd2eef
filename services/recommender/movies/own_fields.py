"""Declared properties as fields that filters may name."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from services.recommender.filters.fields import Field, FlagField, NumberField, TextsField
from shared.graph.port import Array
from shared.own_properties import Declared, OwnType, decode

_DTYPES: Final = {OwnType.INT: np.int64, OwnType.FLOAT: np.float64, OwnType.BOOL: np.bool_}


def own_fields(declared: Declared, stored: Sequence[str | None]) -> dict[str, Field]:
    """A field for each declared property, also for one that no movie has yet.

    Args:
        declared: which there are.
        stored: the values of each movie, as they are in the graph.
    """
    values: dict[str, list[tuple[int, Any]]] = {name: [] for name in declared}
    for row, text in enumerate(stored):
        for name, value in decode(text).items():
            if name in values:  # one that was declared just now is in the next catalogue
                values[name].append((row, value))
    return {name: _field(type_, values[name], len(stored)) for name, type_ in declared.items()}


def _field(type_: OwnType, values: Sequence[tuple[int, Any]], length: int) -> Field:
    """The field of values that stand by their rows, ascending."""
    if type_ is OwnType.STRING:
        texts: dict[int, str] = dict(values)
        return TextsField.of([texts.get(row) for row in range(length)], length)
    if type_ is OwnType.STRINGS:
        pairs = [(row, text) for row, texts in values for text in texts]
        rows = np.fromiter((row for row, _ in pairs), np.int64, len(pairs))
        return TextsField(length, rows, np.arange(len(pairs)), [text for _, text in pairs])
    rows = np.fromiter((row for row, _ in values), np.int64, len(values))
    column: Array = np.zeros(length, _DTYPES[type_])
    is_there = np.zeros(length, np.bool_)
    column[rows], is_there[rows] = [value for _, value in values], True
    return FlagField(column) if type_ is OwnType.BOOL else NumberField(column, is_there)
