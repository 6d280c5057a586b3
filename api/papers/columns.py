"""Columns: what a paper asks for, where a sheet has it, and the rows that are read by them.

Headings are compared without blanks, line breaks, full-width forms and remarks in brackets.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar
from unicodedata import normalize

from api.papers.cells import CellUnreadable, shown
from api.papers.source import Cell, Sheet

T = TypeVar("T")

REMEMBERED: Final = 1024
"""Cells of a column whose values are kept at hand: names, days and words come again and again."""

_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Column(Generic[T]):
    """What a paper asks for in a column.

    Attributes:
        field: its name among the paper's columns.
        names: headings it goes by; the first stands in templates.
        read: makes a value of a cell that is not blank, or raises `CellUnreadable`.
        needed: whether the header must have it, and each row a value.
        choices: what may be written, where there is a list; for templates.
        remark_zh: what to write, for templates; in English `remark_en`.
    """

    field: str
    names: tuple[str, ...]
    read: Callable[[Cell], T]
    needed: bool = False
    choices: tuple[str, ...] = ()
    remark_zh: str = ""
    remark_en: str = ""

    @property
    def name(self) -> str:
        """Its heading in templates."""
        return self.names[0]

    @cached_property
    def headings(self) -> frozenset[str]:
        """Its names, as headings are compared."""
        return frozenset(map(plain, self.names))

    def value(self, cell: Cell) -> T | None:
        """Return the value of a cell, None where it is blank.

        Raises:
            CellUnreadable: it cannot be read.
        """
        return None if blank(cell) else self.read(cell)


AnyColumn = Column[Any]


class RowRefused(Exception):  # noqa: N818 - named as what happened, like the domain's refusals
    """A row that cannot be taken in: why, and what to do.

    Args:
        zh: the reason and the remedy, in Chinese.
        en: the same in English.
        column: the heading it is about, if it is about one.
        value: what stands there.
        code: of the rule, if one turned the row down.
        clause: of the notice, if the rule is one of the notice.
    """

    def __init__(  # noqa: PLR0913 - each is a column of what is shown
        self, zh: str, en: str, *, column: str = "", value: str = "", code: str = "", clause: str = ""
    ) -> None:
        self.message_zh, self.message_en = zh, en
        self.column, self.value, self.code, self.clause = column, value, code, clause
        super().__init__(f"{zh} {en}")


@dataclass(frozen=True)
class Layout:
    """How a sheet is read.

    Attributes:
        sheet: it.
        header: number of the header's first row, as a person counts.
        body: number of the first row below the header.
        places: the place (from 0) of each column that was found, by field.
        headings: what stands above each place.
    """

    sheet: Sheet
    header: int
    body: int
    places: Mapping[str, int]
    headings: tuple[str, ...]
    columns: tuple[AnyColumn, ...] = field(repr=False)

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings of the columns that no column of the paper goes by."""
        read = set(self.places.values())
        return tuple(name for place, name in enumerate(self.headings) if name and place not in read)

    @cached_property
    def to_read(self) -> tuple[AnyColumn, ...]:
        """The columns of the paper that are found here, or ought to be."""
        return tuple(column for column in self.columns if column.needed or column.field in self.places)

    @cached_property
    def readers(self) -> Mapping[str, tuple[int, Callable[[Cell], Any]]]:
        """Where each column that was found is, and what makes a value of its cells, by field."""
        remembering = lru_cache(REMEMBERED, typed=True)  # 1 is not what True is
        by_field = {column.field: column for column in self.columns}
        return {field: (place, remembering(by_field[field].value)) for field, place in self.places.items()}

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header that are not empty."""
        start = self.body - self.sheet.first_row
        for number, cells in enumerate(self.sheet.rows[start:], start=self.body):
            if not all(map(blank, cells)):
                yield Row(self, number, cells)


class Row:
    """A row, read column by column: `row[DAY]` where a value must be, `row.get(DAY)` where one may be.

    Attributes:
        layout: how its sheet is read.
        number: its number, as a person counts.
        cells: as they stand in the file.
    """

    __slots__ = ("cells", "layout", "number")

    def __init__(self, layout: Layout, number: int, cells: Sequence[Cell]) -> None:
        self.layout, self.number, self.cells = layout, number, cells

    def __contains__(self, column: AnyColumn) -> bool:
        return column.field in self.layout.places

    def __getitem__(self, column: Column[T]) -> T:
        value = self.get(column)
        if value is None:
            raise RowRefused("此处为空,请填写。", "It is empty; fill it in.", column=self.heading(column))
        return value

    def get(self, column: Column[T]) -> T | None:
        """Return the value in a column, None where it is blank or the sheet has no such column.

        Raises:
            RowRefused: it cannot be read.
        """
        place, value_of = self.layout.readers.get(column.field, _NOWHERE)
        if place >= len(self.cells):
            return None
        try:
            value: T | None = value_of(self.cells[place])
        except CellUnreadable as error:
            raise _unreadable(error, self.cells[place], self.heading(column)) from error
        return value

    def cell(self, column: AnyColumn) -> Cell:
        """Return the cell as it stands in the file, None where there is none."""
        place = self.layout.places.get(column.field)
        return None if place is None or place >= len(self.cells) else self.cells[place]

    def heading(self, column: AnyColumn) -> str:
        """Return what the sheet calls a column, or the paper where the sheet has none."""
        place = self.layout.places.get(column.field)
        return column.name if place is None else self.layout.headings[place]

    def others(self) -> dict[str, Cell]:
        """Return the cells under headings that are no column of the paper, blank ones left out."""
        read = set(self.layout.places.values())
        named = zip(self.layout.headings, self.cells, strict=False)
        return {
            name: cell
            for place, (name, cell) in enumerate(named)
            if name and place not in read and not blank(cell)
        }

    def read(self, column: Column[T], cell: Cell, heading: str) -> T | None:
        """Read a cell under some heading as a column would, None where it is blank.

        Raises:
            RowRefused: it cannot be read.
        """
        try:
            return column.value(cell)
        except CellUnreadable as error:
            raise _unreadable(error, cell, heading) from error

    def unreadable(self) -> tuple[RowRefused, ...]:
        """Read every column, and return all that is wrong with the cells by themselves."""
        return tuple(filter(None, map(self._wrong_with, self.layout.to_read)))

    def _wrong_with(self, column: AnyColumn) -> RowRefused | None:
        """Return what is wrong with a cell, if anything is; kept where no frame it knows of refers to it."""
        try:
            _ = self[column] if column.needed else self.get(column)
        except RowRefused as refused:
            return refused
        return None


def _unreadable(error: CellUnreadable, cell: Cell, heading: str) -> RowRefused:
    return RowRefused(error.message_zh, error.message_en, column=heading, value=shown(cell))


def plain(heading: str) -> str:
    """Return a heading as headings are compared."""
    text = _BLANKS.sub("", normalize("NFKC", heading)).casefold()
    return _REMARK.sub("", text) or text


def blank(cell: Cell) -> bool:
    """Tell whether nothing is written in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip().strip("\u200b\ufeff"))


_NOWHERE: Final[tuple[int, Callable[[Cell], Any]]] = (sys.maxsize, blank)
"""Where a column is that was not found: beyond the end of every row."""
