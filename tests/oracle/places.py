"""Places: key villages with their years and their register, and the townships they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.instructor import Instructor
from domain.terms import Goal, HouseholdCategory
from domain.village import Village
from tests.oracle import changes, findings, log, people, totals, work
from tests.oracle.clocks import Record, World

Entry = tuple[Record[Village.HouseholdsRegistered], HouseholdCategory]


def entries(world: World, village: UUID, day: date) -> dict[str, Entry]:
    """Return the households on the register at the end of a day, with their entry and their category."""
    found: dict[str, Entry] = {}
    for entry in world.all(Village.HouseholdsRegistered, village=village):
        if entry.day <= day:
            found |= {it.code: (entry, it.category) for it in entry.event.households}
    for removal in world.all(Village.HouseholdRemoved, village=village):
        code = removal.event.household
        if removal.day <= day and code in found and found[code][0].position < removal.position:
            del found[code]
    return found


def register(world: World, village: UUID, day: date) -> dict[str, HouseholdCategory]:
    """Return the households on the register at the end of a day, with their category."""
    return {code: category for code, (_, category) in entries(world, village, day).items()}


def place(world: World, where: UUID | None) -> Place | None:
    """Return a village, if a nomination counts."""
    return Place(world, where) if where is not None and world.all(Village.Nominated, village=where) else None


def villages(world: World) -> list[Place]:
    """Return every village ever nominated, by its code."""
    found = {
        it.event.originator_id: Place(world, it.event.originator_id) for it in world.all(Village.Nominated)
    }
    return sorted(found.values(), key=lambda it: it.code)


class Place:
    """A village that was nominated (GraphQL: Village), by its latest year."""

    def __init__(self, world: World, where: UUID) -> None:
        self.world = world
        self.id = where
        self.latest = self.years[-1]
        self.nominated = self.latest.nominated.event
        self.code = self.nominated.code
        self.name = self.nominated.name
        self.township_code = self.nominated.township_code
        self.township_name = self.nominated.township
        self.kind = self.nominated.kind
        self.year = self.nominated.year
        self.weak_or_lagging = self.nominated.weak_or_lagging
        self.review = self.latest.review

    def all(self, kind: type[Any]) -> list[Record[Any]]:
        return self.world.all(kind, village=self.id)

    @cached_property
    def years(self) -> list[VillageYear]:
        found = [VillageYear(self.world, it) for it in self.all(Village.Nominated)]
        return sorted(found, key=lambda it: it.year)

    @property
    def goals(self) -> list[log.Deed]:
        return self._yearly(Village.GoalsAssessed)

    @property
    def awards(self) -> list[log.Deed]:
        return self._yearly(Village.AwardPaid)

    def _yearly(self, kind: type[Any]) -> list[log.Deed]:
        return [log.Deed(self.world, it) for it in sorted(self.all(kind), key=lambda it: int(it.event.year))]

    @property
    def approved_years(self) -> list[int]:
        return sorted(it.event.year for it in self.all(Village.Approved))

    @property
    def _register(self) -> dict[str, HouseholdCategory]:
        return register(self.world, self.id, self.world.as_of)

    @property
    def household_count(self) -> int:
        return len(self._register)

    @property
    def registered_poor(self) -> int:
        return list(self._register.values()).count(HouseholdCategory.REGISTERED_POOR)

    @property
    def postings(self) -> list[work.Posting]:
        return work.postings(self.world, village=self.id)

    @property
    def serving(self) -> work.Posting | None:
        there = [it for it in self.postings if it.serving]
        assert len(there) <= 1
        return there[0] if there else None

    @property
    def instructor(self) -> people.Person | None:
        return self.serving.instructor if self.serving else None

    @property
    def vacant_since(self) -> date | None:
        """The last day of anybody's service in an approved village where nobody serves."""
        if self.review != "APPROVED" or self.serving or self.world.log.in_part:
            return None
        return max((it.last_day for it in self.postings), default=None)

    @property
    def position(self) -> int:
        return self.world.history(self.id)[-1].position

    @property
    def township(self) -> totals.Township:
        return totals.Township(self.world, self.township_code)

    @property
    def projects(self) -> list[work.Project]:
        return work.projects(self.world, village=self.id)

    @property
    def households(self) -> list[Household]:
        entries = {
            household.code: (entry, household.category)
            for entry in self.all(Village.HouseholdsRegistered)
            for household in entry.event.households
        }
        return [Household(self.world, code, *latest) for code, latest in sorted(entries.items())]

    @property
    def history(self) -> list[log.Past]:
        return log.history(self.world, self.id)

    @property
    def findings(self) -> list[findings.Finding]:
        return [it for it in findings.findings(self.world) if it.where == self.id]

    def diff(self, **since: Any) -> list[changes.FieldChange]:
        then = changes.earlier(self.world, **since)
        return changes.diff(place(then, self.id), self, changes.OF_PLACE)

    def changes(self, **since: Any) -> list[changes.Change]:
        found = changes.changes(changes.earlier(self.world, **since), self.world)
        return [it for it in found if it.record.village == self.id]

    def evidence(self, figure: str) -> list[log.AuditEvent]:
        kinds: dict[str, tuple[type[Any], ...]] = {
            "HOUSEHOLD_COUNT": (Village.HouseholdsRegistered, Village.HouseholdRemoved),
            "REGISTERED_POOR": (Village.HouseholdsRegistered, Village.HouseholdRemoved),
            "APPROVED_YEARS": (Village.Approved,),
        }
        return log.behind(self.world, *(it for kind in kinds[figure] for it in self.all(kind)))


