"""Changes: what came, became known or was voided between two moments, and how late facts were entered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from strawberry import ID
from strawberry.utils.str_converters import to_snake_case

from api.types.declare import NAMES, READS, filters, one, page, reads, sql
from api.types.events import EventType
from api.types.glossary import described
from api.types.paging import Connection
from api.types.terms import TERMS, ChangeKind
from domain.terms import Role
from projections.selection import FOR_EVER

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Township, Village
    from api.types.scalars import Month

INSTRUCTOR: Final = "{t}.id = {p}.instructor_id"
VILLAGE: Final = "{t}.id = {p}.village_id"
_LATE_ENTRIES: Final = (
    "{t}.position in (select e.position from read.late_entry_of({p}.grouped_by, {p}.instructor_id, "
    "{p}.township_code, {p}.month, {p}.threshold, {as_of}, {known}) e)"
)
_COLUMN: Final = re.compile(r"\{t\}\.(\w+)")
_REFERENCE: Final = re.compile(r"\{t\}\.\w+ = \{p\}\.(\w+)")


@filters
class ChangeFilter:
    """变动筛选,各条件须同时满足。Which changes; all conditions have to hold."""

    kinds: list[ChangeKind] | None = sql("{t}.kind = any({v}::text[])")
    types: list[EventType] | None = sql("{t}.type = any({v}::text[])")
    actor_id: str | None = sql("{t}.actor_id = {v}")
    actor_role: Role | None = sql("{t}.actor_role = {v}")
    actor_organisation: str | None = sql("{t}.actor_organisation = {v}")
    days_late_at_least: int | None = sql("{t}.days_late >= {v}::int")
    township_code: str | None = sql(
        "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v where v.township_code = {v})"
    )


@reads(
    "read.change_between({since}, {since_known}, {as_of}, {known})",
    order=("moved_at", "position"),
)
class Change:
    """变动。A fact that counts at one of two moments only, or that came and went in between."""

    kind: ChangeKind
    moved_at: ID
    moved_on: datetime = sql("(select m.recorded_at from read.event m where m.position = {t}.moved_at)")
    position: ID
    days_late: int
    event: AuditEvent = one("{t}.position = {p}.position")
    # A voiding counts from its recording on, whatever its day.
    voided_by: AuditEvent | None = one("{t}.position = {p}.voided_by", as_of=FOR_EVER)
    instructor: Instructor | None = one(INSTRUCTOR)
    village: Village | None = one(VILLAGE)


class Shown(NamedTuple):
    """A column of a state as GraphQL shows it.

    Attributes:
        name: of the field.
        label: what it means, in Chinese and English.
        words: what GraphQL says for the words of a vocabulary.
    """

    name: str
    label: str
    words: Mapping[str, str]


@cache
def shown(owner: str) -> dict[str, Shown]:
    """Return how GraphQL shows each column of a state.

    A way to one row, as from a person to the village, shows the column that it goes by.
    """
    read, annotations, fields = READS[owner], NAMES[owner].__annotations__, {}
    for field, name in read.columns.items():
        if column := _COLUMN.fullmatch(read.source.columns[name]):
            words = {it.value: it.name for it in TERMS.get(annotations[name].removesuffix(" | None"), ())}
            fields[column[1]] = Shown(field, described(owner, name), words)
    for field in read.ways:
        relation = read.source.relations[field]
        reference = _REFERENCE.fullmatch(relation.on)
        if reference and not relation.many and not relation.paged:
            fields.setdefault(reference[1], Shown(field, described(owner, to_snake_case(field)), {}))
    return fields


def _name(column: tuple[str, str]) -> str:
    owner, field = column
    return shown(owner)[field].name


def _label(column: tuple[str, str]) -> str:
    owner, field = column
    return shown(owner)[field].label


def _value(value: tuple[str, str, str]) -> str | None:
    owner, field, text = value
    return shown(owner)[field].words.get(text, text)


@reads(
    "read.state_diff({since}, {since_known}, {as_of}, {known})",
    order=("ordinal",),
    hidden={"ordinal": "{t}.ordinal"},
)
class FieldChange:
    """一项差异。A field that differs between two moments; words are the API's, numbers and days are text."""

    field: str = sql("json_build_array({t}.aggregate, {t}.field)", shown=_name)
    label: str = sql("json_build_array({t}.aggregate, {t}.field)", shown=_label)
    before: str | None = sql("json_build_array({t}.aggregate, {t}.field, {t}.before)", shown=_value)
    after: str | None = sql("json_build_array({t}.aggregate, {t}.field, {t}.after)", shown=_value)


@reads(
    "read.backdating_over({over_days}, {as_of}, {known})",
    order=("place",),
    hidden={"place": "{t}.place"},
)
class Backdating:
    """补录统计。How many events were entered late, of a person, a township or a month."""

    instructor: Instructor | None = one(INSTRUCTOR)
    township: Township | None = one("{t}.code = {p}.township_code")
    month: Month | None
    events: int
    late: int
    share: Decimal
    mean_days: Decimal | None
    max_days: int | None
    evidence: Connection[AuditEvent] = page(_LATE_ENTRIES)
