"""The root of our aggregates and the one shape of all their events.

The library's own `Aggregate` stamps events with a wall clock and creates itself by a first event of a
class of its own. Ours has no clock (`recorded_at` is the database's business) and is *blank* at version
0: the first event is an event like any other, so a person who was turned down can be nominated again.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self, cast, dataclass_transform
from uuid import UUID

from eventsourcing.domain import (
    BaseAggregate,
    CanMutateAggregate,
    OriginatorIDError,
    OriginatorVersionError,
)

from domain.entry import Actor, Entry


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Event(CanMutateAggregate[UUID]):
    """One fact about one aggregate. Its stored name is `TOPIC`, which never changes.

    Subclasses are frozen, keyword-only dataclasses without saying so.

    Attributes:
        originator_id: the aggregate.
        originator_version: its place among the aggregate's events, from 1.
        occurred_on: the day it happened in the village (Asia/Shanghai).
        actor: who entered it, in which office.
        basis: the document or source record it rests on.
        command_id: the command that caused it; a command may cause several events.
        command_digest: SHA-256 of that command's content, first 32 hex digits: the same `command_id`
            with another digest is a mistake and is refused.
    """

    TOPIC: ClassVar[str]
    SEALED: ClassVar[str] = ""  # the field of personal data, stored sealed with a key per person
    class_version: ClassVar[int] = 1
    aggregate_class: ClassVar[type[Root]]

    originator_id: UUID
    originator_version: int
    occurred_on: date
    actor: Actor
    basis: str | None = None
    command_id: UUID
    command_digest: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__doc__ is None:  # the library derives a class of its own from each event we declare
            cls.__doc__ = next(base.__doc__ for base in cls.__mro__ if "TOPIC" in vars(base))
        dataclass(frozen=True, kw_only=True)(cls)

    def mutate(self, aggregate: Any) -> Any:
        """Evolve `aggregate`, or a blank one when this is the first event.

        Raises:
            OriginatorIDError: the event belongs to another aggregate.
            OriginatorVersionError: it is not the next in the sequence.
        """
        if aggregate is None:
            aggregate = self.aggregate_class.blank(self.originator_id)
        if self.originator_id != aggregate.id:
            raise OriginatorIDError(self.originator_id, aggregate.id)
        if self.originator_version != aggregate.version + 1:
            raise OriginatorVersionError(self.originator_version, aggregate.version + 1)
        self.apply(aggregate)
        aggregate.version = self.originator_version
        return aggregate


class Root(BaseAggregate[UUID]):
    """An aggregate that starts blank at version 0 and records typed events."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        base: type[Event] = vars(cls)["Event"]  # each aggregate declares the base of its events
        base.aggregate_class = cls

    @classmethod
    def blank(cls, aggregate_id: UUID) -> Self:
        """Return the aggregate of which nothing is known yet."""
        aggregate = cls.__new__(cls)
        aggregate.begin(aggregate_id)
        return aggregate

    def begin(self, aggregate_id: UUID) -> None:
        """Set the state before the first event; aggregates add their own."""
        self._id = aggregate_id
        self._version = 0
        self._pending_events = []

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Copy for a decision: one level deep, since what the containers hold is immutable.

        The version comes first. Should another thread bring the original up to date meanwhile, the copy
        is newer than it says and its save is refused; it can never be older than it says.
        """
        twin = type(self).blank(self.id)
        twin._version = self._version  # noqa: SLF001 - a twin
        for name in vars(self).keys() - {"_id", "_version"}:
            setattr(twin, name, copy(getattr(self, name)))
        return twin

    def next(self, entry: Entry) -> dict[str, Any]:
        """Return the fields that every event has, for the event that comes next."""
        return {
            "originator_id": self.id,
            "originator_version": self.version + 1,
            "occurred_on": entry.occurred_on,
            "actor": entry.actor,
            "basis": entry.basis,
            "command_id": entry.command_id,
            "command_digest": entry.command_digest,
        }

    def record(self, event: Event) -> None:
        """Let `event` change the state and keep it until the aggregate is saved."""
        event.mutate(self)
        self._pending_events.append(event)

    def collect(self) -> list[Event]:
        """Take the events that wait to be saved."""
        waiting, self._pending_events = self._pending_events, []
        return cast("list[Event]", waiting)
