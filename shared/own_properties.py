"""Properties of movies that an installation declares for itself: names with types, and values that fit them.

A declaration is a `MovieProperty` node. A movie's values are one JSON object, its property `properties`, so that a new
property needs no change of any table (decision 22).
"""

import json
import math
import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from shared.errors import ConflictError, InvalidInputError, NotFoundError
from shared.graph.columns import objects
from shared.graph.port import Graph
from shared.schema import MISSING_INT, MOVIE, MOVIE_PROPERTY

MAX_PROPERTIES: Final = 100
"""So many may be declared: each is shown in every answer that shows a movie which has it."""
MAX_TEXT_CHARACTERS: Final = 1_000
MAX_TEXTS: Final = 100
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_RESERVED: Final = frozenset(
    {
        *("movieid", "title", "year", "genre", "genres", "tag", "tags", "director", "directors", "actor", "actors"),
        *("language", "imdbid", "tmdbid", "posterpath", "ratingcount", "ratingscount", "score"),
        *("userid", "rating", "ratedat", "timestamp"),
        *("and", "or", "not", "in", "contains", "exists", "true", "false", "null"),
    }
)
"""What answers, ingests and filters call something else, in lower case."""
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class OwnType(StrEnum):
    """What a property holds."""

    STRING = "string"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STRINGS = "strings"  # several texts, each once


Value = str | int | float | bool | list[str]
Declared = Mapping[str, OwnType]
"""The declared properties: name to type."""
NONE_DECLARED: Final[Declared] = MappingProxyType({})


class MisfitError(InvalidInputError):
    """A value does not fit what its property was declared to hold."""


def read_declared(graph: Graph) -> dict[str, OwnType]:
    """All declared properties, by name."""
    records = graph.find_records(MOVIE_PROPERTY, limit=MAX_PROPERTIES)
    return {record["name"]: OwnType(record["type"]) for record in records}


def declare(graph: Graph, name: str, type_: OwnType) -> bool:
    """Declare a property, or again with the same type; whether it is new.

    Raises:
        InvalidInputError: the name can't be one.
        ConflictError: it is declared with another type, or there are too many.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"A property's name has letters, digits and _, a letter first, at most 64: not {name!r}."
        )
    if name.casefold() in _RESERVED:
        raise InvalidInputError(f"{name!r} means something else in answers, files or filters. Choose another name.")

    def work(tx: Graph) -> bool:
        there = read_declared(tx)
        if name not in there and len(there) >= MAX_PROPERTIES:
            raise ConflictError(f"{MAX_PROPERTIES} properties are declared, which is all there may be. Remove one.")
        is_new = tx.create_record(MOVIE_PROPERTY, {"name": name, "type": type_.value})
        if not is_new and not tx.update_record(MOVIE_PROPERTY, name, {}, expected={"type": type_.value}):
            raise ConflictError(
                f"Property {name!r} is declared as {there.get(name)}. Remove it, with its values, to declare it anew."
            )
        if is_new:
            tx.bump_revision()
        return is_new

    return graph.atomically(work)


def undeclare(graph: Graph, name: str, *, with_values: bool) -> None:
    """Take a declaration back.

    Raises:
        NotFoundError: there is no such property.
        ConflictError: movies have values of it, and these are not to be removed with it.
    """

    def work(tx: Graph) -> None:
        if not tx.delete_nodes(MOVIE_PROPERTY, [name]):  # first: who writes values locks it
            raise NotFoundError(f"There is no property {name!r}; GET /v1/properties tells what there is.")
        table = tx.read_nodes(MOVIE, ["properties"])
        values = {id_: decode(text) for id_, text in zip(table.keys, table.columns["properties"], strict=True) if text}
        used = {id_: of_movie for id_, of_movie in values.items() if name in of_movie}
        if used and not with_values:
            raise ConflictError(f"{len(used):,} movies have the property {name!r}. Ask to remove its values with it.")
        for of_movie in used.values():
            del of_movie[name]
        if used:
            texts = objects([encode(of_movie) for of_movie in used.values()])
            tx.put_nodes(MOVIE, {"movieId": objects(list(used)), "properties": texts}, exact=True)
        tx.bump_revision()

    graph.atomically(work)


def fitting(declared: Declared, name: str, value: object) -> Value:
    """A value as the property holds it.

    Raises:
        MisfitError: there is no such property, or the value is of another type, or too long.
    """
    type_ = declared.get(name)
    if type_ is None:
        raise MisfitError(f"there is no property {name!r}; PUT /v1/properties/{name} declares it")
    found = _fit(type_, value)
    if found is None:
        raise MisfitError(f"{name!r} holds {_MEANS[type_]}, and not {json.dumps(value, ensure_ascii=False)[:80]}")
    return found


_MEANS: Final = {
    OwnType.STRING: f"a text of at most {MAX_TEXT_CHARACTERS:,} characters",
    OwnType.INT: "a whole number",
    OwnType.FLOAT: "a number",
    OwnType.BOOL: "true or false",
    OwnType.STRINGS: f"a list of at most {MAX_TEXTS} texts",
}


def _fit(type_: OwnType, value: object) -> Value | None:
    if type_ is OwnType.BOOL or isinstance(value, bool):
        return value if type_ is OwnType.BOOL and isinstance(value, bool) else None
    if type_ is OwnType.INT:
        return value if isinstance(value, int) and MISSING_INT < value < -MISSING_INT else None
    if type_ is OwnType.FLOAT:
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    if type_ is OwnType.STRING:
        return value if _is_text(value) else None
    if isinstance(value, list) and len(value) <= MAX_TEXTS and all(map(_is_text, value)):
        return list(dict.fromkeys(value))
    return None


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS


def read_text(type_: OwnType, text: str) -> Value | None:
    """What a field of a table says; None where it does not fit. Several texts stand with `|` between them.

    >>> read_text(OwnType.BOOL, "Yes"), read_text(OwnType.STRINGS, "HBO | Arte"), read_text(OwnType.INT, "4.5")
    (True, ['HBO', 'Arte'], None)
    """
    if type_ is OwnType.BOOL:
        return _TRUTHS.get(text.casefold())
    if type_ is OwnType.STRINGS:
        return _fit(type_, [part.strip() for part in text.split("|") if part.strip()])
    try:
        number = {OwnType.INT: int, OwnType.FLOAT: float}.get(type_, str)(text)
    except ValueError:
        return None
    return _fit(type_, number) if type_ is OwnType.STRING or "_" not in text else None


def encode(values: Mapping[str, Value]) -> str | None:
    """A movie's values as they are stored; None where there are none."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if values else None


def decode(text: str | None) -> dict[str, Any]:
    """What `encode` has made."""
    return dict(json.loads(text)) if text else {}
