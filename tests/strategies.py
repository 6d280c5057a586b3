"""Made-up events and commands for properties, straight from the types of their classes."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hypothesis import strategies as st

from domain.commands import AnyCommand, CorrectedField, Household, Score
from domain.events import EVENT_TYPES
from domain.ids import correction_id, remark_id
from domain.root import Event
from domain.terms import HouseholdCategory
from tests import facts
from tests.scenario import FILE_SHA256, PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

_PLAIN: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
    UUID: st.uuids,
    str: lambda: st.text(max_size=20),
    bool: st.booleans,
    int: lambda: st.integers(0, 2**53 - 1),
    Decimal: lambda: st.decimals(0, 10**9, places=2),
    date: lambda: st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    time: st.times,
    datetime: lambda: st.datetimes(timezones=st.just(UTC)),
}


def events(kinds: Iterable[type[Event]] = tuple(EVENT_TYPES.values())) -> st.SearchStrategy[Event]:
    """Events of these classes with any content their types allow, whether or not it makes sense."""
    return st.one_of([made_of(kind) for kind in kinds])


def made_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one class, as they are recorded: what is sealed is there."""
    made = _instances(kind)
    return made.filter(lambda it: getattr(it, kind.SEALED) is not None) if kind.SEALED else made


_DAYS = [
    facts.THE_NOTICE,
    date(2020, 3, 31),
    facts.APPOINTMENT,
    date(2020, 4, 2),
    facts.MAY_3,
    date(2020, 5, 4),
    date(2021, 1, 10),
    date(2023, 3, 30),
    facts.LAST_DAY,
    date(2023, 4, 1),
]
_POOLS: dict[str, list[Any]] = {
    "village_id": [VILLAGE, VILLAGE, facts.ANOTHER_VILLAGE],
    "code": [VILLAGE_CODE, facts.ANOTHER_VILLAGE_CODE],
    "instructor_id": [PERSON, PERSON, facts.SUCCESSOR],
    "file_sha256": [FILE_SHA256, FILE_SHA256, "7E"],
    "staff_number": [STAFF_NUMBER, facts.SUCCESSORS_NUMBER],
    "year": [2020, 2020, 2021, 2019],
    "batch_year": [2020, 2021],
    "version": list(range(1, 8)),
    "corrected_id": [PERSON, PERSON, VILLAGE],
    "corrected_version": list(range(1, 8)),
    "correction_id": [correction_id(PERSON, version) for version in range(1, 8)],
    "about_id": [PERSON, PERSON, VILLAGE],
    "about_version": list(range(1, 8)),
    "remark_id": [remark_id(PERSON, version) for version in range(1, 8)],
    "evidence_sha256": [""],
    "changes": [
        (),
        (CorrectedField(field="occurred_on", value="2020-05-04"),),
        (CorrectedField(field="amount", value="800.00"),),
        (CorrectedField(field="title", value="Road lamps, second part"),),
    ],
    "looks": [(), (facts.LOOK,), (replace(facts.LOOK, what="roll"),)],
    "household": ["H-001", "H-002"],
    "households": [
        (Household(code=code, category=category),)
        for code in ("H-001", "H-002")
        for category in (HouseholdCategory.ORDINARY, HouseholdCategory.DISABLED)
    ],
    "households_served": [0, 7, -1],
    "project_id": [facts.PROJECT],
    "title": ["Road lamps"],
    "form": [facts.FORM, facts.FORM, facts.form(party_joined=None), facts.form(clerk_since=None)],
    "exceptions": [(), facts.EXCEPTIONS],
    "duty": ["三(二)1", "三(一)1"],
    "month": ["2020-04", "2020-05", "2023-04"],
    "scores": [(), (Score(part="attendance", points=Decimal(90)),), (Score(part="", points=Decimal(101)),)],
    "period": ["2020", "2021", "2020-05", "2020-2023", "2020-2020"],
    "amount": [Decimal("900.00"), Decimal("50000.00"), Decimal("0.00")],
}
"""Few values by the name of a command's field, so that commands made up apart meet each other."""


def days() -> st.SearchStrategy[date]:
    """Days around which something changes: the notice's, an appointment's, a term's last."""
    return st.sampled_from(_DAYS)


def commands(kinds: Iterable[type[AnyCommand]] = get_args(AnyCommand)) -> st.SearchStrategy[AnyCommand]:
    """Commands of these classes to a few villages and people, some sensible and some not."""
    return st.one_of([_commands(kind) for kind in kinds])


def _commands(kind: type[AnyCommand]) -> st.SearchStrategy[AnyCommand]:
    hints = get_type_hints(kind)
    of_fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in fields(kind):
        if field.name in _POOLS:
            of_fields[field.name] = st.sampled_from(_POOLS[field.name])
        elif hints[field.name] is date:
            of_fields[field.name] = days()
        elif hints[field.name] is str:
            of_fields[field.name] = st.sampled_from([*["on file"] * 7, ""])
        else:
            of_fields[field.name] = _values(hints[field.name])
    return st.builds(kind, **of_fields)


def _instances(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: _values(hints[field.name]) for field in fields(kind)})


def _values(kind: Any) -> st.SearchStrategy[Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of([_values(option) for option in get_args(kind)])
    if get_origin(kind) is tuple and get_args(kind)[1:] == (...,):
        return st.lists(_values(get_args(kind)[0]), max_size=4).map(tuple)
    if kind is types.NoneType:
        return st.none()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if is_dataclass(kind):
        return _instances(kind)
    raise TypeError(f"no made-up values for {kind}: events hold plain values")
