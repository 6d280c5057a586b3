"""Files to read: workbooks as programs write them, and ones made to do harm."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it says no types of its own

from api.papers.grid import read_bytes
from api.papers.source import FileRefused, SourceFile

SHEET_1 = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"
_NONE = 0xFFFFFFFF
_END = 0xFFFFFFFE
WORKSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(fill: Callable[[Any], object], **options: object) -> bytes:
    """Return an XLSX workbook that `fill` filled, as XlsxWriter writes it."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True, **options}) as book:
        fill(book)
    return content.getvalue()


def rows(*cells: tuple[object, ...], **options: object) -> bytes:
    """Return an XLSX workbook of one sheet with these rows."""

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)

    return xlsx(fill, **options)


def repacked(workbook: bytes, parts: Mapping[str, bytes | None], compression: int = ZIP_DEFLATED) -> bytes:
    """Return a packed workbook with some parts replaced or added, or taken out (None)."""
    content = BytesIO()
    with ZipFile(BytesIO(workbook)) as source, ZipFile(content, "w", compression) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, data in parts.items():
            if data is not None:
                target.writestr(name, data)
    return content.getvalue()


def part(workbook: bytes, name: str) -> bytes:
    """Return a part of a packed workbook."""
    with ZipFile(BytesIO(workbook)) as archive:
        return archive.read(name)


def with_sheet(data: str, head: str = "") -> bytes:
    """Return an XLSX workbook whose sheet has these rows, as XML."""
    xml = f'{head}<worksheet xmlns="{WORKSHEET}"><sheetData>{data}</sheetData></worksheet>'
    return repacked(rows(("一",)), {SHEET_1: xml.encode()})


def ods(tables: str, **parts: bytes) -> bytes:
    """Return an ODS workbook with these tables, as XML."""
    content = BytesIO()
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with ZipFile(content, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            parts.get("manifest")
            or f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{kind}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>'
            '<style:style style:name="hidden" style:family="table"><style:table-properties '
            'table:display="false"/></style:style></office:automatic-styles>'
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        )
    return content.getvalue()


def compound(streams: Mapping[str, bytes], *, small: bool = False) -> bytes:
    """Return a compound file (OLE) with these streams: padded to the size of large ones, or kept as small."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(data: bytes) -> int:
        first = len(sectors)
        pieces = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        sectors.extend(pieces)
        fat.extend(range(first + 1, first + len(pieces)))
        fat.append(_END)
        return first

    held = (
        b"".join(data.ljust(-(-len(data) // 64) * 64, b"\0") for data in streams.values()) if small else b""
    )
    root = store(held) if small else _END
    chains: list[int] = []
    entries = [_entry("Root Entry", 5, root, len(held), child=1)]
    for number, (name, data) in enumerate(streams.items(), start=1):
        following = number + 1 if number < len(streams) else _NONE
        if small:
            start, size, minis = len(chains), len(data), -(-len(data) // 64)
            chains += [*range(start + 1, start + minis), _END]
        else:
            padded = data.ljust(4096, b"\0")
            start, size = store(padded), len(padded)
        entries.append(_entry(name, 2, start, size, right=following))
    mini_fat = store(struct.pack(f"<{len(chains)}I", *chains).ljust(512, b"\xff")) if small else _END
    directory = store(b"".join(entries))
    in_fat = -(-(len(fat) + 8) * 4 // 512)
    places = range(len(sectors), len(sectors) + in_fat)
    table = struct.pack(f"<{len(fat)}I", *fat) + struct.pack("<I", 0xFFFFFFFD) * in_fat
    sectors.append(table.ljust(in_fat * 512, b"\xff"))
    difat = struct.pack(f"<{in_fat}I", *places).ljust(109 * 4, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, in_fat, directory, 0, 4096, mini_fat, int(small), _END, 0)
    return head + difat + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _NONE, child: int = _NONE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    entry = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    entry += struct.pack("<III", _NONE, right, child) + bytes(36)
    return entry + struct.pack("<IQ", start, size)


def record(kind: int, data: bytes = b"") -> bytes:
    """Return a record of an XLS workbook."""
    return struct.pack("<HH", kind, len(data)) + data


def xls(cells: bytes, texts: bytes = b"", *, names: Sequence[str] = ("名单",), head: bytes = b"") -> bytes:
    """Return an XLS workbook of these records; see `xls_stream`."""
    return compound({"Workbook": xls_stream(cells, texts, names=names, head=head)})


def xls_stream(
    cells: bytes, texts: bytes = b"", *, names: Sequence[str] = ("名单",), head: bytes = b""
) -> bytes:
    """Return the stream of an XLS workbook whose sheets, of equally long names, all are one, of these cells.

    `texts` is the record of its shared texts, and `head` stands at the beginning.
    """
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6)) + head
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6)) + cells + record(0x0A)
    titles = [struct.pack("<BBBB", 0, 0, len(name), 1) + name.encode("utf-16-le") for name in names]
    start = len(begin) + sum(8 + len(title) for title in titles) + len(texts) + 4
    bounds = b"".join(record(0x85, struct.pack("<I", start) + title) for title in titles)
    return begin + bounds + texts + record(0x0A) + sheet


def read(content: bytes, name: str = "名单.xlsx") -> SourceFile:
    """Read a file of these bytes."""
    return read_bytes(name, content)


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """Expect a file to be turned away, with these words in its two messages."""
    with pytest.raises(FileRefused) as refusal:
        yield
    for word in words:
        assert word in f"{refusal.value.message_zh}\n{refusal.value.message_en}"
