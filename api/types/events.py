"""Events as GraphQL types: one interface, and a type for every event class, derived from the domain.

What every event has comes from the read side, in columns; what one kind of event has comes from the ledger
itself, as it was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry
from graphql import GraphQLResolveInfo
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.types.declare import NAMES, READS, Read, Way, arguments, documented, filters, reads, sql
from api.types.forms import OF_A_FORM, OTHERWISE, form_of, is_shown, read_with_whose
from api.types.glossary import GLOSSARY, described
from api.types.nodes import Node
from api.types.paging import GETTER, Getter
from api.types.terms import AggregateKind
from domain.commands import Form, Household
from domain.entry import Actor
from domain.events import EVENT_TYPES
from domain.root import Event
from domain.terms import Role
from projections.selection import Relation

TYPE_NAMES: Final = {topic: topic.replace(".", "") for topic in EVENT_TYPES}
"""GraphQL type names of events by their stored names: `InstructorCheckedIn` for `Instructor.CheckedIn`."""

PART_NAMES: Final = {Household: "HouseholdEntry"}
"""Names of parts of events whose own name says something else here."""

_NOTHING: Final[Mapping[str, Any]] = {}
_COMMON: Final = {field.name for field in fields(Event)}
_STATE: Final = (
    "(select convert_from(e.state, 'UTF8')::json from read.stored e where e.position = {t}.position)"
)
_FORM: Final = (
    f"(select {read_with_whose('n.form', 'n.instructor_id')} from read.nomination n "  # noqa: S608 - declared
    "where n.position = {t}.position)"
)
RECORDED_ON: Final = "({t}.recorded_at at time zone 'Asia/Shanghai')::date"
"""The day on which an event was recorded, in the village."""
_DAYS_LATE: Final = f"({RECORDED_ON} - {{t}}.occurred_on)"
_ACTOR: Final = (
    "json_build_object('id', {t}.actor_id, 'role', {t}.actor_role, 'organisation', {t}.actor_organisation)"
)


EventType = Enum("EventType", {name: topic for topic, name in TYPE_NAMES.items()})  # type: ignore[misc]  # the domain's list
NAMES["EventType"] = strawberry.enum(
    EventType, description="事件类别。Which kind of event, by the name of its GraphQL type."
)


@filters
class EventFilter:
    """事件筛选,各条件须同时满足。Which events; all conditions have to hold."""

    aggregate_id: UUID | None = sql("{t}.aggregate_id = {v}::uuid")
    aggregate: AggregateKind | None = sql("{t}.aggregate = {v}")
    types: list[EventType] | None = sql("{t}.type = any({v}::text[])")
    actor_id: str | None = sql("{t}.actor_id = {v}")
    actor_role: Role | None = sql("{t}.actor_role = {v}")
    actor_organisation: str | None = sql("{t}.actor_organisation = {v}")
    instructor_id: UUID | None = sql("{t}.instructor_id = {v}::uuid")
    village_id: UUID | None = sql("{t}.village_id = {v}::uuid")
    command_id: UUID | None = sql("{t}.command_id = {v}::uuid")
    occurred_from: date | None = sql("{t}.occurred_on >= {v}::date")
    occurred_to: date | None = sql("{t}.occurred_on <= {v}::date")
    recorded_from: datetime | None = sql("{t}.recorded_at >= {v}::timestamptz")
    recorded_to: datetime | None = sql("{t}.recorded_at <= {v}::timestamptz")
    days_late_at_least: int | None = sql(f"{_DAYS_LATE} >= {{v}}::int")
    voided: bool | None = sql("{t}.voided = {v}::bool")


@reads(
    "read.event_at({as_of}, {known})",
    order=("position",),
    always=("type",),
    hidden={"state": _STATE, "form": _FORM},
    kind=strawberry.interface,
)
class AuditEvent(Node):
    """审计事件。A fact as it was entered: never edited, never removed, voided at most."""

    id: ID = sql("{t}.position")
    position: ID
    aggregate_id: UUID
    aggregate: AggregateKind
    version: int
    type: EventType
    occurred_on: date
    recorded_at: datetime
    days_late: int = sql(_DAYS_LATE)
    actor: Actor = sql(_ACTOR)
    basis: str | None
    command_id: UUID
    instructor_id: UUID | None
    village_id: UUID | None
    voided: bool
    voided_by: ID | None

    @classmethod
    def resolve_type(cls, event: Any, _info: GraphQLResolveInfo[Any], _abstract: Any) -> str:
        """Return the name of the type that an event is of."""
        return TYPE_NAMES[event["type"]]


def current(kind: type[Event], state: dict[str, Any]) -> dict[str, Any]:
    """Return a stored state in the present shape of its class; an older one is changed in place."""
    for older in range(state.get("class_version", 1), kind.class_version):
        getattr(kind, f"upcast_v{older}_v{older + 1}")(state)
        state["class_version"] = older + 1
    return state


def _of_event(kind: type[Event], name: str, default: Any) -> Getter:
    def get(event: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return current(kind, event["state"]).get(name, default)

    return get


def _of_part(name: str, default: Any) -> Getter:
    def get(part: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return part.get(name, default)  # a field that came later than the stored part has its default

    return get


def _moment_of_part(name: str) -> Getter:
    def get(part: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return datetime.fromisoformat(part[name])  # it is stored as `…Z`, and shown as all moments are

    return get


def _default_of(field: Field[Any]) -> Any:
    return None if field.default is MISSING else field.default


def _shown(kind: Any) -> Any:
    """Return the annotation that shows a stored field in GraphQL."""
    if get_origin(kind) is tuple:
        return list[_shown(get_args(kind)[0])]  # type: ignore[misc]  # made at run time
    if NoneType in get_args(kind):
        (inner,) = (it for it in get_args(kind) if it is not NoneType)
        return _shown(inner) | None
    return part_type(kind) if is_part(kind) else kind


def is_part(kind: Any) -> bool:
    """Tell whether a field's type is a dataclass of the domain."""
    return is_dataclass(kind)


