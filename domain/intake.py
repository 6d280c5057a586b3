"""Import 导入: a file was taken in. What came in with it are events of their own, saved in the same append.

Read the event, then what may be asked. The stream is one file's, known by its digest: a file may be taken in
again, after corrections elsewhere, and that is its next version.
"""

from __future__ import annotations

import re

from domain import root
from domain.checks import filled
from domain.commands import TakeImport
from domain.entry import Entry
from domain.refusals import InvalidValue, NothingTakenIn

DIGEST = re.compile("[0-9a-f]{64}")
NUMBERS = ("file_size", "rows_recorded", "rows_already", "rows_passed", "rows_refused", "events")


class Import(root.Root):
    """导入。A file that is taken in."""

    TOPIC = "Import"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about a file."""

    class Taken(Event):
        """导入文件。A file was taken in: how its rows came out, and how many events were recorded with it."""

        TOPIC = "Import.Taken"
        paper: str  # by its name on the command line
        file_name: str
        file_sha256: str
        file_size: int  # in bytes
        rows_recorded: int
        rows_already: int
        rows_passed: int
        rows_refused: int
        events: int  # in the same append, this one not counted

    # -- what may be asked -----------------------------------------------------------------------------

    def take(self, asked: TakeImport, entry: Entry) -> None:
        """Put on record that the file was taken in.

        Raises:
            NothingTakenIn: nothing was recorded with it.
            InvalidValue: a name is empty, the digest is none, or a number is negative.
        """
        filled(paper=asked.paper, file_name=asked.file_name)
        if not DIGEST.fullmatch(asked.file_sha256):
            raise InvalidValue(
                field="file_sha256",
                problem_zh="不是SHA-256摘要,应为64位小写十六进制数字",
                problem_en="it is no SHA-256 digest; write 64 hex digits in lower case",
            )
        for field in NUMBERS:
            if getattr(asked, field) < 0:
                raise InvalidValue(field=field, problem_zh="不能为负", problem_en="it is negative")
        if not (asked.events and asked.rows_recorded):
            raise NothingTakenIn
        self.record(
            self.Taken(
                **self.next(entry),
                paper=asked.paper,
                file_name=asked.file_name,
                file_sha256=asked.file_sha256,
                file_size=asked.file_size,
                rows_recorded=asked.rows_recorded,
                rows_already=asked.rows_already,
                rows_passed=asked.rows_passed,
                rows_refused=asked.rows_refused,
                events=asked.events,
            )
        )


ImportEvent = Import.Taken
"""Every event of a file."""
