"""The facts: one class a read table, its fields the table's columns, declared here and nowhere else.

A row is written as it stands; `voided_at` is not among the fields, because the database fills it in. The
comments of the tables are in `sql/10_tables.sql`, next to their types there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple, get_args, get_type_hints
from uuid import UUID

Year = Annotated[int, "integer"]
Small = Annotated[int, "integer"]
Texts = Annotated[list[str], "text[]"]  # a list: psycopg takes a tuple for a composite value
Ids = Annotated[list[UUID], "uuid[]"]
Json = Annotated[Sequence[Any] | dict[str, Any], "jsonb"]
OptionalJson = Annotated[dict[str, Any] | None, "jsonb"]


class Event(NamedTuple):
    """Any event: who, when, about whom."""

    position: int
    aggregate_id: UUID
    aggregate: str
    version: int
    type: str
    actor_id: str
    actor_role: str
    actor_organisation: str
    occurred_on: date
    recorded_at: datetime
    command_id: UUID
    basis: str | None
    instructor_id: UUID | None
    village_id: UUID | None


# Villages


class VillageNomination(NamedTuple):
    """A village was named for a year."""

    position: int
    village_id: UUID
    code: str
    name: str
    township_code: str
    township: str
    year: Year
    kind: str
    weak_or_lagging: bool
    reason: str
    occurred_on: date


class VillageReview(NamedTuple):
    """It was approved or declined for the year."""

    position: int
    village_id: UUID
    year: Year
    approved: bool
    reason: str | None
    exception_reason: str | None
    occurred_on: date


class HouseholdEntry(NamedTuple):
    """A household entered the register; one event enters many."""

    position: int
    ordinal: Small
    village_id: UUID
    household: str
    category: str
    occurred_on: date


class HouseholdRemoval(NamedTuple):
    """A household left the register."""

    position: int
    village_id: UUID
    household: str
    reason: str
    occurred_on: date


class Goals(NamedTuple):
    """The goals that a year met."""

    position: int
    village_id: UUID
    year: Year
    met: Texts
    occurred_on: date


class Award(NamedTuple):
    """The year's award, in yuan."""

    position: int
    village_id: UUID
    year: Year
    amount: Decimal
    occurred_on: date


# Instructors: the procedure


SEALED: Final = "（已封存）"
"""The name of somebody whose form cannot be read here."""
FORGOTTEN: Final = "已删除"
"""The name of somebody who was forgotten."""
OF_THE_FORM: Final = ("name", "gender", "form")
"""The columns of a nomination that are of the form, and erased with it."""


class Nomination(NamedTuple):
    """A person was nominated for a batch; what is of the form is null where it cannot be read."""

    position: int
    instructor_id: UUID
    staff_number: str
    name: str
    gender: str | None
    batch_year: Year
    route: str
    nominating_body: str
    sending_unit: str
    collective_study_on: date
    form: OptionalJson
    occurred_on: date


class Forgetting(NamedTuple):
    """A person's forms until then were forgotten."""

    position: int
    instructor_id: UUID
    reason: str
    occurred_on: date


class Review(NamedTuple):
    """The nominee was found fit or unfit."""

    position: int
    instructor_id: UUID
    batch_year: Year
    approved: bool
    exceptions: Json
    rules_failed: Texts
    clauses_failed: Texts
    reason: str | None
    occurred_on: date


class Appointment(NamedTuple):
    """The person was appointed to a village."""

    position: int
    instructor_id: UUID
    village_id: UUID
    batch_year: Year
    until: date
    replaces: UUID | None
    occurred_on: date


class Departure(NamedTuple):
    """The person was recalled, or the term completed."""

    position: int
    instructor_id: UUID
    village_id: UUID
    departure: str
    ground: str | None
    reason: str | None
    unit_told: str | None
    replacement_ordered: bool
    occurred_on: date


class PartyRelation(NamedTuple):
    """The party relation went to the village's branch."""

    position: int
    instructor_id: UUID
    village_id: UUID
    branch: str
    occurred_on: date


# Instructors: the work


class CheckIn(NamedTuple):
    """A day in the village; `days_late` to its record, in days of Asia/Shanghai."""

    position: int
    instructor_id: UUID
    village_id: UUID
    at: time
    place: str
    source_record: str
    outside: bool
    days_late: Small
    occurred_on: date
    recorded_at: datetime


class Leave(NamedTuple):
    """Leave from a day to a day."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    first_day: date
    last_day: date
    occurred_on: date


class Visit(NamedTuple):
    """A household visited."""

    position: int
    instructor_id: UUID
    village_id: UUID
    household: str
    category: str
    occurred_on: date
    recorded_at: datetime


class Duty(NamedTuple):
    """Another duty of part 三."""

    position: int
    instructor_id: UUID
    village_id: UUID
    duty: str
    summary: str
    occurred_on: date


class ProjectStart(NamedTuple):
    """A practical project began."""

    position: int
    instructor_id: UUID
    village_id: UUID
    project_id: UUID
    year: Year
    title: str
    occurred_on: date


class ProjectCompletion(NamedTuple):
    """It was done."""

    position: int
    instructor_id: UUID
    village_id: UUID
    project_id: UUID
    outcome: str
    households_served: int
    occurred_on: date


# Instructors: management and its results


class Inspection(NamedTuple):
    """Work was looked at."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    conclusion: str
    problems_found: bool
    occurred_on: date


