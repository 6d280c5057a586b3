"""What a file would lead to, row by row, before anything is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.papers.cells import shown
from api.papers.columns import Layout, Row, RowRefused, plain
from api.papers.kinds import PaperKind
from api.papers.labels import Label
from api.papers.source import Cell, Remark, SourceFile
from domain.refusals import Refused
from domain.root import Event
from domain.terms import Term


class Outcome(Term):
    """What becomes of a row."""

    RECORD = "RECORD", "将记录"
    ALREADY = "ALREADY", "已有"
    PASSED = "PASSED", "略过"
    REFUSED = "REFUSED", "拒绝"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is not recorded: in both languages, where, and by which rule.

    Attributes:
        zh: the reason and what to do, in Chinese.
        en: the same in English.
        column: the heading it is about, or empty.
        value: what stands there.
        code: of the rule that turned it down, or empty.
        clause: of the notice, or empty.
    """

    zh: str
    en: str
    column: str = ""
    value: str = ""
    code: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of a file, and how it is read.

    Attributes:
        file: the file's place among those taken in together.
        source: the file.
        layout: how the sheet is read.
        label: what the record calls the file.
    """

    file: int
    source: SourceFile
    layout: Layout
    label: Label

    def place(self, row: int) -> str:
        """Return where a row stands, for those who have the file."""
        return f"{self.source.name}#{self.layout.sheet.name}!{row}"

    def basis(self, row: int) -> str:
        """Return what an event of a row rests on, as the record has it."""
        if self.label.plain:
            return self.place(row)
        number = [sheet.name for sheet in self.source.sheets].index(self.layout.sheet.name) + 1
        return f"{self.label.name}#{number}!{row}"


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a row; `cells` are kept of refused rows alone."""

    page: Page
    row: int
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    cells: Sequence[Cell] = ()


@dataclass(frozen=True)
class ColumnRead:
    """How a column is read: its heading, the paper's column (empty: not read), and its first value."""

    heading: str
    column: str
    sample: str


@dataclass(frozen=True, slots=True)
class Found:
    """How somebody was found: by which heading, and what stood there."""

    by: str
    value: str
    staff_number: str
    name: str


@dataclass(frozen=True)
class Plan:
    """What files would lead to.

    Attributes:
        kind: of paper.
        pages: the sheets that were read.
        lines: every row that is not empty, in the order of files, sheets and rows.
        events: what would be recorded, in the order of days and rows.
        events_of: the number of them that each file brings.
        remarks: on what was passed over.
        position: of the log's last event before it was made.
        people: how each person was found.
    """

    kind: PaperKind
    pages: tuple[Page, ...]
    lines: Sequence[Line]
    events: Sequence[Event]
    events_of: Counter[int]
    remarks: tuple[Remark, ...]
    position: int
    people: tuple[Found, ...] = ()

    @property
    def counts(self) -> Counter[Outcome]:
        """The number of rows by outcome."""
        return Counter(line.outcome for line in self.lines)

    def counts_of(self, file: int) -> Counter[Outcome]:
        """Return the number of rows of a file by outcome."""
        return Counter(line.outcome for line in self.lines if line.page.file == file)

    @property
    def refused(self) -> list[Line]:
        """The rows that are refused."""
        return [line for line in self.lines if line.outcome is Outcome.REFUSED]

    def says(self) -> list[tuple[int, int, Outcome]]:
        """Return what it comes to, to be compared with another plan of the same files."""
        pages = {id(page): place for place, page in enumerate(self.pages)}
        return [(pages[id(line.page)], line.row, line.outcome) for line in self.lines]


def columns_read(kind: PaperKind, layout: Layout) -> list[ColumnRead]:
    """Return how each column of a sheet is read, for the preview."""
    names = {
        place: next(c.name for c in layout.columns if c.field == field)
        for field, place in layout.places.items()
    }
    first = next(layout.rows(), None)
    return [
        ColumnRead(heading, names.get(place) or _as_another(kind, heading), _sample(first, place))
        for place, heading in enumerate(layout.headings)
        if heading or place in names
    ]


def _as_another(kind: PaperKind, heading: str) -> str:
    return kind.others[0] if kind.others and plain(heading) not in kind.passed_over else ""


def _sample(row: Row | None, place: int) -> str:
    if row is None or place >= len(row.cells) or row.cells[place] is None:
        return ""
    return shown(row.cells[place])


def of_row(refused: RowRefused) -> Reason:
    """Return the reason of a row that could not be read or understood."""
    return Reason(
        refused.message_zh,
        refused.message_en,
        refused.column,
        refused.value,
        refused.code,
        refused.clause,
    )


def of_rule(refused: Refused, row: Row) -> tuple[Reason, ...]:
    """Return the reasons of a row that rules turn down; the column is named where the paper has it."""
    return tuple(_of_rule(each, row) for each in (refused, *refused.also))


def _of_rule(refused: Refused, row: Row) -> Reason:
    about = refused.facts.get("field")
    column = next((it for it in row.layout.columns if it.field == about), None)
    return Reason(
        refused.message_zh,
        refused.message_en,
        row.heading(column) if column else "",
        shown(row.cell(column)) if column else "",
        refused.code,
        refused.clause,
    )