@cache
def part_type(kind: Any) -> type:
    """Return the GraphQL type of a dataclass that stands in events."""
    name = PART_NAMES.get(kind, kind.__name__)
    hints = get_type_hints(kind)
    getters = {
        field.name: _moment_of_part(field.name)
        if hints[field.name] is datetime
        else _of_part(field.name, _default_of(field))
        for field in fields(kind)
    }
    if kind is Form:
        getters["born_month"] = _of_part("born_month", None)
        return _made(kind, name, (), getters, otherwise=OTHERWISE, is_type_of=is_shown)
    return _made(kind, name, (), getters)


def _told_already(_value: Any, _info: GraphQLResolveInfo[Any]) -> bool:
    """Return that it is so: the interface has told of which type an event is."""
    return True


def _event_type(kind: type[Event]) -> type:
    """Return the GraphQL type of an event class, and make its fields known to whoever selects."""
    name, common = TYPE_NAMES[kind.TOPIC], READS["AuditEvent"]
    getters = {
        field.name: form_of if field.name == kind.SEALED else _of_event(kind, field.name, _default_of(field))
        for field in fields(kind)
        if field.name not in _COMMON | set(common.columns.values())
    }
    stored = {to_camel_case(field): field if field == kind.SEALED else "state" for field in getters}
    READS[name] = Read(common.source, {**common.columns, **stored}, always=common.always)
    return _made(kind, name, (AuditEvent,), getters, taking={kind.SEALED: OF_A_FORM} if kind.SEALED else {})


def _made(  # noqa: PLR0913 - what a type is made of
    kind: type,
    name: str,
    bases: tuple[type, ...],
    getters: dict[str, Getter],
    *,
    otherwise: Mapping[str, Any] = _NOTHING,
    taking: Mapping[str, Mapping[str, str]] = _NOTHING,
    is_type_of: Callable[[Any, GraphQLResolveInfo[Any]], bool] = _told_already,
) -> type:
    """Return a GraphQL type of a class of the domain.

    Args:
        kind: the class.
        name: of the type.
        bases: the interface that it has, if any.
        getters: of its fields.
        otherwise: types of fields that are not the class's.
        taking: arguments of fields, with their types.
        is_type_of: whether a value is of the type.
    """
    hints = get_type_hints(kind) | dict(otherwise)
    members: dict[str, Any] = {
        field: StrawberryField(
            type_annotation=StrawberryAnnotation(_shown(hints[field])),
            description=described(name, field),
            metadata={GETTER: getter},
        )
        for field, getter in getters.items()
    }
    members["__annotations__"] = {field: _shown(hints[field]) for field in getters}
    for field, takes in taking.items():
        members[field].arguments = arguments(name, field, takes)
    members["is_type_of"] = classmethod(lambda _cls, value, info: is_type_of(value, info))
    return strawberry.type(
        type(name, bases, members), name=name, description=GLOSSARY.get(name) or documented(kind)
    )


NAMES["Actor"] = part_type(Actor)
EVENTS: Final = [_event_type(kind) for kind in EVENT_TYPES.values()]
"""The GraphQL type of every event."""


def _with_history(owner: str) -> None:
    """Let every event of an aggregate lead to the aggregate's state as it was known after the event.

    What was known then speaks of no day after that of the recording.
    """
    name, event = f"{owner}HistoryEdge", READS["AuditEvent"].source
    after = Relation(
        to=lambda: READS[owner].source,
        on="{t}.id = {p}.aggregate_id",
        as_of=f"least({{as_of}}, {RECORDED_ON.format(t='{p}')})",
        known="{p}.position::bigint",
    )
    READS[name] = Read(replace(event, name=name, relations={"after": after}), ways={"after": Way("")})


_with_history("Instructor")
_with_history("Village")
