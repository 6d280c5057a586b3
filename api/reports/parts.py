"""The parts of a workbook as other programs read them: what they show besides values, and how they are built.

Our parser finds the parts by their usual names and does not mind what stands around a cell. A spreadsheet
program follows the relationships, and passes over what is not its own. Where the two could see two different
workbooks, the file is refused: no program writes one so.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat
from zipfile import ZipFile

from api.papers.hostile import DAMAGE
from api.papers.source import FileRefused

_MAIN: Final = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_PARENTS: Final[Mapping[str, set[str]]] = {
    "worksheet": {""},
    "sheetData": {"worksheet"},
    "row": {"sheetData"},
    "c": {"row"},
    "v": {"c"},
    "is": {"c"},
    "t": {"is", "si", "r", "rPh"},
    "r": {"is", "si"},
    "sst": {""},
    "si": {"sst"},
    "mergeCells": {"worksheet"},
    "mergeCell": {"mergeCells"},
    "workbook": {""},
    "sheets": {"workbook"},
    "sheet": {"sheets"},
    "styleSheet": {""},
    "cellXfs": {"styleSheet"},
    "xf": {"cellXfs", "cellStyleXfs"},
}
"""What our parser reads, and the only elements that it may stand in; at the top there is none."""

BOOK: Final = "xl/workbook.xml"
TEXTS: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"
_USUAL: Final = {"sharedStrings": TEXTS, "styles": STYLES}


class Part:
    """A part, read element by element; each has to stand where it belongs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._path: list[str] = [""]
        self._once: set[str] = set()

    def read(self, zipped: ZipFile) -> None:
        """Read it.

        Raises:
            FileRefused: it is not there, or not built as programs build it.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with zipped.open(self.name) as source:
                parser.ParseFile(source)
        except (expat.ExpatError, KeyError, *DAMAGE) as error:
            raise ambiguous(self.name) from error

    def _doctype(self, *_: object) -> None:
        raise ambiguous(self.name)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        space, _, local = tag.rpartition(" ")
        parents = _PARENTS.get(local)
        if parents is not None and (space not in _MAIN or self._path[-1] not in parents):
            raise ambiguous(self.name)
        if local in {"sheetData", "sheets", "cellXfs"}:
            if local in self._once:
                raise ambiguous(self.name)
            self._once.add(local)
        self._path.append(local)
        self._found(local, attributes)

    def _end(self, _tag: str) -> None:
        self._path.pop()

    def _found(self, local: str, attributes: Mapping[str, str]) -> None:
        """Look at an element; the parts that are only to be well built have nothing to look for."""


class _Relations(Part):
    def __init__(self, name: str, folder: str) -> None:
        super().__init__(name)
        self.found: dict[str, tuple[str, str]] = {}
        self._folder = folder

    def _found(self, local: str, attributes: Mapping[str, str]) -> None:
        if local == "Relationship":
            target = posixpath.join(f"/{self._folder}", attributes.get("Target", ""))
            kind = attributes.get("Type", "").rpartition("/")[2]
            if id_of(attributes) in self.found:
                raise ambiguous(self.name)
            self.found[id_of(attributes)] = kind, posixpath.normpath(target).lstrip("/")


def relations_of(zipped: ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return what a part of relationships points to: the kind and the part, by its id."""
    relations = _Relations(part, folder)
    relations.read(zipped)
    return relations.found


def usual_relations(zipped: ZipFile) -> dict[str, tuple[str, str]]:
    """Return the kinds and parts of what the workbook has, by their ids; they lie where our parser looks."""
    office = [it for it in relations_of(zipped, "_rels/.rels", "").values() if it[0] == "officeDocument"]
    if office != [("officeDocument", BOOK)]:
        raise ambiguous("_rels/.rels")
    relations = relations_of(zipped, "xl/_rels/workbook.xml.rels", "xl")
    for kind, part in relations.values():
        if _USUAL.get(kind, part) != part:
            raise ambiguous(part)
    for part in set(zipped.namelist()) & set(_USUAL.values()) - {part for _, part in relations.values()}:
        raise ambiguous(part)
    return relations


def id_of(attributes: Mapping[str, str]) -> str:
    """Return the id of a relationship: `Id`, or `id` in its own namespace."""
    return next((value for key, value in attributes.items() if key.rpartition(" ")[2].lower() == "id"), "")


def ambiguous(part: str) -> FileRefused:
    """Return the refusal of a workbook in which programs could see different things."""
    return FileRefused(
        f"工作簿的构造({part})与电子表格程序所写的不同,不同程序可能看到不同内容。请用原文件核对。",
        f"The workbook is built ({part}) as no spreadsheet program builds one, and programs could see "
        "different things in it: check the file as it was made.",
    )
