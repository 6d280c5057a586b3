"""What the sheets of a workbook show besides the values of their cells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zipfile import ZipFile

from api.reports.parts import BOOK, STYLES, TEXTS, Part, ambiguous, id_of, relations_of, usual_relations

Place = tuple[int, int]
"""A cell: its row and column, from 1."""

_DRAWN: Final = {"drawing", "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls"}
_SHAPES: Final = {"pic", "sp", "cxnSp", "grpSp", "contentPart"}
_GENERAL: Final = "General"
_BUILT_IN: Final = {0: _GENERAL, 1: "0", 4: "#,##0.00", 10: "0.00%", 21: "h:mm:ss", 49: "@"}
_CELL: Final = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
_TRUE: Final = {"1", "true"}
_DRAWING_BYTES: Final = 10_000_000


@dataclass
class Shown:
    """What a sheet shows.

    Attributes:
        visible: whether it can be seen.
        formulas: cells that are worked out.
        numbers: the first cell of a column that a number format is on, by the column and the format.
        texts: the first cell with a text that a number format is on, by the format.
        hidden_rows: rows that cannot be seen.
        hidden_columns: columns that cannot be seen, each span from and to, from 1.
        drawn: it has charts, or something else that is drawn.
        shapes: it has pictures, shapes, controls or notes.
    """

    visible: bool = True
    formulas: list[Place] = field(default_factory=list)
    numbers: dict[tuple[int, str], Place] = field(default_factory=dict)
    texts: dict[str, Place] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[Place] = field(default_factory=list)
    drawn: bool = False
    shapes: bool = False


@dataclass
class Styles:
    """What is wanted of the styles: the number format of each, and those that a condition brings along."""

    formats: list[str] = field(default_factory=list)
    conditional: set[str] = field(default_factory=set)


def shown_by(zipped: ZipFile) -> tuple[dict[str, Shown], Styles]:
    """Return what each sheet shows, by its name, and the styles. `read_packed` must have taken the file.

    Raises:
        FileRefused: other programs could see another workbook in it.
    """
    relations = usual_relations(zipped)
    book, styles = _Book(BOOK), _Styles(STYLES)
    book.read(zipped)
    for part in (styles, Part(TEXTS)):
        if part.name in zipped.namelist():
            part.read(zipped)
    found = {
        name: _sheet(zipped, *relations.get(key, ("", "")), styles.styles.formats, visible=visible)
        for key, name, visible in book.sheets
    }
    if len(found) < len(book.sheets):
        raise ambiguous(BOOK)
    return found, styles.styles


def _sheet(zipped: ZipFile, kind: str, part: str, formats: list[str], *, visible: bool) -> Shown:
    if kind != "worksheet":
        return Shown(visible=visible, shapes=True)
    sheet = _Sheet(part, formats)
    sheet.read(zipped)
    sheet.shown.visible = visible
    sheet.shown.shapes = sheet.shown.drawn and _has_shapes(zipped, part)
    return sheet.shown


class _Book(Part):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.sheets: list[tuple[str, str, bool]] = []

    def _found(self, local: str, attributes: Mapping[str, str]) -> None:
        if local == "sheet":
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((id_of(attributes), attributes.get("name", ""), visible))
        elif local == "workbookPr" and attributes.get("date1904") in _TRUE:
            raise ambiguous(self.name)  # every day would be another one


class _Styles(Part):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.styles = Styles()
        self._codes: dict[int, str] = {}

    def _found(self, _local: str, attributes: Mapping[str, str]) -> None:
        match self._path[-2:]:
            case ["dxf", "numFmt"]:
                self.styles.conditional.add(attributes["formatCode"])
            case [_, "numFmt"]:
                self._codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            case ["cellXfs", "xf"]:
                number = int(attributes.get("numFmtId", 0))
                self.styles.formats.append(self._codes.get(number) or _BUILT_IN.get(number) or f"#{number}")


class _Sheet(Part):
    def __init__(self, name: str, formats: list[str]) -> None:
        super().__init__(name)
        self.shown = Shown()
        self._formats = formats
        self._row = self._column = 0
        self._kind = ""
        self._format = _GENERAL
        self._columns: dict[str, int] = {}

    def _found(self, local: str, attributes: Mapping[str, str]) -> None:
        match local:
            case "c":
                self._cell(attributes)
            case "v" | "is":
                self._value(local)
            case "row":
                self._next_row(attributes)
            case "f" if self._path[-2] == "c":
                self.shown.formulas.append((self._row, self._column))
            case "col" if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
                self.shown.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
            case "sheetFormatPr" if attributes.get("zeroHeight") in _TRUE:
                raise ambiguous(self.name)
            case _ if local in _DRAWN:
                self.shown.drawn = True

    def _next_row(self, attributes: Mapping[str, str]) -> None:
        row = int(attributes.get("r", self._row + 1))
        if row <= self._row:
            raise ambiguous(self.name)
        self._row, self._column = row, 0
        if attributes.get("hidden") in _TRUE or float(attributes.get("ht", 1)) <= 0:
            self.shown.hidden_rows.append(row)

    def _cell(self, attributes: Mapping[str, str]) -> None:
        column = self._column + 1
        if reference := attributes.get("r"):
            found = _CELL.fullmatch(reference)
            if found is None or int(found[2]) != self._row:
                raise ambiguous(self.name)
            column = self._columns.get(found[1]) or self._columns.setdefault(found[1], _number(found[1]))
        if column <= self._column:
            raise ambiguous(self.name)
        self._column = column
        self._kind = attributes.get("t", "n")
        style = int(attributes.get("s", 0))
        self._format = self._formats[style] if style < len(self._formats) else _GENERAL

    def _value(self, local: str) -> None:
        if (local == "is") != (self._kind == "inlineStr"):
            raise ambiguous(self.name)
        place = self._row, self._column
        if self._kind in {"s", "str", "inlineStr"}:
            self.shown.texts.setdefault(self._format, place)
        else:
            self.shown.numbers.setdefault((self._column, self._format), place)


class _Shapes(Part):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.shapes = False

    def _start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self.shapes |= tag.rpartition(" ")[2] in _SHAPES

    def _end(self, _tag: str) -> None:
        """Where an element stands matters to cells alone."""


def _has_shapes(zipped: ZipFile, sheet: str) -> bool:
    """Tell whether something but charts is drawn on a sheet."""
    folder, name = posixpath.split(sheet)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in zipped.namelist():
        return True
    for kind, part in relations_of(zipped, relations, folder).values():
        if kind in {"hyperlink", "printerSettings", "table"}:
            continue
        if kind != "drawing" or zipped.getinfo(part).file_size > _DRAWING_BYTES:
            return True
        drawing = _Shapes(part)
        drawing.read(zipped)
        if drawing.shapes:
            return True
    return False


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
