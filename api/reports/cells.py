"""What a value of the record is in a cell of a workbook, and what that cell is in CSV.

A CSV file is written from the cells alone, so whoever reads the cells back from a workbook gets the same
bytes, and the same digest (docs/reports.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Final

from api.county import SHANGHAI
from api.reports.definition import Column, Kind
from domain.terms import Term
from projections.facts import FORGOTTEN, SEALED

Cell = str | int | float | date | datetime | time | None
"""What a cell of a workbook holds: moments in Asia/Shanghai, to the second; never an empty text."""

BOM: Final = "\ufeff"
LONGEST_TEXT: Final = 32_767
"""Characters that a cell of a workbook has room for."""

UNREADABLE: Final = frozenset({FORGOTTEN, SEALED})
"""What the read side says in the place of a name that it cannot tell; it stands in any kind of column."""

_PLACES: Final = {Kind.MONEY: 2, Kind.RATIO: 4}
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program may take for the beginning of a formula when it reads CSV."""

_LINE_END: Final = re.compile("\r\n?")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def cell_of(column: Column, value: Any) -> Cell:
    """Return the cell of a value, as the database gave it."""
    if value is None or value in UNREADABLE:
        return value  # type: ignore[no-any-return]  # None or a text
    match column.kind:
        case Kind.TEXT:
            return _text(_words(column.terms)[value] if column.terms else str(value))
        case Kind.INTEGER | Kind.DECIMAL | Kind.MONEY | Kind.RATIO as kind:
            return _number(kind, Decimal(str(value)))
        case Kind.DAY:
            return date.fromisoformat(str(value))
        case Kind.MOMENT:
            return datetime.fromisoformat(str(value)).astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
        case Kind.TIME:
            return time.fromisoformat(str(value)).replace(tzinfo=None, microsecond=0)


def text_of(kind: Kind, cell: Cell | timedelta) -> str:
    """Return what CSV says of a cell, which may be one that somebody else wrote into a workbook."""
    match cell:
        case None:
            return ""
        case str():
            return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
        case bool() | timedelta():
            return str(cell).upper()  # not ours: somebody wrote it into the cell
        case int() | float():
            return _digits(kind, cell)
        case date() | time():  # a moment is a date too
            return _when(kind, cell)


def csv_line(texts: Iterable[str]) -> bytes:
    """Return a line of CSV (RFC 4180), its end included; a text is quoted where it has to be."""
    return (",".join(map(_quoted, texts)) + "\r\n").encode()


@cache
def _words(terms: type[Term]) -> dict[str, str]:
    return {term.value: term.zh for term in terms}


def _text(text: str) -> str | None:
    """Return a text as XML and a cell have room for it; None if there is nothing to see."""
    text = _CONTROL.sub("\ufffd", _LINE_END.sub("\n", text))[:LONGEST_TEXT]
    return text if text.strip() else None


def _number(kind: Kind, value: Decimal) -> Cell:
    """Return a number as a workbook has it; one that it has no exact room for becomes text."""
    if places := _PLACES.get(kind):
        value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    number = int(value) if value == value.to_integral_value() else float(value)
    if abs(value) < 10**15 and Decimal(repr(number)) == value:
        return number
    return f"{value:f}"


def _digits(kind: Kind, number: float) -> str:
    """Return a number in full, with the places of its kind; more, if somebody gave it more."""
    if places := _PLACES.get(kind):
        text = f"{number:.{places}f}"
        if float(text) == number:
            return text
    return str(int(number)) if float(number).is_integer() else f"{Decimal(repr(number)):f}"


def _when(kind: Kind, cell: date | time) -> str:
    """Return a day, a moment or a time; a spreadsheet program has midnight alike for the first two."""
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    if kind is Kind.MOMENT or moment.time() != time():
        return moment.isoformat(" ", "seconds")
    return moment.date().isoformat()


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
