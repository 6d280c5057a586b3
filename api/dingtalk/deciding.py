"""What DingTalk's records lead to, decided in memory by the rules of every entry; saved by others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast
from uuid import UUID

from api.dingtalk.fates import Fate, Taken
from api.dingtalk.following import CORRECTION, NO_PUNCH, Following, command_of
from api.dingtalk.history import DINGTALK, History
from api.dingtalk.records import Record
from domain.commands import CheckIn, VoidInstructorEvent
from domain.decisions import decide
from domain.ids import instructor_id
from domain.instructor import Instructor
from domain.programme import Programme, entry_for
from domain.refusals import CommandIdReused
from domain.root import Event
from ledger.recorder import Recorder


class Deciding:
    """Records, decided one after another, each on what those before led to; nothing is saved.

    Args:
        programme: whose rules they are.
        people: staff numbers by DingTalk's userid.
    """

    def __init__(self, programme: Programme, people: Mapping[str, str]) -> None:
        self._programme = programme
        self._people = people
        self._today = programme.today()
        self._workspace = programme.workspace()
        self._histories: dict[UUID, History] = {}
        self._recorded: dict[UUID, str] = {}

    def decide(self, records: Iterable[Record]) -> list[Taken]:
        """Decide records, each person's in the order in which they can follow each other.

        Args:
            records: in any order.
        """
        taken: list[Taken] = []
        by_person = defaultdict[UUID, list[Record]](list)
        for record in sorted(records, key=lambda it: it.user):
            if (staff_number := self._people.get(record.user)) is None:
                taken.append(_unknown(record))
            else:
                by_person[instructor_id(self._programme.county, staff_number)].append(record)
        self._look_up(by_person)
        self._today = self._programme.today()
        for person, theirs in by_person.items():
            history = self._histories[person]
            following = Following(self._programme.county, self._today, person, history, self._ask)
            taken += following.all(theirs)
        return taken

    def _look_up(self, by_person: Mapping[UUID, Sequence[Record]]) -> None:
        """Have at hand what is on record of the people, and of commands that others may have brought.

        A record's command stands in another person's life when its user was somebody else's before.
        """
        asked: set[UUID] = set()
        for person, records in by_person.items():
            if person not in self._histories:
                known = self._workspace.instructor(person)
                self._histories[person] = History.of(self._programme, known)
            latest_of = self._histories[person].latest_of
            for record in records:
                whats = ("", CORRECTION, NO_PUNCH) if latest_of(record) else ("",)
                asked |= {command_of(self._programme.county, record, what) for what in whats}
        recorder, read = cast("Recorder", self._programme.recorder), self._programme.mapper.to_domain_event
        for stored in recorder.select_commands(list(asked - self._recorded.keys())) if asked else ():
            event = cast("Event", read(stored))
            self._recorded[event.command_id] = event.command_digest

    def _ask(
        self, command: CheckIn | VoidInstructorEvent, record: Record, occurred_on: date, command_id: UUID
    ) -> list[Event]:
        """Return what a command leads to; nothing, if it was recorded before or says nothing new.

        Raises:
            Refused: a rule turns it down; nothing changes.
        """
        entry = entry_for(
            command,
            occurred_on=occurred_on,
            actor=DINGTALK,
            command_id=command_id,
            basis=record.basis,
            today=self._today,
        )
        if (digest := self._recorded.get(command_id)) is not None:
            if digest != entry.command_digest:
                raise CommandIdReused(command_id=command_id)
            return []
        decide(command, entry, self._workspace)
        events = self._workspace.collect()
        for event in events:
            self._recorded[event.command_id] = event.command_digest
            if isinstance(event, Instructor.CheckedIn | Instructor.Voided):
                self._histories[event.originator_id].add(event)
        return events


def _unknown(record: Record) -> Taken:
    return Taken(
        record,
        Fate.REFUSED,
        f"钉钉用户 {record.user} 不在人员对照表中,请补上其干部编号。",
        f"DingTalk's user {record.user} is not in the file of users; add the staff number there.",
    )
