"""Empty papers to be filled in: a header, lists to choose from, and what to write where."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from api.papers import cells
from api.papers.annex2.printed import print_form
from api.papers.columns import AnyColumn
from api.papers.kinds import PaperKind
from api.papers.sheets.forms import FORMS
from api.papers.source import Cell
from api.papers.written import fill_in, new_workbook

ROWS: Final = 2000
"""Rows below the header that have lists and formats."""

LAST_ROW: Final = 1_048_575
GUIDE: Final = "填写说明"
NEEDED: Final = "必填 Required"
ONE_OF: Final = "至少填一列 At least one of: "
FORMATS: Final[dict[Callable[[Cell], Any], str]] = {
    cells.day: "yyyy-mm-dd",
    cells.amount: "General",
    cells.whole: "0",
    cells.year: "0",
}
"""Of cells that hold no text; the rest is text, so that leading zeros stay."""

NARROW: Final = 12
WIDE: Final = 28


def write_template(kind: PaperKind, target: Path | BytesIO) -> None:
    """Write an empty paper as XLSX: the form as printed, any other as a table with its instructions."""
    if kind is FORMS:
        print_form(target)
        return
    with new_workbook(target, kind.zh) as workbook:
        _table(workbook, kind)
        _guide(workbook, kind)


def _table(workbook: Any, kind: PaperKind) -> None:
    sheet = workbook.add_worksheet(kind.zh.partition("(")[0])
    header = {"bold": True, "border": 1, "align": "center", "text_wrap": True}
    styles = {
        False: workbook.add_format({**header, "bg_color": "#EDEDED"}),
        True: workbook.add_format({**header, "bg_color": "#FFE699"}),
    }
    for place, column in enumerate(kind.columns):
        sheet.write_string(0, place, column.name, styles[bool(_must(kind, column))])
        kept = workbook.add_format({"num_format": FORMATS.get(column.read, "@")})
        sheet.set_column(place, place, _width(column), kept)
        if rule := fill_in(column):
            sheet.data_validation(1, place, ROWS, place, rule)
    for place, heading in enumerate(kind.other_headings, start=len(kind.columns)):
        sheet.write_string(0, place, heading, styles[False])
        sheet.set_column(place, place, NARROW)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{LAST_ROW + 1}"})
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _guide(workbook: Any, kind: PaperKind) -> None:
    """Say what each column is, one below the other, so that it is never taken for the table itself."""
    sheet = workbook.add_worksheet(GUIDE)
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    bold = workbook.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 1, WIDE, wrapped)
    sheet.set_column(2, 3, 2 * WIDE, wrapped)
    sheet.write_string(0, 0, f"{kind.zh} {kind.en}", bold)
    row = 1
    for remark in kind.remarks:
        sheet.merge_range(row, 0, row, 3, " ".join(remark), wrapped)
        sheet.set_row(row, 32)
        row += 1
    for column in kind.columns:
        said = "\n".join(filter(None, (column.remark_zh, column.remark_en)))
        sheet.write_row(row, 0, (column.name, _must(kind, column), said, "、".join(column.choices)), wrapped)
        row += 1


def _must(kind: PaperKind, column: AnyColumn) -> str:
    """Return whether a column must be filled in, or one of several; empty if it need not."""
    if column.needed:
        return NEEDED
    group = next((group for group in kind.either if column in group), ())
    return ONE_OF + "、".join(each.name for each in group) if group else ""


def _width(column: AnyColumn) -> int:
    longest = max(map(len, column.choices), default=0)
    return max(NARROW, min(WIDE, 2 * max(len(column.name), longest) + 4))
