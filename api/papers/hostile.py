"""Packed workbooks, looked through part by part before they are parsed; what could do harm is turned away.

The parser is handed another package, of the XML parts alone, each unpacked and looked through here: what
else the file has (macros, pictures, packages within it), and whatever its directory claims, never reaches it.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from api.papers.looking import Look, Looker, broken
from api.papers.looking_ods import SheetsLooker
from api.papers.looking_xlsx import PartLooker
from api.papers.source import MAX_CELLS, MAX_SHEETS, FileRefused, Remark

MAX_UNPACKED: Final = 200_000_000
MAX_PARTS: Final = 10_000
MAX_RATIO: Final = 100
"""Bytes that a part may unpack to for each packed one; real sheets stay far below."""
_ALWAYS_ALLOWED: Final = 10_000_000
"""A part below this size does no harm, whatever its ratio."""
_CHUNK: Final = 8 << 20

DAMAGE: Final = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What unpacking raises for a damaged archive."""


@dataclass(frozen=True, slots=True)
class Package:
    """What is left of a packed workbook: its XML parts, as a package again, and what was found in each."""

    content: bytes
    looks: list[Look]
    remarks: tuple[Remark, ...]


def looked_through(content: bytes) -> Package:
    """Look through a packed workbook.

    Raises:
        FileRefused: it is no workbook, broken, encrypted, too large, or made to do harm.
    """
    if content.count(b"PK\x01\x02") > MAX_PARTS:
        raise broken(f"> {MAX_PARTS}")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_directory(parts)
            package, looks = _copied(archive, [part for part in parts if _is_text(part.filename)])
    except DAMAGE as error:
        raise broken(error) from error
    if any(look.encrypted for look in looks):
        raise encrypted()
    check_growth(looks)
    return Package(package, looks, tuple(_remarks(part.filename for part in parts)))


def encrypted() -> FileRefused:
    """Return the refusal of a file that needs a password."""
    return FileRefused(
        "文件已加密,需要密码。请在 Excel 或 WPS 中取消密码,另存后再导入。",
        "The file is encrypted: take its password off in a spreadsheet program, and save it again.",
    )


def _is_text(name: str) -> bool:
    """Tell whether a part is XML that cells are read from; charts and what is drawn are passed over."""
    name = name.lower()
    if name.startswith(("xl/charts/", "xl/drawings/")):
        return False
    return name.endswith((".xml", ".rels")) or name == "mimetype"


def _check_directory(parts: Iterable[ZipInfo]) -> None:
    parts = list(parts)
    names = set()
    for part in parts:
        if part.flag_bits & 1:
            raise encrypted()
        if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise broken(f"{part.filename}: {part.compress_type}")
        names.add(part.filename.lower())
    if len(names) < len(parts):
        raise broken("同名部分 parts of the same name")
    if "xl/workbook.bin" in names:
        raise FileRefused(
            "不读取 XLSB(二进制)工作簿。请另存为 XLSX。", "XLSB workbooks are not read: save it as XLSX."
        )
    if not names & {"xl/workbook.xml", "content.xml"}:
        raise FileRefused(
            "这是压缩包或其他文档,不是工作簿。请解压后导入其中的 XLSX、XLS、ODS 或 CSV 文件。",
            "This is an archive or another kind of document, not a workbook: unpack it, and bring the XLSX, "
            "XLS, ODS or CSV file in it.",
        )


def _copied(archive: ZipFile, parts: Iterable[ZipInfo]) -> tuple[bytes, list[Look]]:
    copy = io.BytesIO()
    looks: list[Look] = []
    left = MAX_UNPACKED
    with ZipFile(copy, "w", ZIP_STORED) as package:
        for part in parts:
            looker = _looker(part.filename)
            with archive.open(part) as source, package.open(part.filename, "w") as target:
                left -= _pour(source, target, looker, min(left, _allowed(part)), part.filename)
            if looker:
                looks += looker.looks
    return copy.getvalue(), looks


def _looker(name: str) -> Looker | None:
    if name == "mimetype":
        return None
    return SheetsLooker(name) if name == "content.xml" else PartLooker(name)


def _allowed(part: ZipInfo) -> int:
    return max(_ALWAYS_ALLOWED, MAX_RATIO * part.compress_size)


def _pour(source: IO[bytes], target: IO[bytes], looker: Looker | None, allowed: int, name: str) -> int:
    """Unpack a part up to what is allowed; return its size in bytes."""
    size = 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > allowed:
            raise FileRefused(
                f"文件解压后过大({name}),疑为压缩炸弹,不予读取。请拆成几个较小的文件。",
                f"The file unpacks to far more than it may ({name}), as a zip bomb does; it is not read. If "
                "it is none, split it.",
            )
        if looker:
            looker.feed(chunk)
        target.write(chunk)
    if looker:
        looker.feed(b"", last=True)
    return size


def check_sheets(count: int) -> None:
    """Refuse a workbook with more sheets than we read."""
    if count > MAX_SHEETS:
        raise FileRefused(
            f"工作表超过{MAX_SHEETS}张。请拆成几个文件。",
            f"The workbook has more than {MAX_SHEETS} sheets: split it.",
        )


def check_growth(looks: Iterable[Look]) -> None:
    """Refuse a workbook whose cells would take far more memory than its bytes."""
    looks = list(looks)
    check_sheets(max((len(look.sheets) for look in looks), default=0))
    lengths = [look.lengths for look in looks if look.lengths]
    if len(lengths) > 1:
        raise broken("sharedStrings")
    cells = text = 0
    for look in looks:
        look.box.check()
        cells += look.box.cells
        text += look.text
        if look.shared:
            if not lengths or max(look.shared) >= len(lengths[0]):
                raise broken("sharedStrings")
            text += sum(map(lengths[0].__getitem__, look.shared))
    if cells > MAX_CELLS or text > MAX_UNPACKED:
        raise FileRefused(
            "工作簿展开后过大,不予读取。请拆成几个较小的文件。",
            "The workbook's cells would fill far more memory than they may; it is not read. Split it.",
        )


def _remarks(names: Iterable[str]) -> list[Remark]:
    seen = [name.lower() for name in names]
    remarks: list[Remark] = []
    if any(name.endswith("vbaproject.bin") for name in seen):
        remarks.append(Remark("文件中的宏未运行,也未读取。", "The macros in it were neither run nor read."))
    if any("/externallinks/" in name for name in seen):
        remarks.append(Remark("指向其他文件的链接未打开。", "Links to other files were not followed."))
    return remarks
