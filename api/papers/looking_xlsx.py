"""What is looked for in the parts of an XLSX workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from api.papers.looking import Looker, broken, check_length
from api.papers.source import MAX_CELLS

_LETTERS: Final = re.compile(r"[A-Za-z]{1,3}")
_DIGITS: Final = "0123456789"
_COUNTS: Final = ("count", "uniqueCount")
_LETTER: Final = {letter: number for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=1)}


class PartLooker(Looker):
    """Looks through a part of an XLSX workbook. It is called several times a cell, so it must be quick."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._row = self._column = 0
        self._type: str | None = None  # of the cell that we are in
        self._filled = self._formula = self._reads = False
        self._text = ""
        self._string = -1
        self._columns: dict[str, int] = {}

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag.rpartition(":")[2] if ":" in tag else tag:
            case "c":
                self._cell(attributes)
            case "v" | "is" if self._text:
                raise broken(f"{self._name}: <v>")
            case "v" | "is":
                self._filled = self._reads = True
            case "row" if (number := attributes.get("r", "")).isdecimal():
                self._row, self._column = int(number), 0
            case "row":
                self._row, self._column = self._row + 1, 0
            case "f":
                self._filled = self._formula = True
            case "si" if self._string >= 0:
                raise broken(f"{self._name}: <si>")
            case "si":
                self._string = 0
            case local:
                self._about_the_book(local, attributes)

    def _about_the_book(self, tag: str, attributes: Mapping[str, str]) -> None:
        for each in _COUNTS:  # of what is to come; the parser makes room for as many before it sees one
            if int(attributes.get(each, 0)) > MAX_CELLS:
                raise broken(f"{self._name}: {tag} {each}={attributes[each][:20]}")
        match tag:
            case "sheet":
                self.look.sheets.append((_id(attributes), attributes.get("name", "")))
            case "Relationship":
                self.look.targets[_id(attributes)] = attributes.get("Target", "")
            case "calcPr":
                self.look.recalculates = attributes.get("fullCalcOnLoad") in {"1", "true"}
            case "workbookPr":
                self.look.epoch_1904 = attributes.get("date1904") in {"1", "true"}
            case "encryption-data":
                self.look.encrypted = True

    def _cell(self, attributes: Mapping[str, str]) -> None:
        if self._type is not None:
            raise broken(f"{self._name}: <c>")
        if reference := attributes.get("r"):
            letters = reference.rstrip(_DIGITS)
            self._column = self._columns.get(letters) or self._column_of(letters)
            self._row = int(reference[len(letters) :])
        else:
            self._column += 1
        self._type = attributes.get("t", "")
        self._filled = self._formula = False
        self._text = ""

    def _column_of(self, letters: str) -> int:
        if not _LETTERS.fullmatch(letters):
            raise broken(f"{self._name}: {letters[:20]}")
        column = 0
        for letter in letters.upper():
            column = column * 26 + _LETTER[letter]
        return self._columns.setdefault(letters, column)

    def _data(self, data: str) -> None:
        if self._string >= 0:
            self._string += len(data)
        elif self._reads:
            self._text += data

    def _end(self, tag: str) -> None:
        match tag.rpartition(":")[2] if ":" in tag else tag:
            case "v" | "is":
                self._reads = False
            case "c":
                if self._filled:
                    self._valued(self._text)
                self._type = None
            case "si":
                check_length(self._string)
                self.look.lengths.append(self._string)
                self._string = -1

    def _valued(self, value: str) -> None:
        check_length(len(value))
        if self._row < 1:
            raise broken(f"{self._name}: r={self._row}")
        self.look.box.stretch(self._row, self._column)
        if self._type == "s":
            self.look.shared.append(int(value))
        elif self._type == "e":
            self.look.errors[self._row - 1, self._column - 1] = value
        elif self._formula and not value and self._type != "str":
            self.look.not_calculated.append((self._row - 1, self._column - 1))
        elif self._formula and value == "0":
            self.look.zeros.append((self._row - 1, self._column - 1))


def _id(attributes: Mapping[str, str]) -> str:
    """Return the id of a relationship: `Id`, or `id` in whatever namespace."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2].lower() == "id"), "")
