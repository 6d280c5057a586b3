"""Postings, and the work that lies in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.instructor import Instructor
from domain.root import Event
from domain.rules import MONTHLY_DAYS, VISIT_ALL_MONTHS
from domain.terms import HouseholdCategory
from domain.village import Village
from tests.oracle import log, people, places
from tests.oracle.clocks import Record, World, days, month_of, months, months_later

POOR = HouseholdCategory.REGISTERED_POOR


def postings(
    world: World, *, person: UUID | None = None, village: UUID | None = None, batch: int | None = None
) -> list[Posting]:
    """Return the postings, perhaps of a person, a village or a batch, in the order of the log."""
    return [
        it
        for it in world.once(
            "postings", lambda: [Posting(world, it) for it in world.all(Instructor.Appointed)]
        )
        if person in {None, it.who} and village in {None, it.where} and batch in {None, it.batch_year}
    ]


class Posting:
    """Service in a village: one `Appointed`."""

    def __init__(self, world: World, appointed: Record[Instructor.Appointed]) -> None:
        self.world = world
        self.appointed = appointed
        self.position = appointed.position
        self.who = appointed.event.originator_id
        self.where = appointed.event.village_id
        self.batch_year = appointed.event.batch_year
        self.since = appointed.day
        self.until = appointed.event.until

    @cached_property
    def departed(self) -> Record[Instructor.Recalled | Instructor.TermCompleted] | None:
        """The person's next departure after the appointment, if it counts."""
        departures: list[Record[Any]] = [
            *self.world.all(Instructor.Recalled, person=self.who),
            *self.world.all(Instructor.TermCompleted, person=self.who),
        ]
        return min(
            (it for it in departures if it.position > self.position),
            key=lambda it: it.position,
            default=None,
        )

    @property
    def recall(self) -> Instructor.Recalled | None:
        event = self.departed.event if self.departed else None
        return event if isinstance(event, Instructor.Recalled) else None

    @property
    def ended_on(self) -> date | None:
        return self.departed.day if self.departed else None

    @property
    def departure(self) -> str | None:
        if self.departed is None:
            return None
        return "RECALLED" if self.recall else "TERM_COMPLETED"

    @property
    def ground(self) -> str | None:
        return self.recall.ground if self.recall else None

    @property
    def recall_reason(self) -> str | None:
        return self.recall.reason if self.recall else None

    @property
    def unit_told(self) -> str | None:
        return self.recall.unit_told if self.recall else None

    @property
    def last_day(self) -> date:
        return min(self.until, self.ended_on or self.until)

    @property
    def served_until(self) -> date:
        """The last day of service that the world has seen."""
        return min(self.world.as_of, self.last_day)

    @property
    def serving(self) -> bool:
        return self.departed is None and self.world.as_of <= self.until

    @property
    def party_relation_on(self) -> date | None:
        transfers = self.work(Instructor.PartyRelationTransferred)
        return transfers[-1].day if transfers else None

    @property
    def successor(self) -> Record[Instructor.Appointed] | None:
        """The next appointment to the village that replaces this person."""
        return next(
            (
                it
                for it in self.world.all(Instructor.Appointed, village=self.where)
                if it.event.replaces == self.who and it.position > self.position
            ),
            None,
        )

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.who)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.where)

    @property
    def replaces(self) -> people.Person | None:
        return people.person(self.world, self.appointed.event.replaces)

    @property
    def replaced_by(self) -> people.Person | None:
        return people.person(self.world, self.successor.person if self.successor else None)

    @property
    def event(self) -> log.AuditEvent:
        return log.AuditEvent(self.world, self.appointed)

    def serves_on(self, day: date) -> bool:
        return self.since <= day <= self.last_day

    def holds(self, fact: Record[Event]) -> bool:
        """Tell whether a fact is work in this posting."""
        return (fact.person, fact.village) == (self.who, self.where) and self.serves_on(fact.day)

    def work(self, kind: type[Any]) -> list[Record[Any]]:
        """Return the work of a kind in this posting."""
        return self.world.once(
            (self.position, kind),
            lambda: [it for it in self.world.all(kind, person=self.who) if self.holds(it)],
        )

    def first_visits(self) -> dict[str, date]:
        """Return the day of the first visit in this posting to each household."""
        first: dict[str, date] = {}
        for visit in self.work(Instructor.HouseholdVisited):
            household = visit.event.household
            first[household] = min(visit.day, first.get(household, visit.day))
        return first

    def months(self) -> list[Month]:
        """Return its months, as far as they have begun."""
        if self.served_until < self.since:
            return []
        return [Month(self, *of) for of in months(self.since, self.served_until)]

    def month_on(self, day: date) -> Month:
        """Return the month of service that a day lies in."""
        return Month(self, *next(months(day, day)))


