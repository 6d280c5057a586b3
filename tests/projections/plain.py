"""The read side once more, as a plain fold over the events: slow, obvious, and sharing nothing with it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.instructor import Instructor
from domain.root import Event
from domain.village import Village

History = list[Event]
"""Events in the order of the log; the first stands at position `first`."""


def seen(history: History, first: int, as_of: date, known: int) -> History:
    """The events that count on a day, as known at a position."""
    recorded = history[: max(known - first + 1, 0)]
    voided = {
        (event.originator_id, event.voided_version)
        for event in recorded
        if isinstance(event, Instructor.Voided | Village.Voided)
    }
    return [
        event
        for event in recorded
        if event.occurred_on <= as_of and (event.originator_id, event.originator_version) not in voided
    ]


@dataclass
class Term:
    """A posting."""

    person: UUID
    village: UUID
    since: date
    until: date
    replaces: UUID | None
    departure: str | None = None
    left_on: date | None = None

    @property
    def last_day(self) -> date:
        return min(self.until, self.left_on or self.until)

    def covers(self, event: Instructor.CheckedIn | Instructor.HouseholdVisited) -> bool:
        return (
            event.originator_id == self.person
            and event.village_id == self.village
            and self.since <= event.occurred_on <= self.last_day
        )


def stage(events: History, person: UUID) -> str | None:
    names: dict[type[Event], str] = {
        Instructor.Nominated: "nominated",
        Instructor.Approved: "approved",
        Instructor.Rejected: "rejected",
        Instructor.Appointed: "serving",
        Instructor.Recalled: "recalled",
        Instructor.TermCompleted: "completed",
    }
    steps = [names[type(it)] for it in events if it.originator_id == person and type(it) in names]
    return steps[-1] if steps else None


def terms(events: History) -> list[Term]:
    found: list[Term] = []
    for event in events:
        match event:
            case Instructor.Appointed():
                found.append(
                    Term(
                        event.originator_id,
                        event.village_id,
                        event.occurred_on,
                        event.until,
                        event.replaces,
                    )
                )
            case Instructor.Recalled() | Instructor.TermCompleted():
                term = [it for it in found if it.person == event.originator_id][-1]
                term.departure = "recalled" if isinstance(event, Instructor.Recalled) else "term_completed"
                term.left_on = event.occurred_on
            case _:
                pass
    return found


def serving(events: History, village: UUID, as_of: date) -> UUID | None:
    there = [
        it.person
        for it in terms(events)
        if it.village == village and it.departure is None and as_of <= it.until
    ]
    assert len(there) <= 1
    return there[0] if there else None


def check_ins(events: History) -> Iterator[Instructor.CheckedIn]:
    return (event for event in events if isinstance(event, Instructor.CheckedIn))


def visits(events: History) -> Iterator[Instructor.HouseholdVisited]:
    return (event for event in events if isinstance(event, Instructor.HouseholdVisited))


def days_present(events: History, person: UUID) -> int:
    return len({it.occurred_on for it in check_ins(events) if it.originator_id == person})


def households_visited(events: History, person: UUID) -> int:
    return len({(it.village_id, it.household) for it in visits(events) if it.originator_id == person})


def projects(events: History, person: UUID) -> dict[UUID, tuple[date, date | None]]:
    found: dict[UUID, tuple[date, date | None]] = {}
    for event in events:
        if event.originator_id != person:
            continue
        if isinstance(event, Instructor.ProjectStarted):
            found[event.project_id] = (event.occurred_on, None)
        if isinstance(event, Instructor.ProjectCompleted):
            found[event.project_id] = (found[event.project_id][0], event.occurred_on)
    return found


def register(events: History, village: UUID, day: date) -> dict[str, str]:
    """Households in the register at the end of a day, with their category."""
    found: dict[str, str] = {}
    for event in events:
        if event.originator_id != village or event.occurred_on > day:
            continue
        if isinstance(event, Village.HouseholdsRegistered):
            found |= {household.code: household.category.value for household in event.households}
        if isinstance(event, Village.HouseholdRemoved):
            found.pop(event.household, None)
    return found


@dataclass(frozen=True)
class Coverage:
    """Households of a posting: all, visited, visited by the deadline; then the registered poor alike."""

    all: tuple[int, int, int]
    poor: tuple[int, int, int]
    deadline: date


def coverage(events: History, term: Term, as_of: date) -> Coverage:
    deadline = months_later(term.since, 3)
    households = register(events, term.village, min(as_of, term.last_day))
    first: dict[str, date] = {}
    for visit in visits(events):
        if term.covers(visit):
            first[visit.household] = min(visit.occurred_on, first.get(visit.household, visit.occurred_on))

    def of(codes: Collection[str]) -> tuple[int, int, int]:
        visited = [first[code] for code in codes if code in first]
        return len(codes), len(visited), len([day for day in visited if day <= deadline])

    poor = [code for code, category in households.items() if category == "registered_poor"]
    return Coverage(of(households.keys()), of(poor), deadline)


@dataclass(frozen=True)
class Month:
    """A month of service."""

    month: str
    present: int
    served: int
    full: bool
    leave: int
    short: bool


def months(events: History, term: Term, as_of: date) -> list[Month]:
    present = {it.occurred_on for it in check_ins(events) if term.covers(it)}
    on_leave = {
        event.first_day + timedelta(n)
        for event in events
        if isinstance(event, Instructor.LeaveGranted) and event.originator_id == term.person
        for n in range((event.last_day - event.first_day).days + 1)
    }
    last = min(as_of, term.last_day)
    served = [term.since + timedelta(n) for n in range((last - term.since).days + 1)]
    found = []
    for month in sorted({f"{day:%Y-%m}" for day in served}):
        days = {day for day in served if f"{day:%Y-%m}" == month}
        any_day = min(days)
        full = len(days) == monthrange(any_day.year, any_day.month)[1]
        there = len(days & present)
        found.append(Month(month, there, len(days), full, len(days & on_leave), full and there < 20))
    return found


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
