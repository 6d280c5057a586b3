"""What a kind of paper is: its columns, and what its rows say in commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from api.data import Place
from api.papers.columns import AnyColumn, Layout, Row
from api.papers.headers import HeaderNotFound, find_header
from api.papers.source import Sheet, SourceFile
from domain.commands import AnyCommand
from domain.refusals import Refused


@dataclass(frozen=True, slots=True)
class Proposed:
    """A command that a row comes to. Those of a row are recorded together or not at all.

    Attributes:
        command: what is asked for.
        occurred_on: the day it happened (Asia/Shanghai).
        command_id: made of the fact itself, by `fact_id`.
        at: the time of day, where several facts of a day come in the order of their times.
        first_counts: a second fact of this id says nothing new, whatever it says.
        known_by: refusals that mean that the fact stands already.
    """

    command: AnyCommand
    occurred_on: date
    command_id: UUID
    at: time | None = None
    first_counts: bool = False
    known_by: tuple[type[Refused], ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """A row, or a part of one, that is no fact to be recorded, and why."""

    zh: str
    en: str


class Lookup(Protocol):
    """What is on record, and in the official list, by the names that papers use."""

    @property
    def county(self) -> str:
        """The county's code."""
        ...

    def person(self, number: str | None, name: str | None, day: date, user: str | None = None) -> UUID:
        """Return the person with a staff number, or else the one of a name who serves on the day.

        Before the name comes DingTalk's id of the person, `user`, if the file of users has it.

        Raises:
            RowRefused: nobody, or several; or the person of the number has another name.
        """
        ...

    def village(self, code: str | None, township: str | None, name: str | None) -> UUID:
        """Return a village on record by its code, or else by its name, in a township if one is given.

        Raises:
            RowRefused: none, or several; or that of the code has another name.
        """
        ...

    def official(self, code: str | None, township: str | None, name: str | None) -> Place:
        """Return a village of the county's official list, by code or by township and name.

        The name is the one given, where the list or the notice has it so.

        Raises:
            RowRefused: the list has none or several.
        """
        ...


Entries = Callable[[Row, Lookup], Iterable[Proposed | Passed]]


def by_header(
    kind: PaperKind, source: SourceFile, otherwise: Callable[[Sheet], Layout | None] = lambda _: None
) -> Sequence[Layout]:
    """Return how each sheet with the paper's header is read; the other sheets are passed over.

    Args:
        kind: of paper.
        source: the file.
        otherwise: finds the rows of a sheet without the header, if it can.

    Raises:
        HeaderNotFound: no sheet can be read.
    """
    found: list[Layout] = []
    missed: list[HeaderNotFound] = []
    for sheet in source.sheets:
        try:
            found.append(find_header(sheet, kind.columns, kind.either))
        except HeaderNotFound as error:
            if (layout := otherwise(sheet)) is not None:
                found.append(layout)
            else:
                missed.append(error)
    if not found and missed:
        raise min(missed, key=lambda error: len(error.missing))
    return found


@dataclass(frozen=True, kw_only=True)
class PaperKind:
    """A kind of paper.

    Attributes:
        name: on the command line.
        zh: its name in Chinese.
        en: its name in English.
        columns: what it asks for.
        either: groups of columns of which the header needs one each.
        to_entries: what a row comes to; raises `RowRefused`.
        lay_out: finds the rows of a file; by the header, unless the paper has another form.
        check: looks at each sheet before its rows are read; raises `grid.FileRefused`.
        others: what the remaining columns are, in Chinese and English, if they are read.
        passed_over: headings, as they are compared, of remaining columns that are not.
        other_headings: those that templates have.
        remarks: for the template, each in Chinese and English.
        personal: its rows are forms, which stand in the log sealed; so nothing of them is kept beside it.
    """

    name: str
    zh: str
    en: str
    columns: tuple[AnyColumn, ...]
    to_entries: Entries
    either: tuple[tuple[AnyColumn, ...], ...] = ()
    lay_out: Callable[[PaperKind, SourceFile], Sequence[Layout]] = by_header
    check: Callable[[Layout], None] | None = None
    others: tuple[str, str] | None = None
    passed_over: frozenset[str] = frozenset()
    other_headings: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    personal: bool = False


def fact_id(county: str, *parts: object) -> UUID:
    """Return the command id of a fact, made of what makes it one of a kind; never of file or row."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:fact:{'/'.join(map(str, parts))}")
