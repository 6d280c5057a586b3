"""Who looked at personal data: what left, whose it was, and what shows it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry import ID

from api.types.declare import filters, many, one, reads, sql
from api.types.evidence import ITSELF
from domain.terms import Role

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor


@filters
class DisclosureFilter:
    """查阅筛选,各条件须同时满足。Which looks; all conditions have to hold."""

    reader_id: str | None = sql("{t}.reader_id = {v}")
    reader_roles: list[Role] | None = sql("{t}.reader_role = any({v}::text[])")
    instructor_id: UUID | None = sql("{t}.people @> array[{v}::uuid]")
    what: str | None = sql("{t}.what = {v}")
    field: str | None = sql("{v} = any({t}.fields)")
    with_reason: bool | None = sql("({t}.reason is not null) = {v}::bool")
    at_from: datetime | None = sql("{t}.at >= {v}::timestamptz")
    at_to: datetime | None = sql("{t}.at <= {v}::timestamptz")


@reads("read.disclosure_at({as_of}, {known})", order=("position", "ordinal"))
class Disclosure:
    """查阅个人信息。Personal data that left, once."""

    position: ID
    ordinal: int
    at: datetime
    reader_id: str
    reader_role: Role
    organisation: str
    what: str
    fields: list[str]
    about_day: date | None
    known_position: ID
    reason: str | None
    digest: str
    instructors: list[Instructor] = many("{t}.id = any({p}.people)")
    event: AuditEvent = one(ITSELF)
