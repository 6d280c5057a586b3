"""The recorder: how events enter the ledger and how they are read, one statement each.

Appending is `ledger.append` in the database, whatever the size: it locks, checks, gives out positions and
the time, and notifies. A few events travel as arrays in one round trip. Many are streamed by COPY into a
temporary table of this session and handed over from there in the same transaction: no slower, and the
client never holds them twice. Neither needs a right to write to the table of events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from itertools import repeat
from time import monotonic, sleep
from typing import Any, Final, LiteralString, TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg.errors import DiskFull, LockNotAvailable
from psycopg.rows import BaseRowFactory, DictRow, args_row, scalar_row, tuple_row
from psycopg_pool import PoolTimeout

from domain.ports import CommandAlreadyRecorded
from ledger.errors import ClockWentBack, NoSpaceLeft, Unavailable, refusals
from ledger.records import LedgerRow, Record

Row = TypeVar("Row")
Function = TypeVar("Function", bound=Callable[..., Any])

CHANNEL: Final = "zhucun_events"
MANY: Final = 2000  # events in one append from which COPY is no slower than arrays
PATIENCE: Final = 10.0
"""Seconds for which what a broken connection interrupted is tried again."""
PAUSE: Final = 0.05
"""Seconds from one try to the next."""
_NONE: Final = -1
_LAST: Final = 2**63 - 1

_APPEND = """
select ledger.append(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b::uuid[], %b::timestamptz[])
"""
_STAGE = """
create temporary table if not exists incoming (
    n int8, id uuid, version int8, topic text, state bytea, command uuid, clock timestamptz
) on commit delete rows
"""
_COPY = "copy pg_temp.incoming from stdin (format binary)"
_STAGED_TYPES: Final = ["int8", "uuid", "int8", "text", "bytea", "uuid", "timestamptz"]
_APPEND_STAGED = """
select ledger.append(
    array_agg(id), array_agg(version), array_agg(topic), array_agg(state), array_agg(command),
    case when count(clock) > 0 then array_agg(clock) end
) from (select * from pg_temp.incoming order by n) staged
"""
_AGGREGATE_UP = """
select originator_id, originator_version, topic, state from ledger.events
where originator_id = %b and originator_version > %b and originator_version <= %b
order by originator_version limit %b::int8
"""
_AGGREGATE_DOWN = """
select originator_id, originator_version, topic, state from ledger.events
where originator_id = %b and originator_version > %b and originator_version <= %b
order by originator_version desc limit %b::int8
"""
_NOTIFICATIONS = """
select originator_id, originator_version, topic, state, position from ledger.events
where position >= %b and position <= %b order by position limit %b
"""
_NOTIFICATIONS_OF = """
select originator_id, originator_version, topic, state, position from ledger.events
where position >= %b and position <= %b and topic = any(%b) order by position limit %b
"""
_COMMAND = """
select originator_id, originator_version, topic, state, position from ledger.events
where command_id = %b order by position
"""
_COMMANDS = """
select distinct on (command_id) originator_id, originator_version, topic, state, position
from ledger.events where command_id = any(%b::uuid[]) order by command_id, position
"""
_AFTER = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where position > %b and position <= %b order by position limit %b
"""
_LIFE = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where originator_id = %b and position <= %b order by originator_version
"""
_SETTLED = """
select position from ledger.events
where originator_id = %b and originator_version = %b and topic = %b and state = %b and command_id = %b
"""


_logger = logging.getLogger(__name__)


def retried(function: Function) -> Function:
    """Try again what a broken connection interrupted, and say so in the end: nobody waits for ever."""

    @wraps(function)
    def patient(*args: Any, **options: Any) -> Any:
        until = monotonic() + PATIENCE
        while True:
            try:
                return function(*args, **options)
            except (InterfaceError, OperationalError) as error:
                cause = error.__cause__
                if isinstance(cause, DiskFull):
                    _logger.error("The database has no space left: %s", str(error).strip())  # noqa: TRY400 - its message says it
                    raise NoSpaceLeft from error
                # These two have waited as long as is reasonable.
                if isinstance(cause, (PoolTimeout, LockNotAvailable)) or monotonic() > until:
                    _logger.warning("The database does not answer: %s", str(error).strip())
                    raise Unavailable from error
            sleep(PAUSE)

    return cast("Function", patient)


class Recorder(PostgresApplicationRecorder):
    """Appends events to `ledger.events` and reads them back.

    Raises what the event library's recorders raise (`IntegrityError` when another event has this version
    of the aggregate), `CommandAlreadyRecorded`, and the refusals of `ledger.errors`: among them `Unavailable`
    and `NoSpaceLeft`, after a while, where the library would raise what its connection did.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, events_table_name="events")
        self.channel_name = CHANNEL

    def create_table(self) -> None:
        """Do nothing: the tables are the migrations' business (`ledger.database.prepare`)."""

    # -- appending

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        recorded_at: Sequence[datetime] | None = None,
        **_: Any,
    ) -> Sequence[int] | None:
        """Append events, all or none, and return their positions; None when there are none.

        A lost connection is tried again. If the lost attempt had arrived after all, its positions are
        returned: the same events under the same command are the same append.

        Args:
            stored_events: `ledger.records.Record`, or the library's own (they have no command).
            recorded_at: on a simulated ledger, the time of each event, none before the one before it.
        """
        if not stored_events:
            return None
        if recorded_at is not None:
            _check_clock(recorded_at, len(stored_events))
        attempts = 0

        def attempt() -> Sequence[int]:
            nonlocal attempts
            attempts += 1
            try:
                last = self._append(stored_events, recorded_at)
            except (IntegrityError, CommandAlreadyRecorded):
                settled = self._settled(stored_events) if attempts > 1 else None
                if settled is None:
                    raise
                return settled
            return list(range(last - len(stored_events) + 1, last + 1))

        return retried(attempt)()

    def _append(self, events: Sequence[StoredEvent], clocks: Sequence[datetime] | None) -> int:
        with self.datastore.get_connection() as conn, refusals():
            if len(events) < MANY:
                return _append_as_arrays(conn, events, clocks)
            return _append_by_copy(conn, events, clocks)

    def _settled(self, events: Sequence[StoredEvent]) -> Sequence[int] | None:
        """Return the positions of `events` if they stand in the ledger just so, as one append."""
        found = [
            self._read(
                _SETTLED,
                (e.originator_id, e.originator_version, e.topic, e.state, _command_of(e)),
                tuple_row,
            )
            for e in (events[0], events[-1])
        ]
        if not all(found):
            return None
        (first,), (last,) = found[0][0], found[1][0]
        return list(range(first, last + 1)) if last - first == len(events) - 1 else None

    # -- reading

    @retried
    def _read(self, query: LiteralString, params: Sequence[object], rows: BaseRowFactory[Row]) -> list[Row]:
        with (
            self.datastore.get_connection() as conn,
            conn.cursor(binary=True, row_factory=rows) as cursor,
        ):
            return cursor.execute(query, params, prepare=True).fetchall()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of one aggregate, with versions after `gt` up to `lte`."""
        params = (originator_id, _NONE if gt is None else gt, _LAST if lte is None else lte, limit)
        return self._read(_AGGREGATE_DOWN if desc else _AGGREGATE_UP, params, args_row(StoredEvent))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return events in the order of the log, from position `start` up to `stop`."""
        first = 0 if start is None else start if inclusive_of_start else start + 1
        last = _LAST if stop is None else stop
        if topics:
            params: tuple[object, ...] = (first, last, list(topics), limit)
            return self._read(_NOTIFICATIONS_OF, params, args_row(Notification))
        return self._read(_NOTIFICATIONS, (first, last, limit), args_row(Notification))

    def max_notification_id(self) -> int | None:
        """Return the last position, or None in an empty ledger."""
        ((last,),) = self._read("select max(position) from ledger.events", (), tuple_row)
        return cast("int | None", last)

    def select_command(self, command_id: UUID) -> Sequence[Notification]:
        """Return the events `command_id` caused, in the order of their positions."""
        return self._read(_COMMAND, (command_id,), args_row(Notification))

    def select_commands(self, command_ids: Sequence[UUID]) -> Sequence[Notification]:
        """Return the first event of each of these commands that is on record."""
        return self._read(_COMMANDS, (list(command_ids),), args_row(Notification))

    def read_after(self, position: int, limit: int, upto: int | None = None) -> list[LedgerRow]:
        """Return up to `limit` rows after `position`, none beyond `upto`, in order and without gaps."""
        params = (position, _LAST if upto is None else upto, limit)
        return self._read(_AFTER, params, _ledger_rows)

    def read_life(self, originator_id: UUID, upto: int | None = None) -> list[LedgerRow]:
        """Return the rows of one aggregate, none beyond the position `upto`, in the order of its versions."""
        return self._read(_LIFE, (originator_id, _LAST if upto is None else upto), _ledger_rows)

    def position_at(self, moment: datetime) -> int:
        """Return the last position recorded by a moment; 0 before the first."""
        ((position,),) = self._read("select ledger.position_at(%b)", (moment,), tuple_row)
        return cast("int", position)


