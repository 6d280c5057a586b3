"""Batches: the instructors and key villages of one year, to be compared year over year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from strawberry import ID

from api.types.comparison import OWN, PART, BatchFigureName
from api.types.declare import page, reads, sql
from api.types.paging import Connection
from api.types.people import InstructorFilter
from api.types.places import VillageFilter

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Village


@reads("")
class BatchFigure:
    """一项数字及与上一年批次之差。A figure of a batch, and what it was of the batch a year earlier."""

    figure: BatchFigureName
    part: str | None
    value: Decimal | None
    before: Decimal | None
    difference: Decimal | None


@reads("read.batch_compared({at_service_day}, {as_of}, {known})", order=("year",))
class Batch:
    """批次。The instructors and key villages of a year, all on the batch's own clocks."""

    year: int
    as_of: date
    known_at_position: ID = sql("{t}.known")
    day_one: date | None
    reached: bool
    figures: list[BatchFigure]
    villages_nominated: int
    villages_approved: int
    weak_or_lagging: int
    nominated: int
    approved: int
    rejected: int
    appointed: int
    serving: int
    recalled: int
    replacements: int
    promoted: int
    completed: int
    days_present: int
    full_months: int
    short_months: int
    projects_completed: int
    household_count: int = sql("{t}.households")
    households_visited: int
    position: ID
    instructors: Connection[Instructor] = page("{t}.batch_year = {p}.year", filtered=InstructorFilter, **OWN)
    villages: Connection[Village] = page("{p}.year = any({t}.approved_years)", filtered=VillageFilter, **OWN)
    evidence: Connection[AuditEvent] = page(figures=BatchFigureName, by={"part": ("str", PART)}, **OWN)
