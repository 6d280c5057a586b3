"""From rows to events: what each row proposes, decided in memory by the rules of every entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, time
from typing import Final
from uuid import UUID

from api.access import reach
from api.access.principal import Principal
from api.papers.columns import Row, RowRefused, plain
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed
from api.papers.plans import Line, Outcome, Page, Reason, of_row, of_rule
from api.papers.recorded import Recorded, is_the_voided, says_the_same
from domain.decisions import decide
from domain.entry import Actor
from domain.programme import Programme, Workspace, entry_for
from domain.refusals import Refused
from domain.root import Event

AT_A_TIME: Final = 1000
"""Rows whose facts are looked up on record at a time."""

Brought = tuple[Proposed | None, "Reading"]
"""A fact that a row has brought, and the row; of facts whose first counts the row says enough."""

Told = Callable[[int, int], None]
"""Is told how many rows of how many are done, of those that are read, and then of those that are decided."""


@dataclass(slots=True)
class Reading:
    """A row that was read, what it proposes, and what becomes of it."""

    page: Page
    row: Row
    proposed: tuple[Proposed, ...] = ()
    outcome: Outcome = Outcome.PASSED
    reasons: tuple[Reason, ...] = ()

    def refuse(self, *reasons: Reason) -> None:
        """Let nothing become of it."""
        self.outcome, self.reasons, self.proposed = Outcome.REFUSED, reasons, ()

    def line(self) -> Line:
        """Return what became of it."""
        cells = self.row.cells if self.outcome is Outcome.REFUSED else ()
        return Line(self.page, self.row.number, self.outcome, self.reasons, cells)


def read_rows(kind: PaperKind, pages: Sequence[Page], lookup: Lookup, told: Told) -> list[Reading]:
    """Return every row, with what it proposes or why it cannot be taken in."""
    found: list[Reading] = []
    of = sum(len(page.layout.sheet.rows) for page in pages)
    for page in pages:
        for row in page.layout.rows():
            if not len(found) % AT_A_TIME:
                told(len(found), of)
            read = Reading(page, row)
            found.append(read)
            if wrong := row.unreadable():
                if _sums_up(row):
                    read.reasons = (_SUM,)
                else:
                    read.refuse(*map(of_row, wrong))
                continue
            try:
                entries = tuple(kind.to_entries(row, lookup))
            except RowRefused as refused:
                read.refuse(of_row(refused))
                continue
            read.proposed = tuple(it for it in entries if isinstance(it, Proposed))
            read.reasons = tuple(Reason(it.zh, it.en) for it in entries if isinstance(it, Passed))
    return found


class Deciding:
    """The facts of all rows, decided in the order of days and rows, each on what those before led to.

    Attributes:
        rows: in the order of files, sheets and rows.
        events: that would be recorded.
        events_of: the number of them that each file brings.
    """

    def __init__(
        self, programme: Programme, actor: Actor, rows: list[Reading], principal: Principal | None = None
    ) -> None:
        self.rows = rows
        self.events: list[Event] = []
        self.events_of: Counter[int] = Counter()
        self._actor = actor
        self._principal = principal
        self._today = programme.today()
        self._workspace: Workspace = programme.workspace()
        self._recorded = Recorded(programme, self._workspace)
        self._brought: dict[UUID, Brought] = {}

    def run(self, told: Told) -> None:
        """Decide every row that proposes something."""
        rows = [it for it in self.rows if it.proposed]
        rows.sort(key=_when)
        for start in range(0, len(rows), AT_A_TIME):
            told(start, len(rows))
            chunk = rows[start : start + AT_A_TIME]
            self._recorded.look_up({it.command_id for read in chunk for it in read.proposed})
            for read in chunk:
                self._decide(read)
        told(len(rows), len(rows))

    def _decide(self, read: Reading) -> None:
        proposed, read.proposed = read.proposed, ()  # which are of no use any more, and large
        reasons: list[Reason] = []
        events: list[Event] = []
        brought: dict[UUID, Brought] = {}
        passed = 0
        try:
            # One command that is refused changes nothing by itself; of several, the first might have.
            with self._workspace.attempt() if len(proposed) > 1 else nullcontext():
                for item in proposed:
                    if self._principal is not None:
                        reach.check(item.command, item.occurred_on, self._principal, self._workspace)
                    command_id, already = self._met(item, brought)
                    if already is not None:
                        reasons.append(already.reason)
                        passed += already.passed
                        continue
                    led_to, known = self._ask(item, command_id, read)
                    if led_to:
                        events += led_to
                        brought[item.command_id] = None if item.first_counts else item, read
                    else:
                        reasons.append(known)
        except Refused as refused:
            read.refuse(*of_rule(refused, read.row))
            return
        except RowRefused as refused:
            read.refuse(of_row(refused))
            return
        self._brought |= brought
        self.events += events
        self.events_of[read.page.file] += len(events)
        read.reasons += tuple(reasons)
        if events:
            read.outcome = Outcome.RECORD
        elif passed < len(proposed):
            read.outcome = Outcome.ALREADY

    def _ask(self, item: Proposed, command_id: UUID, read: Reading) -> tuple[list[Event], Reason]:
        """Return what a fact leads to, or nothing and why it says nothing new."""
        entry = entry_for(
            item.command,
            occurred_on=item.occurred_on,
            actor=self._actor,
            command_id=command_id,
            basis=read.page.basis(read.row.number),
            today=self._today,
        )
        try:
            decide(item.command, entry, self._workspace)
        except item.known_by as known:
            return [], Reason(known.message_zh, known.message_en, code=known.code, clause=known.clause)
        return self._workspace.collect(), _NOTHING_NEW

    def _met(self, item: Proposed, brought: dict[UUID, Brought]) -> tuple[UUID, _Met | None]:
        """Return the id to record a fact under, and what it meets: in these files, or on record.

        Raises:
            RowRefused: it contradicts what it meets.
        """
        earlier = brought.get(item.command_id) or self._brought.get(item.command_id)
        if earlier is not None:
            return item.command_id, _met_in_file(item, *earlier)
        command_id, voided = self._recorded.voided_before(item)
        elsewhere = self._recorded.voided_elsewhere(item)
        for event in voided if elsewhere is None else (*voided, elsewhere):
            if event is elsewhere or is_the_voided(item, event):
                return command_id, _Met(
                    Reason(
                        f"此事已作废(依据:{event.basis or '无'}),再次导入不会恢复;确属实情的,请另行录入。",
                        f"This was voided (basis: {event.basis or 'none'}); bringing it again does not undo "
                        "that. If it is true after all, enter it by hand.",
                    ),
                    passed=True,
                )
        standing = self._recorded.standing(command_id)
        if standing is None:
            return command_id, None
        basis = standing.basis
        if item.first_counts or says_the_same(item, standing):
            return command_id, _Met(
                Reason(f"已有记录(依据:{basis or '无'})。", f"On record (basis: {basis or 'none'}).")
            )
        raise RowRefused(
            f"与已有记录不一致(依据:{basis or '无'},第{standing.originator_version}版)。"
            "若原记录有误,请先作废,再导入此行。",
            f"It contradicts what is on record (basis: {basis or 'none'}, version "
            f"{standing.originator_version}). If that is wrong, void it first and bring this row again.",
            code="CONTRADICTS_RECORD",
        )


@dataclass(frozen=True, slots=True)
class _Met:
    reason: Reason
    passed: bool = False


_SUMS: Final = frozenset({"合计", "总计", "小计", "共计"})
_SUM: Final = Reason("合计行,不是一条记录。", "A row of sums is no record.")


def _sums_up(row: Row) -> bool:
    """Tell whether a row is the sum at the foot of a table, and not somebody's."""
    texts = (plain(cell) for cell in row.cells if isinstance(cell, str) and cell.strip())
    return next(texts, "") in _SUMS


_NOTHING_NEW: Final = Reason("与已有记录相同,没有新内容。", "It says nothing that is not on record.")


def _met_in_file(item: Proposed, earlier: Proposed | None, read: Reading) -> _Met:
    where = read.page.place(read.row.number)
    if earlier is None or (earlier.command, earlier.occurred_on) == (item.command, item.occurred_on):
        return _Met(Reason(f"与{where}重复。", f"It repeats {where}."))
    raise RowRefused(
        f"与{where}说的是同一件事,内容却不同,请只留正确的一行。",
        f"It is about the same as {where} and says something else; keep the right one alone.",
        code="CONTRADICTS_ROW",
    )


def _when(read: Reading) -> tuple[date, time]:
    return min((it.occurred_on, it.at or time.min) for it in read.proposed)
