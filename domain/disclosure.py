"""Disclosure 查阅: personal data left the record. Who looked, at whom and at what of them, and what left.

Read the event, then what may be asked. The stream is a month of one reader's looks. An event carries all
those that were put on record together: reading never waits for a place of its own in the log.
"""

from __future__ import annotations

import re
from datetime import timedelta

from domain import root
from domain.checks import filled
from domain.commands import Look, RecordLooks
from domain.entry import Entry
from domain.refusals import InvalidValue, NothingLookedAt

DIGEST = re.compile("[0-9a-f]{64}")
WHAT = re.compile(r"answer|stream|form|dossier|export|report:[a-z][a-z0-9-]*")


class Disclosure(root.Root):
    """查阅。A month of one reader's looks."""

    TOPIC = "Disclosure"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about who looked."""

    class Read(Event):
        """查阅个人信息。The actor was shown personal data, once or several times in a row."""

        TOPIC = "Disclosure.Read"
        looks: tuple[Look, ...]

    # -- what may be asked -----------------------------------------------------------------------------

    def read(self, asked: RecordLooks, entry: Entry) -> None:
        """Put looks on record.

        Raises:
            NothingLookedAt: there is none among them.
            InvalidValue: one of them does not say what left, or when.
        """
        if not asked.looks:
            raise NothingLookedAt
        for place, look in enumerate(asked.looks):
            _sound(look, f"looks[{place}].")
        self.record(self.Read(**self.next(entry), looks=asked.looks))


def _sound(look: Look, where: str) -> None:
    """Refuse a look that says nothing of what left."""
    if not WHAT.fullmatch(look.what):
        raise InvalidValue(
            field=f"{where}what",
            problem_zh=f"“{look.what}”不是answer、stream、form、dossier、export或report:名称",
            problem_en=f"{look.what!r} is none of answer, stream, form, dossier, export and report:<name>",
        )
    if not DIGEST.fullmatch(look.digest):
        raise InvalidValue(
            field=f"{where}digest",
            problem_zh="不是SHA-256摘要,应为64位小写十六进制数字",
            problem_en="it is no SHA-256 digest; write 64 hex digits in lower case",
        )
    if look.at.utcoffset() != timedelta(0):
        raise InvalidValue(
            field=f"{where}at",
            problem_zh="须为协调世界时(UTC)的时刻",
            problem_en="it has to be a moment in UTC",
        )
    if look.known_position < 0:
        raise InvalidValue(field=f"{where}known_position", problem_zh="不能为负", problem_en="it is negative")
    if look.reason is not None:
        filled(**{f"{where}reason": look.reason})


DisclosureEvent = Disclosure.Read
"""Every event of a reader."""
