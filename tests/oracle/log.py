"""Events as they are answered: what all have in common, and who and what a fact leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.instructor import Instructor
from domain.root import Event
from tests.oracle import people, places
from tests.oracle.clocks import Record, World


@dataclass(frozen=True)
class Deed:
    """A fact about a person's work, with what its own event says."""

    world: World
    record: Record[Event]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record.event, name)

    @property
    def position(self) -> int:
        return self.record.position

    @property
    def recorded_at(self) -> datetime:
        return self.record.recorded_at

    @property
    def day(self) -> date:
        return self.record.day

    @property
    def village_id(self) -> UUID | None:
        return self.record.village

    appraised_on = assessed_on = paid_on = day

    @property
    def event(self) -> AuditEvent:
        return AuditEvent(self.world, self.record)

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.record.person)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.record.village)


class Case(Deed):
    """A grave case."""

    @property
    def kind(self) -> str:
        opened = isinstance(self.record.event, Instructor.AccountabilityOpened)
        return "ACCOUNTABILITY" if opened else "DISCIPLINE"

    @property
    def ground(self) -> str | None:
        return getattr(self.record.event, "ground", None)

    @property
    def measure(self) -> str | None:
        return getattr(self.record.event, "measure", None)


class Import(Deed):
    """A file that was taken in."""

    @property
    def event_count(self) -> int:
        return int(self.events)


class AuditEvent(Deed):
    """A record of the log, void or not."""

    @property
    def type(self) -> str:
        return self.record.event.TOPIC.replace(".", "")

    @property
    def id(self) -> int:
        return self.record.position

    @property
    def aggregate_id(self) -> UUID:
        return self.record.event.originator_id

    @property
    def aggregate(self) -> str:
        return self.record.event.TOPIC.partition(".")[0].upper()

    @property
    def version(self) -> int:
        return self.record.event.originator_version

    @property
    def days_late(self) -> int:
        return self.record.days_late

    @property
    def instructor_id(self) -> UUID | None:
        return self.record.person

    @property
    def voided(self) -> bool:
        return self.voided_by is not None

    @property
    def voided_by(self) -> int | None:
        voiding = self.world.log.voided_by(self.record, self.world.known)
        return voiding.position if voiding else None


@dataclass(frozen=True)
class Past:
    """An event of a history, and what was known of the state after it."""

    event: AuditEvent
    after: people.Person | places.Place | None


def history(world: World, aggregate: UUID) -> list[Past]:
    """Return every event of a person or a village, in the order of the log.

    What was known after one of them speaks of no day after that of its recording.
    """
    return [
        Past(
            AuditEvent(world, record),
            people.person(then, aggregate) or places.place(then, aggregate),
        )
        for record in world.history(aggregate)
        for then in [world.log.at(min(world.as_of, record.recorded_on), record.position)]
    ]


def behind(world: World, *facts: Record[Any]) -> list[AuditEvent]:
    """Return the events of facts, in the order of the log, each once."""
    return [AuditEvent(world, fact) for fact in sorted(set(facts), key=lambda fact: fact.position)]
