"""Changes: what lies between two moments, and how late events were entered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from domain.correction import Correction
from domain.disclosure import Disclosure
from domain.intake import Import
from domain.remark import Remark
from domain.root import Event
from tests.oracle import log, people, places, totals
from tests.oracle.clocks import LATE_ENTRY_DAYS, Record, World, month_of, rounded, share

OF_PERSON: Final = (
    *(
        "id",
        "staffNumber",
        "name",
        "gender",
        "sendingUnit",
        "batchYear",
        "stage",
        "village",
        "since",
        "until",
    ),
    *("replaces", "replacedBy", "departedOn", "departure", "promotedOn", "newPosition", "partyRelationOn"),
    *("daysPresent", "lateEntries", "householdsVisited", "projectsStarted", "projectsCompleted", "dutyCount"),
    *("latestGrade", "commendationCount", "caseCount", "eventCount", "version", "position"),
)
OF_PLACE: Final = (
    *("id", "code", "name", "townshipCode", "townshipName", "kind", "year", "review", "weakOrLagging"),
    *("approvedYears", "householdCount", "registeredPoor", "instructor", "vacantSince", "position"),
)


@dataclass(frozen=True)
class Change:
    """An event that counts at one of two moments only, or that came and went in between."""

    world: World
    kind: str
    record: Record[Event]
    moved_by: Record[Event]

    @property
    def moved_at(self) -> int:
        return self.moved_by.position

    @property
    def moved_on(self) -> datetime:
        return self.moved_by.recorded_at

    @property
    def position(self) -> int:
        return self.record.position

    @property
    def days_late(self) -> int:
        return self.record.days_late

    @property
    def event(self) -> log.AuditEvent:
        return log.AuditEvent(self.world, self.record)

    @property
    def voided_by(self) -> log.AuditEvent | None:
        return None if self.moved_by is self.record else log.AuditEvent(self.world, self.moved_by)

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.record.person)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.record.village)


def changes(then: World, now: World) -> list[Change]:
    """Return the changes between two moments, in the order of what made them."""
    return sorted(_changes(then, now), key=lambda it: (it.moved_at, it.position))


def _changes(then: World, now: World) -> Iterator[Change]:
    for record in now.log.records[: now.known]:
        if record.voids is not None:
            continue
        counted = now.log.counts(record, then.as_of, then.known)
        counts = now.log.counts(record, now.as_of, now.known)
        voiding = now.log.voided_by(record, now.known)
        if counts and not counted:
            yield Change(now, "ADDED" if record.day > then.as_of else "BECAME_KNOWN", record, record)
        elif counted and not counts:
            assert voiding is not None
            yield Change(now, "VOIDED", record, voiding)
        elif voiding is not None and record.position > then.known and record.day <= now.as_of:
            yield Change(now, "ADDED_AND_VOIDED", record, voiding)


@dataclass(frozen=True)
class FieldChange:
    """A field that differs between two moments."""

    field: str
    before: str | None
    after: str | None


def diff(before: object | None, after: object, names: tuple[str, ...]) -> list[FieldChange]:
    """Return the fields of a state that differ from those of an earlier one, if there was one."""
    found = ((name, None if before is None else _text(before, name), _text(after, name)) for name in names)
    return [FieldChange(name, was, is_) for name, was, is_ in found if was != is_]


def _text(state: object, name: str) -> str | None:
    """Return a field as text: words of the API, numbers, days, and the id of whom or what it leads to."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    match getattr(state, snake):
        case None:
            return None
        case Enum() as word:
            return word.name
        case bool() as truth:
            return str(truth).lower()
        case list() as many:
            return f"[{','.join(map(str, many))}]"
        case people.Person() | places.Place() as state_of:
            return str(state_of.id)
        case value:
            return str(value)


@dataclass(frozen=True)
class Backdating:
    """How late the events of a person, a township or a month were entered."""

    world: World
    of: UUID | str
    by: str
    records: list[Record[Event]]
    over_days: int

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.of) if isinstance(self.of, UUID) else None

    @property
    def township(self) -> totals.Township | None:
        return totals.Township(self.world, str(self.of)) if self.by == "TOWNSHIP" else None

    @property
    def month(self) -> str | None:
        return str(self.of) if self.by == "MONTH" else None

    @property
    def events(self) -> int:
        return len(self.records)

    @property
    def _late(self) -> list[Record[Event]]:
        return [it for it in self.records if it.days_late > self.over_days]

    @property
    def late(self) -> int:
        return len(self._late)

    @property
    def share(self) -> Decimal | None:
        return share(self.late, self.events)

    @property
    def mean_days(self) -> Decimal | None:
        return rounded(Decimal(sum(it.days_late for it in self._late)) / self.late) if self._late else None

    @property
    def max_days(self) -> int | None:
        return max((it.days_late for it in self._late), default=None)

    @property
    def evidence(self) -> list[log.AuditEvent]:
        return log.behind(self.world, *self._late)


def backdating(world: World, by: str, over_days: int = LATE_ENTRY_DAYS) -> list[Backdating]:
    """Return the rows of the report: months in their order, others with the most late entries first."""
    groups: dict[Any, list[Record[Event]]] = {}
    for record in world.facts:
        if isinstance(record.event, Import.Event | Correction.Event | Remark.Event | Disclosure.Event):
            continue
        place = places.place(world, record.village)
        groupings: dict[str, UUID | str | None] = {
            "PERSON": record.person,
            "TOWNSHIP": place.township_code if place else None,
            "MONTH": month_of(record.day),
        }
        of = groupings[by]
        if of is not None:
            groups.setdefault(of, []).append(record)
    rows = [Backdating(world, of, by, records, over_days) for of, records in groups.items()]
    return sorted(rows, key=lambda it: (0 if by == "MONTH" else -it.late, it.of))


def earlier(
    world: World,
    since: str | None = None,
    since_known_at: str | None = None,
    since_known_at_position: str | None = None,
) -> World:
    """Return the earlier moment that is asked for: a day, a knowledge, or both."""
    known, horizon = world.known, world.as_of
    if since_known_at_position is not None:
        known = int(since_known_at_position)
        horizon = min(horizon, world.log.horizon(known))
    if since_known_at is not None:
        moment = datetime.fromisoformat(since_known_at)
        known = world.log.known_at(moment)
        horizon = min(horizon, world.log.day_of(moment))
    return world.log.at(horizon if since is None else date.fromisoformat(since), known)
