"""Faults at a chosen step: the test holds a lock that the step has to have, and sees who waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.database import connect

APPENDS: Final = ("ledger", "identity")
"""What every append locks."""

PROJECTION: Final = ("read", "event")
"""What every projected batch writes to."""

WATCHDOG: Final = 60.0
"""Seconds; far beyond what anything here takes."""

_WAITING: Final = """
select a.pid from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.wait_event_type = 'Lock'
"""


class Held:
    """A lock on a table that others wait for."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def let_go(self) -> None:
        """Let go of the lock."""
        self._conn.execute("rollback")

    def waiting(self, count: int) -> list[int]:
        """Wait until so many sessions wait, and return their process ids."""
        deadline = time.monotonic() + WATCHDOG
        while len(found := [pid for (pid,) in self._conn.execute(_WAITING)]) < count:
            self._conn.execute("select pg_stat_clear_snapshot()")  # else a transaction sees no change
            assert time.monotonic() < deadline, f"only {len(found)} of {count} wait"
            time.sleep(0.01)
        return found


@contextmanager
def held(conninfo: str, table: tuple[str, str]) -> Iterator[Held]:
    """Let nobody else write to a table; should the server die, the lock is gone with it."""
    with connect(conninfo) as conn:
        conn.execute("begin")
        conn.execute(SQL("lock table {} in exclusive mode").format(Identifier(*table)))
        try:
            yield Held(conn)
        finally:
            with suppress(psycopg.OperationalError):
                conn.execute("rollback")


def until(what: str, conn: Connection[Any], query: str) -> None:
    """Wait until a query answers true."""
    deadline = time.monotonic() + WATCHDOG
    while conn.execute(query.encode()).fetchone() != (True,):
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.02)
