"""The follower: carries one read schema forward over the ledger, a batch at a time.

Reading, decoding and folding happen outside the transaction. Then one transaction moves the tracking row from
where it stood, copies the rows in, applies voidings and erasings, adds the events to the log and commits:
whatever is killed, and wherever, an event is in the read side exactly once, and in the log by then.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import psycopg
from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composable, Composed, Identifier

from domain.events import AnyEvent
from ledger.errors import Unavailable
from ledger.mapper import EventMapper
from ledger.records import LedgerRow
from ledger.sealing import Keyring
from ledger.tree import Grown, Log
from projections import rollups
from projections.facts import FORGOTTEN, TABLES, Event, Nomination, Row, Table
from projections.fold import Change, Erasing, Voiding, fold
from projections.schema import READ, digest

CHANNEL: Final = "zhucun_read"
"""Notified with the new position whenever the read side has moved on."""

_logger = logging.getLogger(__name__)
_LAST: Final = 2**63 - 1

_ROWS = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where position > %b and position <= %b order by position limit %b
"""
_MOVE = """
update {} set position = %s, state = 'running', error = null, stopped_position = null,
    updated_at = clock_timestamp()
where position = %s and schema_digest = %s
"""
_HOLD = """
select from {} where position = %s and schema_digest = %s for update
"""
_BY_POLICIES = "select row_security_active(%s)"
_INCOMING = """
create temporary table if not exists {incoming} (like {} including defaults) on commit delete rows
"""
_COME_IN = "insert into {} ({columns}) select {columns} from {incoming}"
_STOP = """
update {} set state = 'stopped', error = %(error)s, stopped_position = %(at)s, updated_at = clock_timestamp()
where position = %(at)s - 1 and schema_digest = %(digest)s
    and (stopped_position, error) is distinct from (%(at)s, %(error)s)
"""
_VOID_ENTRIES = """
update {} e set voided_at = v.position
from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as v (aggregate_id, version, position)
where e.aggregate_id = v.aggregate_id and e.version = v.version
returning e.position, v.position
"""
_VOID_FACTS = """
update {} f set voided_at = v.voided_at from unnest(%s::bigint[], %s::bigint[]) as v (position, voided_at)
where f.position = v.position
"""
_ERASE = """
update {} n set name = %s, gender = null, form = null
from unnest(%s::bigint[], %s::uuid[]) as e (position, instructor_id)
where n.instructor_id = e.instructor_id and n.position < e.position
"""


class Poison(Exception):  # noqa: N818 - what it is called
    """An event that cannot be projected; the read side stands before it."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


class Overtaken(Exception):  # noqa: N818 - named as what happened
    """Somebody else moved the read schema, or put another in its place: look again where it stands."""


class Outdated(Exception):  # noqa: N818 - named as what is wrong
    """The read schema is another version's: it can be read as it is, but this program must not fill it."""

    def __init__(self) -> None:
        super().__init__(
            "读表由另一版本建立,需要重建。 The read side was made by another version; rebuild it."
        )


class VoidsNothing(Exception):  # noqa: N818 - named as what is wrong
    """A voiding names an event that the read side does not have."""


class Batch(NamedTuple):
    """Consecutive events, folded."""

    upto: int
    rows: dict[type[Row], list[Row]]
    voidings: list[Voiding]
    erasings: list[Erasing]


