"""Files into sheets of cells, as a person would read them. A file is what its bytes say, not its name."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from api.papers.delimited import read_delimited
from api.papers.oldbook import read_old
from api.papers.source import Cell, FileRefused, Merge, Remark, Sheet, SourceFile
from api.papers.workbook import read_packed

__all__ = ["Cell", "FileRefused", "Merge", "Remark", "Sheet", "SourceFile", "read_bytes", "read_file"]

MAX_SIZE: Final = 50_000_000

_ZIP: Final = re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_file(path: Path) -> SourceFile:
    """Read a workbook (XLSX, XLS, ODS) or a delimited text.

    Raises:
        FileRefused: it cannot be read, or must not be; nothing of it is used.
        OSError: there is no such file, or it may not be opened.
    """
    if not path.is_file() and path.exists():  # a pipe with nobody at its other end would be waited for
        raise FileRefused(
            "这是文件夹、管道或设备,不是文件。请选择保存好的工作簿或CSV文件。",
            "It is a folder, a pipe or a device, and no file: choose a workbook or CSV file that was saved.",
        )
    with path.open("rb") as file:
        content = file.read(MAX_SIZE + 1)  # never more of a file than is allowed
    return read_bytes(path.name, content)


def read_bytes(name: str, content: bytes) -> SourceFile:
    """Read what `read_file` reads, from memory. `name` is for people only.

    Raises:
        FileRefused: it cannot be read, or must not be; nothing of it is used.
    """
    if len(content) > MAX_SIZE:
        raise FileRefused(
            f"文件超过{MAX_SIZE // 1_000_000}MB。请拆成几个较小的文件。",
            f"The file is larger than {MAX_SIZE // 1_000_000} MB: split it.",
        )
    if not content.strip():
        raise FileRefused("文件是空的。请选择填好的文件。", "The file is empty: choose the filled one.")
    if _ZIP.match(content):
        sheets, remarks = read_packed(content)
    elif content.startswith(_OLE):
        sheets, remarks = read_old(content)
    else:
        sheets, remarks = read_delimited(name, content)
    if not sheets:
        raise FileRefused(
            "文件中没有可见且有内容的工作表。请选择填好的文件,或取消隐藏。",
            "No sheet of the file can be seen and has anything in it: choose the filled one, or unhide it.",
        )
    digest = hashlib.sha256(content).hexdigest()
    return SourceFile(name, digest, len(content), tuple(sheets), tuple(remarks))
