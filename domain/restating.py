"""A fact as it should read: the command that would record it, made of its event and the fields to be changed.

Values are text, as an official would write them and as a correction keeps them: a date as 2021-05-03, a time
as 08:05, a word of the programme by its stored value or its Chinese term, several values as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

from domain import commands as c
from domain.commands import Alteration, AnyInstructorCommand, AnyVillageCommand, CorrectedField
from domain.instructor import Instructor
from domain.refusals import InvalidValue, NotVoidable
from domain.root import Event
from domain.terms import Term
from domain.village import Village

COMMAND_OF: dict[type[Event], type[AnyInstructorCommand | AnyVillageCommand]] = {
    Instructor.PartyRelationTransferred: c.TransferPartyRelation,
    Instructor.CheckedIn: c.CheckIn,
    Instructor.LeaveGranted: c.GrantLeave,
    Instructor.HouseholdVisited: c.VisitHousehold,
    Instructor.DutyRecorded: c.RecordDuty,
    Instructor.ProjectStarted: c.StartProject,
    Instructor.ProjectCompleted: c.CompleteProject,
    Instructor.Inspected: c.Inspect,
    Instructor.Appraised: c.Appraise,
    Instructor.Commended: c.Commend,
    Instructor.SubsidyPaid: c.PaySubsidy,
    Instructor.PromotedButRetained: c.PromoteButRetain,
    Instructor.AccountabilityOpened: c.OpenAccountability,
    Instructor.Disciplined: c.Discipline,
    Village.GoalsAssessed: c.AssessGoals,
    Village.AwardPaid: c.PayAward,
}
"""The command that records each kind of fact that may be voided; its fields are named as the event's."""

DAY = "occurred_on"
"""The field that every fact has and no command."""


class Restated(NamedTuple):
    """A fact as it should read.

    Attributes:
        command: that would record it.
        occurred_on: the day.
        alterations: of the fields that would read otherwise, before and after.
    """

    command: AnyInstructorCommand | AnyVillageCommand
    occurred_on: date
    alterations: tuple[Alteration, ...]


def command_of(event: Event) -> type[AnyInstructorCommand | AnyVillageCommand]:
    """Return the kind of command that records facts such as `event`.

    Raises:
        NotVoidable: it is no fact that may be voided, but a decision of procedure.
    """
    try:
        return COMMAND_OF[type(event)]
    except KeyError:
        raise NotVoidable(version=event.originator_version) from None


def restated(event: Event, changes: Iterable[CorrectedField]) -> Restated:
    """Return the fact of `event` with some of its fields as they should read.

    Raises:
        NotVoidable: it is no fact that may be voided.
        InvalidValue: a field is unknown or named twice, or its text cannot be read as what the field holds.
    """
    kind = command_of(event)
    hints = get_type_hints(kind)
    whose, *rest = (field.name for field in fields(kind))
    types = {DAY: date, **{name: hints[name] for name in rest}}
    values: dict[str, Any] = {name: getattr(event, name) for name in types}
    altered: dict[str, Alteration] = {}
    for change in changes:
        if change.field not in types or change.field in altered:
            raise InvalidValue(
                field=change.field,
                problem_zh=f"未知或重复,可更正的有:{'、'.join(types)}",
                problem_en=f"it is unknown or repeated; what can be corrected is {', '.join(types)}",
            )
        before = text_of(values[change.field])
        values[change.field] = _read(types[change.field], change)
        after = text_of(values[change.field])
        altered[change.field] = Alteration(field=change.field, before=before, after=after)
    occurred_on = values.pop(DAY)
    values[whose] = event.originator_id
    return Restated(
        kind(**values), occurred_on, tuple(it for it in altered.values() if it.before != it.after)
    )


def text_of(value: Any) -> str:
    """Return a field's value as text, to be read back by a correction."""
    if isinstance(value, tuple):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _plain(value: object) -> object:
    return vars(value) if is_dataclass(value) else str(value)


def _read(kind: Any, change: CorrectedField) -> Any:
    try:
        return _value(kind, change.value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        form, form_en = _form(kind)
        raise InvalidValue(
            field=change.field,
            problem_zh=f"无法识别,应为{form}",
            problem_en=f"it cannot be read; write {form_en}",
        ) from None


def _value(kind: Any, text: Any) -> Any:
    """Return the value of a kind that a text, or a part of one in JSON, stands for."""
    if get_origin(kind) is tuple:
        items = json.loads(text)
        if not isinstance(items, list):
            raise TypeError
        return tuple(_value(get_args(kind)[0], item) for item in items)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        if text.keys() != hints.keys():
            raise KeyError
        return kind(**{name: _value(hints[name], item) for name, item in text.items()})
    if isinstance(kind, type) and issubclass(kind, Term):
        return {name: word for word in kind for name in (word, word.zh)}[text]
    return _READERS[kind](text)


def _truth(text: str) -> bool:
    return {"true": True, "false": False, "是": True, "否": False}[text]


def _text(text: str) -> str:
    """Return a text; in JSON it may hold what no database keeps, written as an escape."""
    if "\0" in text:
        raise ValueError
    text.encode()  # half of a surrogate pair is refused here
    return text


def _written(pattern: str, read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return a reader of one way of writing: what Python reads besides is no value of the programme."""
    form = re.compile(pattern, re.ASCII)

    def reader(text: Any) -> Any:
        if not form.fullmatch(str(text)):  # a number in JSON may stand without quotes
            raise ValueError
        return read(str(text))

    return reader


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    int: _written(r"-?\d{1,9}", int),
    bool: _truth,
    Decimal: _written(r"-?\d{1,15}(\.\d{1,6})?", Decimal),
    date: _written(r"\d{4}-\d{2}-\d{2}", date.fromisoformat),
    time: _written(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", time.fromisoformat),
    UUID: UUID,
}

_FORMS: dict[Any, tuple[str, str]] = {
    int: ("整数", "a whole number"),
    bool: ("true或false", "true or false"),
    Decimal: ("数字,如91.5", "a number such as 91.5"),
    date: ("日期,如2021-05-03", "a date such as 2021-05-03"),
    time: ("时间,如08:05", "a time such as 08:05"),
    UUID: ("编号(UUID)", "an id (UUID)"),
}


def _form(kind: Any) -> tuple[str, str]:
    """Return how a value of a kind is written, in Chinese and English."""
    if isinstance(kind, type) and issubclass(kind, Term):
        words = "、".join(word.zh for word in kind)
        return f"以下之一:{words}", f"one of {', '.join(kind)}"
    if get_origin(kind) is tuple:
        part = get_args(kind)[0]
        if not is_dataclass(part):
            words = ", ".join(f'"{word}"' for word in part)
            return f"JSON数组,取自{words}", f"a JSON list of {words}"
        names = list(get_type_hints(part))
        return f"JSON数组,各项有{'、'.join(names)}", f"a JSON list whose items have {' and '.join(names)}"
    return _FORMS.get(kind, ("文字", "text"))
