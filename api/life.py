"""A life as its events tell it: each as the ledger has it, with the state after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from api.county import SHANGHAI
from domain.ids import instructor_id
from domain.instructor import Instructor, InstructorEvent, Stage
from ledger.mapper import EventMapper
from ledger.records import LedgerRow
from projections.schema import LATE_ENTRY_DAYS


@dataclass(frozen=True)
class State:
    """What a life has come to after an event.

    Attributes:
        stage: how far in the procedure.
        ended_by: the event that led out of it (`Recalled`, say), or empty.
        village: where the person serves or served last.
        until: the day that posting ends or ended.
        days_present: days with a check-in in force.
        visits: household visits in force.
        projects_completed: practical projects completed.
    """

    stage: Stage
    ended_by: str
    village: UUID | None
    until: date | None
    days_present: int
    visits: int
    projects_completed: int


@dataclass(frozen=True)
class Moment:
    """One event of a life.

    Attributes:
        row: as the ledger has it.
        event: decoded.
        voided_by: the event that voided it, if that is known.
        state: after it.
    """

    row: LedgerRow
    event: InstructorEvent
    voided_by: LedgerRow | None
    state: State

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded, in Asia/Shanghai."""
        return self.row.recorded_at.astimezone(SHANGHAI)

    @property
    def late_days(self) -> int:
        """The days between happening and being recorded."""
        return (self.recorded_at.date() - self.event.occurred_on).days

    @property
    def is_late(self) -> bool:
        """Whether it counts as entered late."""
        return self.late_days > LATE_ENTRY_DAYS


def person_named(county: str, who: str) -> UUID:
    """Return the id of a person, who is named by it or by the staff number."""
    try:
        return UUID(who)
    except ValueError:
        return instructor_id(county, who)


def moments_of(person: UUID, rows: Sequence[LedgerRow], as_of: date, mapper: EventMapper) -> Iterator[Moment]:
    """Yield the events that had happened by a day; each changes the state, a voided one until it is voided.

    What is voided by an event of a later day never counts: the day is asked about as it is known.
    """
    known = [(row, cast("InstructorEvent", mapper.from_row(row))) for row in rows]
    voided_by = {it.voided_version: row for row, it in known if isinstance(it, Instructor.Voided)}
    happened = [(row, it) for row, it in known if it.occurred_on <= as_of]
    voidings = {it.voided_version for _, it in happened if isinstance(it, Instructor.Voided)}
    life, in_force, ended_by = Instructor.blank(person), dict[int, type[InstructorEvent]](), ""
    tally = Counter[type[InstructorEvent]]()
    for row, event in happened:
        version = event.originator_version
        if isinstance(event, Instructor.Voided):
            if event.voided_version in in_force:
                tally[in_force.pop(event.voided_version)] -= 1
                event.apply(life)
        elif version not in voided_by or version in voidings:
            in_force[version] = type(event)
            tally[type(event)] += 1
            event.apply(life)
            if isinstance(event, Instructor.Rejected | Instructor.Recalled | Instructor.TermCompleted):
                ended_by = type(event).__name__
        yield Moment(row, event, voided_by.get(version), _state(life, ended_by, tally))


def _state(life: Instructor, ended_by: str, tally: Counter[type[InstructorEvent]]) -> State:
    posting = life.postings[-1] if life.postings else None
    return State(
        stage=life.stage,
        ended_by=ended_by if life.stage is Stage.OUTSIDE else "",
        village=posting.village_id if posting else None,
        until=posting.until if posting else None,
        days_present=tally[Instructor.CheckedIn],
        visits=tally[Instructor.HouseholdVisited],
        projects_completed=tally[Instructor.ProjectCompleted],
    )
