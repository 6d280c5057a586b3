"""One XML part of a workbook, looked through before it is parsed: what it would grow to, and what to know.

The parser makes a rectangle of all cells that have a value, and a copy of a shared text for each cell that
has it, so a small file can ask for any amount of memory. The same look finds what the parser does not tell:
formulas that nobody has calculated, and those that went wrong.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from api.papers.source import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT, FileRefused


def broken(detail: object) -> FileRefused:
    """Return the refusal of a file that is damaged."""
    return FileRefused(
        f"文件已损坏或不完整({detail})。请用 Excel 或 WPS 打开原文件,另存为 XLSX 后再导入。",
        f"The file is damaged or cut short ({detail}): open the original in a spreadsheet program, and save "
        "it again as XLSX.",
    )


def check_length(length: int) -> None:
    """Refuse a cell with more text than a spreadsheet allows."""
    if length > MAX_TEXT:
        raise FileRefused(
            f"有单元格超过{MAX_TEXT}个字符。请缩短后再导入。",
            f"A cell has more than {MAX_TEXT} characters: shorten it.",
        )


@dataclass(slots=True)
class Box:
    """The smallest rectangle around the cells that have a value; rows and columns from 1."""

    top: int = sys.maxsize
    left: int = sys.maxsize
    bottom: int = 0
    right: int = 0

    def stretch(self, row: int, column: int) -> None:
        """Take in a cell."""
        if self.top <= row <= self.bottom and self.left <= column <= self.right:
            return  # as most cells are
        self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        self.left, self.right = min(self.left, column), max(self.right, column)

    @property
    def cells(self) -> int:
        """How many cells the rectangle has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1) if self.bottom else 0

    def check(self) -> None:
        """Refuse a sheet with more than we read.

        Raises:
            FileRefused: it has too many rows, columns or cells.
        """
        if self.bottom > MAX_ROWS or self.right > MAX_COLUMNS or self.cells > MAX_CELLS:
            raise FileRefused(
                f"工作表过大:用到第{self.bottom}行、第{self.right}列,上限{MAX_ROWS}行、{MAX_COLUMNS}列。"
                "请删去边远处多余的内容,或拆成几个文件。",
                f"A sheet is too large: it reaches row {self.bottom} and column {self.right}, of {MAX_ROWS} "
                f"and {MAX_COLUMNS} at most. Delete what stands far out, or split the file.",
            )


@dataclass(slots=True)
class Look:
    """What was found in a part, or in a sheet. Cells are named by their row and column, from 0.

    Attributes:
        name: of the part, or of the sheet.
        box: around the cells that have a value.
        lengths: of the shared texts, in characters.
        shared: the shared text of each cell that has one.
        not_calculated: formulas without a value.
        zeros: formulas whose value is 0, which is also what programs write that cannot calculate.
        errors: what formulas in error show.
        text: characters of cells that stand for many.
        sheets: the id of the relationship and the name of each sheet.
        targets: relationships, what each id points to.
        recalculates: the file asks to be calculated anew, so its zeros are no values.
        epoch_1904: the numbers behind its dates count from 1904.
        encrypted: it says that other parts are.
    """

    name: str
    box: Box = field(default_factory=Box)
    lengths: array[int] = field(default_factory=lambda: array("I"))
    shared: array[int] = field(default_factory=lambda: array("I"))
    not_calculated: list[tuple[int, int]] = field(default_factory=list)
    zeros: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    text: int = 0
    sheets: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    recalculates: bool = False
    epoch_1904: bool = False
    encrypted: bool = False


class Looker:
    """Looks through a part as it is unpacked; `looks` has what was found.

    `feed` raises `FileRefused` for a part that is no well-formed XML, that declares a document type or
    entities, or that has more than we read.
    """

    def __init__(self, name: str) -> None:
        self.look = Look(name)
        self.looks = [self.look]
        self._name = name
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declared
        self._parser = parser

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Look through the next piece."""
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise broken(f"{self._name}: {error}") from error

    def _doctype(self, *_: object) -> None:
        raise FileRefused(
            f"文件含有文档类型或实体声明({self._name}),可能用于窃取其他文件,不予读取。"
            "请另存为 XLSX 后再导入。",
            f"The file declares a document type or entities ({self._name}), with which other files can be "
            "stolen; it is not read. Save it again as XLSX.",
        )

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.upper() not in {"UTF-8", "US-ASCII", "ASCII"}:
            raise broken(f"{self._name}: {encoding}")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        raise NotImplementedError

    def _end(self, tag: str) -> None:
        raise NotImplementedError

    def _data(self, data: str) -> None:
        raise NotImplementedError
