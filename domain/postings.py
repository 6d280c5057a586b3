"""A posting: where, of which batch, from and until when (二(二))."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID


@dataclass(frozen=True)
class Posting:
    """Service in a village from `since` until `until`, both included; `replaces` names a recalled one."""

    village_id: UUID
    batch_year: int
    since: date
    until: date
    replaces: UUID | None

    def covers(self, day: date) -> bool:
        """Tell whether `day` lies in the term."""
        return self.since <= day <= self.until


def anniversary_eve(day: date, years: int) -> date:
    """Return the last day of a span of whole `years` that begins on `day`.

    17 March 2020 and three years give 16 March 2023; 29 February counts as 1 March where there is none.
    """
    year = day.year + years
    if day.day > monthrange(year, day.month)[1]:
        return date(year, day.month, monthrange(year, day.month)[1])
    return day.replace(year=year) - timedelta(days=1)
