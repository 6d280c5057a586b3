"""Batches: the instructors and key villages of one year, to be compared year over year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strawberry import ID

from api.types.declare import page, reads, sql
from api.types.paging import Connection
from api.types.people import InstructorFilter
from api.types.places import VillageFilter

if TYPE_CHECKING:
    from api.types.people import Instructor
    from api.types.places import Village


@reads("read.batch_at({as_of}, {known})", order=("year",))
class Batch:
    """批次。The instructors and key villages of a year."""

    year: int
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
    instructors: Connection[Instructor] = page("{t}.batch_year = {p}.year", filtered=InstructorFilter)
    villages: Connection[Village] = page("{p}.year = any({t}.approved_years)", filtered=VillageFilter)