class Follower:
    """Carries one read schema forward, from where it stands (`look`).

    Args:
        conn: in autocommit mode; the follower's alone while it advances.
        schema: the read schema to fill.
        batch_size: events in one transaction, at most.
        keys: open what is sealed; without them it stays so.
        log: grows with the live schema, in the same transactions; none for a schema beside it.
    """

    def __init__(
        self,
        conn: Connection[Any],
        schema: str,
        *,
        keys: Keyring | None,
        batch_size: int = 5000,
        log: Log | None = None,
    ) -> None:
        self._conn = conn
        self._schema = schema
        self._batch_size = batch_size
        self._log = log
        self._mapper = EventMapper(keys)
        self._by_policies = False
        self.position = 0

    def look(self) -> int:
        """Read where the schema stands, and return it.

        Raises:
            Outdated: it is another version's.
        """
        where = self._sql("select position, schema_digest from {}", "projector")
        found = self._conn.execute(where).fetchone()
        if found is None or found[1] != digest():
            raise Outdated
        self.position = int(found[0])
        held = self._conn.execute(_BY_POLICIES, (f"{self._schema}.{TABLES[Event].name}",)).fetchone()
        self._by_policies = held == (True,)
        if self._log is not None:
            self._log.look(self._conn)
        return self.position

    def log(self, upto: int) -> None:
        """Bring the log to a position by itself: behind the schema, or beyond where an event stopped it.

        Raises:
            Overtaken: the log grew without us.
        """
        if self._log is not None:
            try:
                self._log.catch_up(self._conn, upto)
            except Grown as error:
                raise Overtaken from error

    def advance(self, upto: int | None = None) -> bool:
        """Project the next batch, and return whether there was one.

        Args:
            upto: a position not to go beyond.

        Raises:
            Poison: the next event cannot be projected; all before it are, and the reason is on record.
            Overtaken: the schema moved without us.
        """
        self.log(self.position)  # a read side that is older than the log, or was rebuilt further than it
        rows, unreadable = self._read(upto)
        folded, poison = self._fold(rows)
        poison = poison or unreadable
        while folded:
            try:
                self._write(_batch(folded), rows[: len(folded)])
            except (Overtaken, psycopg.OperationalError, psycopg.InterfaceError):
                raise  # nothing is wrong with the events
            except Exception as error:  # noqa: BLE001 - PostgreSQL, or the way to it, has no place for a value
                if len(folded) == 1:
                    poison = Poison(folded[0][0], _reason(error))
                    break
                folded = folded[: len(folded) // 2]  # narrow it down to the event that does not fit
            else:
                self.position = folded[-1][0]
                return True
        if poison is not None:
            self._stop(poison)
            raise poison
        return False

    def refresh(self) -> int:
        """Count some of what is due in the roll-ups, and return how many rows; 0 when nothing is.

        Raises:
            Overtaken: the schema moved without us.
        """
        with self._conn.transaction():
            hold = self._sql(_HOLD, "projector")
            if self._conn.execute(hold, (self.position, digest())).rowcount != 1:
                raise Overtaken
            return rollups.refresh(self._conn, self._schema)

    def _read(self, upto: int | None) -> tuple[list[LedgerRow], Poison | None]:
        """Return the next events; or, if there is none that can be read, what is wrong with the first."""
        last, limit = _LAST if upto is None else upto, self._batch_size
        while True:
            try:
                with self._conn.cursor(binary=True) as cursor:
                    found = cursor.execute(_ROWS, (self.position, last, limit), prepare=True)
                    return [LedgerRow._make(row) for row in found], None
            except psycopg.DataError as error:  # a time that a datetime has no place for
                if limit == 1:
                    return [], Poison(self.position + 1, _reason(error))
                limit //= 2

    def _fold(self, rows: Sequence[LedgerRow]) -> tuple[list[tuple[int, list[Change]]], Poison | None]:
        folded = []
        for row in rows:
            try:
                event = cast("AnyEvent", self._mapper.from_row(row))
                folded.append((row.position, fold(event, row.position, row.recorded_at)))
            except Unavailable:  # the keys, for now
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it stops the projection
                return folded, Poison(row.position, _reason(error))
        return folded, None

    def _write(self, batch: Batch, events: Sequence[LedgerRow]) -> None:
        edge = None
        with self._conn.transaction(), self._conn.cursor() as cursor:
            cursor.execute(self._sql(_MOVE, "projector"), (batch.upto, self.position, digest()))
            if cursor.rowcount != 1:
                raise Overtaken
            for kind, rows in batch.rows.items():
                self._add(cursor, TABLES[kind], rows)
            voided = self._void(batch.voidings) if batch.voidings else ()
            if batch.erasings:
                self._erase(batch.erasings)
            rollups.touch(cursor, self._schema, self.position, batch.upto, voided)
            if self._log is not None:
                try:
                    edge = self._log.grow(cursor, events)
                except Grown as error:
                    raise Overtaken from error
            if self._schema == READ:
                cursor.execute("select pg_notify(%s, %s)", (CHANNEL, str(batch.upto)))
        if self._log is not None and edge is not None:
            self._log.settle(edge)

    def _add(self, cursor: Cursor[Any], table: Table, rows: Sequence[Row]) -> None:
        """Copy rows in: through a table of the session's own, where policies let nobody copy at once."""
        columns = SQL(", ").join(map(Identifier, table.columns))
        into = Identifier(self._schema, table.name)
        if self._by_policies:
            into = Identifier("pg_temp", f"incoming_{table.name}")
            cursor.execute(self._sql(_INCOMING, table.name, incoming=into))
        copied = SQL("copy {} ({}) from stdin (format binary)").format(into, columns)
        with cursor.copy(copied) as copy:
            copy.set_types(table.types)
            for row in rows:
                copy.write_row(row)
        if self._by_policies:
            cursor.execute(self._sql(_COME_IN, table.name, incoming=into, columns=columns))

    def _void(self, voidings: list[Voiding]) -> list[int]:
        """Apply voidings, and return the positions of the events that they void."""
        positions, aggregates, versions = zip(*voidings, strict=True)
        voided = self._conn.execute(
            self._sql(_VOID_ENTRIES, TABLES[Event].name), (list(aggregates), list(versions), list(positions))
        ).fetchall()
        if len(voided) != len(voidings):
            raise VoidsNothing(f"{len(voidings) - len(voided)} of {len(voidings)} voidings name no event")
        facts, voided_at = (list(column) for column in zip(*voided, strict=True))
        for kind, table in TABLES.items():
            if kind is not Event:
                self._conn.execute(self._sql(_VOID_FACTS, table.name), (facts, voided_at))
        return facts

    def _erase(self, erasings: list[Erasing]) -> None:
        """Erase what was forgotten: the one thing that changes in a fact for every moment asked about."""
        positions, people = (list(column) for column in zip(*erasings, strict=True))
        self._conn.execute(self._sql(_ERASE, TABLES[Nomination].name), (FORGOTTEN, positions, people))

    def _stop(self, poison: Poison) -> None:
        known = {"at": poison.position, "error": poison.reason, "digest": digest()}
        if self._conn.execute(self._sql(_STOP, "projector"), known).rowcount:
            _logger.error("The projector of %s stopped at %s", self._schema, poison)

    def _sql(self, text: str, table: str, **parts: Composable) -> Composed:
        return SQL(text).format(Identifier(self._schema, table), **parts)


def _batch(folded: Sequence[tuple[int, list[Change]]]) -> Batch:
    rows: dict[type[Row], list[Row]] = defaultdict(list)
    voidings: list[Voiding] = []
    erasings: list[Erasing] = []
    for _, changes in folded:
        for change in changes:
            if isinstance(change, Voiding):
                voidings.append(change)
            elif isinstance(change, Erasing):
                erasings.append(change)
            else:
                rows[type(change)].append(change)
    return Batch(folded[-1][0], rows, voidings, erasings)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "\\0")
