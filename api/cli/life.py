"""A life replayed: an instructor's events from the ledger, on both clocks, each with the state after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast
from uuid import UUID

from api.cli.console import Failed
from api.county import SHANGHAI, County
from domain.ids import instructor_id
from domain.instructor import Instructor, InstructorEvent, Stage
from domain.village import Village
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
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


def replay(county: County, who: str, as_of: date, known_at: datetime | int | None) -> list[Moment]:
    """Return a person's events that had happened by a day and were known at a moment.

    Args:
        county: whose ledger.
        who: id or staff number.
        as_of: the day, included.
        known_at: the moment or the position, included; None for all that is known.

    Raises:
        Failed: nothing is known of the person.
    """
    try:
        person = UUID(who)
    except ValueError:
        person = instructor_id(county.identity.county, who)
    recorder = cast("Recorder", county.programme.recorder)
    known = recorder.position_at(known_at) if isinstance(known_at, datetime) else known_at
    rows = recorder.read_life(person, known)
    if not rows:
        raise Failed(
            f"截至该时刻没有“{who}”的任何记录。请核对干部编号(如 SIM-2020-0001)或人员编号(UUID)。",
            f"Nothing is on record of {who!r} by then. Give a staff number (such as SIM-2020-0001) or an id.",
        )
    return list(_moments(person, rows, as_of))


def village_names(county: County, moments: list[Moment]) -> dict[UUID, str]:
    """Return the names of the villages in a life."""
    names = {}
    for village in {moment.state.village for moment in moments} - {None}:
        first = next(iter(county.programme.events.get(cast("UUID", village), lte=1)), None)
        if isinstance(first, Village.Nominated):
            names[first.originator_id] = first.name
    return names


def moment_or_position(text: str) -> datetime | int:
    """Read `--known-at`: a position, a moment, or a day, which is meant to its end (Asia/Shanghai).

    Raises:
        ValueError: it is none of these.
    """
    if text.isdecimal():
        return int(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


def _moments(person: UUID, rows: list[LedgerRow], as_of: date) -> Iterator[Moment]:
    """Let each event that had happened change the state; a voided one counts until it is voided.

    What is voided by an event of a later day never counts: the day is asked about as it is known.
    """
    read = EventMapper().from_row
    known = [(row, cast("InstructorEvent", read(row))) for row in rows]
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
