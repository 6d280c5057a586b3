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

from api.papers.hostile import DAMAGE
from api.papers.source import FileRefused, Sheet
from api.papers.workbook import read_packed
from api.reports.archive import COVER, member_of
from api.reports.cells import csv_line, text_of
from api.reports.cover import CHECKPOINT, COLUMNS, SHEET, STATEMENT, cover_of, stand
from api.reports.definition import Kind, Report, Table
from api.reports.registry import report_named
from api.reports.rows import Digest
from api.reports.sheets import shown_by
from api.reports.shown import Finding, oddities
from api.reports.statement import Statement
from ledger.notes import Note

Row = Sequence[str]
"""A row as CSV says it."""

_CHUNK: Final = 1 << 20
_MOST_OF_A_COVER: Final = 1 << 20
"""Bytes; a cover has some thousand."""


@dataclass(frozen=True)
class Read:
    """A table as it stands in a file.

    Attributes:
        digest: of its CSV file, in hexadecimal; of what this would be, in a workbook.
        first: number of its first row as a spreadsheet program shows it.
        above: what stands above it in a workbook, row by row; None in an archive, which has nothing there.
        rows: reads its rows, without the headings.
    """

    digest: str
    first: int
    above: tuple[Row, ...] | None
    rows: Callable[[], Iterator[Row]]


@dataclass(frozen=True)
class Opened:
    """A report's file, opened.

    Attributes:
        report: which it says it is.
        said: what it says of itself.
        note: the same, signed.
        checkpoint: the signed note of the log's checkpoint.
        covered: whether its cover is, row by row, the one that follows from these.
        tables: those of the report that it has, by their names; in a workbook also others.
        odd: what else it has, and what it shows besides its cells.
    """

    report: Report
    said: Statement
    note: Note
    checkpoint: str
    covered: bool
    tables: Mapping[str, Read]
    odd: Sequence[Finding]


def open_report(file: Path) -> Opened:
    """Read a report.

    Raises:
        FileRefused: it is no report, broken, or made to do harm.
        LedgerError, Problem: what it says of itself makes no sense, or it is a report unknown here.
        OSError: it cannot be read.
    """
    try:
        with ZipFile(file) as zipped:
            parts = zipped.infolist()
            plain = not zipped.comment and min((it.header_offset for it in parts), default=1) == 0
        names = [part.filename for part in parts]
        if not plain or len(set(names)) < len(names):
            raise _no_report()
        return _archive(file, names) if COVER in names else _workbook(file)
    except (BadZipFile, csv.Error, *DAMAGE) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the file is not there, or not to be read
        raise _no_report() from error


def above_of(table: Table, said: Statement) -> tuple[Row, ...]:
    """Return what stands above a table in a workbook, row by row."""
    return tuple([text] for text in (table.title, stand(said), *table.remarks))


def _archive(file: Path, names: Sequence[str]) -> Opened:
    with ZipFile(file) as zipped, zipped.open(COVER) as member:
        content = member.read(_MOST_OF_A_COVER + 1)
    if len(content) > _MOST_OF_A_COVER:
        raise _no_report()
    rows = list(_csv_rows(io.BytesIO(content)))
    report, said, note, checkpoint = _told(rows)
    members = {member_of(table.name): table.name for table in report.tables}
    odd = [
        Finding(f"文件“{name}”不属于本报表。", f"The file {name!r} is no part of the report.")
        for name in names
        if name != COVER and name not in members
    ]
    head, *expected = _expected(COLUMNS, report, said, checkpoint, note)
    return Opened(
        report=report,
        said=said,
        note=note,
        checkpoint=checkpoint,
        covered=rows == [head, *([text_of(Kind.TEXT, text) for text in row] for row in expected)],
        tables={
            table: Read(_hashed(file, name), 2, None, _member_reader(file, name))
            for name, table in members.items()
            if name in names
        },
        odd=odd,
    )


def _workbook(file: Path) -> Opened:
    read, remarks = read_packed(file.read_bytes())
    sheets = {sheet.name: sheet for sheet in read}
    if SHEET not in sheets:
        raise _no_report()
    rows = [_texts(row) for row in sheets.pop(SHEET).rows]
    report, said, note, checkpoint = _told(rows)
    known = {table.name: table for table in report.tables}
    tables = {name: read_sheet(sheet, known.get(name)) for name, sheet in sheets.items()}
    with ZipFile(file) as zipped:
        shown, styles = shown_by(zipped)
    headings = {name: table.first - 1 for name, table in tables.items()}
    odd = [Finding(it.zh, it.en) for it in remarks]
    odd += oddities(report, shown, styles, headings)
    odd += (
        Finding(f"表“{name}”的数据中有合并单元格。", f"Cells of {name!r} were merged.")
        for name, sheet in sheets.items()
        if name in known and any(area.bottom + 1 >= headings[name] for area in sheet.merged)
    )
    title = (report.zh, report.zh)  # two cells, merged
    return Opened(
        report=report,
        said=said,
        note=note,
        checkpoint=checkpoint,
        covered=rows == [_texts(row) for row in _expected(title, report, said, checkpoint, note)],
        tables=tables,
        odd=odd,
    )


def _told(cover: Iterable[Row]) -> tuple[Report, Statement, Note, str]:
    """Return what a cover says: which report it is, its statement, that signed, and the checkpoint."""
    told = {row[0]: row[1] for row in cover if len(row) == len(COLUMNS)}
    if STATEMENT not in told or CHECKPOINT not in told:
        raise _no_report()
    note = Note.parse(told[STATEMENT])
    said = Statement.parse(note.text)
    return report_named(said.report), said, note, told[CHECKPOINT]


def _expected(
    head: Sequence[str], report: Report, said: Statement, checkpoint: str, note: Note
) -> list[list[str]]:
    return [list(head), *map(list, cover_of(report, said, checkpoint=checkpoint, note=str(note)))]


def _texts(row: Sequence[object]) -> list[str]:
    """Return what a row of texts says, without the empty cells at its end."""
    texts = ["" if cell is None else str(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


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
    above = tuple(_merged(_texts(row)) for row in sheet.rows[:place])
    return Read(digest.hexdigest(), place + 2, above, rows)


def _merged(texts: list[str]) -> list[str]:
    """Return a row that stands above a table; it is merged, so each of its cells has the same text."""
    return texts[:1] if len(set(texts)) == 1 else texts


def _header(sheet: Sheet, headings: Sequence[str]) -> int | None:
    """Return the index of the row of headings, if it is there as it was made."""
    many = len(headings)
    rows = enumerate(sheet.rows)
    return next((n for n, row in rows if list(row[:many]) == headings and set(row[many:]) <= {None}), None)


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
    with io.TextIOWrapper(member, "utf-8-sig", "replace", newline="") as text:
        yield from csv.reader(text)


def _no_report() -> FileRefused:
    return FileRefused(
        f"这不是 zhucun report 所出的报表,或其“{SHEET}”已被改动。请用原文件核对。",
        "This is no report of `zhucun report`, or its cover was altered: check the file as it was made.",
    )
