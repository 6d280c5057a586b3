"""Corrections: what was said to be wrong, what it should say, and how that was decided."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry import ID

from api.types.declare import NAMES, filters, one, reads, sql
from api.types.events import EventType, part_type
from api.types.evidence import ITSELF
from api.types.terms import CorrectionState
from domain.commands import Alteration

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Village

NAMES["Alteration"] = part_type(Alteration)


@filters
class CorrectionFilter:
    """更正筛选,各条件须同时满足。Which corrections; all conditions have to hold."""

    states: list[CorrectionState] | None = sql("{t}.state = any({v}::text[])")
    types: list[EventType] | None = sql("{t}.corrected_topic = any({v}::text[])")
    instructor_id: UUID | None = sql("{t}.instructor_id = {v}::uuid")
    village_id: UUID | None = sql("{t}.village_id = {v}::uuid")
    corrected_id: UUID | None = sql("{t}.corrected_id = {v}::uuid")
    corrected_version: int | None = sql("{t}.corrected_version = {v}::int")
    correction_id: UUID | None = sql("{t}.correction_id = {v}::uuid")


@reads("read.correction_at({as_of}, {known})", order=("position",))
class Correction:
    """更正。A request to correct a fact, before and after side by side, and how it was decided."""

    position: ID
    correction_id: UUID
    state: CorrectionState
    reason: str
    evidence: str
    evidence_sha256: str
    alterations: list[Alteration]
    requested_on: date
    decided_on: date | None
    decision_reason: str | None
    instructor: Instructor | None = one("{t}.id = {p}.instructor_id")
    village: Village | None = one("{t}.id = {p}.village_id")
    original: AuditEvent = one("{t}.aggregate_id = {p}.corrected_id and {t}.version = {p}.corrected_version")
    recorded: AuditEvent | None = one(
        "{t}.aggregate_id = {p}.corrected_id and {t}.version = {p}.recorded_version"
    )
    decision: AuditEvent | None = one("{t}.position = {p}.decision_position")
    event: AuditEvent = one(ITSELF)
