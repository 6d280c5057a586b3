"""Exporting the log: every event once, read in order and written as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import orjson
from psycopg import Connection

from ledger import tree
from ledger.database import identity
from ledger.errors import LogDiffers, NotFounded, NotInLog
from ledger.exchange import Head, Progress, event_line
from ledger.leaf import leaf_data
from ledger.merkle import Edge, leaf_hash
from ledger.records import LedgerRow
from ledger.signed import signed_checkpoint

BATCH: Final = 2000

_AFTER: Final = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where position > %b and position <= %b order by position limit %b
"""


def export(
    conn: Connection[Any],
    write: Callable[[bytes], object],
    upto: int | None = None,
    progress: Progress | None = None,
) -> Head:
    """Write the log as JSON Lines, and return its head.

    The root that the head names is that of the kept tree; the events written are hashed again, and have to
    lead to it.

    Args:
        conn: in autocommit mode.
        write: takes the lines, each with its end.
        upto: the last position; the log's end, if not given.
        progress: told after each batch.

    Raises:
        NotFounded: there is no ledger.
        NotInLog: the log is shorter than `upto`.
        LogDiffers: the events do not lead to the root of the log. What was written is not to be trusted.
        UnreadableEvent: an event's state is no JSON.
    """
    whose = identity(conn)
    if whose is None:
        raise NotFounded
    in_log = tree.tree_size(conn)
    size = in_log if upto is None else upto
    if not 0 <= size <= in_log:
        raise NotInLog(size=size)
    signed = signed_checkpoint(conn, size)
    head = Head(whose, size, tree.root_at(conn, size), None if signed is None else signed.note)
    if signed is not None and signed.checkpoint.root != head.root:
        raise LogDiffers(size=size)
    write(head.line)
    edge = Edge()
    while edge.size < size:
        with conn.cursor(binary=True) as cursor:
            found = cursor.execute(_AFTER, (edge.size, size, BATCH), prepare=True)
            rows = [LedgerRow._make(row) for row in found]
        leaves = [leaf_hash(leaf_data(row)) for row in rows]
        for row, leaf in zip(rows, leaves, strict=True):
            write(orjson.dumps(event_line(row, leaf), option=orjson.OPT_APPEND_NEWLINE))
        deque(edge.add(leaves), maxlen=0)
        if not rows:
            raise LogDiffers(size=size)
        if progress is not None:
            progress(edge.size, size)
    if edge.root != head.root:
        raise LogDiffers(size=size)
    return head
