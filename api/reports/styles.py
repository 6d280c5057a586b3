"""How cells of a report look."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from api.papers.written import FONT
from api.reports.definition import Kind

FORMATS: Final = {
    Kind.TEXT: "@",
    Kind.INTEGER: "0",
    Kind.DECIMAL: "General",
    Kind.MONEY: "#,##0.00",
    Kind.RATIO: "0.00%",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
    Kind.TIME: "hh:mm:ss",
}
"""Number formats."""

_MARKED: Final = {"bg_color": "#FFC7CE", "font_color": "#9C0006", "bold": True}
"""Red; bold too, so that it is seen in black and white."""
_SUMMED: Final = {"bold": True, "bg_color": "#F2F2F2", "top": 2}
_CENTRED: Final = {Kind.DAY, Kind.MOMENT, Kind.TIME}


class Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: Any) -> None:
        add = workbook.add_format
        self.title = add({**FONT, "bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.remark = add(
            {**FONT, "font_size": 10, "text_wrap": True, "valign": "top", "font_color": "#595959"}
        )
        self.heading = add(
            {**FONT, "bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
            | {"bg_color": "#EDEDED"}
        )
        self.name = add({**FONT, "bold": True, "valign": "top", "text_wrap": True})
        self.content = add({**FONT, "valign": "top", "text_wrap": True, "num_format": "@"})
        self.of = cache(self._of)
        self._add = add

    def _of(self, kind: Kind, *, marked: bool, summed: bool) -> Any:
        """Return the format of a cell."""
        style = {**FONT, "border": 1, "valign": "vcenter", "num_format": FORMATS[kind]}
        if kind is Kind.TEXT:
            style["text_wrap"] = True
        if kind in _CENTRED:
            style["align"] = "center"
        return self._add(style | (_SUMMED if summed else {}) | (_MARKED if marked else {}))
