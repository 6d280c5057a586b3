"""The form, found on a sheet by its labels: wherever it stands, and whatever rows or columns came between.

What is filled in is right of its label, up to the next label. The result is a row like any other paper's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from api.papers.annex2 import fields as f
from api.papers.annex2.layout import ANNEX_2, BOXES, PHOTO, SCHOOLING, Box
from api.papers.columns import Layout, blank, plain
from api.papers.source import Cell, FileRefused, Sheet

LABELS: Final = {
    name: box
    for box in BOXES
    for name in (plain(box.label), *(box.column.headings if box.column else ()))
    if box.column not in {f.FULL_TIME_SCHOOL, f.IN_SERVICE_SCHOOL}
}
"""The boxes by their labels as labels are compared, and by the other names of what they hold."""

SCHOOLS: Final = {plain(name): name for name in ("毕业院校及专业", "毕业院校系及专业", "毕业院校")}
"""Labels that stand twice on the form: each belongs to the schooling named last before it."""

SCHOOL_OF: Final = {f.FULL_TIME.field: f.FULL_TIME_SCHOOL, f.IN_SERVICE.field: f.IN_SERVICE_SCHOOL}
ELSE: Final = frozenset(map(plain, (SCHOOLING, PHOTO, "照片")))
"""What stands on the form besides, and is neither a label of a box nor what fills one."""

ENOUGH: Final = len(ANNEX_2) // 2
"""Labels of Annex 2 that make a sheet a form."""

ROWS: Final = 4
"""Rows that the labels of a form stand in at least; those of a table of forms stand in one."""

_AGE: Final = re.compile(r"(\d{1,3})\s*周?岁")
_FORM_BOXES: Final = {box.column.field: box for box in BOXES if box.column}


@dataclass(frozen=True)
class Label:
    """A label where it stands on a sheet, rows and columns from 0."""

    row: int
    column: int
    box: Box | None


def find_form(sheet: Sheet) -> Layout | None:
    """Return how the form on a sheet is read, None if there is none.

    The layout has one row, numbered as the one of the form's first label; its headings are the form's.

    Raises:
        FileRefused: there are two forms on the sheet.
    """
    grid = _without_copies(sheet)
    labels = list(_labels(grid))
    boxes = Counter(label.box for label in labels if label.box)
    rows = {label.row for label in labels if label.box}
    if sum(box in boxes for box in ANNEX_2) < ENOUGH or len(rows) < ROWS:
        return None
    if twice := [box for box, count in boxes.items() if count > 1]:
        names = "、".join("".join(box.label.split()) for box in twice)
        raise FileRefused(
            f"工作表“{sheet.name}”中有两处:{names}。一张工作表只放一份报名表,请分开。",
            f"Sheet {sheet.name!r} has these labels twice: {names}. Put one form on a sheet.",
        )
    values = {**dict(_filled(grid, labels)), f.AGE.field: _age(grid, labels)}
    return _one_row(sheet, sheet.first_row + min(rows), values)


def _one_row(sheet: Sheet, number: int, values: Mapping[str, Cell]) -> Layout:
    """Return a form as a table of one row, with every column: a refused one comes back as a table."""
    return Layout(
        sheet=Sheet(
            sheet.name,
            (tuple(values.get(column.field) for column in f.COLUMNS),),
            number,
            skipped=sheet.skipped,
        ),
        header=number,
        body=number,
        places={column.field: place for place, column in enumerate(f.COLUMNS)},
        headings=tuple(column.name for column in f.COLUMNS),
        columns=f.COLUMNS,
    )


def _without_copies(sheet: Sheet) -> list[list[Cell]]:
    """Return the cells, those of a merged area emptied save the first."""
    grid = [list(row) for row in sheet.rows]
    for area in sheet.merged:
        for row in range(area.top, min(area.bottom + 1, len(grid))):
            for column in range(area.left, min(area.right + 1, len(grid[row]))):
                if (row, column) != (area.top, area.left):
                    grid[row][column] = None
    return grid


def _labels(grid: list[list[Cell]]) -> Iterator[Label]:
    """Yield the labels, from left to right and downwards."""
    schooling = ""
    for row, cells in enumerate(grid):
        for column, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            said = plain(cell)
            box = LABELS.get(said)
            if said in SCHOOLS and schooling:
                box = _FORM_BOXES[SCHOOL_OF[schooling].field]
            elif box is not None and box.column is not None and box.column.field in SCHOOL_OF:
                schooling = box.column.field
            if box is not None or said in ELSE:
                yield Label(row, column, box)


def _filled(grid: list[list[Cell]], labels: list[Label]) -> Iterator[tuple[str, Cell]]:
    """Yield what fills each box, by field; a box in several cells has their texts together."""
    stops = {(label.row, label.column) for label in labels}
    occupied = {label.row for label in labels}
    for label in labels:
        if label.box is None or label.box.column is None:
            continue
        last = label.row + 1
        while label.box.long and last < len(grid) and last not in occupied:
            last += 1
        found: list[list[Cell]] = []
        for row in range(label.row, last):
            found.append([])
            for column in range(label.column + 1, len(grid[row])):
                if (row, column) in stops:
                    break
                if not blank(grid[row][column]):
                    found[-1].append(grid[row][column])
        yield label.box.column.field, _together(found)


def _together(rows: list[list[Cell]]) -> Cell:
    every = [cell for row in rows for cell in row]
    if len(every) == 1:
        return every[0]
    return "\n".join(" ".join(map(str, row)) for row in rows if row) or None


def _age(grid: list[list[Cell]], labels: list[Label]) -> Cell:
    """Return the age that is filled in within the label of the birth date, or behind the date."""
    for label in labels:
        if label.box is not None and label.box.column is f.BORN:
            for cell in grid[label.row][label.column : label.column + 3]:
                written = normalize("NFKC", cell) if isinstance(cell, str) else ""
                if found := _AGE.search(written):
                    return int(found[1])
    return None
