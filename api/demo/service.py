"""One posting in the simulation: what fate has in store for it, and what comes of living it."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from api.demo.cast import Hamlet, Person
from api.demo.steps import later
from domain.entry import Actor
from domain.terms import RecallGround

Month = tuple[int, int]
"""A year and a month."""


@dataclass(frozen=True)
class Lot:
    """What fate has in store for a posting."""

    promoted: bool = False
    recalled_for: RecallGround | None = None


@dataclass
class Service:
    """One posting.

    Attributes:
        person: who serves.
        hamlet: where.
        batch_year: of which batch.
        since: from this day.
        until: planned to this day.
        left_on: the day it ends: `until`, or the day of recall.
        zeal: from 0 to 1; good work comes of it.
        lot: what fate has in store for it.
        days: the days present in the village, in order; filled by living them.
        visits: households visited, by code and day; likewise.
        completed: practical projects completed, by year; likewise.
    """

    person: Person
    hamlet: Hamlet
    batch_year: int
    since: date
    until: date
    left_on: date
    zeal: float
    lot: Lot
    days: list[date] = field(default_factory=list)
    visits: set[tuple[str, date]] = field(default_factory=set)
    completed: Counter[int] = field(default_factory=Counter)

    @property
    def office(self) -> Actor:
        """The party committee of the village's township."""
        return self.hamlet.office

    def months(self) -> Iterator[tuple[date, date]]:
        """Yield the first and last day of service in every month."""
        yield from months_between(self.since, self.left_on)

    def present(self) -> Counter[Month]:
        """Return the number of days in the village in each month."""
        return Counter((day.year, day.month) for day in self.days)

    def whole_years(self) -> range:
        """Return the calendar years that it saw the end of."""
        return range(self.since.year, self.left_on.year)


def months_between(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield every month that a span touches, cut to the span."""
    while first <= last:
        end = min(first.replace(day=monthrange(first.year, first.month)[1]), last)
        yield first, end
        first = later(end, 1)
