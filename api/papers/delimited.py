"""Delimited text into a sheet: its encoding and its delimiter are found out, never asked for."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Final

from api.papers.source import MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Cell, FileRefused, Remark, Sheet

_DELIMITERS: Final = ",;\t"
_SAMPLE: Final = 50
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ue000-\uf8ff\ufffe\uffff]")
_QUOTED_FORMULA: Final = re.compile(r'="([^"]*)"')
"""`="0012"`: how programs keep a spreadsheet from taking the zeros away."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def read_delimited(name: str, content: bytes) -> tuple[list[Sheet], list[Remark]]:
    """Read a text as one sheet, named as the file.

    Raises:
        FileRefused: it is no text, in no encoding that we read, or its quotes do not pair.
    """
    text, remark = _decoded(content)
    declared = re.match(r"sep=(.)\r?\n", text)  # a line for spreadsheets, which they do not show
    delimiter = declared[1] if declared else _delimiter(text)
    rows = _rows(text[declared.end() :] if declared else text, delimiter)
    sheets = [Sheet(PurePath(name).stem, rows)] if rows else []
    return sheets, [remark] if remark else []


def _decoded(content: bytes) -> tuple[str, Remark | None]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused(
            "文本是 UTF-16 编码。请另存为“CSV UTF-8”后再导入。",
            "The text is UTF-16: save it as “CSV UTF-8” and bring it again.",
        )
    remark = None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(content)
        remark = Remark("按 GB18030 编码读取。", "Read as GB18030.")
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FileRefused(
            f"既不是工作簿(XLSX、XLS、ODS),也不是文本:第{line}行有不可见字符 U+{ord(found[0]):04X}。"
            "请用 Excel 或 WPS 打开原文件,另存为 XLSX。",
            f"Neither a workbook (XLSX, XLS, ODS) nor a text: line {line} has the invisible character "
            f"U+{ord(found[0]):04X}. Open the original in a spreadsheet program and save it as XLSX.",
        )
    return text, remark


def _gb18030(content: bytes) -> str:
    """Decode as GB18030, unless it is a damaged UTF-8, of which GB18030 would make other characters."""
    as_utf8 = content.decode("utf-8", errors="replace")
    strange = sum(1 for each in as_utf8 if each > "\x7f")
    damaged = as_utf8.count("\ufffd") * 2 < strange
    try:
        if not damaged:
            return content.decode("gb18030")
    except UnicodeDecodeError:
        pass
    raise FileRefused(
        "文字编码不完整,或不是 UTF-8、GB18030。文件可能已损坏;请打开原文件,另存为“CSV UTF-8”。",
        "The text is damaged, or neither UTF-8 nor GB18030: open the original and save it as “CSV UTF-8”.",
    )


def _delimiter(text: str) -> str:
    """Return the delimiter that gives most rows the same width, among the first rows."""

    def regularity(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(_lines(text), delimiter=delimiter)
        try:
            widths = Counter(len(row) for row in islice(reader, _SAMPLE) if len(row) > 1)
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))
        return count, width

    return max(_DELIMITERS, key=regularity)


def _rows(text: str, delimiter: str) -> list[Sequence[Cell]]:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    rows: list[Sequence[Cell]] = []
    filled = 0
    known: dict[str, str] = {}
    try:
        for row in reader:
            cells = tuple(_cell(value, known) for value in row)
            rows.append(cells)
            if any(cell is not None for cell in cells):
                filled = len(rows)
            if filled > MAX_ROWS or len(cells) > MAX_COLUMNS:
                raise FileRefused(
                    f"超过{MAX_ROWS}行或{MAX_COLUMNS}列(第{len(rows)}行有{len(cells)}列)。请拆成几个文件。",
                    f"More than {MAX_ROWS} rows or {MAX_COLUMNS} columns (row {len(rows)} has {len(cells)} "
                    "columns): split the file.",
                )
    except csv.Error as error:
        raise FileRefused(
            f"第{reader.line_num}行的引号不成对,或单元格过长。请在 Excel 或 WPS 中打开核对,另存后再导入。",
            f"Line {reader.line_num}: a quote has no partner, or a cell is too long ({error}). Open the file "
            "in a spreadsheet program, look, and save it again.",
        ) from error
    return rows[:filled]


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends, as `csv` wants them, and without another copy of it all."""
    return (found[0] for found in _LINE.finditer(text))


def _cell(value: str, known: dict[str, str]) -> str | None:
    if not value or value.isspace():
        return None
    if (before := known.get(value)) is not None:
        return before
    if len(value) > MAX_TEXT:
        raise csv.Error(f"{len(value)} characters")
    if quoted := _QUOTED_FORMULA.fullmatch(value):
        value = quoted[1]
    return known.setdefault(value, value)
