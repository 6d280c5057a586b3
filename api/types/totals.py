"""Totals: what the whole county comes to, and what the people of each sending unit do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.types import evidence
from api.types.declare import page, reads, sql
from api.types.paging import Connection
from api.types.people import InstructorFilter

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor


@reads("read.total_at({as_of}, {known})")
class Totals:
    """全县合计。What the whole county comes to."""

    village_count: int = sql("{t}.villages")
    approved_villages: int
    weak_or_lagging: int
    nominated: int
    appointed: int
    serving: int
    recalled: int
    promoted: int
    completed: int
    days_present: int
    full_months: int
    short_months: int
    household_count: int = sql("{t}.households")
    households_visited: int
    projects_completed: int
    evidence: Connection[AuditEvent] = page(figures=evidence.PlacesFigure)


@reads("read.sending_unit_at({as_of}, {known})", order=("name",))
class SendingUnit:
    """派出单位。A sending unit, and what its people come to: those whose latest nomination names it."""

    name: str
    nominated: int
    appointed: int
    serving: int
    recalled: int
    promoted: int
    completed: int
    days_present: int
    full_months: int
    short_months: int
    projects_completed: int
    instructors: Connection[Instructor] = page("{t}.sending_unit = {p}.name", filtered=InstructorFilter)
    evidence: Connection[AuditEvent] = page(evidence.SENT, figures=evidence.SendingUnitFigure)
