"""XLS workbooks, looked through record by record before they are parsed, as packed ones are by `hostile`."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import Final

from api.papers.compound import Compound
from api.papers.hostile import check_growth, check_sheets, encrypted
from api.papers.looking import Look, broken, check_length
from api.papers.source import FileRefused, Remark, Sheet
from api.papers.workbook import parsed

_FORMULA, _BOUND_SHEET, _MULRK, _RSTRING, _SST, _LABEL_SST = 0x06, 0x85, 0xBD, 0xD6, 0xFC, 0xFD
_NUMBER, _LABEL, _BOOL_ERR, _RK = 0x203, 0x204, 0x205, 0x27E
_EOF, _FILE_PASS, _CONTINUE = 0x0A, 0x2F, 0x3C
_FORMULA_ERROR, _RICH, _EXTENDED = 2, 8, 4
_VALUED: Final = frozenset({_FORMULA, _MULRK, _RSTRING, _LABEL_SST, _NUMBER, _LABEL, _BOOL_ERR, _RK})
_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}
_OTHER_ERROR: Final = "#N/A"


def read_old(content: bytes) -> tuple[list[Sheet], list[Remark]]:
    """Read the sheets of an XLS workbook that can be seen.

    Raises:
        FileRefused: it is another document, broken, encrypted, too large, or made to do harm.
    """
    file = Compound(content)
    if "EncryptedPackage" in file.streams:
        raise encrypted()
    book = file.stream("Workbook") or file.stream("Book")
    if book is None:
        raise FileRefused(
            "这是其他文档(如 Word 97-2003),不是工作簿。请另存为 XLSX 或 CSV。",
            "This is another kind of document, not a workbook: save its table as XLSX or CSV.",
        )
    try:
        looks = _looks(book)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise broken(error) from error
    sheets, remarks = parsed(content, looks)
    if "_VBA_PROJECT" in file.streams:
        remarks.append(Remark("文件中的宏未运行,也未读取。", "The macros in it were neither run nor read."))
    return sheets, remarks


def _looks(book: bytes) -> dict[str, Look]:
    """Return what is found in each sheet, by its name.

    Raises:
        FileRefused: the workbook is encrypted or has more than we read.
    """
    shared = Look("")
    found: dict[str, Look] = {}
    texts: list[bytes] = []
    in_texts = False
    for kind, data in _records(book, 0):
        in_texts = kind == _SST or (in_texts and kind == _CONTINUE)
        if kind == _FILE_PASS:
            raise encrypted()
        if kind == _BOUND_SHEET:
            check_sheets(len(found) + 1)
            name = _name(data)
            if name in found:
                raise broken(f"BOUNDSHEET {name}")
            found[name] = _look(name, book, struct.unpack_from("<I", data)[0])
        elif in_texts:
            texts.append(data)
    if texts:
        shared.lengths = SharedTexts(texts).lengths()
    check_growth([shared, *found.values()])
    return found


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a part of the workbook, which begins at a byte and ends with its own record."""
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + size]
        if kind == _EOF:
            return
        at += 4 + size


def _name(sheet: bytes) -> str:
    length, wide = sheet[6], sheet[7] & 1
    return sheet[8 : 8 + length * 2].decode("utf-16-le") if wide else sheet[8 : 8 + length].decode("latin-1")


def _look(name: str, book: bytes, start: int) -> Look:
    look = Look(name)
    if start >= len(book):
        raise broken(f"BOUNDSHEET {start}")
    for kind, data in _records(book, start):
        if kind not in _VALUED:
            continue
        row, column = struct.unpack_from("<HH", data)
        look.box.stretch(row + 1, column + 1)
        if kind == _MULRK:
            look.box.stretch(row + 1, struct.unpack_from("<H", data, len(data) - 2)[0] + 1)
        elif kind == _LABEL_SST:
            look.shared.append(struct.unpack_from("<I", data, 6)[0])
        elif kind == _BOOL_ERR and data[7]:
            look.errors[row, column] = _ERRORS.get(data[6], _OTHER_ERROR)
        elif kind == _FORMULA and data[6] == _FORMULA_ERROR and data[12:14] == b"\xff\xff":
            look.errors[row, column] = _ERRORS.get(data[8], _OTHER_ERROR)
    return look


class SharedTexts:
    """The table of texts that cells share, in pieces: its record and the ones that continue it."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self._piece = 0
        self._at = 8  # after how often texts are used, and how many there are

    def lengths(self) -> array[int]:
        """Return how many characters each text has."""
        found = array("I")
        (count,) = struct.unpack_from("<I", self._pieces[0], 4)
        while len(found) < count:
            length, flags = struct.unpack("<HB", self._take(3))
            runs = struct.unpack("<H", self._take(2))[0] if flags & _RICH else 0
            extra = struct.unpack("<I", self._take(4))[0] if flags & _EXTENDED else 0
            self._pass_characters(length, wide=bool(flags & 1))
            self._take(runs * 4 + extra)
            check_length(length)
            found.append(length)
        return found

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            if self._at >= len(self._pieces[self._piece]):
                self._piece, self._at = self._piece + 1, 0
            more = self._pieces[self._piece][self._at : self._at + size - len(taken)]
            self._at += len(more)
            taken += more
        return taken

    def _pass_characters(self, count: int, *, wide: bool) -> None:
        while True:
            room = (len(self._pieces[self._piece]) - self._at) >> wide
            if count <= room:
                self._at += count << wide
                return
            count -= room
            self._piece, self._at = self._piece + 1, 1
            wide = bool(self._pieces[self._piece][0] & 1)  # a piece says anew how wide its characters are
