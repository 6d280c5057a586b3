"""Cells into values, as a person would read them; what cannot be read says what to write."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, TypeVar

from api.papers.daytime import read_clock, read_day, read_moment
from api.papers.source import Cell
from api.papers.words import CellUnreadable, bare, shown, text
from domain.terms import Term

__all__ = [
    "CellUnreadable",
    "amount",
    "clock",
    "day",
    "moment",
    "month",
    "shown",
    "term",
    "text",
    "whole",
    "year",
    "yes",
]

T = TypeVar("T", bound=Term)

_MONTH: Final = re.compile(r"(\d{4})\s*(?:年\s*(\d{1,2})\s*月|[./-]\s*(\d{1,2})|(\d{2}))")
_YEAR: Final = re.compile(r"(\d{4})\s*年?度?")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(E[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_YES: Final = frozenset({"是", "√", "✓", "✔", "☑", "1", "有", "对", "Y", "YES", "TRUE"})
_NO: Final = frozenset({"", "否", "×", "✗", "✘", "X", "0", "无", "不", "N", "NO", "FALSE", "☐"})


def day(cell: Cell) -> date:
    """Return the day that a cell says: a date, a date written out, or the number behind a date.

    Raises:
        CellUnreadable: it says none, or one that is not in the calendar.
    """
    found = read_day(cell)
    if found is None:
        raise CellUnreadable(
            f"“{shown(cell)}”不是日期。请写作 2020-03-17 或 2020年3月17日。",
            f"{shown(cell)!r} is not a day: write it as 2020-03-17.",
        )
    return found


def moment(cell: Cell) -> datetime:
    """Return the day and time of day that a cell says, without a time zone, to the second.

    Raises:
        CellUnreadable: either is missing or cannot be read.
    """
    found = read_moment(cell)
    if found is None:
        raise CellUnreadable(
            f"“{shown(cell)}”不是日期加时间。请写作 2020-03-17 08:05。",
            f"{shown(cell)!r} is not a day and a time: write it as 2020-03-17 08:05.",
        )
    return found


def clock(cell: Cell) -> time:
    """Return the time of day that a cell says, to the second.

    Raises:
        CellUnreadable: it says none.
    """
    found = read_clock(cell)
    if found is None:
        raise CellUnreadable(
            f"“{shown(cell)}”不是时间。请写作 8:05 或 08:05:30。",
            f"{shown(cell)!r} is not a time of day: write it as 8:05 or 08:05:30.",
        )
    return found


def whole(cell: Cell) -> int:
    """Return the whole number that a cell says.

    Raises:
        CellUnreadable: it says none, or one with a fraction.
    """
    number = _number(cell)
    if number is None or number != number.to_integral_value():
        raise CellUnreadable(
            f"“{shown(cell)}”不是整数。请只写数字,如 12。",
            f"{shown(cell)!r} is not a whole number: write digits alone, such as 12.",
        )
    return int(number)


def amount(cell: Cell) -> Decimal:
    """Return the number that a cell says, with its fraction; thousands may be parted by commas.

    Raises:
        CellUnreadable: it says none.
    """
    number = _number(cell)
    if number is None:
        raise CellUnreadable(
            f"“{shown(cell)}”不是数字。请只写数字,如 3000 或 86.5。",
            f"{shown(cell)!r} is not a number: write digits alone, such as 3000 or 86.5.",
        )
    return number


def yes(cell: Cell) -> bool:
    """Return whether a cell says yes; an empty one says no.

    Raises:
        CellUnreadable: it says neither.
    """
    words = text(cell).upper()
    if words in _YES:
        return True
    if words in _NO:
        return False
    raise CellUnreadable(
        f"“{shown(cell)}”看不出是或否。请写“是”或“否”。",
        f"{shown(cell)!r} says neither yes nor no: write 是 or 否.",
    )


def month(cell: Cell) -> str:
    """Return the month that a cell says, as the record has it: `2021-05`.

    Raises:
        CellUnreadable: it says none.
    """
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    found = None if isinstance(cell, float) else _MONTH.fullmatch(text(cell))  # 2021.1 may have been 2021.10
    if found:
        number = int(found[2] or found[3] or found[4])
        if 1 <= number <= 12:
            return f"{found[1]}-{number:02}"
    raise CellUnreadable(
        f"“{shown(cell)}”不是月份。请写作 2021-05 或 2021年5月。",
        f"{shown(cell)!r} is not a month: write it as 2021-05.",
    )


def year(cell: Cell) -> int:
    """Return the year that a cell says.

    Raises:
        CellUnreadable: it says none.
    """
    if isinstance(cell, date):
        return cell.year
    if found := _YEAR.fullmatch(text(cell)):
        return int(found[1])
    raise CellUnreadable(
        f"“{shown(cell)}”不是年度。请写作 2021。",
        f"{shown(cell)!r} is not a year: write it as 2021.",
    )


def term(cell: Cell, kind: type[T]) -> T:
    """Return the word of the programme that a cell has, by its Chinese term or its stored value.

    Raises:
        CellUnreadable: it is none of `kind`; the message has all that are.
    """
    words = bare(text(cell))
    for each in kind:
        if words in {bare(each.zh), bare(each.value)}:
            return each
    choices = "、".join(each.zh for each in kind)
    raise CellUnreadable(
        f"“{shown(cell)}”不在可选之列。请写其中之一:{choices}。",
        f"{shown(cell)!r} is none of those to choose from: {choices}.",
    )


def _number(cell: Cell) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    words = text(cell)
    if _THOUSANDS.fullmatch(words):
        words = words.replace(",", "")
    return Decimal(words) if _NUMBER.fullmatch(words) else None
