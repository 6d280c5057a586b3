"""The roll-ups: how the projector keeps them true (`touch`) and counts anew what has changed (`refresh`).

What they hold, and what they are good for, stands in `sql/25_rollups.sql`. No answer depends on them; an
interrupted refresh leaves facts to be counted by whoever asks, and is taken up where it was left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

ROLLUPS: Final = ("work_month", "posting_service", "posting_coverage")
"""The tables."""

MONTHS: Final = 2000
SERVICES: Final = 200
COVERAGES: Final = 50
"""How much is counted in one transaction: a tenth of a second's work, or a few, so that events go first."""


def touch(cursor: Cursor[Any], schema: str, after: int, upto: int, voided: Sequence[int]) -> None:
    """End the truth of what a batch touches, in the transaction that writes it.

    Args:
        cursor: in that transaction, after its rows are in and its voidings applied.
        schema: the read schema.
        after: the position before the batch's first event.
        upto: the position of its last one.
        voided: positions of the events that it voids.
    """
    touched = SQL("select {}(%s, %s, %s::bigint[])").format(Identifier(schema, "touch"))
    cursor.execute(touched, (after, upto, list(voided)))


def refresh(conn: Connection[Any], schema: str) -> int:
    """Count one piece of what is due, and return how many rows it was; 0 when nothing is due.

    Args:
        conn: in a transaction that holds the tracking row, so that no facts come in meanwhile.
        schema: the read schema.
    """
    # If the machine fails, the piece may be lost although it was committed: then it is due again.
    conn.execute("set local synchronous_commit = off")
    conn.execute("set local jit = off")
    counted = 0
    pieces = (("refresh_months", MONTHS), ("refresh_service", SERVICES), ("refresh_coverage", COVERAGES))
    for function, most in pieces:
        refreshed = SQL("select {}(%s)").format(Identifier(schema, function))
        counted += sum(number for (number,) in conn.execute(refreshed, (most,)))
    return counted


def tidy(conn: Connection[Any], schema: str) -> None:
    """Renew the statistics and the visibility map, and make room, after much was counted."""
    for table in ROLLUPS:
        conn.execute(SQL("vacuum (analyze) {}").format(Identifier(schema, table)))
