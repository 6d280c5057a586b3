"""The events as they are stored, read as the bytes that are hashed, with as few steps for each as can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from struct import Struct, unpack
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, Copy, OperationalError

from ledger.leaf import COLUMNS, EPOCH
from ledger.records import LedgerRow

PREFIX: Final = b"\x00"
"""What RFC 6962 hashes before a leaf's bytes. A row has it in front, so that hashing need not copy it."""

_HEAD: Final = Struct(">3x4xq4x16s4xqI")  # position, aggregate, version, length of the topic

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)

_HEADER: Final = 19  # bytes before the first row of a binary COPY
_TRAILER: Final = 2  # bytes that are sent after the last
_TOPIC: Final = _HEAD.size
_MOMENT: Final = Struct(">4xq4x")


class Rows:
    """Events in the order of their positions, to be taken in portions; see `stored_rows`."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self._pgconn = copy.connection.pgconn
        self._returned: list[bytes] = []
        self._ended = False
        self._keep(memoryview(copy.read())[_HEADER:])

    def take(self, count: int) -> list[bytes]:
        """Return the next rows, as many as there are, each as `PREFIX` and its leaf's bytes."""
        rows, self._returned = self._returned[:count], self._returned[count:]
        receive, missing = self._pgconn.get_copy_data, count - len(rows)
        while missing > 0 and not self._ended:
            size, row = receive(1)
            if size > _TRAILER:
                rows.append(PREFIX + row)
                missing -= 1
            elif size < 0:
                raise OperationalError("the server stopped sending events before their end")
            elif size > 0:
                self._keep(row)
            else:
                rows += self._more()
                missing = count - len(rows)
        return rows

    def _more(self) -> list[bytes]:
        """Return a row that has arrived, or wait for the next one as the library does."""
        self._pgconn.consume_input()
        size, row = self._pgconn.get_copy_data(1)
        if size < 0:
            raise OperationalError("the server stopped sending events before their end")
        self._keep(row if size else self._copy.read())
        rows, self._returned = self._returned, []
        return rows

    def give_back(self, rows: Sequence[bytes]) -> None:
        """Put rows back, to be taken next."""
        self._returned = [*rows, *self._returned]

    def _keep(self, row: Any) -> None:
        if len(row) > _TRAILER:
            self._returned.append(PREFIX + row)
        else:
            self._ended = True
            while self._copy.read():
                pass


@contextmanager
def stored_rows(conn: Connection[Any], after: int, upto: int) -> Iterator[Rows]:
    """Lend the events after a position, up to another; the connection is busy with them meanwhile."""
    query = f"select {COLUMNS} from ledger.events where position > {after:d} and position <= {upto:d}"  # noqa: S608 - two numbers
    with conn.cursor().copy(f"copy ({query} order by position) to stdout (format binary)".encode()) as copy:
        rows = Rows(copy)
        yield rows
        while rows.take(1000):  # a COPY has to be read to its end
            pass


def position_of(row: bytes) -> int:
    """Return a row's position."""
    return int.from_bytes(row[7:15], "big", signed=True)


def columns_of(rows: Sequence[bytes]) -> tuple[list[bytes], tuple[int, ...], list[bytes]]:
    """Return the rows' aggregates, versions, and times as hashed: in order, from the year 2000 on."""
    aggregates = [row[19:35] for row in rows]
    versions = unpack(f">{len(rows)}q", b"".join([row[39:47] for row in rows]))
    topics = unpack(f">{len(rows)}I", b"".join([row[47:_TOPIC] for row in rows]))
    moments = [row[_TOPIC + 4 + topic : _TOPIC + 12 + topic] for row, topic in zip(rows, topics, strict=True)]
    return aggregates, versions, moments


def at_position(row: bytes, position: int) -> bytes:
    """Return the row as it would be at another position."""
    return row[:7] + position.to_bytes(8, "big", signed=True) + row[15:]


def ledger_row(row: bytes) -> LedgerRow:
    """Return a row's fields; a time before the year 1 or after 9999 as the first or the last there is."""
    position, aggregate, version, length = _HEAD.unpack_from(row)
    after = _TOPIC + length
    (moment,) = _MOMENT.unpack_from(row, after)
    return LedgerRow(
        position,
        UUID(bytes=aggregate),
        version,
        row[_TOPIC:after].decode(),
        row[after + _MOMENT.size :],
        _moment(moment),
    )


def _moment(microseconds: int) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _LAST if microseconds > 0 else _FIRST
