"""What events and states are called by people: Chinese words for what the ledger stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from api.life import Moment, State
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
_YES = {
    "outside": "范围外打卡",
    "problems_found": "发现问题",
    "replacement_ordered": "已责令重新选派",
}
_STAGES = {
    Stage.OUTSIDE: "未在选派程序中",
    Stage.NOMINATED: "已推荐",
    Stage.APPROVED: "已审定",
    Stage.SERVING: "在任",
}


def title_of(kind: type[Event]) -> str:
    """Return the Chinese name of a kind of event, which begins its documentation."""
    return (kind.__doc__ or kind.__name__).partition("。")[0]


def folded(moments: Sequence[Moment]) -> Iterator[list[Moment]]:
    """Yield what is worth a line of its own alone, and the rest of each month together, at its end."""
    for _, month in groupby(moments, month_of):
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


def month_of(moment: Moment) -> str:
    """Return the month in which it was recorded, in Asia/Shanghai."""
    return f"{moment.recorded_at:%Y-%m}"


def counted(run: Sequence[Moment]) -> str:
    """Return how often which kind of event is among these, the most frequent first."""
    counts = Counter(title_of(type(moment.event)) for moment in run)
    return "·".join(f"{title}{count}" for title, count in counts.most_common())


def in_words(state: State, names: Names) -> str:
    """Return a state in a few words."""
    stage = _STAGES[state.stage]
    if state.ended_by:
        stage = title_of(getattr(Instructor, state.ended_by))
    if state.village is None:
        return stage
    tally = f"到村{state.days_present}·走访{state.visits}·实事{state.projects_completed}"
    return f"{stage} {names.get(state.village, '')} {tally}"


def details_of(event: InstructorEvent) -> Iterator[str]:
    """Yield what an event says of its own, in words."""
    if isinstance(event, Instructor.Nominated) and event.form is None:
        yield "报名表已删除"
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
