"""Reading a report back from its file, by what it says of itself, so that it can be compared."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from api.papers.source import FileRefused, Sheet
from api.papers.workbook import read_packed
from api.reports.archive import COVER
from api.reports.cells import csv_line, text_of
from api.reports.cover import CHECKPOINT, COLUMNS, SHEET, STATEMENT, Entry, stand
from api.reports.definition import Kind, Report, Table
from api.reports.registry import report_named
from api.reports.rows import Digest
from api.reports.statement import Statement
from ledger.notes import Note

Row = Sequence[str]
"""A row as CSV says it."""

_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Read:
    """A table as it stands in a file.

    Attributes:
        digest: of its CSV file, in hexadecimal; of what this would be, in a workbook.
        first: number of its first row as a spreadsheet program shows it.
        above: what stands above it in a workbook.
        rows: reads its rows, without the headings.
    """

    digest: str
    first: int
    above: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True)
class Opened:
    """A report's file, opened.

    Attributes:
        report: which it says it is.
        said: what it says of itself.
        note: the same, signed.
        checkpoint: the signed note of the log's checkpoint.
        cover: all lines of the cover.
        tables: by their names; those that it ought to have, and others.
    """

    report: Report
    said: Statement
    note: Note
    checkpoint: str
    cover: Sequence[Entry]
    tables: Mapping[str, Read]


def open_report(file: Path) -> Opened:
    """Read a report.

    Raises:
        FileRefused: it is no report, broken, or made to do harm.
        LedgerError, Problem: what it says of itself makes no sense, or it is a report unknown here.
        OSError: it cannot be read.
    """
    try:
        with ZipFile(file) as zipped:
            names = zipped.namelist()
    except BadZipFile as error:
        raise _no_report() from error
    if len(set(names)) < len(names):
        raise _no_report()
    return _archive(file, names) if COVER in names else _workbook(file)


def above_of(table: Table, said: Statement) -> tuple[str, ...]:
    """Return what stands above a table in a workbook, line by line."""
    return (table.title, stand(said), *table.remarks)


def _archive(file: Path, names: Iterable[str]) -> Opened:
    with ZipFile(file) as zipped, zipped.open(COVER) as member:
        heading, *lines = _csv_rows(member)
    if tuple(heading) != COLUMNS:
        raise _no_report()
    tables = {
        name.removesuffix(".csv"): Read(_hashed(file, name), 2, (), _member_reader(file, name))
        for name in names
        if name != COVER
    }
    return _opened([Entry(*line) for line in lines if len(line) == len(COLUMNS)], lambda _: tables)


def _workbook(file: Path) -> Opened:
    sheets = {sheet.name: sheet for sheet in read_packed(file.read_bytes())[0]}
    if SHEET not in sheets:
        raise _no_report()
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheets.pop(SHEET).rows[1:]]
    cover = [Entry(*row[:2]) for row in rows if len(row) > 1]

    def tables(opened: Statement) -> Mapping[str, Read]:
        known = {table.name: table for table in report_named(opened.report).tables}
        return {name: read_sheet(sheet, known.get(name)) for name, sheet in sheets.items()}

    return _opened(cover, tables)


def _opened(cover: Sequence[Entry], tables: Callable[[Statement], Mapping[str, Read]]) -> Opened:
    told = dict(cover)
    if STATEMENT not in told or CHECKPOINT not in told:
        raise _no_report()
    note = Note.parse(told[STATEMENT])
    said = Statement.parse(note.text)
    return Opened(report_named(said.report), said, note, told[CHECKPOINT], cover, tables(said))


def read_sheet(sheet: Sheet, table: Table | None) -> Read:
    """Return what a sheet has; of a table that is unknown, or whose headings are gone, nothing is read."""
    place = None if table is None else _header(sheet, [column.name for column in table.columns])
    if table is None or place is None:
        return Read("", 1, (), lambda: iter(()))
    kinds = [column.kind for column in table.columns]

    def rows() -> Iterator[Row]:
        for row in sheet.rows[place + 1 :]:
            cells = [*row, *[None] * (len(kinds) - len(row))]
            while len(cells) > len(kinds) and cells[-1] is None:
                cells.pop()
            more = [Kind.TEXT] * (len(cells) - len(kinds))
            yield [text_of(kind, cell) for kind, cell in zip([*kinds, *more], cells, strict=True)]

    digest = sha256(Digest(table.columns).head())
    for one in rows():
        digest.update(csv_line(one))
    above = tuple("" if row[0] is None else str(row[0]) for row in sheet.rows[:place])
    return Read(digest.hexdigest(), place + 2, above, rows)


def _header(sheet: Sheet, headings: Sequence[str]) -> int | None:
    """Return the index of the row of headings, if it is there as it was made."""
    many = len(headings)
    rows = enumerate(sheet.rows)
    return next((n for n, row in rows if list(row[:many]) == headings and not any(row[many:])), None)


def _hashed(file: Path, name: str) -> str:
    digest = sha256()
    with ZipFile(file) as zipped, zipped.open(name) as member:
        while chunk := member.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _member_reader(file: Path, name: str) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        with ZipFile(file) as zipped, zipped.open(name) as member:
            lines = _csv_rows(member)
            next(lines, None)
            yield from lines

    return rows


def _csv_rows(member: IO[bytes]) -> Iterator[Row]:
    with io.TextIOWrapper(member, "utf-8-sig", newline="") as text:
        yield from csv.reader(text)


def _no_report() -> FileRefused:
    return FileRefused(
        f"这不是 zhucun report 所出的报表,或其“{SHEET}”已被改动。请用原文件核对。",
        "This is no report of `zhucun report`, or its cover was altered: check the file as it was made.",
    )
