"""Remarks: what auditors said of events, what the department answered, and how that was settled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry import ID

from api.types.declare import filters, one, reads, sql
from api.types.events import EventType
from api.types.evidence import ITSELF
from api.types.terms import RemarkState

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Village


@filters
class RemarkFilter:
    """审计意见筛选,各条件须同时满足。Which remarks; all conditions have to hold."""

    states: list[RemarkState] | None = sql("{t}.state = any({v}::text[])")
    flagged: bool | None = sql("{t}.flagged = {v}::bool")
    types: list[EventType] | None = sql("{t}.about_topic = any({v}::text[])")
    instructor_id: UUID | None = sql("{t}.instructor_id = {v}::uuid")
    village_id: UUID | None = sql("{t}.village_id = {v}::uuid")
    about_id: UUID | None = sql("{t}.about_id = {v}::uuid")
    about_version: int | None = sql("{t}.about_version = {v}::int")
    remark_id: UUID | None = sql("{t}.remark_id = {v}::uuid")


@reads("read.remark_at({as_of}, {known})", order=("position",))
class Remark:
    """审计意见。An auditor's comment on an event, or flag; the latest answer, and how it was settled."""

    position: ID
    remark_id: UUID
    state: RemarkState
    flagged: bool
    text: str
    made_on: date
    answer: str | None
    answered_on: date | None
    settlement: str | None
    settled_on: date | None
    instructor: Instructor | None = one("{t}.id = {p}.instructor_id")
    village: Village | None = one("{t}.id = {p}.village_id")
    about: AuditEvent = one("{t}.aggregate_id = {p}.about_id and {t}.version = {p}.about_version")
    answered: AuditEvent | None = one("{t}.position = {p}.answer_position")
    settled: AuditEvent | None = one("{t}.position = {p}.settlement_position")
    event: AuditEvent = one(ITSELF)
