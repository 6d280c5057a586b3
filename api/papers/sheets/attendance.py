"""Exports of DingTalk's attendance: their columns, and how each of the three layouts is found.

原始记录 has a row for each punch; 打卡时间 one for each person, or for each person and day; 每日统计 one for
each person and day, with a column for each punch that is due.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.papers import cells
from api.papers.columns import AnyColumn, Column, Layout, blank
from api.papers.headers import HeaderNotFound, find_header
from api.papers.kinds import PaperKind
from api.papers.sheets import shared
from api.papers.sheets.punch_table import find_punch_table
from api.papers.sheets.punches import Punch, read_punches
from api.papers.source import Cell, Sheet, SourceFile


def _name(cell: Cell) -> str:
    """Return a name without what DingTalk adds to those who left."""
    return cells.text(cell).removesuffix("(离职)").strip()


STAFF_NUMBER = replace(shared.STAFF_NUMBER, names=(*shared.STAFF_NUMBER.names, "工号"))
NAME = replace(shared.NAME, read=_name)
USER: Final = shared.USER
PERSON: Final = (STAFF_NUMBER, NAME, USER)
DAY = Column(
    "day",
    ("日期", "考勤日期"),
    cells.day,
    remark_zh="打卡时间中已有日期的可不填。",
    remark_en="Not needed where 打卡时间 has the day.",
)
PUNCHES = Column(
    "at",
    ("打卡时间",),
    read_punches,
    remark_zh="如:2020-05-06 08:05、8:05、次日00:12;多次打卡分行写。",
    remark_en="2020-05-06 08:05, 8:05, or 次日00:12 for the next day's; several on lines of their own.",
)
RESULT = Column(
    "result", ("打卡结果",), cells.text, choices=("正常", "迟到", "早退", "外勤", "范围外", "缺卡")
)
PLACE = Column("place", ("打卡地址", "打卡地点"), cells.text)
ORIGIN = Column("origin", ("打卡来源", "打卡方式"), cells.text)
RECORD = Column("record", ("记录ID", "打卡记录ID", "打卡ID", "记录编号", "RecordId"), cells.text)
_GROUP: Final = re.compile(r"[上下]班\d?")
"""What stands above the time and the result of a punch that is due, in a header of two rows."""

RECORDS: Final = (STAFF_NUMBER, NAME, USER, DAY, PUNCHES, RESULT, PLACE, ORIGIN, RECORD)


@dataclass(frozen=True)
class Due:
    """A punch that was due, in 每日统计: the columns of its time and its result."""

    at: Column[tuple[Punch, ...]]
    result: Column[str]


def _due(kind: str, turn: int) -> Due:
    field = f"{'in' if kind == '上班' else 'out'}_{turn}"
    called = [f"{kind}{turn}"] + ([kind] if turn == 1 else [])
    return Due(
        Column(field, tuple(f"{it}打卡时间" for it in called), read_punches),
        Column(f"{field}_result", tuple(f"{it}打卡结果" for it in called), cells.text),
    )


DUE: Final = tuple(_due(kind, turn) for turn in range(1, 7) for kind in ("上班", "下班"))
DUE_TIMES: Final = tuple(due.at for due in DUE)
DAILY: Final[tuple[AnyColumn, ...]] = (
    STAFF_NUMBER,
    NAME,
    USER,
    replace(DAY, needed=True),
    PLACE,
    *(column for due in DUE for column in (due.at, due.result)),
)


def lay_out(_kind: PaperKind, source: SourceFile) -> Sequence[Layout]:
    """Return how the sheets of the first layout are read that the file has; the others are passed over.

    Raises:
        HeaderNotFound: no sheet has any.
        FileRefused: a table of days does not say which days.
    """
    found: dict[int, list[Layout]] = {}
    missed: list[HeaderNotFound] = []
    for sheet in source.sheets:
        try:
            rank, layout = _layout(sheet)
        except HeaderNotFound as error:
            missed.append(error)
        else:
            found.setdefault(rank, []).append(layout)
    if not found and missed:
        raise min(missed, key=lambda error: len(error.missing))
    return found[min(found)] if found else ()


def _layout(sheet: Sheet) -> tuple[int, Layout]:
    """Return how a sheet is read, and its rank: 原始记录, 打卡时间, 每日统计.

    Raises:
        HeaderNotFound: it is none of them.
    """
    if (table := find_punch_table(sheet, {column.field: column for column in RECORDS})) is not None:
        return 1, table
    try:
        return 2, find_header(_spread(sheet), DAILY, (PERSON, DUE_TIMES))
    except HeaderNotFound:
        layout = find_header(sheet, RECORDS, (PERSON, (PUNCHES,)))
    told = {RESULT.field, PLACE.field, RECORD.field} & layout.places.keys()
    return (0 if told or DAY.field not in layout.places else 1), layout


def _spread(sheet: Sheet) -> Sheet:
    """Return a sheet with 上班1 above each column that it stands for, where the header was not merged."""
    for place, row in enumerate(sheet.rows[:20]):
        if any(isinstance(cell, str) and _GROUP.fullmatch(cell.strip()) for cell in row):
            below = sheet.rows[place + 1] if place + 1 < len(sheet.rows) else ()
            rows = [*sheet.rows]
            rows[place] = tuple(_filled(row, below))
            return replace(sheet, rows=rows)
    return sheet


def _filled(row: Sequence[Cell], below: Sequence[Cell]) -> Iterator[Cell]:
    group: Cell = None
    for place in range(max(len(row), len(below))):
        cell = row[place] if place < len(row) else None
        if not blank(cell):
            group = cell if isinstance(cell, str) and _GROUP.fullmatch(cell.strip()) else None
        yield group if blank(cell) and place < len(below) and not blank(below[place]) else cell
