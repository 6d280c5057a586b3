"""Small ledgers with a log, what an export of them says, and what a superuser can do to them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import orjson
from psycopg.sql import SQL

from ledger.database import connect
from ledger.export import export
from ledger.tree import Log
from tests import facts
from tests.projections.readside import ReadSide
from tests.scenario import Fact


def enter(conninfo: str, *what: Fact) -> None:
    """Record facts, one event of each kind unless named, and let the log grow with them."""
    with closing(ReadSide(conninfo)) as side:
        side.enter(*(what or facts.ONE_OF_EACH))
    grow(conninfo)


def grow(conninfo: str) -> None:
    """Let the log come to the ledger's end."""
    with connect(conninfo) as conn:
        log = Log()
        log.look(conn)
        log.catch_up(conn, 2**62)


def lines_of(conninfo: str, upto: int | None = None) -> list[bytes]:
    """The lines of an export."""
    lines: list[bytes] = []
    with connect(conninfo) as conn:
        export(conn, lines.append, upto)
    return lines


def head_of(lines: list[bytes]) -> dict[str, Any]:
    """What the first line of an export says."""
    head: dict[str, Any] = orjson.loads(lines[0])
    return head


def tamper(conninfo: str, statement: str) -> None:
    """Do what no rule of the database allows, as a superuser who takes the guards away for a moment."""
    with connect(conninfo) as conn, conn.transaction():
        for table in ("events", "tree_node"):
            conn.execute(SQL("alter table ledger.{} disable trigger only_appended").format(SQL(table)))
        conn.execute(statement.encode())
        for table in ("events", "tree_node"):
            conn.execute(SQL("alter table ledger.{} enable always trigger only_appended").format(SQL(table)))