class Appraisal(NamedTuple):
    """Work was graded."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    period: str
    scores: Json
    grade: str
    occurred_on: date


class Commendation(NamedTuple):
    """Work was honoured."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    year: Year
    authority: str
    occurred_on: date


class Subsidy(NamedTuple):
    """A month's subsidy, in yuan."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    month: str
    amount: Decimal
    occurred_on: date


class Promotion(NamedTuple):
    """Promoted, and stayed."""

    position: int
    instructor_id: UUID
    village_id: UUID
    new_position: str
    occurred_on: date


class GraveCase(NamedTuple):
    """Accountability was opened, or discipline imposed."""

    position: int
    instructor_id: UUID
    village_id: UUID
    kind: str
    ground: str | None
    measure: str | None
    case_number: str
    occurred_on: date


# Files


class CorrectionRequest(NamedTuple):
    """A fact was said to be wrong; the person or the village that it is about."""

    position: int
    correction_id: UUID
    corrected_id: UUID
    corrected_version: int
    corrected_topic: str
    instructor_id: UUID | None
    village_id: UUID | None
    reason: str
    evidence: str
    evidence_sha256: str
    alterations: Json
    occurred_on: date
    recorded_at: datetime


class CorrectionDecision(NamedTuple):
    """The request was approved or rejected."""

    position: int
    correction_id: UUID
    approved: bool
    reason: str | None
    recorded_version: int | None
    occurred_on: date
    recorded_at: datetime


class Remark(NamedTuple):
    """An auditor commented on an event or flagged it; the person or the village whose event it is, if any."""

    position: int
    remark_id: UUID
    about_id: UUID
    about_version: int
    about_topic: str
    instructor_id: UUID | None
    village_id: UUID | None
    flagged: bool
    text: str
    occurred_on: date
    recorded_at: datetime


class RemarkStep(NamedTuple):
    """The remark was answered, or settled."""

    position: int
    remark_id: UUID
    settles: bool
    text: str
    occurred_on: date
    recorded_at: datetime


class ImportRun(NamedTuple):
    """A file was taken in: which one, and how its rows came out."""

    position: int
    import_id: UUID
    paper: str
    file_name: str
    file_sha256: str
    file_size: int
    rows_recorded: int
    rows_already: int
    rows_passed: int
    rows_refused: int
    events: int
    occurred_on: date
    recorded_at: datetime


class Look(NamedTuple):
    """Personal data left: who was shown what of whom, and the digest of it."""

    position: int
    ordinal: Small
    reader_id: str
    role: str
    organisation: str
    at: datetime
    what: str
    people: Ids
    fields: Texts
    about_day: date | None
    known_position: int
    reason: str | None
    digest: str
    occurred_on: date
    recorded_at: datetime


Row = (
    Event
    | VillageNomination
    | VillageReview
    | HouseholdEntry
    | HouseholdRemoval
    | Goals
    | Award
    | Nomination
    | Forgetting
    | Review
    | Appointment
    | Departure
    | PartyRelation
    | CheckIn
    | Leave
    | Visit
    | Duty
    | ProjectStart
    | ProjectCompletion
    | Inspection
    | Appraisal
    | Commendation
    | Subsidy
    | Promotion
    | GraveCase
    | CorrectionRequest
    | CorrectionDecision
    | Remark
    | RemarkStep
    | ImportRun
    | Look
)
"""A row of any read table."""


class Table(NamedTuple):
    """A read table: its name, and its columns with their SQL types, in the order of the row's fields."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]


_SQL_TYPES: dict[Any, str] = {
    bool: "boolean",
    date: "date",
    datetime: "timestamp with time zone",
    Decimal: "numeric",
    int: "bigint",
    str: "text",
    time: "time without time zone",
    UUID: "uuid",
}


def _table(kind: type[Row]) -> Table:
    hints = get_type_hints(kind, include_extras=True)
    return Table(
        name=re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower(),
        columns=kind._fields,
        types=tuple(_sql_type(hints[field]) for field in kind._fields),
    )


def _sql_type(hint: Any) -> str:
    if (marks := getattr(hint, "__metadata__", None)) is not None:
        return str(marks[0])
    (kind,) = {it for it in get_args(hint) or (hint,) if it is not type(None)}
    return _SQL_TYPES[kind]


TABLES: dict[type[Row], Table] = {kind: _table(kind) for kind in get_args(Row)}
"""Every read table by the class of its rows."""
