"""Columns on their way in and out of a store: checked, turned into plain values and back, one row a node or pair.

Both adapters use these, so that what is missing and which of several rows wins is the same in either.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.errors import ConflictError, InvalidInputError
from shared.graph.port import COLUMN_DTYPES, Array, Columns, Record
from shared.ids import Rows, check_id
from shared.schema import MISSING_INT, EdgeKind, NodeKind, PropertyType


def check_lengths(owner: str, length: int, columns: Columns) -> None:
    """Raise `InvalidInputError` unless every column has `length` rows."""
    for name, column in columns.items():
        if len(column) != length:
            raise InvalidInputError(f"Column {name} of {owner} has {len(column)} rows where the ids have {length}.")


def check_keys(kind: NodeKind, keys: Iterable[Any]) -> None:
    """Raise `InvalidInputError` unless every key is an id."""
    what = f"{kind.label}.{kind.key}"
    for key in keys:
        if not isinstance(key, str):
            raise InvalidInputError(f"{what} {key!r} is no text; ids are strings.")
        check_id(key, what)


def check_widths(what: str, widths: Iterable[int]) -> None:
    """Raise `ConflictError` unless all vectors that were read have one width."""
    if len(set(widths)) > 1:
        raise ConflictError(f"{what} holds vectors of several widths: it is being written. Read it again later.")


def is_missing(column: Array, type_: PropertyType) -> npt.NDArray[np.bool_]:
    """For each value of a column whether it stands for a missing one: bool[n]."""
    if type_ is PropertyType.INT:
        return np.equal(column, MISSING_INT)
    if type_ is PropertyType.FLOAT:
        return np.isnan(column)
    if type_ is PropertyType.STRING:
        return np.array([value is None for value in column.tolist()], np.bool_)
    return np.zeros(len(column), np.bool_)


def to_values(column: Array, type_: PropertyType) -> list[Any]:
    """A column as a list of plain Python values, None where one is missing.

    >>> to_values(np.array([1.5, np.nan]), PropertyType.FLOAT)
    [1.5, None]
    """
    missing = is_missing(column, type_)
    if type_ is PropertyType.STRING or not missing.any():
        return column.tolist()  # type: ignore[no-any-return]  # numpy types it Any
    values = column.astype(object)
    values[missing] = None
    return values.tolist()  # type: ignore[no-any-return]  # as above


def from_values(values: Sequence[Any], type_: PropertyType) -> Array:
    """Plain values as a column, with what stands for a missing value where one is None.

    >>> from_values([1, None], PropertyType.INT)
    array([                   1, -9223372036854775808])
    """
    if type_ is PropertyType.INT:
        try:
            return np.array(values, np.int64)
        except TypeError:
            return np.array([MISSING_INT if value is None else value for value in values], np.int64)
    if type_ is PropertyType.STRING:
        return objects(values)
    return np.array(values, COLUMN_DTYPES[type_])  # None becomes NaN, or False


def objects(values: Sequence[Any]) -> Array:
    """Values as an array of objects: strings keep their own length."""
    column = np.empty(len(values), object)
    column[:] = values
    return column


def codes(keys: Array) -> tuple[Array, Rows]:
    """The distinct keys in the order of their first row, object (str), and each row's place among them."""
    wanted = keys.tolist()
    code_of = {key: code for code, key in enumerate(dict.fromkeys(wanted))}
    return objects(list(code_of)), np.fromiter(map(code_of.__getitem__, wanted), np.int64, len(wanted))


def last_of_each(keys: Array) -> Rows | None:
    """Rows that hold the last of each key, ascending; None where every key stands there once."""
    last = {key: row for row, key in enumerate(keys.tolist())}
    return None if len(last) == len(keys) else np.sort(np.fromiter(last.values(), np.int64, len(last)))


def winning_rows(kind: EdgeKind, sources: Rows, targets: Rows, columns: Columns) -> Rows:
    """Rows ordered by source, then target, one for each pair: its latest by `kind.latest_by`, otherwise its last."""
    times = columns.get(kind.latest_by) if kind.latest_by else None
    order = np.lexsort((targets, sources)) if times is None else np.lexsort((times, targets, sources))
    if not len(order):
        return order
    ordered_sources, ordered_targets = sources[order], targets[order]
    is_last = np.ones(len(order), np.bool_)
    is_last[:-1] = (ordered_sources[1:] != ordered_sources[:-1]) | (ordered_targets[1:] != ordered_targets[:-1])
    return order[is_last]


def known_pairs(
    source_of: Mapping[str, int], target_of: Mapping[str, int], sources: Array, targets: Array
) -> tuple[Rows, tuple[list[int], list[int]]]:
    """Rows whose two ends have handles, and these: rows int64[m], and two lists of m handles."""
    pairs = zip(map(source_of.get, sources.tolist()), map(target_of.get, targets.tolist()), strict=True)
    known = [(row, *pair) for row, pair in enumerate(pairs) if None not in pair]
    rows, from_, to = zip(*known, strict=True) if known else ((), (), ())
    return np.array(rows, np.int64), (list(from_), list(to))


def to_record(kind: NodeKind, values: Mapping[str, Any]) -> Record:
    """A node's record, None where `values` has none; a store's 0 and 1 become the booleans they stand for."""
    record: Record = {name: values.get(name) for name in kind.record_properties()}
    for name, value in record.items():
        if value is not None and kind.property(name).type is PropertyType.BOOL:
            record[name] = bool(value)
    return record
