"""What the facts of a paper meet on record: the same, something else, or what was voided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from uuid import UUID, uuid5

from api.papers.kinds import Proposed
from domain.commands import digest_of
from domain.events import AnyEvent
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

    def standing(self, command_id: UUID) -> AnyEvent | None:
        """Return the event of a command, if it is on record."""
        return self._found.get(command_id)

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