class Month:
    """A month of service (GraphQL: Attendance)."""

    def __init__(self, posting: Posting, first: date, last: date) -> None:
        self.posting = posting
        self.month = month_of(first)
        self.village_id = posting.where
        self.first_day = max(first, posting.since)
        self.last_day = min(last, posting.served_until)
        self.full_month = (self.first_day, self.last_day) == (first, last)
        self.required = MONTHLY_DAYS.on(last)

    @property
    def instructor(self) -> people.Person | None:
        return self.posting.instructor

    @property
    def village(self) -> places.Place | None:
        return self.posting.village

    @property
    def service_days(self) -> int:
        return len(self._days)

    @property
    def _days(self) -> list[date]:
        return days(self.first_day, self.last_day)

    @cached_property
    def check_ins(self) -> list[Record[Instructor.CheckedIn]]:
        check_ins = self.posting.work(Instructor.CheckedIn)
        return [it for it in check_ins if self.first_day <= it.day <= self.last_day]

    @property
    def days_present(self) -> int:
        return len(self.check_ins)

    @property
    def late_entries(self) -> int:
        return len([it for it in self.check_ins if it.late])

    @property
    def short(self) -> bool:
        return self.full_month and self.days_present < self.required

    @property
    def leave_days(self) -> int:
        return len(
            [
                day
                for day in self._days
                for it in self.leaves
                if it.event.first_day <= day <= it.event.last_day
            ]
        )

    @property
    def leaves(self) -> list[Record[Instructor.LeaveGranted]]:
        """Leave that touches the month."""
        granted = self.posting.world.all(
            Instructor.LeaveGranted, person=self.posting.who, village=self.posting.where
        )
        return [
            it
            for it in granted
            if it.event.first_day <= self.last_day and it.event.last_day >= self.first_day
        ]

    def evidence(self, figure: str) -> list[log.AuditEvent]:
        if figure == "LEAVE_DAYS":
            return log.behind(self.posting.world, *self.leaves)
        late_alone = {"DAYS_PRESENT": False, "LATE_ENTRIES": True}[figure]
        return log.behind(self.posting.world, *(it for it in self.check_ins if it.late or not late_alone))


@dataclass
class Coverage:
    """How far a posting's village was visited."""

    posting: Posting

    def __post_init__(self) -> None:
        self.world = self.posting.world
        self.village_id = self.posting.where
        self.instructor = self.posting.instructor
        self.village = self.posting.village
        self.deadline = months_later(self.posting.since, VISIT_ALL_MONTHS.on(self.posting.since))
        self._register = places.register(self.world, self.village_id, self.posting.served_until)
        self._first = self.posting.first_visits()

    def _count(self, *, poor: bool = False, visited: bool = False, by: date = date.max) -> int:
        codes = [code for code, category in self._register.items() if category is POOR or not poor]
        return len([code for code in codes if not visited or self._first.get(code, date.max) <= by])

    @property
    def households(self) -> int:
        return self._count()

    @property
    def visited(self) -> int:
        return len(self._register.keys() & self._first.keys())

    @property
    def registered_poor(self) -> int:
        return self._count(poor=True)

    @property
    def registered_poor_visited(self) -> int:
        return self._count(poor=True, visited=True, by=self.posting.last_day)

    @property
    def visited_by_deadline(self) -> int:
        return self._count(visited=True, by=self.deadline)

    @property
    def registered_poor_visited_by_deadline(self) -> int:
        return self._count(poor=True, visited=True, by=self.deadline)

    def evidence(self, figure: str) -> list[log.AuditEvent]:
        if figure in {"HOUSEHOLDS", "REGISTERED_POOR"}:
            return log.behind(
                self.world,
                *(
                    it
                    for kind in (Village.HouseholdsRegistered, Village.HouseholdRemoved)
                    for it in self.world.all(kind, village=self.village_id)
                    if it.day <= self.posting.last_day
                ),
            )
        by = self.deadline if figure.endswith("BY_DEADLINE") else self.posting.last_day
        poor = figure.startswith("REGISTERED_POOR")
        return log.behind(
            self.world,
            *(
                visit
                for visit in self.posting.work(Instructor.HouseholdVisited)
                for category in [self._register.get(visit.event.household)]
                if category is not None and (category is POOR or not poor) and visit.day <= by
            ),
        )


class Project:
    """A practical project: its start, and its completion if it counts."""

    def __init__(self, world: World, started: Record[Instructor.ProjectStarted]) -> None:
        self._deed = log.Deed(world, started)
        self.id = started.event.project_id
        self.year = started.event.year
        self.title = started.event.title
        self.started_on = started.day
        self.position = started.position
        completions = world.all(Instructor.ProjectCompleted, person=started.person)
        done = next((it for it in completions if it.event.project_id == self.id), None)
        self.completed_on = done.day if done else None
        self.outcome = done.event.outcome if done else None
        self.households_served = done.event.households_served if done else None

    @property
    def instructor(self) -> people.Person | None:
        return self._deed.instructor

    @property
    def village(self) -> places.Place | None:
        return self._deed.village

    @property
    def event(self) -> log.AuditEvent:
        return self._deed.event


def projects(world: World, *, person: UUID | None = None, village: UUID | None = None) -> list[Project]:
    """Return the projects of a person or a village, in the order of their start."""
    started = world.all(Instructor.ProjectStarted, person=person, village=village)
    return sorted((Project(world, it) for it in started), key=lambda it: (it.started_on, it.position))
