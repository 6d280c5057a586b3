"""What instructors do in the village, and what follows from it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from strawberry import ID

from api.types.declare import NAMES, one, reads
from api.types.events import part_type
from api.types.evidence import ITSELF
from api.types.nodes import Node
from api.types.terms import CaseKind
from domain.commands import Score
from domain.terms import (
    AppraisalKind,
    CommendationKind,
    Grade,
    HouseholdCategory,
    InspectionKind,
    LeaveKind,
    Measure,
    RecallGround,
    SubsidyKind,
)

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Village
    from api.types.scalars import Month

NAMES["Score"] = part_type(Score)
INSTRUCTOR = "{t}.id = {p}.instructor_id"
VILLAGE = "{t}.id = {p}.village_id"


@reads("read.check_in_at({as_of}, {known})", order=("day", "position"))
class CheckIn:
    """到村打卡。A day present, by DingTalk check-in (三(一)1)."""

    position: ID
    day: date
    at: time
    place: str
    source_record: str
    outside: bool
    recorded_at: datetime
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.visit_at({as_of}, {known})", order=("day", "position"))
class Visit:
    """走访。A household visited, with its category on that day (三(一)2)."""

    position: ID
    day: date
    household: str
    category: HouseholdCategory
    recorded_at: datetime
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.leave_at({as_of}, {known})", order=("first_day", "position"))
class Leave:
    """请假。Leave from a day to a day, both included."""

    position: ID
    kind: LeaveKind
    first_day: date
    last_day: date
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.duty_at({as_of}, {known})", order=("day", "position"))
class Duty:
    """履职。A duty of part 三, under its clause."""

    position: ID
    day: date
    duty: str
    summary: str
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.project_at({as_of}, {known})", order=("started_on", "position"))
class Project(Node):
    """实事。A practical project for the village (三(四)4)."""

    id: ID
    year: int
    title: str
    started_on: date
    completed_on: date | None
    outcome: str | None
    households_served: int | None
    position: ID
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.inspection_at({as_of}, {known})", order=("day", "position"))
class Inspection:
    """督查。A tour inspection, monthly meeting or quarterly review (五(一))."""

    position: ID
    day: date
    kind: InspectionKind
    conclusion: str
    problems_found: bool
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.appraisal_at({as_of}, {known})", order=("appraised_on", "position"))
class Appraisal:
    """考核。An appraisal of a period: its parts and its grade (五(二))."""

    position: ID
    kind: AppraisalKind
    period: str
    scores: list[Score]
    grade: Grade
    appraised_on: date
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.commendation_at({as_of}, {known})", order=("day", "position"))
class Commendation:
    """激励。What good work earned (五(三))."""

    position: ID
    day: date
    kind: CommendationKind
    year: int
    authority: str
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.subsidy_at({as_of}, {known})", order=("month", "position"))
class Subsidy:
    """补助。A month's living or transport subsidy, in yuan (五(四))."""

    position: ID
    month: Month
    kind: SubsidyKind
    amount: Decimal
    day: date
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.promotion_at({as_of}, {known})", order=("day", "position"))
class Promotion:
    """提拔留任。Promoted and kept in the village as 包村干部 (二(二))."""

    position: ID
    day: date
    new_position: str
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)


@reads("read.case_at({as_of}, {known})", order=("day", "position"))
class Case:
    """问责与处理。A grave case: accountability opened or discipline imposed (五(三))."""

    position: ID
    day: date
    kind: CaseKind
    ground: RecallGround | None
    measure: Measure | None
    case_number: str
    instructor: Instructor = one(INSTRUCTOR)
    village: Village = one(VILLAGE)
    event: AuditEvent = one(ITSELF)
