"""The workbook of refused rows: as they came, each with its reasons, to be corrected and brought again."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from api.papers.cells import text
from api.papers.deciding import AT_A_TIME, Told
from api.papers.plans import Line, Plan, Reason
from api.papers.source import MAX_TEXT, Cell
from api.papers.written import new_workbook

REASON: Final = "拒绝原因及更正办法 Why, and what to do"
PLACE: Final = "原位置 Came from"
EXACT: Final = 10**15
"""From here on a spreadsheet loses the last digits of a number."""

_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME: Final = 31


def write_refused(plan: Plan, file: Path, told: Told = lambda _done, _of: None) -> int:
    """Write the refused rows of a plan, a sheet for each sheet that has some, and return their number.

    The columns are those of the sheets they came from, so that the file can be brought in as it is; the
    last two say why a row is refused and where it came from. No cell is ever a formula.

    Args:
        plan: whose.
        file: to be written.
        told: is told how many rows of how many are written.
    """
    refused, written = plan.refused, 0
    with new_workbook(file, f"{plan.kind.zh}:被拒绝的行 Refused rows") as workbook:
        heading = workbook.add_format({"bold": True, "bg_color": "#D9E1F2"})
        reason = workbook.add_format({"font_color": "#C00000", "text_wrap": True})
        used: set[str] = set()
        for page, lines in groupby(refused, key=lambda line: line.page):
            sheet = workbook.add_worksheet(_name(page.layout.sheet.name, used))
            headings = (*page.layout.headings, REASON, PLACE)
            for place, name in enumerate(headings):
                sheet.write_string(0, place, name, heading)
            last = len(headings) - 2
            sheet.set_column(last, last, 60)
            sheet.freeze_panes(1, 0)
            for number, line in enumerate(lines, start=1):
                for place, cell in enumerate(line.cells[:last]):
                    _write(sheet, number, place, cell)
                sheet.write_string(number, last, reasons_of(line), reason)
                sheet.write_string(number, last + 1, page.place(line.row))
                if not written % AT_A_TIME:
                    told(written, len(refused))
                written += 1
    return len(refused)


def reasons_of(line: Line) -> str:
    """Return all reasons of a row as one text, as long as a cell may be."""
    return "\n".join(map(reason_text, line.reasons))[:MAX_TEXT]


def reason_text(reason: Reason) -> str:
    """Return a reason with its column, its value and its clause."""
    where = f"【{reason.column}】" if reason.column else ""
    value = f"“{reason.value}”" if reason.value else ""
    clause = f"〔{reason.clause}〕" if reason.clause else ""
    return f"{where}{value}{clause}{reason.zh} {reason.en}"


def _write(sheet: Any, row: int, place: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, int | float):
        if abs(cell) < EXACT:
            sheet.write_number(row, place, cell)
        else:
            sheet.write_string(row, place, str(cell))
    else:
        sheet.write_string(row, place, text(cell))


def _name(name: str, used: set[str]) -> str:
    """Return a sheet's name as far as a workbook allows it, and not twice."""
    plain = _NOT_IN_A_NAME.sub("_", name).strip() or "Sheet"
    tried, count = plain[:_LONGEST_NAME], 1
    while tried.casefold() in used:
        count += 1
        ending = f" ({count})"
        tried = plain[: _LONGEST_NAME - len(ending)] + ending
    used.add(tried.casefold())
    return tried
