"""What a cell of an attendance export says of punches: their times, and that one was missed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from unicodedata import normalize

from api.papers.cells import CellUnreadable, shown
from api.papers.daytime import read_clock, read_moment, read_usual
from api.papers.source import Cell

OUTSIDE: Final = re.compile(r"外勤|范围外")
_NEXT_DAY: Final = re.compile(r"次日|翌日|隔日|第二天")
_LINES: Final = re.compile(r"[\r\n,;、|]+")
_TIMES: Final = re.compile(
    r"(?:(?<=:\d\d)|(?<=:\d\d外勤)|(?<=:\d\d范围外)|(?<=:\d\d次日))(?:\s*[-~—–/]+\s*|\s+(?![AP]M))",
    re.IGNORECASE,
)
"""Between the punches of a line: only after a time, since a day may stand before one."""
_BRACKETS: Final = str.maketrans({"(": None, "[": None, "【": None, ")": " ", "]": " ", "】": " "})
"""A mark in brackets is that of the time before it."""
_MIDNIGHT: Final = re.compile(r"(?<![\d:])24(?=:\d\d)")
"""The end of a day, which is the beginning of the next."""
_NO_PUNCH: Final = re.compile(r"缺卡|未打卡|未签到|旷工|休息|请假|出差|外出|补卡|无|-+|—+|–+")
"""What stands there where nobody punched."""
_BESIDE: Final = re.compile(r"正常|(?:严重|旷工)?迟到|早退|打卡")
"""What may stand beside a time, and changes nothing."""
_DAY_0: Final = 1950
"""A moment of an earlier year is a time of day that a spreadsheet counts from its day 0."""


@dataclass(frozen=True, slots=True)
class Punch:
    """A punch: when, as far as the cell says it.

    Attributes:
        at: the time of day, in Asia/Shanghai.
        day: if the cell has it; else it is that of the row.
        days_on: 1 if it is the next day's.
        outside: the cell says that it was made outside.
    """

    at: time
    day: date | None = None
    days_on: int = 0
    outside: bool = False

    def on(self, day: date | None) -> date | None:
        """Return the day of it in a row of `day`."""
        stated = self.day or day
        return stated and stated + timedelta(days=self.days_on)


def read_punches(cell: Cell) -> tuple[Punch, ...]:
    """Return the punches in a cell that is not blank; none where it says that there was none.

    Raises:
        CellUnreadable: something in it is no time.
    """
    if not isinstance(cell, str):
        return (_of_cell(cell),)
    if (moment := read_usual(cell)) is not None:
        return (Punch(moment.time(), moment.date()),)
    words = normalize("NFKC", cell).translate(_BRACKETS)
    return tuple(punch for line in _LINES.split(words) for punch in _of_line(line, cell))


def _of_line(line: str, cell: Cell) -> list[Punch]:
    found: list[Punch] = []
    for piece in filter(None, map(str.strip, _TIMES.split(line))):
        if _NO_PUNCH.fullmatch(piece):
            continue
        said = _BESIDE.sub(" ", OUTSIDE.sub(" ", piece)).strip()
        outside, next_day = OUTSIDE.search(piece) is not None, _NEXT_DAY.fullmatch(said) is not None
        if found and (next_day or not said):  # 08:05 外勤
            last = found[-1]
            found[-1] = replace(last, days_on=int(next_day) or last.days_on, outside=outside or last.outside)
        elif said:
            found.append(replace(_of_text(said, cell), outside=outside))
    return found


def _of_text(said: str, cell: Cell) -> Punch:
    days_on = 1 if _NEXT_DAY.search(said) else 0
    plain = _NEXT_DAY.sub(" ", said).strip()
    if _MIDNIGHT.search(plain):
        plain, days_on = _MIDNIGHT.sub("0", plain), 1
    if moment := read_moment(plain):
        return Punch(moment.time(), moment.date(), days_on)
    if (at := read_clock(plain)) is not None:
        return Punch(at, days_on=days_on)
    raise _unreadable(cell)


def _of_cell(cell: Cell) -> Punch:
    """Read a cell that is a moment, a time or a number."""
    if isinstance(cell, int):
        raise _unreadable(cell)
    if isinstance(cell, timedelta) and timedelta(days=1) <= cell < timedelta(days=2):
        return replace(_of_cell(cell - timedelta(days=1)), days_on=1)
    in_calendar = not isinstance(cell, datetime) or cell.year >= _DAY_0
    if in_calendar and (moment := read_moment(cell)):
        return Punch(moment.time(), moment.date())
    if (at := read_clock(cell)) is not None:
        return Punch(at)
    raise _unreadable(cell)


def _unreadable(cell: Cell) -> CellUnreadable:
    return CellUnreadable(
        f"“{shown(cell)}”不是打卡时间。请写作 2020-05-06 08:05、8:05 或 次日00:12,多次打卡分行写。",
        f"{shown(cell)!r} is no time of a punch: write it as 2020-05-06 08:05, 8:05 or 次日00:12 (the next "
        "day's), several of them on lines of their own.",
    )
