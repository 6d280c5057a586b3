"""What the facts of a paper meet on record: the same, something else, or what was voided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import cast
from uuid import UUID, uuid5

from api.papers.kinds import Proposed
from domain.commands import CheckIn, digest_of
from domain.events import AnyEvent
from domain.instructor import Instructor
from domain.programme import Programme, Workspace
from domain.village import Village
from ledger.recorder import Recorder


class Recorded:
    """The first event of each command on record that was asked for.

    Args:
        programme: whose.
        workspace: its aggregates, which know what was voided.
    """

    def __init__(self, programme: Programme, workspace: Workspace) -> None:
        self._programme = programme
        self._workspace = workspace
        self._found: dict[UUID, AnyEvent] = {}
        self._voided_check_ins = cache(self._check_ins_voided_before)

    def look_up(self, command_ids: Iterable[UUID]) -> None:
        """Have these at hand, instead of those before."""
        recorder = cast("Recorder", self._programme.recorder)
        read = self._programme.mapper.to_domain_event
        events = [cast("AnyEvent", read(it)) for it in recorder.select_commands(list(command_ids))]
        self._found = {event.command_id: event for event in events}

    def voided_before(self, item: Proposed) -> tuple[UUID, list[AnyEvent]]:
        """Return the id under which a fact can be recorded, and the voided events that stand before it.

        A fact that was voided keeps its command id for ever; what is recorded in its stead has the next.
        """
        command_id, voided = item.command_id, list[AnyEvent]()
        while (event := self._found.get(command_id)) is not None and self._is_voided(event):
            voided.append(event)
            command_id = uuid5(command_id, "in its stead")
            self._also(command_id)
        return command_id, voided

    def voided_elsewhere(self, item: Proposed) -> AnyEvent | None:
        """Return the voided check-in of the same minute, by whatever road it came, if none stands that day.

        DingTalk's own record and a row of an export without its id have different command ids.
        """
        if not isinstance(item.command, CheckIn) or item.at is None:
            return None
        person = item.command.instructor_id
        voided = self._voided_check_ins(person).get(item.occurred_on)
        if not voided or ("check-in", item.occurred_on) in self._workspace.instructor(person).standing:
            return None
        minute = item.at.replace(second=0, microsecond=0)
        for event in voided:
            if event.at.replace(second=0, microsecond=0) == minute:
                return event
        return None

    def standing(self, command_id: UUID) -> AnyEvent | None:
        """Return the event of a command, if it is on record."""
        return self._found.get(command_id)

    def _check_ins_voided_before(self, person: UUID) -> Mapping[date, list[Instructor.CheckedIn]]:
        found = defaultdict[date, list[Instructor.CheckedIn]](list)
        whose = self._workspace.instructor(person)
        if not any(map(whose.standing.is_voided, range(1, whose.version + 1))):
            return found
        for event in self._programme.events.get(person):
            if isinstance(event, Instructor.CheckedIn) and self._is_voided(event):
                found[event.occurred_on].append(event)
        return found

    def _also(self, command_id: UUID) -> None:
        kept = self._found
        self.look_up([command_id])
        self._found |= kept

    def _is_voided(self, event: AnyEvent) -> bool:
        whose = self._workspace.village if isinstance(event, Village.Event) else self._workspace.instructor
        return whose(event.originator_id).standing.is_voided(event.originator_version)


def says_the_same(item: Proposed, event: AnyEvent) -> bool:
    """Tell whether a fact is what an event says, on whatever it rests."""
    return digest_of(item.command, item.occurred_on, event.basis) == event.command_digest


def is_the_voided(item: Proposed, event: AnyEvent) -> bool:
    """Tell whether a fact is the one that was voided; of those where the first counts, by its time."""
    if item.first_counts and getattr(event, "at", None) == item.at:
        return True
    return says_the_same(item, event)
