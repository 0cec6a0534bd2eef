"""Many rows into a table at once."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

# A row costs 1.1 µs then, and 2.2 µs where it is a statement of its own. SQLite takes 999 values a statement at least.
_ROWS_A_STATEMENT: Final = 100


def put_rows(connection: sqlite3.Connection, statement: Callable[[int], str], columns: Sequence[list[Any]]) -> None:
    """Execute a statement for all rows of parallel columns, in their order.

    `statement` gives it for so many rows; its parameters are the values of the first row, then those of the next.
    """
    width, rows = len(columns), len(columns[0])
    values: list[Any] = [None] * (width * rows)
    for place, column in enumerate(columns):
        values[place::width] = column
    rest = width * (rows - rows % _ROWS_A_STATEMENT)
    step = width * _ROWS_A_STATEMENT
    connection.executemany(
        statement(_ROWS_A_STATEMENT), (values[start : start + step] for start in range(0, rest, step))
    )
    if rest < len(values):
        connection.execute(statement(rows % _ROWS_A_STATEMENT), values[rest:])
