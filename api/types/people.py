"""People: instructors, how they were chosen, where they serve and how much of it they did."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry import ID

from api.types import evidence
from api.types.changes import ChangeFilter
from api.types.comparison import SERVICE_DAY
from api.types.declare import NAMES, filters, many, one, page, reads, sql, told
from api.types.disclosures import DisclosureFilter
from api.types.events import EventFilter, part_type
from api.types.findings import FindingFilter
from api.types.forms import OF_A_FORM, form_of, read_with_whose
from api.types.nodes import Node
from api.types.paging import Connection, HistoryConnection
from api.types.terms import Review, Stage
from domain.commands import Form, RuleException
from domain.terms import Departure, Gender, Grade, RecallGround, Route

if TYPE_CHECKING:
    from api.types.batches import Batch
    from api.types.changes import Change, FieldChange
    from api.types.disclosures import Disclosure
    from api.types.events import AuditEvent
    from api.types.findings import Finding
    from api.types.places import Village
    from api.types.scalars import Month
    from api.types.work import (
        Appraisal,
        Case,
        CheckIn,
        Commendation,
        Duty,
        Inspection,
        Leave,
        Project,
        Promotion,
        Subsidy,
        Visit,
    )

NAMES.update({"Form": part_type(Form), "RuleException": part_type(RuleException)})


@filters
class InstructorFilter:
    """党建指导员筛选,各条件须同时满足。Which instructors; all conditions have to hold."""

    batch_year: int | None = sql("{t}.batch_year = {v}::int")
    stage: list[Stage] | None = sql("{t}.stage = any({v}::text[])")
    township_code: str | None = sql(
        "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v where v.township_code = {v})"
    )
    sending_unit: str | None = sql("{t}.sending_unit = {v}")
    village_id: UUID | None = sql("{t}.village_id = {v}::uuid")
    name: str | None = sql("strpos({t}.name, {v}) > 0")


@filters
class DayFilter:
    """日期范围,两端均含。From a day to a day, both included."""

    from_day: date | None = sql("{t}.day >= {v}::date")
    to_day: date | None = sql("{t}.day <= {v}::date")


@reads("read.instructor_at({as_of}, {known})", order=("staff_number",))
class Instructor(Node):
    """党建指导员。A person in the programme, from the first nomination on."""

    id: ID
    staff_number: str
    name: str
    gender: Gender | None
    sending_unit: str
    batch_year: int
    stage: Stage
    since: date | None
    until: date | None
    departed_on: date | None
    departure: Departure | None
    promoted_on: date | None
    new_position: str | None
    party_relation_on: date | None
    days_present: int
    late_entries: int
    households_visited: int
    projects_started: int
    projects_completed: int
    duty_count: int = sql("{t}.duties")
    latest_grade: Grade | None
    commendation_count: int = sql("{t}.commendations")
    case_count: int = sql("{t}.cases")
    event_count: int = sql("{t}.events")
    version: int
    position: ID
    dossier_url: str = sql(
        "'/dossier/' || {t}.id || '?asOf=' || ({as_of}) || '&knownAtPosition=' || ({known})"
    )
    village: Village | None = one("{t}.id = {p}.village_id")
    batch: Batch = one("{t}.year = {p}.batch_year", given=SERVICE_DAY)
    replaces: Instructor | None = one("{t}.id = {p}.replaces")
    replaced_by: Instructor | None = one("{t}.id = {p}.replaced_by")
    nominations: list[Nomination] = many("{t}.instructor_id = {p}.id")
    postings: list[Posting] = many("{t}.instructor_id = {p}.id")
    attendance: list[Attendance] = many(
        "{t}.instructor_id = {p}.id",
        by={"from": ("Month", "{t}.month >= {v}"), "to": ("Month", "{t}.month <= {v}")},
    )
    check_ins: Connection[CheckIn] = page("{t}.instructor_id = {p}.id", filtered=DayFilter)
    visits: Connection[Visit] = page("{t}.instructor_id = {p}.id", filtered=DayFilter)
    coverage: list[Coverage] = many("{t}.instructor_id = {p}.id")
    leaves: list[Leave] = many("{t}.instructor_id = {p}.id")
    duties: list[Duty] = many("{t}.instructor_id = {p}.id")
    projects: list[Project] = many("{t}.instructor_id = {p}.id")
    inspections: list[Inspection] = many("{t}.instructor_id = {p}.id")
    appraisals: list[Appraisal] = many("{t}.instructor_id = {p}.id")
    commendations: list[Commendation] = many("{t}.instructor_id = {p}.id")
    subsidies: list[Subsidy] = many("{t}.instructor_id = {p}.id")
    promotions: list[Promotion] = many("{t}.instructor_id = {p}.id")
    cases: list[Case] = many("{t}.instructor_id = {p}.id")
    findings: Connection[Finding] = page("{t}.instructor_id = {p}.id", filtered=FindingFilter)
    disclosures: Connection[Disclosure] = page("{t}.people @> array[{p}.id]", filtered=DisclosureFilter)
    history: HistoryConnection[Instructor] = page("{t}.aggregate_id = {p}.id", filtered=EventFilter)
    changes: Connection[Change] = page("{t}.instructor_id = {p}.id", filtered=ChangeFilter, since=True)
    diff: list[FieldChange] = many("{t}.aggregate = 'Instructor' and {t}.id = {p}.id", since=True)
    evidence: Connection[AuditEvent] = page(evidence.PERSON, figures=evidence.InstructorFigure)


@reads("read.nomination_at({as_of}, {known})", order=("position",))
class Nomination:
    """推荐。One nomination and what became of it (选派程序(一)(二))."""

    position: ID
    batch_year: int
    route: Route
    nominating_body: str
    sending_unit: str
    collective_study_on: date
    nominated_on: date
    form: Form | None = told(form_of, read_with_whose("{t}.form", "{t}.instructor_id"), **OF_A_FORM)
    outcome: Review
    reviewed_on: date | None
    exceptions: list[RuleException] | None
    rules_failed: list[str] | None
    clauses_failed: list[str] | None
    reason: str | None
    instructor: Instructor = one("{t}.id = {p}.instructor_id")
    event: AuditEvent = one(evidence.ITSELF)


@reads("read.posting_at({as_of}, {known})", order=("position",))
class Posting:
    """派驻。Service in a village, from a day to a day (二(二))."""

    position: ID
    batch_year: int
    since: date
    until: date
    ended_on: date | None
    departure: Departure | None
    ground: RecallGround | None
    recall_reason: str | None
    unit_told: str | None
    serving: bool
    party_relation_on: date | None
    instructor: Instructor = one("{t}.id = {p}.instructor_id")
    village: Village = one("{t}.id = {p}.village_id")
    replaces: Instructor | None = one("{t}.id = {p}.replaces")
    replaced_by: Instructor | None = one("{t}.id = {p}.replaced_by")
    event: AuditEvent = one(evidence.ITSELF)


@reads("read.attendance_at({as_of}, {known})", order=("month", "village_id", "first_day"))
class Attendance:
    """月度考勤。A month of service and the days present, judged where the month is whole (三(一)1)."""

    month: Month
    village_id: UUID
    first_day: date
    last_day: date
    days_present: int
    service_days: int
    full_month: bool
    leave_days: int
    required: int
    short: bool
    late_entries: int
    instructor: Instructor = one("{t}.id = {p}.instructor_id")
    village: Village = one("{t}.id = {p}.village_id")
    evidence: Connection[AuditEvent] = page(evidence.MONTH, figures=evidence.AttendanceFigure)


@reads("read.coverage_at({as_of}, {known})", order=("deadline", "village_id"))
class Coverage:
    """走访覆盖。How many of a village's households were visited, in all and in time (三(一)2)."""

    village_id: UUID
    households: int
    visited: int
    registered_poor: int
    registered_poor_visited: int
    deadline: date
    visited_by_deadline: int
    registered_poor_visited_by_deadline: int
    instructor: Instructor = one("{t}.id = {p}.instructor_id")
    village: Village = one("{t}.id = {p}.village_id")
    evidence: Connection[AuditEvent] = page(evidence.COVERED, figures=evidence.CoverageFigure)
