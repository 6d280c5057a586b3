"""What a report is made of, said as data: its tables, their columns, and what may be asked of it.

A report states no figure of its own. Its statements read the read side's `read.<noun>_at(as_of, known)`
functions, which `docs/answers.md` defines; `api.reports.tables` holds the reports, one module each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, LiteralString

from api.clock import Clock
from domain.terms import Term


class Kind(Enum):
    """How a value is written: in CSV as the comment says, in a workbook as a cell of that type.

    What PostgreSQL gives must be of the type in brackets, or the day or time as ISO 8601 has it; None is an
    empty cell.
    """

    TEXT = "text"
    """As it is (str)."""
    INTEGER = "integer"
    """Digits (int)."""
    DECIMAL = "decimal"
    """A number with as many places as it has (Decimal or int)."""
    MONEY = "money"
    """Yuan, with two places (Decimal or int)."""
    RATIO = "ratio"
    """0 to 1 (Decimal or int), with four places; a workbook shows it as a percentage."""
    DAY = "day"
    """2021-05-31 (date)."""
    MOMENT = "moment"
    """2021-05-31 09:30:00, in Asia/Shanghai (timestamptz)."""
    TIME = "time"
    """09:30:00 (time)."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading, Chinese, as officials write it.
        of: the name of the column in the statement's rows.
        kind: how its values are written.
        width: in characters of a Latin font; a Chinese character takes two.
        terms: a stored word is shown as the Chinese of this vocabulary.
        marked: a boolean column of the rows; where it is true the cell is marked.
        shows: the field of the registration form that it shows in full, by its stored name.
    """

    name: str
    of: str
    kind: Kind = Kind.TEXT
    width: int = 12
    terms: type[Term] | None = None
    marked: str | None = None
    shows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart that the workbook program draws from the table's own cells.

    Attributes:
        title: above it.
        categories: `of` of the column that names what is compared.
        values: `of` of the columns that are drawn, one series each.
        kind: how they are drawn.
        number_axis: what the axis of numbers counts.
    """

    title: str
    categories: str
    values: tuple[str, ...]
    kind: Literal["column", "line", "bar"] = "column"
    number_axis: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    r"""A sheet of the workbook, and a CSV file of the archive.

    Attributes:
        name: of the sheet and of the file; at most 31 characters, none of `[]:*?/\`.
        title: the line above the table, as `到村打卡考勤明细表`.
        statement: SQL that takes `%(as_of)s`, `%(known)s` and the report's own parameters, reads `read.*_at`
            and orders its rows totally; sums may come last.
        columns: in their order.
        remarks: what the figures mean, with their clause; they stand below the title.
        charts: below the table in the workbook.
        summed: a boolean column of the rows; where it is true the row is a sum and printed bold.
        person: the column of the rows that has whose registration form they show (uuid), if they show any.
    """

    name: str
    title: str
    statement: LiteralString
    columns: tuple[Column, ...]
    remarks: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    summed: str | None = None
    person: str | None = None


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """Something a report may be asked for besides its two clocks.

    Attributes:
        name: in snake_case, as statements have it; camelCase in addresses, --kebab-case on the command line.
        zh: what it is, in Chinese.
        en: the same in English.
        example: a value as it is written.
        read: takes what was given, None if nothing, and the clock; returns the value that statements take.
            Raises `Problem` when it makes no sense.
        shown: writes the value so that `read` reads it again; the cover says it so.
        choices: texts that `read` takes, where there are only so many; a page offers these.
    """

    name: str
    zh: str
    en: str
    example: str
    read: Callable[[str | None, Clock], Any]
    shown: Callable[[Any], str]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: what it is called, where the notice asks for it, and its tables.

    Attributes:
        name: on the command line and in addresses, as `attendance`.
        zh: its title, in Chinese.
        en: its title, in English.
        clause: of the notice, as `三(一)1`.
        tables: in their order, their names all different.
        parameters: what else it may be asked for.
        check: takes the values of the parameters; raises `Problem` when they do not go together.
    """

    name: str
    zh: str
    en: str
    clause: str
    tables: tuple[Table, ...]
    parameters: tuple[Parameter, ...] = ()
    check: Callable[[Mapping[str, Any]], None] | None = None

    @property
    def personal(self) -> bool:
        """Whether it shows anything of registration forms, so that it goes on record who gets it."""
        return any(table.person for table in self.tables)

    @property
    def form_fields(self) -> frozenset[str]:
        """The fields of registration forms that it shows in full."""
        return frozenset(column.shows for table in self.tables for column in table.columns if column.shows)
