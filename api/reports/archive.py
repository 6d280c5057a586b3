"""A report as an archive: a CSV file for each table, and the cover as one more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.reports.cells import BOM, csv_line, text_of
from api.reports.cover import COLUMNS, SHEET, Entry
from api.reports.definition import Kind, Table
from api.reports.rows import Digest, Line

COVER: Final = f"{SHEET}.csv"

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


def member_of(name: str) -> str:
    """Return the file name of a table."""
    return f"{name}.csv"


class Archive:
    """An archive in the making."""

    def __init__(self, zipped: ZipFile) -> None:
        self._zipped = zipped

    def table(self, table: Table, lines: Iterable[Line]) -> Digest:
        """Write a table, and return the digest of its file."""
        digest = Digest(table.columns)
        with self._zipped.open(_info(member_of(table.name)), "w") as file:
            file.write(digest.head())
            for line in lines:
                file.write(digest.line(line.cells))
        return digest

    def cover(self, entries: Sequence[Entry]) -> None:
        """Write the cover."""
        lines = [COLUMNS, *entries]
        content = b"".join(csv_line(text_of(Kind.TEXT, text) for text in line) for line in lines)
        with self._zipped.open(_info(COVER), "w") as file:
            file.write(BOM.encode() + content)


@contextmanager
def new_archive(target: IO[bytes]) -> Iterator[Archive]:
    """Lend an archive that is written to `target`; the same content is the same file."""
    with ZipFile(target, "w") as zipped:
        yield Archive(zipped)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _DATE)
    info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, _UNIX, _READABLE
    return info
