"""What a read schema says, compared with what another one says: table by table, by the hash of their content.

Both as known at one position, whatever the projector adds meanwhile. The facts are compared; the roll-ups are
made from them, and differ in what was counted when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from projections.facts import TABLES
from projections.schema import RuleRow, live_digest


@dataclass(frozen=True)
class Difference:
    """A table in which the live schema and the rebuilt one differ.

    Attributes:
        table: its name.
        live: SHA-256 of the live content; None when the live schema has no such table or columns.
        rebuilt: SHA-256 of the rebuilt content.
        rows: how many rows differ, and
        first_position: the first position at which they do; both None where that cannot be said.
    """

    table: str
    live: str | None
    rebuilt: str | None
    rows: int | None
    first_position: int | None


def differences(conn: Connection[Any], live: str, rebuilt: str, position: int) -> Iterator[Difference]:
    """Yield the tables whose content differs in two schemas, as known at a position.

    A live schema of an earlier version says nothing about the tables and columns that came since, and so
    cannot differ there.
    """
    columns: dict[str, Sequence[str]] = {table.name: table.columns for table in TABLES.values()}
    if live_digest(conn, live) != live_digest(conn, rebuilt):
        columns = {
            name: known for name in columns if (known := _known_before(conn, live, name, columns[name]))
        }
    columns["rule"] = RuleRow._fields
    for name in columns:
        ours, theirs = (_rows(schema, name, columns[name], position) for schema in (live, rebuilt))
        found, expected = _content(conn, ours), _content(conn, theirs)
        if found != expected:
            rows, first = None, None
            if found is not None and name != "rule":
                rows, first = _where(conn, ours, theirs)
            yield Difference(name, found, expected, rows, first)


def _known_before(conn: Connection[Any], schema: str, table: str, columns: Sequence[str]) -> Sequence[str]:
    """Return which of a table's columns a schema has; all, where it has others in their stead."""
    found = conn.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s",
        (schema, table),
    ).fetchall()
    there = {name for (name,) in found}
    if there - {*columns, "voided_at"}:
        return columns
    return [name for name in columns if name in there]


def _rows(schema: str, table: str, columns: Sequence[str], position: int) -> Composed:
    """Return the statement for a table's content as known at `position`."""
    names = SQL(", ").join(map(Identifier, columns))
    if table == "rule":
        return SQL("select {} from {}").format(names, Identifier(schema, table))
    return SQL(
        "select {names}, case when voided_at <= {upto} then voided_at end as voided_at"
        " from {table} where position <= {upto}"
    ).format(names=names, table=Identifier(schema, table), upto=Literal(position))


def _content(conn: Connection[Any], rows: Composed) -> str | None:
    """Return the digest of rows; None when there is no such table, or it has other columns."""
    hashed = hashlib.sha256()
    try:
        # The first two columns are the key of every table: position and ordinal, or code and clause.
        with conn.cursor().copy(SQL("copy ({} order by 1, 2) to stdout").format(rows)) as copy:
            for chunk in copy:
                hashed.update(chunk)
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName):
        return None
    return hashed.hexdigest()


def _where(conn: Connection[Any], live: Composed, rebuilt: Composed) -> tuple[int | None, int | None]:
    """Return how many rows differ, and from which position."""
    found = conn.execute(
        SQL(
            "select count(distinct position), min(position)"
            " from ((({a}) except ({b})) union all (({b}) except ({a}))) different"
        ).format(a=live, b=rebuilt)
    ).fetchone()
    return (None, None) if found is None else (found[0], found[1])
