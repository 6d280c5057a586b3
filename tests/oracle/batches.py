"""Batches: the instructors and key villages of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from domain.instructor import Instructor
from domain.village import Village
from tests.oracle import comparison, log, people, places, work
from tests.oracle.clocks import SHANGHAI, World


def batches(world: World, service_day: int | None = None) -> list[Batch]:
    """Return every batch that a nomination belongs to, perhaps each on the same day of its service."""
    years = {it.event.year for it in world.all(Village.Nominated)}
    years |= {it.event.batch_year for it in world.all(Instructor.Nominated)}
    return [batch(world, year, service_day) for year in sorted(years)]


def batch(world: World, year: int, service_day: int | None = None) -> Batch:
    """Return a batch, where it stands on a day of its service if it has got there."""
    return Batch(Asked(world, service_day), year)


@dataclass(frozen=True)
class Asked:
    """The moment that is asked for, and perhaps a day of service."""

    world: World
    service_day: int | None


class Batch:
    """The instructors and key villages of a year, on clocks of its own."""

    def __init__(self, asked: Asked, year: int) -> None:
        self.asked = asked
        self.year = year
        first = [
            it.since for it in work.postings(asked.world, batch=year) if it.appointed.event.replaces is None
        ]
        self.day_one = min(first, default=None)
        self.reached = asked.service_day is None
        self.world = asked.world
        if asked.service_day is not None and self.day_one is not None:
            self._stand_on(self.day_one + timedelta(asked.service_day - 1))
        self.as_of = self.world.as_of
        self.known_at_position = self.world.known
        self.postings = work.postings(self.world, batch=year)

    def _stand_on(self, day: date) -> None:
        """Stand at the end of a day, and at what was known then, unless that is still to come."""
        if day <= self.world.as_of:
            known = self.world.log.known_at(datetime.combine(day, time.max, SHANGHAI))
            self.world = self.world.log.at(day, min(known, self.world.known))
            self.reached = True

    @property
    def nominations(self) -> list[people.Nomination]:
        found = [people.Nomination(self.world, it) for it in self.world.all(Instructor.Nominated)]
        return [it for it in found if it.batch_year == self.year]

    @property
    def village_years(self) -> list[places.VillageYear]:
        found = [year for village in places.villages(self.world) for year in village.years]
        return [it for it in found if it.year == self.year]

    @property
    def villages_nominated(self) -> int:
        return len(self.village_years)

    @property
    def villages_approved(self) -> int:
        return len([it for it in self.village_years if it.review == "APPROVED"])

    @property
    def weak_or_lagging(self) -> int:
        return len([it for it in self.village_years if it.weak_or_lagging])

    @property
    def nominated(self) -> int:
        return len(self.nominations)

    @property
    def approved(self) -> int:
        return len([it for it in self.nominations if it.outcome == "APPROVED"])

    @property
    def rejected(self) -> int:
        return len([it for it in self.nominations if it.outcome == "REJECTED"])

    @property
    def appointed(self) -> int:
        return len(self.postings)

    @property
    def serving(self) -> int:
        return len([it for it in self.postings if it.serving])

    @property
    def recalled(self) -> int:
        return len([it for it in self.postings if it.departure == "RECALLED"])

    @property
    def completed(self) -> int:
        return len([it for it in self.postings if it.departure == "TERM_COMPLETED"])

    @property
    def replacements(self) -> int:
        return len([it for it in self.postings if it.appointed.event.replaces])

    @property
    def promoted(self) -> int:
        return len({it.who for it in self.postings if it.work(Instructor.PromotedButRetained)})

    def deeds(self, kind: type[Any]) -> list[Any]:
        return [fact for posting in self.postings for fact in posting.work(kind)]

    @property
    def days_present(self) -> int:
        return len(self.deeds(Instructor.CheckedIn))

    @property
    def months(self) -> list[work.Month]:
        return [month for posting in self.postings for month in posting.months()]

    @property
    def full_months(self) -> int:
        return len([it for it in self.months if it.full_month])

    @property
    def short_months(self) -> int:
        return len([it for it in self.months if it.short])

    @property
    def projects_completed(self) -> int:
        return len(self.deeds(Instructor.ProjectCompleted))

    @property
    def _register(self) -> set[tuple[UUID, str]]:
        """Households on the register of the villages with a posting."""
        return {
            (where, code)
            for where in {it.where for it in self.postings}
            for code in places.register(self.world, where, self.world.as_of)
        }

    @property
    def household_count(self) -> int:
        return len(self._register)

    @property
    def households_visited(self) -> int:
        """Of these, visited in some posting of the batch."""
        visited = {(it.village, it.event.household) for it in self.deeds(Instructor.HouseholdVisited)}
        return len(self._register & visited)

    @property
    def position(self) -> int:
        """Of the last event about anybody nominated for it; 0 while there is nobody."""
        known = self.world.log.records[: self.world.known]
        members = {it.record.person for it in self.nominations}
        about = [it.position for it in known if it.person in members and it.day <= self.world.as_of]
        return max(about, default=0)

    @property
    def instructors(self) -> list[people.Person]:
        return [it for it in people.people(self.world) if it.batch_year == self.year]

    @property
    def villages(self) -> list[places.Place]:
        return [it for it in places.villages(self.world) if self.year in it.approved_years]

    @property
    def figures(self) -> list[comparison.BatchFigure]:
        earlier = next(
            (it for it in batches(self.asked.world, self.asked.service_day) if it.year == self.year - 1), None
        )
        return comparison.figures(self, earlier)

    def evidence(self, figure: str, part: str | None = None) -> list[log.AuditEvent]:
        return log.behind(self.world, *comparison.behind(self, figure, part))
