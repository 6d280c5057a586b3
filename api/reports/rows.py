"""The rows of a report's tables, one after the other from the database: none is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.errors import QueryCanceled
from psycopg.rows import dict_row

from api.problems import Problem
from api.reports.cells import BOM, Cell, cell_of, csv_line, text_of
from api.reports.definition import Column, Table
from ledger.database import connect

AT_A_TIME: Final = 2_000
"""Rows that the database hands over at once."""

# All rows are wanted, not the first few soon; compiling a statement just in time costs more than it saves.
_SETTINGS: Final[LiteralString] = """
select set_config('statement_timeout', '10min', false), set_config('jit', 'off', false),
       set_config('cursor_tuple_fraction', '1', false)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is written.

    Attributes:
        cells: in the order of the table's columns.
        marked: indexes of the cells that are marked.
        summed: whether it is a sum.
    """

    cells: Sequence[Cell]
    marked: frozenset[int]
    summed: bool


@dataclass
class Digest:
    """The bytes of a table as CSV, hashed as they come.

    Attributes:
        columns: of the table.
        rows: how many were added so far.
    """

    columns: Sequence[Column]
    rows: int = 0
    _hash: Any = field(default_factory=sha256)

    def head(self) -> bytes:
        """Return how the file begins: its mark of UTF-8 and the headings. To be called first."""
        return self._taken(BOM.encode() + csv_line(column.name for column in self.columns))

    def line(self, cells: Sequence[Cell]) -> bytes:
        """Return a row of the file."""
        self.rows += 1
        pairs = zip(self.columns, cells, strict=True)
        return self._taken(csv_line(text_of(column.kind, cell) for column, cell in pairs))

    @property
    def value(self) -> str:
        """The SHA-256 of all that was returned, in hexadecimal."""
        return str(self._hash.hexdigest())

    def _taken(self, content: bytes) -> bytes:
        self._hash.update(content)
        return content


@contextmanager
def snapshot(conninfo: str) -> Iterator[Connection[Any]]:
    """Lend a connection in one transaction that only reads, and in which nothing changes.

    Raises:
        Problem: a statement took too long, or the database went away.
    """
    with connect(conninfo, application_name="zhucun-report") as conn:
        conn.execute(_SETTINGS)
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        try:
            with conn.transaction():
                yield conn
        except QueryCanceled as error:
            raise Problem(
                "TOO_EXPENSIVE",
                "报表耗时过长,请缩小范围。",
                "The report took too long; ask for less.",
            ) from error
        except psycopg.OperationalError as error:
            raise Problem(
                "UNAVAILABLE",
                "数据库暂时不可用,请稍后再试。",
                "The database does not answer now; try again later.",
            ) from error


def lines_of(
    conn: Connection[Any], table: Table, params: Mapping[str, Any], people: set[UUID] | None = None
) -> Iterator[Line]:
    """Yield the rows of a table, as its statement orders them; `people` is told whose forms they show."""
    with conn.cursor(name="report", row_factory=dict_row) as cursor:
        cursor.itersize = AT_A_TIME
        cursor.execute(table.statement, params)
        for row in cursor:
            if people is not None and table.person and row[table.person] is not None:
                people.add(row[table.person])
            yield _line(table, row)


def _line(table: Table, row: Mapping[str, Any]) -> Line:
    return Line(
        [cell_of(column, row[column.of]) for column in table.columns],
        frozenset(n for n, column in enumerate(table.columns) if column.marked and row[column.marked]),
        summed=bool(table.summed and row[table.summed]),
    )
