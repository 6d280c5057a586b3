"""The two clocks of a query: what had happened by a day, as it was known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, LiteralString

from api.database import Database
from api.problems import Problem, bad_request

_CLOCK: Final[LiteralString] = """
select p.position,
       case when %(moment)s::timestamptz is null then null else read.position_known_at(%(moment)s) end,
       (select e.recorded_at from ledger.events e
        where e.position = least(p.position, coalesce(%(known)s::bigint, p.position)))
from read.projector p
"""


@dataclass(frozen=True)
class Clock:
    """Where a query stands.

    Attributes:
        as_of: the day, included.
        known: the position, included; 0 when nothing was known.
        known_at: the moment asked for, or the one at which the position was recorded.
    """

    as_of: date
    known: int
    known_at: datetime | None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters that every statement has."""
        return {"as_of": self.as_of, "known": self.known}


async def clock_at(
    database: Database, as_of: date, known_at: datetime | None = None, known_position: int | None = None
) -> Clock:
    """Return the clocks that a query asks for; without a moment, at what the read side knows now.

    Raises:
        Problem: both a moment and a position are given, or the read side has not reached the position.
    """
    if known_at is not None and known_position is not None:
        raise bad_request(
            "knownAt与knownAtPosition只能给出一个。", "Give knownAt or knownAtPosition, not both."
        )
    rows = await database.rows(_CLOCK, {"moment": known_at, "known": known_position})
    now, known_by_then, recorded_at = rows[0]
    if known_position is not None:
        if known_position > now:
            raise Problem(
                "NOT_YET_KNOWN",
                f"位置{known_position}尚未到达,现为{now};可用waitFor等待。",
                f"Position {known_position} is not reached yet, the read side stands at {now}; use waitFor.",
            )
        return Clock(as_of, known_position, recorded_at)
    if known_at is not None:
        return Clock(as_of, min(known_by_then, now), known_at)
    return Clock(as_of, now, recorded_at)
