"""What becomes of records: one by one, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from api.dingtalk.history import Known
from api.dingtalk.records import Record, RecordUnreadable
from domain.root import Event


class Fate(StrEnum):
    """What became of a record."""

    RECORD = "RECORD"
    ALREADY = "ALREADY"
    PASSED = "PASSED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Taken:
    """What became of one record.

    Attributes:
        record: the record.
        fate: see there.
        zh: why, in Chinese; empty where there is nothing to say.
        en: the same in English.
        voided: the check-in that was voided for it, if one was.
        events: what it led to, in order.
        again: it was refused only because others write to the same person all the time; it can be tried
            again as it is.
    """

    record: Record
    fate: Fate
    zh: str = ""
    en: str = ""
    voided: Known | None = None
    events: tuple[Event, ...] = ()
    again: bool = False


@dataclass
class Tally:
    """What became of many records.

    Attributes:
        fates: how many of each.
        corrected: how many changed what was on record.
        remarks: what whoever runs it should see, each once.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    corrected: int = 0
    remarks: dict[str, str] = field(default_factory=dict)

    def add(self, taken: Iterable[Taken]) -> None:
        """Count what became of some records."""
        for one in taken:
            self.fates[one.fate] += 1
            self.corrected += one.voided is not None
            if one.fate is Fate.REFUSED:
                self.remarks[one.zh] = one.en

    def __iadd__(self, other: Tally) -> Self:
        """Count what was counted elsewhere."""
        self.fates += other.fates
        self.corrected += other.corrected
        self.remarks |= other.remarks
        return self

    def unreadable(self, errors: Iterable[RecordUnreadable]) -> None:
        """Count records that could not even be read."""
        for error in errors:
            self.fates[Fate.REFUSED] += 1
            self.remarks[error.message_zh] = error.message_en
