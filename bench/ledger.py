"""How fast the ledger is, as a share of what PostgreSQL itself does in the same run.

    .venv/bin/python -m bench.ledger [CONNINFO]

Without a connection string it starts an embedded server in a temporary folder. Rates of a machine mean
little elsewhere; the ratios mean something anywhere. "Library" is eventsourcing's own PostgreSQL recorder and
JSON mapper; it appends in pieces, because its pipeline can hang on a large append.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import DecimalAsStr, JSONTranscoder, Mapper, Transcoding, UUIDAsHex
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from domain.entry import Actor
from domain.instructor import Instructor
from domain.terms import Role
from ledger import embedded
from ledger.database import connect, found_ledger, prepare
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from ledger.records import Record
from ledger.store import Datastore

ROUNDS = 3
SINGLE = 300
BULK = 50_000
PIECE = 500
ACTOR = Actor("4306240001", Role.INSTRUCTOR, "湘阴县住房和城乡建设局")
COLUMNS = "originator_id, originator_version, topic, state, position, recorded_at, command_id"
TYPES = ["uuid", "int8", "text", "bytea", "int8", "timestamptz", "uuid"]
BARE = """
drop table if exists bare;
create table bare (like ledger.events including all);
"""


class AsText(Transcoding):
    """The library's transcoder knows no dates, times or records: text is the least they take."""

    def __init__(self, kind: type[Any], name: str, decode: Callable[[Any], Any]) -> None:
        self.type, self.name, self._decode = kind, name, decode

    def encode(self, obj: Any) -> Any:
        """Return the text."""
        return [obj.id, obj.role.name, obj.organisation] if isinstance(obj, Actor) else obj.isoformat()

    def decode(self, data: Any) -> Any:
        """Return the value."""
        return self._decode(data)


def library_mapper() -> Mapper[UUID]:
    """Return the library's mapper as it comes, able to store our events."""
    transcoder = JSONTranscoder()
    for transcoding in (
        UUIDAsHex(),
        DecimalAsStr(),
        AsText(date, "date", date.fromisoformat),
        AsText(time, "time", time.fromisoformat),
        AsText(Actor, "actor", lambda row: Actor(row[0], Role[row[1]], row[2])),
    ):
        transcoder.register(transcoding)
    return Mapper(transcoder)


def check_ins(number: int) -> list[Instructor.CheckedIn]:
    """Return check-ins of ninety instructors nobody has seen before."""
    people = [uuid4() for _ in range(90)]
    return [
        Instructor.CheckedIn(
            originator_id=people[n % 90],
            originator_version=n // 90 + 1,
            occurred_on=date(2021, 5, 3),
            actor=ACTOR,
            command_id=uuid4(),
            command_digest="0123456789abcdef" * 2,
            village_id=people[0],
            at=time(8, 30),
            place="村部",
            source_record=f"dingtalk/{n:09}",
        )
        for n in range(number)
    ]


def rate(work: Callable[[], object], number: int) -> float:
    """Return how many a second."""
    start = perf_counter()
    work()
    return number / (perf_counter() - start)


