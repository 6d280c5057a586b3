"""How the read side stands to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from ledger.database import connect
from projections.projector import WRITER
from projections.schema import digest

_ANSWER: Final = 20.0
"""Seconds within which the database has to answer whoever asks how things stand."""


@dataclass(frozen=True)
class Status:
    """The read side and its ledger at a moment.

    Attributes:
        position: of the last event projected; all read tables stand there.
        head: of the ledger's last event.
        state: `running`, or `stopped` before an event that cannot be projected.
        error: why it stopped, with `stopped_position`, the event's.
        updated_at: when the read side last moved or stopped.
        projecting: whether some projector is at work now.
        origin: of the ledger; none, like `county`, before it is founded.
        simulated: whether the ledger takes its clock from outside.
        schema_digest: of the read schema, and whether that is this program's (`current`).
    """

    position: int
    head: int
    state: str
    error: str | None
    stopped_position: int | None
    updated_at: datetime
    projecting: bool
    origin: str | None
    county: str | None
    simulated: bool | None
    schema_digest: str
    current: bool

    @property
    def lag(self) -> int:
        """Events recorded and not yet projected."""
        return max(self.head - self.position, 0)


_STATUS = """
select
    p.position, coalesce((select max(e.position) from ledger.events e), 0) as head,
    p.state, p.error, p.stopped_position, p.updated_at,
    exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and (l.classid::bigint << 32 | l.objid::bigint) = %(writer)s
    ) as projecting,
    i.origin, i.county, i.simulated, p.schema_digest, p.schema_digest = %(digest)s as current
from read.projector p left join ledger.identity i on true
"""


def read_status(conninfo: str) -> Status:
    """Return how the read side of a database stands; it was prepared (`projections.schema.prepare`)."""
    with connect(conninfo, patience=_ANSWER) as conn, conn.cursor(row_factory=class_row(Status)) as cursor:
        status = cursor.execute(_STATUS, {"writer": WRITER, "digest": digest()}).fetchone()
    if status is None:
        raise LookupError("read.projector is empty")
    return status
