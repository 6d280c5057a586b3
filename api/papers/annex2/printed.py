"""The form, printed: an empty Annex 2 on one sheet of A4, with lists to choose from and remarks beside it."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from api.papers.annex2.layout import (
    ADDITION,
    ADDITION_AT,
    BOXES,
    COLUMN_WIDTHS,
    PHOTO,
    PHOTO_AT,
    PRINTED,
    ROW_HEIGHTS,
    SCHOOLING,
    SCHOOLING_AT,
    TITLE,
    TITLE_AT,
    Area,
)
from api.papers.written import FONT, fill_in, new_workbook

A4: Final = 9
AS_TEXT: Final = "@"
SHEET: Final = "报名表"
SIGNED: Final = "\n\n\n(签章)\n      年    月    日"

BOXED: Final = {**FONT, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
STYLES: Final = {
    "title": {**FONT, "font_size": 20, "bold": True, "align": "center", "valign": "vcenter"},
    "label": BOXED,
    "value": {**BOXED, "num_format": AS_TEXT},
    "long": {**BOXED, "num_format": AS_TEXT, "align": "left", "valign": "top"},
    "signed": {**BOXED, "align": "right", "valign": "bottom"},
    "addition": {**FONT, "font_size": 9, "italic": True, "valign": "vcenter", "text_wrap": True},
}


def print_form(target: Path | BytesIO, filled: Mapping[str, str] | None = None) -> None:
    """Write a form as XLSX: empty, or with what is known already, by field."""
    known = filled or {}
    with new_workbook(target, TITLE) as workbook:
        styles = {name: workbook.add_format(style) for name, style in STYLES.items()}
        sheet = workbook.add_worksheet(SHEET)
        _page(sheet)
        _put(sheet, TITLE_AT, TITLE, styles["title"])
        _put(sheet, PHOTO_AT, PHOTO, styles["label"])
        _put(sheet, SCHOOLING_AT, SCHOOLING, styles["label"])
        _put(sheet, ADDITION_AT, ADDITION, styles["addition"])
        for box in BOXES:
            _put(sheet, box.label_at, box.label, styles["label"])
            if box.column is None:
                _put(sheet, box.value_at, SIGNED, styles["signed"])
                continue
            _put(
                sheet, box.value_at, known.get(box.column.field, ""), styles["long" if box.long else "value"]
            )
            if rule := fill_in(box.column, only=box.only):
                sheet.data_validation(*box.value_at.first, *box.value_at.first, rule)


def _page(sheet: Any) -> None:
    sheet.set_paper(A4)
    sheet.set_margins(left=0.6, right=0.6, top=0.5, bottom=0.5)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 1)
    sheet.print_area(PRINTED.row, PRINTED.column, PRINTED.last_row, PRINTED.last_column)
    sheet.hide_gridlines(2)
    for column, width in enumerate(COLUMN_WIDTHS):
        sheet.set_column(column, column, width)
    for row, height in enumerate(ROW_HEIGHTS):
        sheet.set_row(row, height)


def _put(sheet: Any, area: Area, text: str, style: Any) -> None:
    if (area.row, area.column) == (area.last_row, area.last_column):
        sheet.write_string(area.row, area.column, text, style)
    else:
        sheet.merge_range(area.row, area.column, area.last_row, area.last_column, text, style)
