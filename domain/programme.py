"""The Programme: the one application. It brings a command to its aggregates and saves what they decide.

Every command is idempotent by its `command_id`. A concurrent change is met by deciding again on fresh
aggregates; what spans both aggregates is saved in one append.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from random import random
from time import sleep
from typing import Any, ClassVar, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import IntegrityError
from eventsourcing.utils import EnvType

from domain.commands import AnyCommand, digest_of
from domain.correction import Correction
from domain.decisions import decide
from domain.disclosure import Disclosure
from domain.entry import Actor, Entry
from domain.events import AnyEvent
from domain.instructor import Instructor
from domain.intake import Import
from domain.ports import CommandAlreadyRecorded, CommandLog
from domain.refusals import CommandIdReused, ConflictingChange, Refused
from domain.remark import Remark
from domain.root import Event
from domain.village import Village

ATTEMPTS = 16
"""How often a command is decided anew when others append to the same aggregates first."""

PAUSE = 0.004
"""Seconds to step back for at most, times the attempt, so that crowding writers do not stay in step."""


@dataclass(frozen=True)
class Outcome:
    """What a command came to.

    Attributes:
        position: of its last event; of the log's last event when nothing new happened (0: empty log).
        events: what it caused, now or, when `repeated`, the first time; empty when nothing changed.
        repeated: the same command was recorded before, and nothing was recorded now.
    """

    position: int
    events: tuple[AnyEvent, ...]
    repeated: bool = False


AnyAggregate = Village | Instructor | Import | Correction | Remark | Disclosure


class Workspace:
    """The aggregates of one decision, or of many in a row, and the events that wait to be saved."""

    def __init__(
        self, county: str, load: Callable[[UUID], Any | None], find: Callable[[UUID, int], AnyEvent | None]
    ) -> None:
        self.county = county
        self._load = load
        self._find = find
        self._held: dict[UUID, AnyAggregate] = {}
        self._asked: dict[UUID, AnyAggregate] = {}
        self._before: dict[UUID, AnyAggregate] | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Let the decisions made meanwhile count together or, if one of them fails, leave no trace.

        What waits from before is collected first.
        """
        self._before = {}
        try:
            yield
        except Exception:
            self._held.update(self._before)
            self._asked.clear()
            raise
        finally:
            self._before = None

    def village(self, aggregate_id: UUID) -> Village:
        """Return the village, blank if nothing is known of it."""
        return cast("Village", self._get(aggregate_id, Village))

    def instructor(self, aggregate_id: UUID) -> Instructor:
        """Return the instructor, blank if nothing is known of them."""
        return cast("Instructor", self._get(aggregate_id, Instructor))

    def intake(self, aggregate_id: UUID) -> Import:
        """Return the file that is taken in, blank if it never was."""
        return cast("Import", self._get(aggregate_id, Import))

    def correction(self, aggregate_id: UUID) -> Correction:
        """Return the correction of a fact, blank if none was ever asked for."""
        return cast("Correction", self._get(aggregate_id, Correction))

    def remark(self, aggregate_id: UUID) -> Remark:
        """Return the remarks on an event, blank if none was ever made."""
        return cast("Remark", self._get(aggregate_id, Remark))

    def disclosure(self, aggregate_id: UUID) -> Disclosure:
        """Return a month of somebody's looks, blank if they did not look yet."""
        return cast("Disclosure", self._get(aggregate_id, Disclosure))

    def recorded(self, aggregate_id: UUID, version: int) -> AnyEvent | None:
        """Return an event of an aggregate, if there is one with that version."""
        return self._find(aggregate_id, version)

    def collect(self) -> list[Event]:
        """Take the events that wait, each aggregate's in order."""
        asked, self._asked = self._asked, {}
        return [event for aggregate in asked.values() for event in aggregate.collect()]

    def _get(self, aggregate_id: UUID, kind: type[AnyAggregate]) -> AnyAggregate:
        if aggregate_id not in self._held:
            found = self._load(aggregate_id)
            self._held[aggregate_id] = found if isinstance(found, kind) else kind.blank(aggregate_id)
        if self._before is not None and aggregate_id not in self._before:
            self._before[aggregate_id] = deepcopy(self._held[aggregate_id])
        self._asked[aggregate_id] = self._held[aggregate_id]
        return self._held[aggregate_id]


