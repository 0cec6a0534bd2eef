"""Arrow columns to ids, numbers and words, with what is wrong with each value.

Work that Python does is done once for each distinct value of a block: a block of 180,000 ratings has about a thousand
users and ten distinct ratings.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.ingest.clean.report import FaultKind, Kinds
from services.ingest.forms.ids import Normalise
from services.ingest.forms.records import decoded
from shared.ids import Rows

Value = str | FaultKind
"""What a field holds, or why it can't be used."""


def as_text(value: Any, *, legacy: bool = False) -> str | FaultKind:  # noqa: ANN401 - whatever Arrow gives
    """One value as text, trimmed: MISSING where there is none, ENCODING where bytes are not UTF-8.

    With `legacy`, bytes that are not UTF-8 are read as Windows-1252.
    """
    if isinstance(value, bytes):
        try:
            text = decoded(value) if legacy else value.decode()
        except UnicodeDecodeError:
            return FaultKind.ENCODING
    elif value is None or (isinstance(value, float) and math.isnan(value)):
        return FaultKind.MISSING
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))  # a column of whole numbers that has gaps comes as floats
    else:
        text = str(value)
    return text.strip() or FaultKind.MISSING


def as_ids(column: pa.Array, normalise: Normalise) -> tuple[Rows, list[str], Kinds]:
    """A column of ids.

    Returns:
        For each row the place of its id among the distinct ones, int64[n], -1 where it is none; the distinct ids, a
        list of str; and the faults, uint8[n].
    """
    encoded = column.dictionary_encode()
    codes = _codes(encoded)
    places: dict[str, int] = {}
    place_of_code = np.full(len(encoded.dictionary) + 1, -1, np.int64)  # the last entry is for no value at all
    kind_of_code = np.zeros(len(encoded.dictionary) + 1, np.uint8)
    kind_of_code[-1] = FaultKind.MISSING
    for code, value in enumerate(encoded.dictionary.to_pylist()):
        text = as_text(value)
        id_ = normalise(text) if isinstance(text, str) else None
        if id_ is not None:
            place_of_code[code] = places.setdefault(id_, len(places))
        else:
            kind_of_code[code] = FaultKind.ID if isinstance(text, str) else text
    return place_of_code[codes], list(places), kind_of_code[codes]


def numbered(numbers: dict[str, int], ids: list[str], places: Rows) -> tuple[Rows, list[str]]:
    """The number of each row's id, int64[len(places)], and the ids that had none before. Unused `ids` get none."""
    used = np.unique(places)
    before = len(numbers)
    number_of_place = np.full(len(ids), -1, np.int64)
    number_of_place[used] = [numbers.setdefault(ids[place], len(numbers)) for place in used]
    return number_of_place[places], [ids[place] for place in used[number_of_place[used] >= before]]


def as_numbers(column: pa.Array) -> tuple[npt.NDArray[np.float64], Kinds]:
    """A column of numbers: float64[n], NaN where there is none, and the faults, uint8[n]."""
    encoded = column.dictionary_encode()
    codes = _codes(encoded)
    parsed = [_number(value) for value in encoded.dictionary.to_pylist()]
    values = np.array([*(math.nan if isinstance(p, FaultKind) else p for p in parsed), math.nan])
    kinds = np.array([*(p if isinstance(p, FaultKind) else 0 for p in parsed), FaultKind.MISSING], np.uint8)
    return values[codes], kinds[codes]


def _codes(encoded: pa.DictionaryArray) -> Rows:
    """int64[n] of a dictionary's codes, -1 where there is no value."""
    indices = encoded.indices
    codes: Rows = (indices.fill_null(-1) if indices.null_count else indices).to_numpy().astype(np.int64)
    return codes


def _number(value: Any) -> float | FaultKind:  # noqa: ANN401 - whatever Arrow gives
    text = as_text(value)
    if isinstance(text, FaultKind):
        return text if text is FaultKind.MISSING else FaultKind.NUMBER
    try:
        number = float(text)
    except ValueError:
        return FaultKind.NUMBER
    return number if math.isfinite(number) and "_" not in text else FaultKind.NUMBER
