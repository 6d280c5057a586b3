"""A workbook into sheets. The parser is only given what `hostile` or `oldbook` has looked through."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from api.papers.hostile import looked_through
from api.papers.looking import Look, broken
from api.papers.source import Cell, Merge, Remark, Sheet

Corners = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell of an area, each its row and column, from 0."""

_NAMED_AT_MOST: Final = 5


def read_packed(content: bytes) -> tuple[list[Sheet], list[Remark]]:
    """Read the sheets of an XLSX or ODS workbook that can be seen.

    Raises:
        FileRefused: it is broken, encrypted, too large, or made to do harm.
    """
    package = looked_through(content)
    sheets, remarks = parsed(package.content, _by_sheet(package.looks))
    if any(look.epoch_1904 for look in package.looks):
        remarks.append(
            Remark(
                "文件用1904年日期系统:日期列须设为日期格式。",
                "The file counts days from 1904: format its days as dates, plain numbers are read otherwise.",
            )
        )
    return sheets, [*package.remarks, *remarks]


def parsed(content: bytes, looks: Mapping[str, Look]) -> tuple[list[Sheet], list[Remark]]:
    """Parse a workbook that has been looked through; `looks` has what was found, by the names of sheets.

    Raises:
        FileRefused: it is broken.
    """
    sheets: list[Sheet] = []
    remarks: list[Remark] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for each in book.sheets_metadata:
                if each.visible is not SheetVisibleEnum.Visible:
                    remarks.append(_hidden(each.name))
                elif each.typ is SheetTypeEnum.WorkSheet:
                    sheets.append(_sheet(book.get_sheet_by_name(each.name), looks.get(each.name, Look(""))))
    except (CalamineError, OverflowError, ValueError) as error:  # the latter: no day, or no time, of Python's
        raise broken(error) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how the parser, in Rust, says that it gave up
            raise broken(error) from error
        raise
    return [sheet for sheet in sheets if sheet.rows], remarks


def _hidden(name: str) -> Remark:
    return Remark(f"隐藏的工作表“{name}”未读取。", f"The hidden sheet {name!r} was passed over.")


def _by_sheet(looks: Iterable[Look]) -> dict[str, Look]:
    """Return what was found in each sheet, by its name.

    Raises:
        FileRefused: two sheets have one name, or are one part.
    """
    parts = {look.name.lower(): look for look in looks}
    book = parts.get("xl/workbook.xml")
    if book is None:
        return {look.name: look for look in looks}
    relations = parts.get("xl/_rels/workbook.xml.rels", Look(""))
    found: dict[str, Look] = {}
    for key, name in book.sheets:
        path = posixpath.normpath(posixpath.join("/xl", relations.targets.get(key, ""))).lstrip("/").lower()
        look = parts.pop(path, None)
        if look is None or name in found:
            raise broken(f"{name} {path}")
        if book.recalculates:
            look.not_calculated.extend(look.zeros)
        found[name] = look
    return found


def _sheet(found: CalamineSheet, look: Look) -> Sheet:
    left = found.start[1] if found.start else 0
    known: dict[str, str] = {}
    rows: list[list[Cell]] = [
        [None] * left + [_cell(cell, known) for cell in row] for row in found.iter_rows()
    ]
    for (row, column), value in look.errors.items():
        _write(rows, row, column, value)
    for row, column in look.not_calculated:
        _write(rows, row, column, None)
    while rows and rows[-1].count(None) == len(rows[-1]):
        rows.pop()
    merged = _merged(rows, found.merged_cell_ranges or ())
    return Sheet(found.name, rows, merged=merged, skipped=_not_calculated(look.not_calculated))


def _cell(cell: Cell, known: dict[str, str]) -> Cell:
    if isinstance(cell, str):
        return known.setdefault(cell, cell) if cell and not cell.isspace() else None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell


def _write(rows: list[list[Cell]], row: int, column: int, value: Cell) -> None:
    """Set a cell; where the parser has none there is nothing else either."""
    while len(rows) <= row:
        rows.append([])
    rows[row] += [None] * (column + 1 - len(rows[row]))
    rows[row][column] = value


def _merged(rows: list[list[Cell]], ranges: Iterable[Corners]) -> tuple[Merge, ...]:
    """Give each cell of a merged area the area's value, and return the areas."""
    width = max(map(len, rows), default=0)
    merged: list[Merge] = []
    to_fill = width * len(rows)  # areas never overlap, so together they are no larger than the sheet
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or left >= width:
            continue
        area = Merge(top, left, min(bottom, len(rows) - 1), min(right, width - 1))
        to_fill -= (area.bottom - area.top + 1) * (area.right - area.left + 1)
        if to_fill < 0:
            raise broken("mergeCells")
        merged.append(area)
        value = rows[top][left]
        for row in rows[top : area.bottom + 1]:
            row[left : area.right + 1] = [value] * (area.right + 1 - left)
    return tuple(merged)


def _not_calculated(places: Sequence[tuple[int, int]]) -> tuple[Remark, ...]:
    if not places:
        return ()
    named = ", ".join(f"{letters(column)}{row + 1}" for row, column in sorted(places)[:_NAMED_AT_MOST])
    named += " …" if len(places) > _NAMED_AT_MOST else ""
    return (
        Remark(
            f"{len(places)}个公式没有计算结果,按空白读取({named})。请在 Excel 或 WPS 中打开并保存后再导入。",
            f"{len(places)} formulas have no calculated value and were read as empty ({named}): open the "
            "file in a spreadsheet program, save it, and bring it again.",
        ),
    )


def letters(column: int) -> str:
    """Return what a person sees above a column (A to Z, then AA and so on), given its index from 0."""
    name = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
