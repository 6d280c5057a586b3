"""The projector: keeps the read side at the ledger's head, live and when catching up by the same code.

Any number may run; the one that holds the writer's lock writes, the others stand by and take over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event as Signal
from time import monotonic
from typing import Any, Final, Self

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.database import connect
from ledger.errors import CannotReachDatabase
from ledger.sealing import Keyring
from ledger.tree import Log
from projections import rollups
from projections.facts import TABLES
from projections.follower import CHANNEL, Follower, Outdated, Overtaken, Poison
from projections.schema import READ

LEDGER_CHANNEL: Final = "zhucun_events"
POLL: Final = 1.0
"""Seconds after which a projector looks again unasked: for events, for the lock, for the database."""

BREATH: Final = 0.1
"""Seconds after which one that waits looks whether it is to stop: whoever ends a server waits for that."""

ANSWER: Final = 300.0
"""Seconds within which the database has to answer, far more than a batch takes."""

MUCH: Final = 10_000
"""Events after which the tables' statistics are worth renewing at once."""

MANY: Final = 1000
"""Roll-ups counted anew after which theirs are."""

WRITER: Final = 0x7A68_7563_756E_01
"""The advisory lock of the one that writes, held by its session."""

_logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Told the position reached and the position aimed at."""


class Projector:
    """Projects a ledger's events to its read side.

    Args:
        conninfo: of the database, after `ledger.database.prepare` and `projections.schema.prepare`.
        keys: open what is sealed.
        batch_size: events in one transaction, at most.
    """

    def __init__(self, conninfo: str, keys: Keyring, *, batch_size: int = 5000) -> None:
        self._conninfo = conninfo
        self._keys = keys
        self._batch_size = batch_size

    def catch_up(self, upto: int | None = None, progress: Progress | None = None) -> int:
        """Bring the read side to a position, and return where it stands then.

        Where another projector holds the lock, this one watches it get there, and takes over if it goes. The
        position returned is lower than asked for only if the ledger ends before it, or if an event cannot be
        projected; then the reason is on record (`projections.status.read_status`).

        Args:
            upto: the position; the last one of the ledger as it is now, if not given.
            progress: told after each batch.

        Raises:
            Outdated: the read schema is another version's.
        """
        with connect(self._conninfo) as conn:
            conn.execute(SQL("listen {}").format(Identifier(CHANNEL)))
            aim = head(conn) if upto is None else upto
            with _Writer(conn, self._keys, self._batch_size) as writer:
                while True:
                    try:
                        more = writer.step(aim)
                    except Poison:
                        writer.log()
                        break
                    if progress is not None:
                        progress(writer.position, aim)
                    if writer.position >= aim or (not more and (writer.writes or _stopped(conn))):
                        break
                    if not more:
                        _await_news(conn, Signal())
                writer.tidy()
                while writer.refresh():
                    pass
                return writer.position

    def run(self, stop: Signal) -> None:
        """Project what is appended, until `stop` is set; whatever happens to the database, come back.

        An event that cannot be projected is tried again with every look, so that a mended program goes on.
        """
        while not stop.is_set():
            try:
                with (
                    connect(self._conninfo, patience=ANSWER) as conn,
                    _Writer(conn, self._keys, self._batch_size) as writer,
                ):
                    _serve(conn, writer, stop)
            except (CannotReachDatabase, psycopg.OperationalError, psycopg.InterfaceError) as error:
                _logger.warning("The projector lost its database and will try again: %s", str(error).strip())
            except Exception:
                _logger.exception("The projector failed and will try again")
            else:
                continue
            stop.wait(POLL)


class _Writer:
    """A session that writes, or stands by to write.

    Left, it lets go of the lock: the end of a session does so too, but only some time later.
    """

    def __init__(self, conn: Connection[Any], keys: Keyring, batch_size: int) -> None:
        self._conn = conn
        self._follower = Follower(conn, READ, keys=keys, batch_size=batch_size, log=Log())
        self._tidied = 0
        self._counted = 0
        self.writes = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._conn.closed:
            self._stand_by()

    @property
    def position(self) -> int:
        """Where the read side stood at the last look."""
        return self._follower.position

    def step(self, upto: int | None = None) -> bool:
        """Project the next batch if this session writes, and return whether there may be more.

        Raises:
            Poison, Outdated: the read side cannot move on.
        """
        try:
            if not self.writes:
                self._follower.look()
                self.writes = _lock(self._conn)
                self._tidied = self._follower.look()
            return self.writes and self._follower.advance(upto)
        except Overtaken:
            self._stand_by()
            return True
        except Outdated:
            self._stand_by()
            raise

    def log(self) -> None:
        """Bring the log to the ledger's end, if this session writes: a proof does not wait for a reader."""
        try:
            if self.writes:
                self._follower.log(head(self._conn))
        except Overtaken:
            self._stand_by()

    def tidy(self) -> None:
        """Renew the tables' statistics when much was written since, so that plans suit at once."""
        if self.writes and self.position - self._tidied >= MUCH:
            tidy(self._conn, READ)
            self._tidied = self.position

    def refresh(self) -> bool:
        """Count some of what is due in the roll-ups, if this session writes; return whether there was any."""
        try:
            counted = self._follower.refresh() if self.writes else 0
        except Overtaken:
            self._stand_by()
            return False
        self._counted += counted
        if not counted and self._counted >= MANY:
            rollups.tidy(self._conn, READ)
            self._counted = 0
        return counted > 0

    def _stand_by(self) -> None:
        """Leave the lock to whoever can use it."""
        if self.writes:
            self._conn.execute("select pg_advisory_unlock(%s)", (WRITER,))
        self.writes = False


def _serve(conn: Connection[Any], writer: _Writer, stop: Signal) -> None:
    """Project what comes, until `stop` is set."""
    conn.execute(SQL("listen {}").format(Identifier(LEDGER_CHANNEL)))
    outdated = False
    while not stop.is_set():
        try:
            if writer.step():
                continue
            writer.tidy()
            outdated = False
            if writer.refresh():
                continue
        except Poison:
            writer.log()  # the reason is on record; the mended event will go through
        except Outdated as error:
            if not outdated:
                _logger.warning("The projector stands by: %s", error)
            outdated = True
        _await_news(conn, stop)


def tidy(conn: Connection[Any], schema: str) -> None:
    """Renew the statistics and the visibility map of all read tables of a schema."""
    for table in TABLES.values():
        conn.execute(SQL("vacuum (analyze) {}").format(Identifier(schema, table.name)))


def _lock(conn: Connection[Any]) -> bool:
    return conn.execute("select pg_try_advisory_lock(%s)", (WRITER,)).fetchone() == (True,)


def head(conn: Connection[Any]) -> int:
    """Return the last position of the ledger; 0 when it is empty."""
    found = conn.execute("select coalesce(max(position), 0) from ledger.events").fetchone()
    return 0 if found is None else int(found[0])


def _stopped(conn: Connection[Any]) -> bool:
    state = SQL("select state from {}").format(Identifier(READ, "projector"))
    return conn.execute(state).fetchone() == ("stopped",)


def _await_news(conn: Connection[Any], stop: Signal) -> None:
    """Wait for a notification, for as long as a projector may go without looking, or until `stop` is set."""
    until = monotonic() + POLL
    while not stop.is_set() and (left := until - monotonic()) > 0:
        for _ in conn.notifies(timeout=min(left, BREATH), stop_after=1):
            return
