"""The language of the read side's tests: facts are entered, projected, and asked for on two clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Literal

from domain.instructor import Instructor
from domain.root import Event
from ledger.database import connect
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from ledger.store import Datastore
from projections.projector import Projector
from tests.keyring import keys_in
from tests.scenario import Fact

FOR_EVER = date(9999, 12, 31)


class ReadSide:
    """A simulated ledger with its read side."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.conn: Connection[Any] = connect(conninfo)
        self.conn.execute("set jit = off")  # as whoever serves these reads does
        self.keys = keys_in(conninfo)
        self.projector = Projector(conninfo, self.keys)
        self._recorder = Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))
        self._mapper = EventMapper(self.keys)
        self.versions: Counter[UUID] = Counter()
        self._commands = 0
        self.clock = noon(date(2020, 3, 17))

    def close(self) -> None:
        self.conn.close()
        self._recorder.datastore.close()
        self.keys.close()

    def enter(self, *facts: Fact, on: date | None = None) -> int:
        """Record facts, and return the last one's position.

        Args:
            facts: in the order of their entry, each by a command of its own.
            on: the day of their entry; the day each happened, if not said. It never goes back.
        """
        events, clocks = [], []
        self.clock = max(self.clock, self._latest())
        for fact in facts:
            self.versions[fact.whose] += 1
            self._commands += 1
            self.clock = max(self.clock, noon(on or fact.on))
            event = fact.as_version(self.versions[fact.whose])
            events.append(replace(event, command_id=UUID(int=self._commands)))
            clocks.append(self.clock)
        return self.append(events, clocks)

    def _latest(self) -> datetime:
        """Return when the last event was recorded: whoever is served meanwhile leaves looks behind."""
        query = "select recorded_at from ledger.events order by position desc limit 1"
        found = self.conn.execute(query).fetchone()
        return found[0] if found else self.clock

    def append(self, events: Iterable[Event], clocks: Sequence[datetime] | None = None) -> int:
        """Record events as they are, and return the last one's position.

        A nomination after somebody was forgotten is sealed when that is on record: the next key is another.
        """
        position, waiting, times = 0, list[Event](), list(clocks or ())
        for event in events:
            waiting.append(event)
            if isinstance(event, Instructor.Forgotten):
                position = self._append(waiting, times)
        return self._append(waiting, times) or position

    def _append(self, waiting: list[Event], times: list[datetime]) -> int:
        """Record what waits, at the first of the times if there are any."""
        if not waiting:
            return 0
        stored = [self._mapper.to_stored_event(event) for event in waiting]
        position = self.append_stored(stored, times[: len(waiting)] or None)
        del times[: len(waiting)], waiting[:]
        return position

    def append_stored(self, stored: Sequence[StoredEvent], clocks: Sequence[datetime] | None = None) -> int:
        """Record stored events as they are, and return the last one's position."""
        positions = self._recorder.insert_events(stored, recorded_at=clocks)
        assert positions
        return positions[-1]

    def project(self) -> int:
        """Bring the read side up to date."""
        return self.projector.catch_up()

    def ask(
        self, noun: str, as_of: date = FOR_EVER, known: int = 2**62, **where: object
    ) -> list[dict[str, Any]]:
        """Return what `<noun>_at` answers, of the rows with these values, ordered by its first column."""
        conditions = [SQL("{} = {}").format(Identifier(name), Literal(it)) for name, it in where.items()]
        query = SQL("select * from {}({}, {}) where {} order by 1").format(
            Identifier("read", f"{noun}_at"),
            Literal(as_of),
            Literal(known),
            SQL(" and ").join([SQL("true"), *conditions]),
        )
        with self.conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query).fetchall()

    def one(self, noun: str, as_of: date = FOR_EVER, known: int = 2**62, **where: object) -> dict[str, Any]:
        """Return the one row there is."""
        (row,) = self.ask(noun, as_of, known, **where)
        return row

    def value(self, query: str, *params: object) -> Any:
        """Return the one value of a query."""
        ((found,),) = self.conn.execute(query.encode(), params).fetchall()
        return found


def noon(day: date) -> datetime:
    """Noon of a day in UTC, which is the same day in Shanghai."""
    return datetime.combine(day, time(12), UTC)
