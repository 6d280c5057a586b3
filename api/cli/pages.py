"""A life on paper: as a table that a person reads, or as JSON lines for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from rich.markup import escape
from rich.table import Table

from api.cli.life import Moment, State
from domain.commands import Form, Household, RuleException, Score
from domain.instructor import Instructor, InstructorEvent, Stage
from domain.root import Event
from domain.terms import AppraisalKind, Term

Names = dict[UUID, str]
"""Village names by id."""

_SHARED = {field.name for field in fields(Event)}
_WORDINGS = {
    "batch_year": "{}年批次",
    "collective_study_on": "{}集体研究",
    "until": "至{}",
    "first_day": "自{}",
    "last_day": "至{}",
    "year": "{}年度",
    "households_served": "受益{}户",
    "amount": "{}元",
    "unit_told": "已告知{}",
    "voided_version": "#{}",
}
_YES = {"problems_found": "发现问题", "replacement_ordered": "已责令重新选派"}
_STAGES = {
    Stage.OUTSIDE: "未在选派程序中",
    Stage.NOMINATED: "已推荐",
    Stage.APPROVED: "已审定",
    Stage.SERVING: "在任",
}


def title_of(kind: type[Event]) -> str:
    """Return the Chinese name of a kind of event, which begins its documentation."""
    return (kind.__doc__ or kind.__name__).partition("。")[0]


def table_of(moments: list[Moment], names: Names, *, full: bool) -> Table:
    """Return a life as a table; unless `full`, a month's ordinary work is one line at its end."""
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=("", "on grey7"))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("记录 Recorded", no_wrap=True)
    table.add_column("发生 Occurred", no_wrap=True)
    table.add_column("迟 Late", justify="right", no_wrap=True)
    table.add_column("事件 Event", no_wrap=True)
    table.add_column("详情 Details", ratio=3, overflow="fold")
    table.add_column("经办 Actor", ratio=1, overflow="fold")
    table.add_column("其后 State after", ratio=2, overflow="fold")
    for run in ([it] for it in moments) if full else _folded(moments):
        table.add_row(*(_line(run[0], names) if len(run) == 1 else _summary(run, names)))
    return table


def json_lines(moments: Iterable[Moment], names: Names) -> Iterator[str]:
    """Yield each event as a JSON object; its `data` are the fields as the ledger stores them."""
    for moment in moments:
        event, state = moment.event, moment.state
        yield orjson.dumps(
            {
                "position": moment.row.position,
                "version": event.originator_version,
                "type": event.TOPIC,
                "occurred_on": event.occurred_on,
                "recorded_at": moment.recorded_at,
                "late_days": moment.late_days,
                "voided_by": moment.voided_by and moment.voided_by.position,
                "data": orjson.Fragment(moment.row.state),
                "state": asdict(state)
                | {
                    "stage": state.stage.name.lower(),
                    "village_name": names.get(state.village or UUID(int=0)),
                },
            }
        ).decode()


def _folded(moments: list[Moment]) -> Iterator[list[Moment]]:
    """Yield what is worth a line of its own alone, and the rest of each month together, at its end."""
    for _, month in groupby(moments, _month):
        rest = []
        for moment in month:
            if _is_ordinary(moment):
                rest.append(moment)
            else:
                yield [moment]
        if rest:
            yield rest


def _is_ordinary(moment: Moment) -> bool:
    if moment.is_late or moment.voided_by is not None:
        return False
    match moment.event:
        case Instructor.CheckedIn() | Instructor.HouseholdVisited() | Instructor.DutyRecorded():
            return True
        case Instructor.SubsidyPaid():
            return True
        case Instructor.Inspected(problems_found=found):
            return not found
        case Instructor.Appraised(kind=kind):
            return kind is AppraisalKind.DAILY
        case _:
            return False


def _month(moment: Moment) -> str:
    return f"{moment.recorded_at:%Y-%m}"


def _line(moment: Moment, names: Names) -> tuple[str, ...]:
    event = moment.event
    title, details = title_of(type(event)), escape("·".join(_details(event)))
    if moment.voided_by is not None:
        title = f"[strike]{title}[/]"
        details = f"[red]已作废,见#{moment.voided_by.originator_version}[/] {details}"
    return (
        str(event.originator_version),
        f"{moment.recorded_at:%Y-%m-%d %H:%M}",
        str(event.occurred_on),
        f"[yellow]{moment.late_days}[/]" if moment.is_late else str(moment.late_days or ""),
        title,
        details,
        escape(event.actor.organisation),
        escape(_in_words(moment.state, names)),
    )


def _summary(run: list[Moment], names: Names) -> tuple[str, ...]:
    days = sorted(moment.event.occurred_on for moment in run)
    counts = Counter(title_of(type(moment.event)) for moment in run)
    return (
        f"×{len(run)}",
        _month(run[0]),
        f"{days[0]:%m-%d}–{days[-1]:%m-%d}",
        "",
        "日常工作",
        "·".join(f"{title}{count}" for title, count in counts.most_common()),
        "",
        escape(_in_words(run[-1].state, names)),
    )


def _in_words(state: State, names: Names) -> str:
    stage = _STAGES[state.stage]
    if state.ended_by:
        stage = title_of(getattr(Instructor, state.ended_by))
    if state.village is None:
        return stage
    tally = f"到村{state.days_present}·走访{state.visits}·实事{state.projects_completed}"
    return f"{stage} {names.get(state.village, '')} {tally}"


def _details(event: InstructorEvent) -> Iterator[str]:
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name in _YES:
            if value:
                yield _YES[field.name]
        elif field.name not in _SHARED and (words := _words(value)):
            yield _WORDINGS.get(field.name, "{}").format(words)


def _words(value: Any) -> str:  # noqa: PLR0911 - one line a kind of value
    match value:
        case Term():
            return value.zh
        case Form():
            born = f"{value.born:%Y}年生"
            return f"{value.name}({value.gender.zh},{born},{value.education.zh},{value.employment.zh})"
        case Score():
            return f"{value.part}{value.points}"
        case RuleException():
            return f"{value.rule}:{value.reason}"
        case Household():
            return value.code
        case tuple():
            return "、".join(_words(item) for item in value)
        case time():
            return f"{value:%H:%M}"
        case date() | datetime() | Decimal() | int() | str():
            return str(value)
        case _:  # ids, and what is absent
            return ""
