"""What is on record of a person's check-ins from DingTalk: read from the ledger itself, which never lags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True)
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

    def says(self, record: Record) -> bool:
        """Tell whether it says of the punch what `record` says.

        The address of a push may be worded otherwise than that of the record: that is no correction.
        """
        same_place = self.place == record.place or self.modified == 0
        told = (record.at.date(), record.at.time(), record.outside)
        return same_place and (self.day, self.at, self.outside) == told


_Punch = tuple[str, date, time]
"""A punch by its `bizId` and time: a push has no id of the record."""

_Minute = tuple[date, int, int]
"""A day, an hour and a minute: how a punch is known that came by another road."""


@dataclass
class History:
    """A person's check-ins from DingTalk, the commands that entered them, and what was voided of others."""

    commands: set[UUID] = field(default_factory=set)
    _known: dict[int, Known] = field(default_factory=dict)
    _by_source: dict[str, int] = field(default_factory=dict)
    _by_punch: dict[_Punch, int] = field(default_factory=dict)
    _others: dict[int, _Minute] = field(default_factory=dict)
    _struck: dict[_Minute, Actor] = field(default_factory=dict)

    @classmethod
    def of(cls, programme: Programme, person: Instructor) -> History:
        """Read what the ledger has of a person, as far as `person` goes."""
        history = cls()
        for event in programme.events.get(person.id, lte=person.version):
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
                follows = int(match["modified"]) if match and event.actor == DINGTALK else known.modified
                self._known[known.version] = replace(
                    known, voided_by=event.actor, modified=max(known.modified, follows)
                )
            elif (minute := self._others.get(event.voided_version)) is not None:
                self._struck[minute] = event.actor
        elif match and event.actor == DINGTALK and event.source_record.startswith("dingtalk/"):
            self._keep(
                Known(
                    event.originator_version,
                    event.source_record,
                    int(match["modified"]),
                    match["biz"] or match["source"].partition("dingtalk/biz/")[2],
                    event.occurred_on,
                    event.at,
                    event.place,
                    event.outside,
                )
            )
        else:
            self._others[event.originator_version] = event.occurred_on, event.at.hour, event.at.minute

    def _keep(self, known: Known) -> None:
        self._known[known.version] = known
        self._by_source[known.source] = known.version
        if known.biz_id:
            self._by_punch[known.biz_id, known.day, known.at] = known.version

    def latest_of(self, record: Record) -> Known | None:
        """Return the check-in that was entered last of those that rest on a state of `record`.

        They are known by the record's id or, as a push has none, by the id that it has and the time.
        """
        by_source = self._by_source.get(record.source, 0)
        by_punch = self._by_punch.get((record.biz_id, record.at.date(), record.at.time()), 0)
        return self._known.get(max(by_source, by_punch))

    def struck(self, record: Record) -> Actor | None:
        """Return who voided a check-in of the punch's minute that came from a workbook or was typed."""
        return self._struck.get((record.at.date(), record.at.hour, record.at.minute))
