"""What is on record of a person's check-ins from DingTalk: read from the ledger itself, which never lags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final
from uuid import UUID

from api.dingtalk.records import Record
from domain.entry import Actor
from domain.instructor import Instructor
from domain.programme import Programme
from domain.terms import Role

DINGTALK: Final = Actor("dingtalk", Role.SYSTEM, "钉钉考勤")
"""Who enters what DingTalk says, and voids what it no longer says."""

_BASIS: Final = re.compile(r"(?P<source>dingtalk/\S+)/(?P<modified>-?\d+)(?: biz/(?P<biz>\S+))?")


@dataclass
class Known:
    """A check-in on record that rests on a record of DingTalk.

    Attributes:
        version: of its event.
        source: of its record, as `Record.source`.
        modified: the state of its record that was followed last, be it by voiding.
        biz_id: of its record, if it is known.
        day: when, and so on.
        at: see there.
        place: see there.
        outside: see there.
        voided_by: who voided it, if somebody did.
    """

    version: int
    source: str
    modified: int
    biz_id: str
    day: date
    at: time
    place: str
    outside: bool
    voided_by: Actor | None = None

    def is_of(self, record: Record) -> bool:
        """Tell whether it rests on an earlier or later state of `record`.

        A push has no id of the record, so it is known by its own and by its time.
        """
        if self.source == record.source:
            return True
        same_punch = bool(record.biz_id) and self.biz_id == record.biz_id
        return same_punch and (self.day, self.at) == (record.at.date(), record.at.time())

    def says(self, record: Record) -> bool:
        """Tell whether it says of the punch what `record` says.

        The address of a push may be worded otherwise than that of the record: that is no correction.
        """
        same_place = self.place == record.place or self.modified == 0
        told = (record.at.date(), record.at.time(), record.outside)
        return same_place and (self.day, self.at, self.outside) == told


@dataclass
class History:
    """A person's check-ins from DingTalk and the commands that entered them."""

    commands: set[UUID] = field(default_factory=set)
    _known: dict[int, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, programme: Programme, instructor: UUID) -> History:
        """Read what the ledger has of a person."""
        history = cls()
        for event in programme.events.get(instructor):
            if isinstance(event, Instructor.CheckedIn | Instructor.Voided):
                history.add(event)
        return history

    def add(self, event: Instructor.CheckedIn | Instructor.Voided) -> None:
        """Take in an event."""
        self.commands.add(event.command_id)
        match = _BASIS.fullmatch(event.basis or "")
        if isinstance(event, Instructor.Voided):
            known = self._known.get(event.voided_version)
            if known is not None:
                known.voided_by = event.actor
                if match and event.actor == DINGTALK:
                    known.modified = max(known.modified, int(match["modified"]))
        elif match and event.source_record.startswith("dingtalk/"):
            self._known[event.originator_version] = Known(
                event.originator_version,
                event.source_record,
                int(match["modified"]),
                match["biz"] or match["source"].partition("dingtalk/biz/")[2],
                event.occurred_on,
                event.at,
                event.place,
                event.outside,
            )

    def latest_of(self, record: Record) -> Known | None:
        """Return the check-in that was entered last of those that rest on a state of `record`."""
        found = [known for known in self._known.values() if known.is_of(record)]
        return found[-1] if found else None
