"""Places: townships, key villages with their years, and the households in them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry import ID

from api.types import evidence
from api.types.changes import ChangeFilter
from api.types.declare import filters, many, one, page, reads, sql
from api.types.events import EventFilter
from api.types.findings import FindingFilter
from api.types.nodes import Node
from api.types.paging import Connection, HistoryConnection
from api.types.terms import Review
from domain.terms import Goal, HouseholdCategory, VillageKind

if TYPE_CHECKING:
    from api.types.changes import Change, FieldChange
    from api.types.events import AuditEvent
    from api.types.findings import Finding
    from api.types.people import Instructor, Posting
    from api.types.work import Project


@filters
class VillageFilter:
    """村(社区)筛选,各条件须同时满足。Which villages; all conditions have to hold."""

    township_code: str | None = sql("{t}.township_code = {v}")
    kind: VillageKind | None = sql("{t}.kind = {v}")
    review: Review | None = sql("{t}.review = {v}")
    weak_or_lagging: bool | None = sql("{t}.weak_or_lagging = {v}::bool")
    approved_year: int | None = sql("{v}::int = any({t}.approved_years)")
    vacant: bool | None = sql("({t}.vacant_since is not null) = {v}::bool")
    name: str | None = sql("strpos({t}.name, {v}) > 0")


@filters
class HouseholdFilter:
    """农户筛选,各条件须同时满足。Which households; all conditions have to hold."""

    category: HouseholdCategory | None = sql("{t}.category = {v}")
    visited: bool | None = sql("({t}.visits > 0) = {v}::bool")
    registered: bool | None = sql("({t}.removed_on is null) = {v}::bool")


@reads("read.township_at({as_of}, {known})", order=("code",))
class Township:
    """乡镇(街道)。A township and what it comes to."""

    code: str
    name: str
    village_count: int = sql("{t}.villages")
    approved_villages: int
    weak_or_lagging: int
    appointed: int
    serving: int = sql("{t}.instructors")
    recalled: int
    promoted: int
    completed: int
    days_present: int
    full_months: int
    short_months: int
    household_count: int = sql("{t}.households")
    households_visited: int
    projects_completed: int
    findings: Connection[Finding] = page(
        "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v "
        "where v.township_code = {p}.code)",
        filtered=FindingFilter,
    )
    villages: Connection[Village] = page("{t}.township_code = {p}.code", filtered=VillageFilter)
    instructors: Connection[Instructor] = page(
        "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v "
        "where v.township_code = {p}.code)"
    )
    evidence: Connection[AuditEvent] = page(evidence.TOWNSHIP, figures=evidence.PlacesFigure)


@reads("read.village_at({as_of}, {known})", order=("code",))
class Village(Node):
    """重点村(社区)。A key village (二(一))."""

    id: ID
    code: str
    name: str
    township_code: str
    township_name: str = sql("{t}.township")
    kind: VillageKind
    year: int
    review: Review
    weak_or_lagging: bool
    approved_years: list[int]
    household_count: int = sql("{t}.households")
    registered_poor: int
    vacant_since: date | None
    position: ID
    township: Township = one("{t}.code = {p}.township_code")
    instructor: Instructor | None = one("{t}.id = {p}.instructor_id")
    years: list[VillageYear] = many("{t}.village_id = {p}.id")
    goals: list[GoalsAssessment] = many("{t}.village_id = {p}.id")
    awards: list[Award] = many("{t}.village_id = {p}.id")
    households: Connection[Household] = page("{t}.village_id = {p}.id", filtered=HouseholdFilter)
    postings: list[Posting] = many("{t}.village_id = {p}.id")
    projects: list[Project] = many("{t}.village_id = {p}.id")
    findings: Connection[Finding] = page("{t}.village_id = {p}.id", filtered=FindingFilter)
    history: HistoryConnection[Village] = page("{t}.aggregate_id = {p}.id", filtered=EventFilter)
    changes: Connection[Change] = page("{t}.village_id = {p}.id", filtered=ChangeFilter, since=True)
    diff: list[FieldChange] = many("{t}.aggregate = 'Village' and {t}.id = {p}.id", since=True)
    evidence: Connection[AuditEvent] = page(evidence.VILLAGE, figures=evidence.VillageFigure)


@reads("read.village_year_at({as_of}, {known})", order=("year", "village_id"))
class VillageYear:
    """重点村年度。A year of a key village: its choice, its goals and its award."""

    village_id: UUID
    year: int
    kind: VillageKind
    weak_or_lagging: bool
    reason: str
    review: Review
    nominated_on: date
    reviewed_on: date | None
    decline_reason: str | None
    exception_reason: str | None
    goals_met: list[Goal] | None
    award: Decimal | None
    position: ID
    village: Village = one("{t}.id = {p}.village_id")


@reads("read.goals_at({as_of}, {known})", order=("year", "village_id"))
class GoalsAssessment:
    """目标评定。The goals that a year met, of the five (一), also in years after the nomination."""

    position: ID
    village_id: UUID
    year: int
    met: list[Goal]
    assessed_on: date
    village: Village = one("{t}.id = {p}.village_id")
    event: AuditEvent = one(evidence.ITSELF)


@reads("read.award_at({as_of}, {known})", order=("year", "village_id"))
class Award:
    """奖补。Award money paid to a village for a year (五(四)), also in years after the nomination."""

    position: ID
    village_id: UUID
    year: int
    amount: Decimal
    paid_on: date
    village: Village = one("{t}.id = {p}.village_id")
    event: AuditEvent = one(evidence.ITSELF)


@reads("read.household_at({as_of}, {known})", order=("code", "since"))
class Household:
    """农户。A household of a village: a code and a category, never a name (三(一)2)."""

    village_id: UUID
    code: str
    category: HouseholdCategory
    since: date
    removed_on: date | None
    visits: int
    last_visited_on: date | None
    village: Village = one("{t}.id = {p}.village_id")