def _check_clock(clock: Sequence[datetime], events: int) -> None:
    if any(at.tzinfo is None for at in clock):
        raise ValueError("recorded_at needs times with a zone")
    if len(clock) != events:
        raise ClockWentBack(detail=f"{len(clock)} times, {events} events")


def _append_as_arrays(
    conn: Connection[DictRow], events: Sequence[StoredEvent], clocks: Sequence[datetime] | None
) -> int:
    columns = (
        [e.originator_id for e in events],
        [e.originator_version for e in events],
        [e.topic for e in events],
        [e.state for e in events],
        [_command_of(e) for e in events],
        None if clocks is None else list(clocks),
    )
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cast("int", cursor.execute(_APPEND, columns, prepare=True).fetchone())


def _append_by_copy(
    conn: Connection[DictRow], events: Sequence[StoredEvent], clocks: Sequence[datetime] | None
) -> int:
    with conn.transaction(), conn.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.set_types(_STAGED_TYPES)
            for n, (e, clock) in enumerate(zip(events, clocks or repeat(None, len(events)), strict=True)):
                row = (n, e.originator_id, e.originator_version, e.topic, e.state, _command_of(e), clock)
                copy.write_row(row)
        return cast("int", cursor.execute(_APPEND_STAGED).fetchone())


def _command_of(event: StoredEvent) -> UUID | None:
    return event.command_id if isinstance(event, Record) else None


def _ledger_rows(_: object) -> Callable[[Sequence[Any]], LedgerRow]:
    return LedgerRow._make
