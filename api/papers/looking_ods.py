"""What is looked for in an ODS workbook, whose sheets are in one part, with repeats written as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.papers.looking import Look, Looker, broken, check_length

_CELLS: Final = frozenset({"table-cell", "covered-table-cell"})


class SheetsLooker(Looker):
    """Looks through the part with the sheets; `looks` has one for each."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._row = self._rows = self._column = self._columns = 0  # the last before, and how many now
        self._filled = self._formula = self._reads = False
        self._length = 0
        self._within = False
        self._names: set[str] = set()

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local in _CELLS:
            self._column += self._columns
            self._columns = _repeated(attributes, "number-columns-repeated")
            self._filled = _has(attributes, "value-type")
            self._formula = _has(attributes, "formula")
            self._length = 0
        elif local == "table-row":
            self._row += self._rows
            self._rows = _repeated(attributes, "number-rows-repeated")
            self._column = self._columns = 0
        elif local == "table":
            self._begin_sheet(_value(attributes, "name"))
        elif local == "p":
            self._filled = self._reads = True
        elif local == "s":
            self._length += _repeated(attributes, "c")

    def _begin_sheet(self, name: str) -> None:
        if self._within or name in self._names:
            raise broken(f"{self._name}: table {name[:20]}")
        self._within = True
        self._names.add(name)
        self.look = Look(name)
        self.looks.append(self.look)
        self._row = self._rows = 0

    def _data(self, data: str) -> None:
        if self._reads:
            self._length += len(data)

    def _end(self, tag: str) -> None:
        local = tag.rpartition(":")[2]
        if local == "p":
            self._reads = False
        elif local == "table":
            self._within = False
        elif local in _CELLS and (self._filled or self._formula):
            self._cell()

    def _cell(self) -> None:
        check_length(self._length)
        box, first = self.look.box, (self._row, self._column)
        box.stretch(first[0] + 1, first[1] + 1)
        box.stretch(first[0] + self._rows, first[1] + self._columns)
        self.look.text += self._length * self._rows * self._columns
        if not self._filled:
            self.look.not_calculated.append(first)
        self._filled = self._formula = False


def _value(attributes: Mapping[str, str], local: str) -> str:
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == local), "")


def _has(attributes: Mapping[str, str], local: str) -> bool:
    return bool(_value(attributes, local))


def _repeated(attributes: Mapping[str, str], local: str) -> int:
    return max(1, int(_value(attributes, local) or 1))
