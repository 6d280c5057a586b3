"""Restoring a ledger from an export: into an empty store, checked line by line, founded in the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from ledger.database import connect, identity
from ledger.errors import (
    ExportCutShort,
    ExportRootDiffers,
    ExportWrong,
    LedgerNotEmpty,
    LogDiffers,
    StoreDiffers,
    refusals,
)
from ledger.exchange import Head, Progress, Told, told_by
from ledger.merkle import Edge
from ledger.records import LedgerRow
from ledger.tree import Log, root_at, tree_size

BATCH: Final = 2000

_BETWEEN: Final = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where position between %b and %b order by position
"""
_RESTORE: Final = """
select ledger.restore(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b::uuid[], %b::timestamptz[], %b)
"""


class Restored(NamedTuple):
    """What came of it.

    Attributes:
        head: of the file.
        added: events that were not there yet.
    """

    head: Head
    added: int


def restore(conninfo: str, lines: Iterable[bytes], progress: Progress | None = None) -> Restored:
    """Restore a ledger from an export.

    Every event keeps its position and the time it was recorded at, so the log has the same root. What was
    interrupted goes on when it is done again with the same file; a ledger that was restored from a file with
    this root is left as it is.

    Args:
        conninfo: of the owner of a database, after `ledger.database.prepare`.
        lines: of the file, the head first.
        progress: told after each batch.

    Raises:
        LedgerNotEmpty: the database has a ledger already.
        StoreDiffers: what an interrupted restoration left there is not of this file.
        ExportWrong, ExportCutShort, ExportRootDiffers: the file is not as it was written.
        CannotRestore, ClockWentBack: the database refuses the events.
        LogDiffers: the database has a log already that is not that of the events.
    """
    source = iter(lines)
    head = Head.parse(next(source, b""))
    with connect(conninfo) as conn, refusals():
        if _is_restored(conn, head):
            return Restored(head, 0)
        present = _last_position(conn)
        if present > head.size:
            raise StoreDiffers(position=head.size + 1)
        log = _Log(head)
        for batch in _batches(log.events(source)):
            there = _compared(conn, batch) if batch[0].row.position <= present else 0
            _add(conn, batch[there:])
            if progress is not None:
                progress(log.size, head.size)
        log.end()
        _grow(conn, head)
        _found(conn, head)
    return Restored(head, head.size - present)


class _Log:
    """The log in a file: its events in order, and whether they lead to its root."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._edge = Edge()
        self._versions: dict[UUID, int] = {}

    @property
    def size(self) -> int:
        """How many events were read."""
        return self._edge.size

    def events(self, lines: Iterable[bytes]) -> Iterator[Told]:
        """Yield the events, each checked by itself and as the next one of the log and of its aggregate."""
        last = None
        for number, line in enumerate(lines, 2):
            told = told_by(line, number)
            row, position = told.row, number - 1
            version = self._versions.get(row.originator_id, 0) + 1
            if position > self._head.size or row.position != position:
                raise ExportWrong(
                    line=number,
                    zh=f"此处不应有位置 {row.position} 的事件",
                    en=f"no event with position {row.position} belongs here",
                )
            if row.originator_version != version:
                raise ExportWrong(
                    line=number, zh=f"version 应为 {version}", en=f"version should be {version}"
                )
            if last is not None and row.recorded_at < last:
                raise ExportWrong(line=number, zh="recorded_at 倒退", en="recorded_at goes back")
            last = row.recorded_at
            self._versions[row.originator_id] = version
            deque(self._edge.add([told.leaf]), maxlen=0)
            yield told

    def end(self) -> None:
        """Check that the file was whole."""
        if self.size != self._head.size:
            raise ExportCutShort(size=self._head.size, found=self.size)
        if self._edge.root != self._head.root:
            raise ExportRootDiffers(root=self._head.root.hex(), found=self._edge.root.hex())


def _batches(events: Iterator[Told]) -> Iterator[list[Told]]:
    while batch := list(islice(events, BATCH)):
        yield batch


def _is_restored(conn: Connection[Any], head: Head) -> bool:
    """Tell whether a ledger is there that this file was restored to.

    Raises:
        LedgerNotEmpty: there is another one.
    """
    whose = identity(conn)
    if whose is None:
        return False
    restored = conn.execute("select size, root from ledger.restoration").fetchone()
    if whose == head.identity and restored == (head.size, head.root):
        return True
    raise LedgerNotEmpty(origin=whose.origin)


def _last_position(conn: Connection[Any]) -> int:
    ((position,),) = conn.execute("select coalesce(max(position), 0) from ledger.events")
    return int(position)


def _compared(conn: Connection[Any], batch: list[Told]) -> int:
    """Return how many events of a batch the store has already; they have to be the same."""
    ends = batch[0].row.position, batch[-1].row.position
    with conn.cursor(binary=True) as cursor:
        there = [LedgerRow._make(row) for row in cursor.execute(_BETWEEN, ends, prepare=True)]
    for stored, told in zip(there, batch, strict=False):
        if stored != told.row:
            raise StoreDiffers(position=told.row.position)
    return len(there)


def _add(conn: Connection[Any], batch: list[Told]) -> None:
    if not batch:
        return
    rows = [told.row for told in batch]
    columns = (
        [row.originator_id for row in rows],
        [row.originator_version for row in rows],
        [row.topic for row in rows],
        [row.state for row in rows],
        [told.command for told in batch],
        [row.recorded_at for row in rows],
        rows[0].position,
    )
    conn.execute(_RESTORE, columns, prepare=True)


def _grow(conn: Connection[Any], head: Head) -> None:
    """Let the log come to the root of the file, so that nobody finds a shorter one in a founded ledger."""
    log = Log()
    log.look(conn)
    log.catch_up(conn, head.size)
    if tree_size(conn) != head.size or root_at(conn, head.size) != head.root:
        raise LogDiffers(size=head.size)


def _found(conn: Connection[Any], head: Head) -> None:
    whose = head.identity
    with conn.transaction():
        conn.execute(
            "insert into ledger.identity (origin, county, simulated, created_at) values (%s, %s, %s, %s)",
            (whose.origin, whose.county, whose.simulated, whose.created_at),
        )
        conn.execute("insert into ledger.restoration (size, root) values (%s, %s)", (head.size, head.root))
