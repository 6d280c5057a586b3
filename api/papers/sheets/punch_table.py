"""打卡时间 as DingTalk exports it: a row for each person, a column for each day, its times in one cell.

The day of a column is counted from the beginning of 统计日期 in the title: weekends are headed 六 and 日.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from unicodedata import normalize

from api.papers.columns import AnyColumn, blank, plain
from api.papers.daytime import read_day
from api.papers.headers import HEADER_WITHIN
from api.papers.sheets.annex1 import Listed
from api.papers.source import Cell, FileRefused, Sheet

PUNCHES: Final = "打卡时间"
_DATE: Final = r"(\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?)"
_PERIOD: Final = re.compile(rf"统计(?:日期|时间):?\s*{_DATE}\s*[至到~—-]+\s*{_DATE}")
_LABEL: Final = re.compile(r"(?:(?P<number>\d{1,2})日?)?\s*(?:(?:星期|周)?(?P<weekday>[一二三四五六日天]))?")
_WEEKDAYS: Final = "一二三四五六日"


@dataclass(frozen=True)
class _Days:
    """The columns of days: the place of the first, their labels, and the place of the first row of people."""

    first: int
    labels: tuple[str, ...]
    body: int


def find_punch_table(sheet: Sheet, columns: Mapping[str, AnyColumn]) -> Listed | None:
    """Return how the table on a sheet is read, one row for each person and day with a punch; None if none.

    Args:
        sheet: to look in.
        columns: those of the paper for `staff_number`, `name`, `user`, `day` and `at`; one of the first three
            is found in the header.

    Raises:
        FileRefused: the title has no period, or the labels of the days are not its days.
    """
    who = {field: columns[field] for field in ("staff_number", "name", "user")}
    for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        places = _places(row, who)
        if places and (days := _days(sheet, place, next(iter(places.values())))) is not None:
            fields = (*places, "day", "at")
            dates = _dates(sheet, days, place)
            listed = list(_unrolled(sheet, places, days, dates))
            return Listed(
                sheet=Sheet(sheet.name, tuple(cells for _, cells in listed), skipped=sheet.skipped),
                header=sheet.first_row + place,
                body=sheet.first_row + days.body,
                places={field: at for at, field in enumerate(fields)},
                headings=tuple(columns[field].name for field in fields),
                columns=tuple(columns[field] for field in fields),
                numbers=tuple(number for number, _ in listed),
            )
    return None


def _places(row: Sequence[Cell], who: Mapping[str, AnyColumn]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        for field, column in who.items():
            if isinstance(cell, str) and plain(cell) in column.headings:
                found.setdefault(field, place)
    return found


def _days(sheet: Sheet, place: int, name: int) -> _Days | None:
    """Find the columns of days: in the row below the heading 打卡时间, or in the header itself."""
    row = sheet.rows[place]
    below = sheet.rows[place + 1] if place + 1 < len(sheet.rows) else ()
    headed = next((at for at, cell in enumerate(row) if plain(str(cell)) == PUNCHES), None)
    if headed is not None:
        under = below[name] if name < len(below) else None
        labels = _run(below, headed)
        if labels and (blank(under) or under == row[name]):
            return _Days(headed, labels, place + 2)
        return None
    about = [sheet.name, *(str(cell) for above in sheet.rows[:place] for cell in above)]
    first = next((at for at, cell in enumerate(row) if _label(cell)), None)
    if first is None or not any(PUNCHES in it for it in about):
        return None
    return _Days(first, _run(row, first), place + 1)


def _run(row: Sequence[Cell], first: int) -> tuple[str, ...]:
    labels: list[str] = []
    for cell in row[first:]:
        if not (label := _label(cell)):
            break
        labels.append(label)
    return tuple(labels)


def _label(cell: Cell) -> str:
    """Return the label of a day, empty if it is none."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    if cell is None or isinstance(cell, bool):
        return ""
    words = normalize("NFKC", str(cell)).strip()
    return words if _LABEL.fullmatch(words) or re.fullmatch(_DATE, words) else ""


def _dates(sheet: Sheet, days: _Days, header: int) -> tuple[date, ...]:
    """Return the day of each column.

    Raises:
        FileRefused: the title does not tell, or tells otherwise.
    """
    above = (normalize("NFKC", str(cell)) for row in sheet.rows[:header] for cell in row if cell is not None)
    period = next((found for words in above if (found := _PERIOD.search(words))), None)
    start, end = (read_day(period[1]), read_day(period[2])) if period else (None, None)
    if start is None or end is None:
        raise FileRefused(
            f"工作表“{sheet.name}”表头上方没有统计日期,无法知道各列是哪一天。请补上,如:"
            "统计日期:2020-05-01 至 2020-05-31。",
            f"Sheet {sheet.name!r} has no period above its header, so the day of a column is not known. Add "
            "it, such as 统计日期:2020-05-01 至 2020-05-31.",
        )
    dates = tuple(start + timedelta(days=count) for count in range(len(days.labels)))
    for label, day in zip(days.labels, dates, strict=True):
        if day > end or not _is(label, day):
            raise FileRefused(
                f"工作表“{sheet.name}”的日期列“{label}”与统计日期({start}至{end})不符,按顺序应为{day}。"
                "请从钉钉重新导出。",
                f"Sheet {sheet.name!r}: the column {label!r} does not fit the period ({start} to {end}); in "
                f"order it would be {day}. Export it anew from DingTalk.",
            )
    return dates


def _is(label: str, day: date) -> bool:
    if re.fullmatch(_DATE, label):
        return read_day(label) == day
    said = _LABEL.fullmatch(label)
    if said is None:
        return False
    weekday = (said["weekday"] or "").replace("天", "日")
    return int(said["number"] or day.day) == day.day and weekday in {"", _WEEKDAYS[day.weekday()]}


def _unrolled(
    sheet: Sheet, places: Mapping[str, int], days: _Days, dates: Sequence[date]
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Yield the cells of each person and day with something in it, with the number of the row."""
    for number, row in enumerate(sheet.rows[days.body :], start=sheet.first_row + days.body):
        who = tuple(row[place] if place < len(row) else None for place in places.values())
        for day, cell in zip(dates, row[days.first :], strict=False):
            if not blank(cell):
                yield number, (*who, day, cell)
