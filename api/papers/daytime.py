"""Days and times of day, as people write them, and the numbers that spreadsheets keep for them.

No time has a zone: the papers are the county's own, and say its local time (Asia/Shanghai).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from api.papers.source import Cell
from api.papers.words import text, to_second

_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - without a zone, as said above
"""Day 0 of a spreadsheet, for all days after February 1900, of which it thinks that it had a 29th."""
_FIRST_SERIAL: Final = 10_000
"""18 May 1927. A smaller number is a year or a count in the wrong column, not the number behind a day."""
_AFTER_LAST_SERIAL: Final = 73_051
"""1 January 2100."""
_SECONDS: Final = 86_400

_WRITTEN: Final = (
    re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})(?:\s*[日号])?"),
    re.compile(r"(\d{4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,2})"),
    re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)"),
    re.compile(r"(\d{2})-(\d{2})-(\d{2})(?=\s*\(?(?:星期|周))"),  # of this century; DingTalk's
)
_USUAL: Final = re.compile(r"[12]\d{3}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?", re.ASCII)
"""How programs write a moment: 2020-03-17 08:05:30."""
_WEEKDAY: Final = re.compile(r"\s*\(?(?:星期|周)[一二三四五六日天]\)?\s*")
_CLOCK: Final = re.compile(
    r"(?P<before>上午|下午|凌晨|早上|中午|晚上|AM|PM)?\s*"
    r"(?:(?P<h>\d{1,2})\s*:\s*(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?"
    r"|(?P<hh>\d{1,2})\s*[时点]\s*(?:(?P<mm>\d{1,2})\s*分?\s*(?:(?P<ss>\d{1,2})\s*秒)?)?)"
    r"\s*(?P<after>AM|PM)?",
    re.IGNORECASE,
)


def read_day(cell: Cell) -> date | None:
    """Return the day that a cell says, with or without a time, or None."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if (behind := _behind(cell)) is not None:
        return behind.date()
    if not isinstance(cell, str | int) or isinstance(cell, bool):
        return None
    day, rest = _parted(text(cell))
    return day if not rest or read_clock(rest) is not None else None


def read_moment(cell: Cell) -> datetime | None:
    """Return the day and the time that a cell says, to the second, or None if either is missing."""
    if isinstance(cell, datetime):
        return to_second(cell)
    if (behind := _behind(cell)) is not None:
        return behind
    if not isinstance(cell, str):
        return None
    day, rest = _parted(text(cell))
    at = read_clock(rest)
    return datetime.combine(day, at) if day is not None and at is not None else None


def read_usual(words: str) -> datetime | None:
    """Return the moment of a text in the form of most exports, which is read at once; None of any other."""
    if _USUAL.fullmatch(words) is None:
        return None
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return None


def read_clock(cell: Cell) -> time | None:
    """Return the time of day that a cell says, to the second, or None."""
    if isinstance(cell, datetime):
        return to_second(cell).time()
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    if isinstance(cell, timedelta):
        return _since_midnight(cell.total_seconds())
    if isinstance(cell, float) and 0 <= cell < 1:
        return _since_midnight(cell * _SECONDS)
    found = _CLOCK.fullmatch(text(cell)) if isinstance(cell, str) else None
    if found is None:
        return None
    hour, minute, second = (int(found[each] or found[each * 2] or 0) for each in "hms")
    return _time(_of_day(hour, (found["before"] or found["after"] or "").upper()), minute, second)


def _behind(cell: Cell) -> datetime | None:
    """Return what a number stands for as the number behind a date, or None."""
    if isinstance(cell, str) and re.fullmatch(r"\d{5}(\.\d+)?", text(cell)):
        cell = float(text(cell))
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    if not _FIRST_SERIAL <= cell < _AFTER_LAST_SERIAL:
        return None
    return _EPOCH + timedelta(seconds=round(cell * _SECONDS))


def _parted(words: str) -> tuple[date | None, str]:
    """Part the day at the beginning, its weekday passed over, from what is written after it."""
    for form in _WRITTEN:
        if found := form.match(words):
            year, month, day = (int(each) for each in found.groups() if each.isdecimal())
            rest = _WEEKDAY.sub("", words[found.end() :].removeprefix("T"), count=1).strip()
            try:
                return date(year if year > 99 else 2000 + year, month, day), rest
            except ValueError:
                break
    return None, ""


def _since_midnight(seconds: float) -> time | None:
    minutes, second = divmod(round(seconds), 60)
    return _time(*divmod(minutes, 60), second)


def _of_day(hour: int, half: str) -> int:
    """Return the hour of the day of one that may have been counted in halves of the day."""
    if half in {"下午", "晚上", "PM"} and hour < 12:
        return hour + 12
    if half == "中午" and hour < 3:
        return hour + 12
    return 0 if half in {"凌晨", "AM"} and hour == 12 else hour


def _time(hour: int, minute: int, second: int) -> time | None:
    try:
        return time(hour, minute, second)
    except (ValueError, OverflowError):
        return None
