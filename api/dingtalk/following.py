"""Following what DingTalk's records say of one person: check-ins, corrections, or nothing.

A record that changed is never overwritten: what it said before is voided, with a reason that says so, and
what it says now is recorded. Records may come twice, overlap, and arrive in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from api.county import SHANGHAI
from api.dingtalk.fates import Fate, Taken
from api.dingtalk.history import DINGTALK, History, Known
from api.dingtalk.records import Record
from domain.commands import CheckIn, VoidInstructorEvent
from domain.refusals import Refused
from domain.root import Event

CORRECTION: Final = "/void"
"""Ends the id of a void that makes room for what the record says now; the check-in is to follow."""

NO_PUNCH: Final = "/void/no-punch"
"""Ends the id of a void that nothing follows."""

Ask = Callable[[CheckIn | VoidInstructorEvent, Record, date, UUID], list[Event]]
"""Brings a command that rests on a record, with its day and its id."""

_Decided = tuple[Fate, str, str]
"""What becomes of a record, and why, in Chinese and English."""


class Following:
    """Following one person's records.

    Args:
        county: its code.
        today: the day of a void.
        instructor: whose records they are.
        history: what is on record of them; kept up to date by `ask`.
        ask: brings a command to the person, and returns what it leads to; raises `Refused`.
    """

    def __init__(self, county: str, today: date, instructor: UUID, history: History, ask: Ask) -> None:
        self._instructor = instructor
        self._history = history
        self._ask = ask
        self._county = county
        self._today = today
        self._voided: Known | None = None
        self._events: list[Event] = []

    def all(self, records: Sequence[Record]) -> Iterator[Taken]:
        """Decide them.

        What changes something on record comes first: it may leave a day without a check-in, for which
        another punch then counts.
        """
        newest = {it.source: it for it in sorted(records, key=lambda it: it.modified)}
        for record in sorted(records, key=self._order):
            if record is not newest[record.source]:
                yield Taken(record, Fate.ALREADY, *_LATER_CAME_WITH_IT)
                continue
            self._voided, self._events = None, []
            try:
                fate, zh, en = self._one(record)
            except Refused as refused:
                where = f"{record.user} {record.at:%Y-%m-%d %H:%M}"
                fate = Fate.REFUSED
                zh, en = f"{where}:{refused.message_zh}", f"{where}: {refused.message_en}"
            yield Taken(record, fate, zh, en, self._voided, tuple(self._events))

    def _order(self, record: Record) -> tuple[bool, datetime, str]:
        is_new = record.no_punch is None and self._history.latest_of(record) is None
        return is_new, record.at, record.source

    def _one(self, record: Record) -> _Decided:
        known, command_id = self._history.latest_of(record), self._id(record)
        if command_id in self._history.commands:
            return Fate.ALREADY, *_TAKEN_BEFORE
        if known is not None and known.modified > record.modified:
            return Fate.ALREADY, *_LATER_ON_RECORD
        if record.no_punch is not None:
            return self._no_punch(record, record.no_punch, known)
        if (decided := self._as_it_stands(record, known)) is not None:
            return decided
        if known is not None and known.modified == record.modified and not self._was_interrupted(record):
            return Fate.ALREADY, *_FIRST_COUNTS  # neither is the later one
        return self._punch(record, command_id, known)

    def _as_it_stands(self, record: Record, known: Known | None) -> _Decided | None:
        """Say what becomes of a record that is on record word for word, or that somebody voided."""
        if known is None:
            who = self._history.struck(record)
        elif known.voided_by == DINGTALK or not known.says(record):
            return None
        elif (who := known.voided_by) is None:
            return Fate.ALREADY, "已有记录,内容相同", "it is on record, and says the same"
        if who is None:
            return None
        return Fate.PASSED, f"{who.organisation}已将其作废", f"{who.organisation} voided it"

    def _punch(self, record: Record, command_id: UUID, known: Known | None) -> _Decided:
        changed = "", ""
        if known is not None and known.voided_by is None:
            changed = _changed(known, record)
            self._void(known, record, CORRECTION, *changed)
        command = CheckIn(
            instructor_id=self._instructor,
            at=record.at.time(),
            place=record.place,
            source_record=record.source,
            outside=record.outside,
        )
        led_to = self._ask(command, record, record.at.date(), command_id)
        self._events += led_to
        if not led_to and self._voided is None:
            return Fate.ALREADY, *_DAY_HAS_ONE
        return Fate.RECORD, *changed

    def _was_interrupted(self, record: Record) -> bool:
        """Tell whether its correction was left after the void, as one that a rule turned down is."""
        return self._id(record, CORRECTION) in self._history.commands

    def _no_punch(self, record: Record, why: tuple[str, str], known: Known | None) -> _Decided:
        if known is None or known.voided_by is not None:
            return Fate.PASSED, *why
        self._void(known, record, NO_PUNCH, *why)
        return Fate.RECORD, *why

    def _void(self, known: Known, record: Record, what: str, zh: str, en: str) -> None:
        """Void what a record no longer says; the reason says that nobody decided it, and what did."""
        moment = f"{datetime.fromtimestamp(record.modified // 1000, SHANGHAI):%Y-%m-%d %H:%M:%S}"
        at_zh, at_en = (f"于{moment}", f" at {moment}") if record.modified else ("", "")
        command = VoidInstructorEvent(
            instructor_id=self._instructor,
            version=known.version,
            reason=f"钉钉记录{record.source}{at_zh}更正,自动作废:{zh}。 "
            f"Voided automatically, as DingTalk corrected its record {record.source}{at_en}: {en}.",
        )
        self._events += self._ask(command, record, self._today, self._id(record, what))
        self._voided = known

    def _id(self, record: Record, what: str = "") -> UUID:
        return command_of(self._county, record, what)


def command_of(county: str, record: Record, what: str) -> UUID:
    """Return the id of the command that a state of a record leads to, the same however often it comes."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:{record.source}/{record.modified}{what}")


_LATER_CAME_WITH_IT: Final = "同时收到了该记录更新的状态", "a later state of this record came with it"
_LATER_ON_RECORD: Final = "已按该记录更新的状态处理", "a later state of this record was followed before"
_TAKEN_BEFORE: Final = "已按此状态记录", "this state was recorded before"
_FIRST_COUNTS: Final = "修改时间与已有的相同,以先到的为准", "it is no later than what is on record"
_DAY_HAS_ONE: Final = "当日已有打卡,以其为准", "the day has a check-in already"


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
