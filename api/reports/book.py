"""A report as a workbook: the cover, then a sheet for each table, ready to be read, filtered and printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from api.papers.written import new_workbook
from api.problems import Problem
from api.reports.cells import Cell
from api.reports.cover import SHEET, Entry
from api.reports.definition import Chart, Column, Table
from api.reports.rows import Digest, Line
from api.reports.styles import Styles

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet has room for."""

_A4: Final = 9
_LINE: Final = 15.0
"""Height of a line of text, in points."""
_TITLE: Final = 26.0
_MARGIN_CM: Final = 1.2
_CM_PER_INCH: Final = 2.54
_COVER_WIDTHS: Final = (16, 100)
_CHART_ROWS: Final = 18
_EVERYWHERE: Final = f"A1:XFD{MOST_ROWS}"
_CHART_SIZE: Final = {"width": 860, "height": 340}


class Book:
    """A workbook in the making.

    Args:
        workbook: of XlsxWriter, which keeps no row once the next one is written.
        title: of the report.
        stand: of when it is, said on every sheet.
    """

    def __init__(self, workbook: Any, title: str, stand: str) -> None:
        self._workbook = workbook
        self._title = title
        self._stand = stand
        self._styles = Styles(workbook)
        self._cover = workbook.add_worksheet(SHEET)

    def table(self, table: Table, lines: Iterable[Line]) -> Digest:
        """Write a table, and return the digest of its CSV file.

        Raises:
            Problem: it has more rows than a sheet has room for.
        """
        digest = Digest(table.columns)
        digest.head()
        sheet = self._workbook.add_worksheet(table.name)
        header = self._head(sheet, table)
        row = last = header
        for row, line in enumerate(lines, start=header + 1):
            if row >= MOST_ROWS:
                raise _too_long(table)
            digest.line(line.cells)
            self._line(sheet, row, table.columns, line)
            last = last if line.summed else row
        sheet.autofilter(header, 0, max(last, header), len(table.columns) - 1)
        sheet.freeze_panes(header + 1, 0)
        sheet.ignore_errors({"number_stored_as_text": _EVERYWHERE})  # codes are text, and are meant to be
        self._print(sheet, table.title, header)
        for number, chart in enumerate(table.charts):
            drawn = self._chart(table, chart, header + 1, last)
            sheet.insert_chart(row + 2 + number * _CHART_ROWS, 0, drawn)
        return digest

    def cover(self, entries: Sequence[Entry]) -> None:
        """Write the cover."""
        sheet, (names, contents) = self._cover, _COVER_WIDTHS
        sheet.set_column(0, 0, names)
        sheet.set_column(1, 1, contents)
        sheet.set_row(0, _TITLE)
        sheet.merge_range(0, 0, 0, 1, self._title, self._styles.title)
        for row, entry in enumerate(entries, start=1):
            sheet.set_row(row, _LINE * _lines(entry.content, contents))
            sheet.write_string(row, 0, entry.name, self._styles.name)
            sheet.write_string(row, 1, entry.content, self._styles.content)
        self._print(sheet, self._title)

    def _head(self, sheet: Any, table: Table) -> int:
        """Write what stands above the rows, and return the row of the headings."""
        last = len(table.columns) - 1
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
        whole = sum(column.width for column in table.columns)
        above = [
            (table.title, _TITLE, self._styles.title),
            *(
                (text, _LINE * _lines(text, whole), self._styles.remark)
                for text in (self._stand, *table.remarks)
            ),
        ]
        for row, (text, height, style) in enumerate(above):
            sheet.set_row(row, height)
            if last:
                sheet.merge_range(row, 0, row, last, "", style)
            sheet.write_string(row, 0, text, style)
        header = len(above)
        sheet.set_row(header, _LINE * max(_lines(column.name, column.width) for column in table.columns) + 4)
        for place, column in enumerate(table.columns):
            sheet.write_string(header, place, column.name, self._styles.heading)
        return header

    def _line(self, sheet: Any, row: int, columns: Sequence[Column], line: Line) -> None:
        for place, (column, cell) in enumerate(zip(columns, line.cells, strict=True)):
            style = self._styles.of(column.kind, marked=place in line.marked, summed=line.summed)
            _write(sheet, row, place, cell, style)

    def _print(self, sheet: Any, title: str, header: int | None = None) -> None:
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        margin = _MARGIN_CM / _CM_PER_INCH
        sheet.set_margins(left=margin, right=margin, top=margin, bottom=1.5 * margin)
        sheet.set_footer(f"&L{title.replace('&', '&&')} {self._stand}&R第&P页 共&N页")
        if header is not None:
            sheet.repeat_rows(header)

    def _chart(self, table: Table, chart: Chart, first: int, last: int) -> Any:
        """Return a chart of the table's own cells; without rows it is empty."""
        places = {column.of: place for place, column in enumerate(table.columns)}
        drawn = self._workbook.add_chart({"type": chart.kind})
        cells = partial(_cells, table.name, first, max(first, last))
        for of in chart.values:
            series = {
                "name": table.columns[places[of]].name,
                "categories": cells(places[chart.categories]),
                "values": cells(places[of]),
            }
            drawn.add_series(series)
        drawn.set_title({"name": chart.title, "overlay": False})
        drawn.set_x_axis({"text_axis": True})
        drawn.set_y_axis({"name": chart.number_axis} if chart.number_axis else {})
        drawn.set_legend({"position": "bottom"} if len(chart.values) > 1 else {"none": True})
        drawn.set_size(_CHART_SIZE)
        return drawn


@contextmanager
def new_book(target: IO[bytes], title: str, stand: str) -> Iterator[Book]:
    """Lend a workbook that is written to `target`; the same content is the same file."""
    with (
        TemporaryDirectory(prefix="zhucun-report-") as drafts,
        new_workbook(target, title, drafts=Path(drafts)) as workbook,
    ):
        yield Book(workbook, title, stand)


def _write(sheet: Any, row: int, place: int, cell: Cell, style: Any) -> None:
    match cell:
        case None:
            sheet.write_blank(row, place, None, style)
        case str():
            sheet.write_string(row, place, cell, style)
        case date() | time():  # a moment is a date too
            sheet.write_datetime(row, place, cell, style)
        case _:
            sheet.write_number(row, place, cell, style)


def _cells(sheet: str, first: int, last: int, place: int) -> list[str | int]:
    return [sheet, first, place, last, place]


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a cell; a Chinese character is as wide as two others."""
    return sum(
        max(1, ceil(sum(2 if ord(character) > 0xFF else 1 for character in line) / max(1, width - 1)))
        for line in text.removesuffix("\n").split("\n")
    )


def _too_long(table: Table) -> Problem:
    return Problem(
        "BAD_REQUEST",
        f"“{table.name}”超过一张工作表所能容纳的{MOST_ROWS:,}行。请缩小范围,或改用 .zip。",
        f"{table.name!r} has more rows than the {MOST_ROWS:,} that a sheet has room for: "
        "ask for less, or for a .zip.",
    )
