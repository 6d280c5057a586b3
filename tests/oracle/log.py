"""Events as they are answered: what all have in common, and who and what a fact leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from domain.commands import Look
from domain.correction import Correction as Corrected
from domain.disclosure import Disclosure as Disclosed
from domain.instructor import Instructor
from domain.remark import Remark as Remarked
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


@dataclass(frozen=True)
class Correction:
    """A request to correct a fact, and its decision."""

    world: World
    request: Record[Corrected.Requested]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.request.event, name)

    @cached_property
    def _decided(self) -> Record[Event] | None:
        """What follows the request in its own stream, if it counts by now."""
        stream = [
            it
            for it in self.world.log.records
            if it.event.originator_id == self.correction_id and it.position > self.request.position
        ]
        return stream[0] if stream and stream[0] in self.world.facts else None

    @property
    def position(self) -> int:
        return self.request.position

    @property
    def correction_id(self) -> UUID:
        return self.request.event.originator_id

    @property
    def state(self) -> str:
        return "REQUESTED" if self._decided is None else type(self._decided.event).__name__.upper()

    @property
    def requested_on(self) -> date:
        return self.request.day

    @property
    def decided_on(self) -> date | None:
        return self._decided.day if self._decided else None

    @property
    def decision_reason(self) -> str | None:
        return getattr(self._decided.event, "reason", None) if self._decided else None

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.request.person)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.request.village)

    def _event(self, version: int | None) -> AuditEvent | None:
        """Return an event of whom the fact is about."""
        past = self.world.history(self.corrected_id)
        return next(
            (AuditEvent(self.world, it) for it in past if it.event.originator_version == version), None
        )

    @property
    def original(self) -> AuditEvent | None:
        return self._event(self.corrected_version)

    @property
    def recorded(self) -> AuditEvent | None:
        return self._event(getattr(self._decided.event, "recorded_version", None)) if self._decided else None

    @property
    def decision(self) -> AuditEvent | None:
        return AuditEvent(self.world, self._decided) if self._decided else None

    @property
    def event(self) -> AuditEvent:
        return AuditEvent(self.world, self.request)


@dataclass(frozen=True)
class Disclosure:
    """A look at personal data, one of those that its event has."""

    world: World
    record: Record[Event]
    ordinal: int
    look: Look

    def __getattr__(self, name: str) -> Any:
        return getattr(self.look, name)

    @property
    def position(self) -> int:
        return self.record.position

    @property
    def reader_id(self) -> str:
        return self.record.event.actor.id

    @property
    def reader_role(self) -> str:
        return self.record.event.actor.role.name

    @property
    def organisation(self) -> str:
        return self.record.event.actor.organisation

    @property
    def about_day(self) -> date | None:
        return self.look.as_of

    @property
    def known_position(self) -> str:
        return str(self.look.known_position)

    @property
    def instructors(self) -> list[people.Person]:
        return [it for it in people.people(self.world) if it.id in self.look.people]

    @property
    def event(self) -> AuditEvent:
        return AuditEvent(self.world, self.record)


def disclosures(world: World) -> list[Disclosure]:
    """Return the looks that count by now, in the order of the log."""
    return [
        Disclosure(world, record, ordinal, look)
        for record in world.all(Disclosed.Read)
        for ordinal, look in enumerate(record.event.looks)
    ]


@dataclass(frozen=True)
class Remark:
    """An auditor's remark, the latest answer to it, and how it was settled."""

    world: World
    made: Record[Remarked.Made]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made.event, name)

    def _latest(self, kind: type[Event]) -> Record[Event] | None:
        """Return what of a kind last followed in the stream before another was made, and counts by now."""
        found = None
        for it in self.world.log.records[self.made.position :]:
            if it.event.originator_id == self.remark_id:
                if isinstance(it.event, Remarked.Made):
                    break
                if isinstance(it.event, kind) and it in self.world.facts:
                    found = it
        return found

    @cached_property
    def _answer(self) -> Record[Event] | None:
        return self._latest(Remarked.Answered)

    @cached_property
    def _settlement(self) -> Record[Event] | None:
        return self._latest(Remarked.Settled)

    @property
    def position(self) -> int:
        return self.made.position

    @property
    def remark_id(self) -> UUID:
        return self.made.event.originator_id

    @property
    def state(self) -> str:
        return "SETTLED" if self._settlement else "ANSWERED" if self._answer else "MADE"

    @property
    def made_on(self) -> date:
        return self.made.day

    @property
    def answer(self) -> str | None:
        return getattr(self._answer.event, "text", None) if self._answer else None

    @property
    def answered_on(self) -> date | None:
        return self._answer.day if self._answer else None

    @property
    def settlement(self) -> str | None:
        return getattr(self._settlement.event, "text", None) if self._settlement else None

    @property
    def settled_on(self) -> date | None:
        return self._settlement.day if self._settlement else None

    @property
    def instructor(self) -> people.Person | None:
        return people.person(self.world, self.about_id)

    @property
    def village(self) -> places.Place | None:
        return places.place(self.world, self.about_id)

    @property
    def about(self) -> AuditEvent:
        (found,) = (
            it
            for it in self.world.log.records
            if (it.event.originator_id, it.event.originator_version) == (self.about_id, self.about_version)
        )
        return AuditEvent(self.world, found)

    @property
    def answered(self) -> AuditEvent | None:
        return AuditEvent(self.world, self._answer) if self._answer else None

    @property
    def settled(self) -> AuditEvent | None:
        return AuditEvent(self.world, self._settlement) if self._settlement else None

    @property
    def event(self) -> AuditEvent:
        return AuditEvent(self.world, self.made)


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
    def form(self) -> people.Shown | None:
        return people.form_of(self.world, cast("Record[Instructor.Nominated]", self.record))

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