class Bench:
    """The three ways of doing the same: PostgreSQL's own, ours, the library's."""

    def __init__(self, conninfo: str, conn: Connection[Any]) -> None:
        self.conn = conn
        self.ours = Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))
        self.mapper = EventMapper()
        parts = {"host": "", "port": "", "user": "", "password": "", **conninfo_to_dict(conninfo)}
        store = {key: str(parts[key]) for key in ("dbname", "host", "port", "user", "password")}
        self.library = PostgresApplicationRecorder(PostgresDatastore(**store))  # type: ignore[arg-type]  # all str
        self.library.create_table()
        self.library_mapper = library_mapper()

    def close(self) -> None:
        """Close the pools."""
        self.ours.datastore.close()
        self.library.datastore.close()

    def stored(self, number: int) -> list[Record]:
        """Return events ready to append by ours."""
        return [self.mapper.to_stored_event(event) for event in check_ins(number)]

    def one_at_a_time(self) -> tuple[float, float, float]:
        """Append events one by one, each committed."""
        self.conn.execute(BARE)
        insert = f"insert into bare ({COLUMNS}) values (%b, %b, %b, %b, %b, now(), %b)"  # noqa: S608 - constants

        def raw(events: Sequence[Record]) -> None:
            for n, e in enumerate(events):
                row = (e.originator_id, e.originator_version, e.topic, e.state, n + 1, e.command_id)
                self.conn.execute(insert.encode(), row, prepare=True)

        def by(recorder: PostgresApplicationRecorder, events: Sequence[Record]) -> None:
            for event in events:
                recorder.insert_events([event])

        lots = [self.stored(SINGLE) for _ in range(3)]
        return (
            rate(lambda: raw(lots[0]), SINGLE),
            rate(lambda: by(self.ours, lots[1]), SINGLE),
            rate(lambda: by(self.library, lots[2]), SINGLE),
        )

    def in_bulk(self) -> tuple[float, float, float]:
        """Append many events in one transaction (the library: in pieces)."""
        self.conn.execute(BARE)

        def raw(events: Sequence[Record]) -> None:
            now = datetime.now(UTC)
            with (
                self.conn.transaction(),
                self.conn.cursor() as cursor,
                cursor.copy(f"copy bare ({COLUMNS}) from stdin (format binary)".encode()) as copy,
            ):
                copy.set_types(TYPES)
                for n, e in enumerate(events):
                    copy.write_row(
                        (e.originator_id, e.originator_version, e.topic, e.state, n + 1, now, e.command_id)
                    )

        def in_pieces(events: Sequence[Record]) -> None:
            for first in range(0, BULK, PIECE):
                self.library.insert_events(events[first : first + PIECE])

        lots = [self.stored(BULK) for _ in range(3)]
        return (
            rate(lambda: raw(lots[0]), BULK),
            rate(lambda: self.ours.insert_events(lots[1]), BULK),
            rate(lambda: in_pieces(lots[2]), BULK),
        )

    def read(self) -> tuple[float, float, float]:
        """Fetch events in the order of the log and decode them (PostgreSQL: COPY OUT, undecoded)."""
        rows = f"select {COLUMNS} from ledger.events where position <= {BULK} order by position"  # noqa: S608 - constants

        def raw() -> None:
            with self.conn.cursor().copy(f"copy ({rows}) to stdout (format binary)".encode()) as copy:
                for _ in copy:
                    pass

        def ours() -> None:
            for after in range(0, BULK, 5000):
                for row in self.ours.read_after(after, limit=5000):
                    self.mapper.from_row(row)

        def library() -> None:
            for notification in self.library.select_notifications(start=1, limit=BULK // 5):
                self.library_mapper.to_domain_event(notification)

        return rate(raw, BULK), rate(ours, BULK), rate(library, BULK // 5)


def refill_library(bench: Bench) -> None:
    """Give the library events in its own JSON to decode, first in its log."""
    bench.conn.execute("truncate stored_events restart identity")
    events = [bench.library_mapper.to_stored_event(event) for event in check_ins(BULK // 5)]
    for first in range(0, len(events), PIECE):
        bench.library.insert_events(events[first : first + PIECE])


@contextmanager
def scratch(server: str) -> Iterator[str]:
    """Lend a database with a founded ledger."""
    name = f"zhucun_bench_{uuid4().hex[:8]}"
    with connect(server) as conn:
        conn.execute(SQL("create database {}").format(Identifier(name)))
    conninfo = make_conninfo(server, dbname=name)
    try:
        prepare(conninfo)
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/bench", county="430624", simulated=True)
        yield conninfo
    finally:
        with connect(server) as conn:
            conn.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def run(server: str) -> None:
    """Measure, each figure the median of a few rounds, and print the table."""
    with scratch(server) as conninfo, connect(conninfo) as conn:
        bench = Bench(conninfo, conn)
        bulk = [bench.in_bulk() for _ in range(ROUNDS)]
        conn.execute("vacuum analyze")
        single = [bench.one_at_a_time() for _ in range(ROUNDS)]
        refill_library(bench)
        read = [bench.read() for _ in range(ROUNDS)]
        bench.close()
    print(f"{'':22}{'PostgreSQL':>14}{'ours':>12}{'ratio':>8}{'library':>12}{'ratio':>8}   (events/s)")
    for name, rounds in (
        ("one event, one commit", single),
        ("50,000 in one append", bulk),
        ("read and decode", read),
    ):
        limit, ours, library = (median(column) for column in zip(*rounds, strict=True))
        print(
            f"{name:22}{limit:14,.0f}{ours:12,.0f}{ours / limit:8.2f}{library:12,.0f}{library / limit:8.2f}"
        )


def main() -> None:
    """Run on the server named on the command line, or on an embedded one."""
    if len(sys.argv) > 1:
        run(sys.argv[1])
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        run(server.conninfo)


if __name__ == "__main__":
    main()
