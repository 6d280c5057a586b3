"""Finding a header: the first row, or two, with the headings that a paper needs, in any order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from api.papers.columns import AnyColumn, Layout, plain
from api.papers.source import Cell, Sheet

HEADER_WITHIN: Final = 100
"""Rows of a sheet among which its header has to be."""

_BLANKS = re.compile(r"\s+")


class HeaderNotFound(Exception):  # noqa: N818 - named as what happened
    """A sheet has no row with the headings that the paper needs."""

    def __init__(self, sheet: str, missing: Sequence[str], seen: Sequence[str]) -> None:
        self.sheet, self.missing, self.seen = sheet, tuple(missing), tuple(seen)
        self.message_zh = (
            f"工作表“{sheet}”中没有找到表头,缺少:{'、'.join(missing)}。"
            f"最接近的一行有:{'、'.join(seen) or '(空)'}。请补上所缺的列,或用 zhucun template 取得样表。"
        )
        self.message_en = (
            f"Sheet {sheet!r} has no header: these columns are missing: {', '.join(missing)}. "
            f"The nearest row has {', '.join(seen) or '(nothing)'}. Add them, or take `zhucun template`."
        )
        super().__init__(f"{self.message_zh} {self.message_en}")


def find_header(
    sheet: Sheet, columns: Sequence[AnyColumn], either: Sequence[Sequence[AnyColumn]] = ()
) -> Layout:
    """Find the first row, or two rows, with all headings that are needed, in any order, among others.

    Args:
        sheet: to look in.
        columns: of the paper.
        either: groups of columns of which the header needs one each.

    Raises:
        HeaderNotFound: there is none.
    """
    top = [[_said(cell) for cell in cells] for cells in sheet.rows[:HEADER_WITHIN]]
    nearest: tuple[list[str], list[str]] | None = None
    for place, row in enumerate(top):
        below = top[place + 1] if place + 1 < len(top) else []
        double = _two_rows(row, below)
        alone = [(name,) for name in row]
        places = _places(alone, columns)
        missing = _missing(places, columns, either)
        if not missing:
            if any(area.top == place < area.bottom for area in sheet.merged):
                return _layout(sheet, place, 2, double, columns)
            return _layout(sheet, place, 1, alone, columns)
        if _missing(_places([(name,) for name in below], columns), columns, either) and not _missing(
            _places(double, columns), columns, either
        ):
            return _layout(sheet, place, 2, double, columns)
        if nearest is None or len(missing) < len(nearest[0]):
            nearest = (missing, [name for name in dict.fromkeys(row) if name])
    missing, seen = nearest or (_missing({}, columns, either), [])
    raise HeaderNotFound(sheet.name, missing, seen)


def _said(cell: Cell) -> str:
    return "" if cell is None else _BLANKS.sub(" ", str(cell)).strip()


def _two_rows(row: Sequence[str], below: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what each column of a header of two rows may be called, the fullest first."""
    width = max(len(row), len(below))
    pairs = zip([*row, *[""] * (width - len(row))], [*below, *[""] * (width - len(below))], strict=True)
    return [
        (name or under,) if name == under or not (name and under) else (f"{name}{under}", under, name)
        for name, under in pairs
    ]


def _places(names: Sequence[tuple[str, ...]], columns: Sequence[AnyColumn]) -> dict[str, int]:
    found: dict[str, int] = {}
    for rank in range(max(map(len, names), default=0)):
        for place, known in enumerate(names):
            if rank >= len(known) or not known[rank] or place in found.values():
                continue
            heading = plain(known[rank])
            for column in columns:
                if column.field not in found and heading in column.headings:
                    found[column.field] = place
                    break
    return found


def _missing(
    places: Mapping[str, int], columns: Sequence[AnyColumn], either: Sequence[Sequence[AnyColumn]]
) -> list[str]:
    single = [column.name for column in columns if column.needed and column.field not in places]
    groups = [
        "/".join(column.name for column in group)
        for group in either
        if not any(column.field in places for column in group)
    ]
    return single + groups


def _layout(
    sheet: Sheet, place: int, height: int, names: Sequence[tuple[str, ...]], columns: Sequence[AnyColumn]
) -> Layout:
    header = sheet.first_row + place
    return Layout(
        sheet=sheet,
        header=header,
        body=header + height,
        places=_places(names, columns),
        headings=tuple(known[0] for known in names),
        columns=tuple(columns),
    )
