"""What a read schema says, compared with what another one says: table by table, by the hash of their content.

Both as known at one position, whatever the projector adds meanwhile; what either has erased since is left
out. The facts are compared; the roll-ups are made from them, and differ in what was counted when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from projections.facts import OF_THE_FORM, TABLES, Forgetting, Nomination
from projections.schema import RuleRow, live_digest

_UNLESS_ERASED: Final = SQL(
    "case when not exists ("
    "select from unnest({people}::uuid[], {before}::bigint[]) e (who, upto)"
    " where e.who = instructor_id and e.upto > position"
    ") then {column} end as {column}"
)


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


def differences(
    conn: Connection[Any], live: str, rebuilt: str, position: int, *, forms: bool = True
) -> Iterator[Difference]:
    """Yield the tables whose content differs in two schemas, as known at a position.

    A live schema of an earlier version says nothing about the tables and columns that came since, and so
    cannot differ there.

    Args:
        conn: to their database.
        live: one schema.
        rebuilt: the other.
        position: the last one that counts.
        forms: whether what the registration forms say is compared.
    """
    columns: dict[str, Sequence[str]] = {table.name: table.columns for table in TABLES.values()}
    if live_digest(conn, live) != live_digest(conn, rebuilt):
        columns = {
            name: known for name in columns if (known := _known_before(conn, live, name, columns[name]))
        }
    if not forms:
        table = TABLES[Nomination].name
        columns[table] = [name for name in columns[table] if name not in OF_THE_FORM]
    columns["rule"] = RuleRow._fields
    erased = _erased(conn, position, live, rebuilt)
    for name in columns:
        ours, theirs = (_rows(schema, name, columns[name], position, erased) for schema in (live, rebuilt))
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


def _erased(conn: Connection[Any], position: int, *schemas: str) -> dict[UUID, int]:
    """Return who was forgotten after a position, and at which, as far as any of the schemas has got."""
    latest: dict[UUID, int] = {}
    table = TABLES[Forgetting].name
    for schema in schemas:
        if conn.execute("select to_regclass(%s)", (f"{schema}.{table}",)).fetchone() == (None,):
            continue  # an earlier version, which forgot nobody
        forgotten = SQL("select instructor_id, max(position) from {} where position > %s group by 1")
        for person, at in conn.execute(forgotten.format(Identifier(schema, table)), (position,)):
            latest[person] = max(at, latest.get(person, 0))
    return latest


def _rows(
    schema: str, table: str, columns: Sequence[str], position: int, erased: Mapping[UUID, int]
) -> Composed:
    """Return the statement for a table's content as known at `position`, without what is `erased`."""
    if table == "rule":
        names = SQL(", ").join(map(Identifier, columns))
        return SQL("select {} from {}").format(names, Identifier(schema, table))
    of_forms = OF_THE_FORM if table == TABLES[Nomination].name and erased else ()
    people, before = list(erased), list(erased.values())
    names = SQL(", ").join(
        (_UNLESS_ERASED if name in of_forms else SQL("{column}")).format(
            column=Identifier(name), people=Literal(people), before=Literal(before)
        )
        for name in columns
    )
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