class VillageYear:
    """A year for which a village was nominated: the review, the goals, the award."""

    def __init__(self, world: World, nominated: Record[Village.Nominated]) -> None:
        self.world = world
        self.nominated = nominated
        self.village_id = nominated.event.originator_id
        self.year = nominated.event.year
        self.kind = nominated.event.kind
        self.weak_or_lagging = nominated.event.weak_or_lagging
        self.reason = nominated.event.reason
        self.nominated_on = nominated.day

    def _of_year(self, kind: type[Any]) -> Record[Any] | None:
        facts = self.world.all(kind, village=self.village_id)
        return next((it for it in facts if it.event.year == self.year), None)

    @property
    def approved(self) -> Record[Village.Approved] | None:
        return self._of_year(Village.Approved)

    @property
    def declined(self) -> Record[Village.Declined] | None:
        return self._of_year(Village.Declined)

    @property
    def _reviewed(self) -> Record[Any] | None:
        return self.approved or self.declined

    @property
    def review(self) -> str:
        if self.approved:
            return "APPROVED"
        return "DECLINED" if self.declined else "NOMINATED"

    @property
    def reviewed_on(self) -> date | None:
        return self._reviewed.day if self._reviewed else None

    @property
    def decline_reason(self) -> str | None:
        return self.declined.event.reason if self.declined else None

    @property
    def exception_reason(self) -> str | None:
        return (self.declined.event.exception_reason or None) if self.declined else None

    @property
    def goals_met(self) -> tuple[Goal, ...] | None:
        assessed = self._of_year(Village.GoalsAssessed)
        return assessed.event.met if assessed else None

    @property
    def award(self) -> Any:
        paid = self._of_year(Village.AwardPaid)
        return paid.event.amount if paid else None

    @property
    def position(self) -> int:
        """Of the last step of the procedure."""
        return (self._reviewed or self.nominated).position

    @property
    def village(self) -> Place | None:
        return place(self.world, self.village_id)


@dataclass(frozen=True)
class Household:
    """A household, by its latest entry in the register."""

    world: World
    code: str
    entered: Record[Village.HouseholdsRegistered]
    category: HouseholdCategory

    @property
    def village_id(self) -> UUID:
        return self.entered.event.originator_id

    @property
    def since(self) -> date:
        return self.entered.day

    @property
    def removed_on(self) -> date | None:
        removals = self.world.all(Village.HouseholdRemoved, village=self.village_id)
        return next(
            (
                it.day
                for it in removals
                if it.event.household == self.code and it.position > self.entered.position
            ),
            None,
        )

    @property
    def _visits(self) -> list[date]:
        visits = self.world.all(Instructor.HouseholdVisited, village=self.village_id)
        return [it.day for it in visits if it.event.household == self.code]

    @property
    def visits(self) -> int:
        return len(self._visits)

    @property
    def last_visited_on(self) -> date | None:
        return max(self._visits, default=None)

    @property
    def village(self) -> Place | None:
        return place(self.world, self.village_id)