class Programme(Application[UUID]):
    """选派党建指导员工作。One county's programme.

    Args:
        county: official code of the county (6 digits), the namespace of all ids.
        today: tells the day in Asia/Shanghai; on a simulated ledger, the simulated day.
        env: settings of the event library: the persistence module and its database.
    """

    name = "programme"
    env: ClassVar[dict[str, str]] = {"AGGREGATE_CACHE_MAXSIZE": "2000"}  # fast-forwarded on each use

    def __init__(self, county: str, today: Callable[[], date], env: EnvType) -> None:
        super().__init__(env)
        self.county = county
        self.today = today

    def execute(
        self,
        command: AnyCommand,
        *,
        occurred_on: date,
        actor: Actor,
        command_id: UUID,
        basis: str | None = None,
    ) -> Outcome:
        """Decide a command and record what happened.

        Raises:
            Refused: a rule turns it down; nothing is recorded.
        """
        entry = entry_for(
            command,
            occurred_on=occurred_on,
            actor=actor,
            command_id=command_id,
            basis=basis,
            today=self.today(),
        )
        for attempt in range(ATTEMPTS):
            sleep(attempt * PAUSE * random())  # noqa: S311 - not for secrecy
            workspace = self.workspace()
            try:
                decide(command, entry, workspace)
                events = workspace.collect()
                if not events:
                    return self._recorded_before(entry) or Outcome(self._head(), ())
                recordings = self.save(*events)
            except (Refused, CommandAlreadyRecorded):
                # A repeat is often refused by the state that its first run left: look before refusing.
                if (earlier := self._recorded_before(entry)) is not None:
                    return earlier
                raise
            except IntegrityError:
                continue
            return Outcome(recordings[-1].notification.id, tuple(cast("list[AnyEvent]", events)))
        raise ConflictingChange

    def execute_together(self, asked: Sequence[tuple[AnyCommand, Actor, UUID]]) -> list[Outcome]:
        """Decide commands of today, each with its actor and id, and record all that happened in one append.

        Raises:
            Refused: a rule turns one of them down; nothing is recorded.
        """
        today = self.today()
        entries = [
            entry_for(it, occurred_on=today, actor=actor, command_id=name, basis=None, today=today)
            for it, actor, name in asked
        ]
        for attempt in range(ATTEMPTS):
            sleep(attempt * PAUSE * random())  # noqa: S311 - not for secrecy
            workspace = self.workspace()
            for (command, *_), entry in zip(asked, entries, strict=True):
                decide(command, entry, workspace)
            events = workspace.collect()
            try:
                recordings = self.save(*events)
            except IntegrityError:
                continue
            except CommandAlreadyRecorded:  # an attempt that seemed to have failed had not
                return [self._recorded_before(entry) or Outcome(self._head(), ()) for entry in entries]
            came = defaultdict[UUID, list[AnyEvent]](list)
            last = dict[UUID, int]()
            for event, recording in zip(cast("list[AnyEvent]", events), recordings, strict=True):
                came[event.command_id].append(event)
                last[event.command_id] = recording.notification.id
            return [
                Outcome(last.get(it.command_id) or self._head(), tuple(came[it.command_id])) for it in entries
            ]
        raise ConflictingChange

    def workspace(self) -> Workspace:
        """Return the aggregates as they stand, to decide in memory; saving is up to whoever decides."""
        return Workspace(self.county, self._stored, self._recorded)

    def bulk(self, *, recorded_already: int = 0) -> Bulk:
        """Return a run of many commands that are decided in memory and saved together.

        Args:
            recorded_already: the number of leading events that an interrupted, identical run recorded
                from an empty log; they are decided again but not saved again.
        """
        return Bulk(self, recorded_already)

    def _stored(self, aggregate_id: UUID) -> Any | None:
        try:
            return self.repository.get(aggregate_id)
        except AggregateNotFoundError:
            return None

    def _recorded(self, aggregate_id: UUID, version: int) -> AnyEvent | None:
        found = self.events.get(aggregate_id, gt=version - 1, lte=version)
        return cast("AnyEvent | None", next(iter(found), None))

    def _recorded_before(self, entry: Entry) -> Outcome | None:
        found = cast("CommandLog", self.recorder).select_command(entry.command_id)
        if not found:
            return None
        events = tuple(cast("AnyEvent", self.mapper.to_domain_event(it)) for it in found)
        if events[0].command_digest != entry.command_digest:
            raise CommandIdReused(command_id=entry.command_id)
        return Outcome(found[-1].id, events, repeated=True)

    def _head(self) -> int:
        return self.recorder.max_notification_id() or 0


