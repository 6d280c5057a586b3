"""From DingTalk's records to the ledger: check-ins, corrections, and what is none.

A record that changed is never overwritten: what it said before is voided, with a reason that says so, and
what it says now is recorded. Records may come twice, overlap, and arrive in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from api.county import SHANGHAI
from api.dingtalk.fates import Fate, Taken
from api.dingtalk.history import DINGTALK, History, Known
from api.dingtalk.records import Record
from domain.commands import CheckIn, VoidInstructorEvent
from domain.ids import instructor_id
from domain.instructor import Instructor
from domain.programme import Outcome, Programme
from domain.refusals import ConflictingChange, Refused

_CORRECTION: Final = "/void"
"""Ends the id of a void that makes room for what the record says now; the check-in is to follow."""

_NO_PUNCH: Final = "/void/no-punch"
"""Ends the id of a void that nothing follows."""


def take(programme: Programme, people: Mapping[str, str], records: Iterable[Record]) -> list[Taken]:
    """Bring records to the ledger, each person's in the order in which they can follow each other.

    Args:
        programme: whose commands are asked.
        people: staff numbers by DingTalk's userid.
        records: in any order.

    Raises:
        ConflictingChange: others write to the same person all the time; it can be tried again.
    """
    taken: list[Taken] = []
    by_user = sorted(records, key=lambda it: it.user)
    for user, theirs in groupby(by_user, key=lambda it: it.user):
        if (staff_number := people.get(user)) is None:
            taken += (_unknown(record) for record in theirs)
        else:
            taken += _Taking(programme, instructor_id(programme.county, staff_number)).all(theirs)
    return taken


def _unknown(record: Record) -> Taken:
    return Taken(
        record,
        Fate.REFUSED,
        f"钉钉用户 {record.user} 不在人员对照表中,请补上其干部编号。",
        f"DingTalk's user {record.user} is not in the file of users; add the staff number there.",
    )


class _Taking:
    """Bringing one person's records to the ledger."""

    def __init__(self, programme: Programme, instructor: UUID) -> None:
        self._programme = programme
        self._instructor = instructor
        self._history = History.of(programme, instructor)
        self._voided = False

    def all(self, records: Iterable[Record]) -> Iterator[Taken]:
        """Decide a person's records.

        What changes something on record comes first: it may leave a day without a check-in, for which
        another punch then counts.

        Raises:
            ConflictingChange: others write to the same person all the time; it can be tried again.
        """
        theirs = list(records)
        newest = {it.source: it for it in sorted(theirs, key=lambda it: it.modified)}
        for record in sorted(theirs, key=self._order):
            if record is not newest[record.source]:
                yield Taken(record, Fate.ALREADY)
                continue
            self._voided = False
            try:
                fate, zh, en = self._one(record)
            except ConflictingChange:
                raise
            except Refused as refused:
                where = f"{record.user} {record.at:%Y-%m-%d %H:%M}"
                fate, zh, en = (
                    Fate.REFUSED,
                    f"{where}:{refused.message_zh}",
                    f"{where}: {refused.message_en}",
                )
            yield Taken(record, fate, zh, en, corrected=self._voided)

    def _order(self, record: Record) -> tuple[bool, datetime]:
        return (record.no_punch is None and self._history.latest_of(record) is None), record.at

    def _one(self, record: Record) -> tuple[Fate, str, str]:
        known = self._history.latest_of(record)
        if self._id(record) in self._history.commands or (known and known.modified > record.modified):
            return Fate.ALREADY, "", ""
        if record.no_punch is not None:
            return self._no_punch(record, record.no_punch, known)
        if known is not None and known.voided_by != DINGTALK and known.says(record):
            return _as_it_stands(known)
        corrected = self._id(record, _CORRECTION) in self._history.commands  # and then it was interrupted
        if known is not None and known.modified == record.modified and not corrected:
            return Fate.ALREADY, "", ""  # neither is the later one: what came first counts
        if known is not None and known.voided_by is None:
            self._void(known, record, _CORRECTION, *_changed(known, record))
        outcome = self._execute(
            CheckIn(
                instructor_id=self._instructor,
                at=record.at.time(),
                place=record.place,
                source_record=record.source,
                outside=record.outside,
            ),
            record,
            occurred_on=record.at.date(),
            command_id=self._id(record),
        )
        new = bool(outcome.events) and not outcome.repeated
        return Fate.RECORD if new or self._voided else Fate.ALREADY, "", ""

    def _no_punch(self, record: Record, why: tuple[str, str], known: Known | None) -> tuple[Fate, str, str]:
        if known is None or known.voided_by is not None:
            return Fate.PASSED, *why
        self._void(known, record, _NO_PUNCH, *why)
        return Fate.RECORD, *why

    def _void(self, known: Known, record: Record, what: str, zh: str, en: str) -> None:
        """Void what a record no longer says; the reason says that nobody decided it."""
        changed = datetime.fromtimestamp(record.modified // 1000, SHANGHAI)
        self._execute(
            VoidInstructorEvent(
                instructor_id=self._instructor,
                version=known.version,
                reason=f"钉钉记录于{changed:%Y-%m-%d %H:%M:%S}更正,自动作废:{zh}。 "
                f"Voided automatically, as DingTalk corrected its record: {en}.",
            ),
            record,
            occurred_on=self._programme.today(),
            command_id=self._id(record, what),
        )
        self._voided = True

    def _execute(
        self, command: CheckIn | VoidInstructorEvent, record: Record, *, occurred_on: date, command_id: UUID
    ) -> Outcome:
        outcome = self._programme.execute(
            command, occurred_on=occurred_on, actor=DINGTALK, command_id=command_id, basis=record.basis
        )
        for event in () if outcome.repeated else outcome.events:
            if isinstance(event, Instructor.CheckedIn | Instructor.Voided):
                self._history.add(event)
        return outcome

    def _id(self, record: Record, what: str = "") -> UUID:
        """Return the id of the command that a state of a record leads to, the same however often it comes."""
        state = f"{record.source}/{record.modified}{what}"
        return uuid5(NAMESPACE_URL, f"urn:zhucun:{self._programme.county}:{state}")


def _as_it_stands(known: Known) -> tuple[Fate, str, str]:
    """Say what becomes of a record that is on record, word for word."""
    if known.voided_by is None:
        return Fate.ALREADY, "", ""
    who = known.voided_by.organisation
    return Fate.PASSED, f"{who}已将其作废", f"{who} voided it"


def _changed(known: Known, record: Record) -> tuple[str, str]:
    """Say what a correction changed."""
    before, now = (
        f"{day} {at:%H:%M:%S} {place}{' 外勤 outside' if outside else ''}"
        for day, at, place, outside in (
            (known.day, known.at, known.place, known.outside),
            (record.at.date(), record.at.time(), record.place, record.outside),
        )
    )
    return f"原为“{before}”,现为“{now}”", f"it said “{before}” and says “{now}” now"
