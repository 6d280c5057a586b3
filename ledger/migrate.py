"""Migrations: numbered SQL files, each run once, in order, whoever starts first."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from ledger.errors import DatabaseIsNewer, MigrationChanged

_LOCK: Final = 0x7A68_7563_756E  # "zhucun": one migrator at a time in a database
_RECORD: Final = """
create schema if not exists ledger;
create table if not exists ledger.migration (
    component  text        not null,
    name       text        not null,
    digest     text        not null,
    applied_at timestamptz not null default now(),
    primary key (component, name)
)
"""


def migrate(conn: Connection[Any], folder: Path, component: str) -> list[str]:
    """Run the migrations of a component that this database has not run yet, and return their names.

    All of them run in one transaction under a lock: several processes may start at once, and a failure
    leaves the database as it was.

    Args:
        conn: a connection of the schema's owner; where nothing waits, of anybody who may read.
        folder: holds `NNNN_name.sql` files; their order is the order of their names.
        component: whose migrations they are, for example `ledger`.

    Raises:
        MigrationChanged: a file differs from what ran under its name.
        DatabaseIsNewer: the database has run a migration that is not in the folder.
    """
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        if cursor.execute("select to_regclass('ledger.migration')").fetchone() == (None,):
            cursor.execute(_RECORD)
        cursor.execute("select name, digest from ledger.migration where component = %s", (component,))
        ran: dict[str, str] = dict(cursor.fetchall())
        for name in sorted(ran):
            if name not in scripts:
                raise DatabaseIsNewer(component=component, name=name)
            if ran[name] != _digest(scripts[name]):
                raise MigrationChanged(component=component, name=name)
        waiting = [name for name in scripts if name not in ran]
        for name in waiting:
            cursor.execute(scripts[name].encode())
            cursor.execute(
                "insert into ledger.migration (component, name, digest) values (%s, %s, %s)",
                (component, name, _digest(scripts[name])),
            )
    return waiting


def _digest(script: str) -> str:
    """Digest the text, not the bytes: line ends differ between systems, and reading evens them out."""
    return hashlib.sha256(script.encode()).hexdigest()