class Bulk:
    """Many commands, decided one after another in memory and saved together in large appends.

    It keeps every aggregate it meets, so it is for one writer on aggregates nobody else changes.
    """

    def __init__(self, programme: Programme, recorded_already: int) -> None:
        self._programme = programme
        self._skip = recorded_already
        load = (lambda _: None) if recorded_already else programme._stored  # noqa: SLF001 - one application
        self._workspace = Workspace(programme.county, load, self._find)
        self._waiting: list[Event] = []
        self._times: list[datetime] = []

    def execute(  # noqa: PLR0913 - the circumstances of a command, as `Programme.execute` has them
        self,
        command: AnyCommand,
        *,
        occurred_on: date,
        actor: Actor,
        command_id: UUID,
        today: date,
        basis: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Sequence[Event]:
        """Decide a command; what happened waits for `save`.

        Args:
            command: what is asked for, and so on as for `Programme.execute`.
            occurred_on: the day it happened.
            actor: who enters it.
            command_id: makes it idempotent.
            today: the day of the entry.
            basis: document or source record.
            recorded_at: the moment of the entry, on a simulated ledger only.

        Raises:
            Refused: a rule turns it down; the run can go on.
        """
        entry = entry_for(
            command,
            occurred_on=occurred_on,
            actor=actor,
            command_id=command_id,
            basis=basis,
            today=today,
        )
        decide(command, entry, self._workspace)
        events = self._workspace.collect()
        for event in events:
            if self._skip:
                self._skip -= 1
                continue
            self._waiting.append(event)
            if recorded_at is not None:
                self._times.append(recorded_at)
        return events

    def __len__(self) -> int:
        """Return the number of events that wait."""
        return len(self._waiting)

    def save(self) -> int:
        """Append what waits, at once or not at all, and return the log's last position.

        Raises:
            CommandAlreadyRecorded: one of the commands is on record.
        """
        waiting, times, self._waiting, self._times = self._waiting, self._times, [], []
        recordings = self._programme.events.put(waiting, recorded_at=times or None)
        return recordings[-1].notification.id if recordings else 0

    def _find(self, aggregate_id: UUID, version: int) -> AnyEvent | None:
        """Return an event, which may wait to be saved."""
        for event in reversed(self._waiting):
            if event.originator_version == version and event.originator_id == aggregate_id:
                return cast("AnyEvent", event)
        return self._programme._recorded(aggregate_id, version)  # noqa: SLF001 - one application


def entry_for(  # noqa: PLR0913 - it gathers what the callers have apart
    command: AnyCommand,
    *,
    occurred_on: date,
    actor: Actor,
    command_id: UUID,
    basis: str | None,
    today: date,
) -> Entry:
    """Return the circumstances of a command, with its digest."""
    return Entry(
        occurred_on=occurred_on,
        actor=actor,
        command_id=command_id,
        command_digest=digest_of(command, occurred_on, basis),
        basis=basis,
        today=today,
    )
