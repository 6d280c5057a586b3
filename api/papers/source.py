"""What a file holds, once read: sheets of cells, and how a file is turned away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | None
"""A cell as its file has it: a text is as written, a whole number is an `int`, an empty cell is None."""

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 500
MAX_SHEETS: Final = 64
MAX_CELLS: Final = 20_000_000
"""Cells of the smallest rectangle around all that is written in a sheet, added up over the sheets."""
MAX_TEXT: Final = 32_767
"""Characters of a cell: what a spreadsheet itself allows."""


class FileRefused(Exception):  # noqa: N818 - named as what happened
    """A file is turned away as a whole: why, and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} {en}")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be told to whoever brought the file, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged area, as indices from 0 into a sheet's `rows` and their cells, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet. Each cell of a merged area has the area's value.

    Attributes:
        rows: all rows from the first of the sheet to the last that is not empty, empty ones among them.
            The cells of a row start at the sheet's first column; rows need not be equally long.
        first_row: the number that a person sees beside `rows[0]`.
        merged: the merged areas.
        skipped: what was passed over, and what to know about how it was read.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    first_row: int = 1
    merged: tuple[Merge, ...] = ()
    skipped: tuple[Remark, ...] = ()

    def numbered(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield the rows that are not empty, each with the number that a person sees beside it."""
        for number, row in enumerate(self.rows, start=self.first_row):
            if any(cell is not None for cell in row):
                yield number, row


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read.

    Attributes:
        name: without its folder.
        sha256: of its bytes, in hexadecimal.
        size: in bytes.
        sheets: those that can be seen and are not empty.
        remarks: on the file as a whole, and on the sheets passed over.
    """

    name: str
    sha256: str
    size: int
    sheets: tuple[Sheet, ...]
    remarks: tuple[Remark, ...] = ()
