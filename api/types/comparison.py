"""The figures by which batches are compared: what each is called, in what it counts, and what proves it."""

from __future__ import annotations

from typing import Any, Final, Self

from api.types.declare import NAMES, Given
from api.types.evidence import LATE
from api.types.terms import Figure, as_enum
from domain.terms import Term

SERVICE_DAY: Final[Given] = {"atServiceDay": ("int", "integer")}
"""The argument that lets every batch stand at the same day of its service."""

OWN: Final[dict[str, Any]] = {"as_of": "{p}.as_of", "known": "{p}.known"}
"""The clocks of everything below a batch: the batch's own."""

_POSTINGS: Final = "read.posting_at({as_of}, {known}) w"
_THEIRS: Final = "w.batch_year = {p}.year"
_THERE: Final = "w.instructor_id = {t}.instructor_id and w.village_id = {t}.village_id"
_YEARS: Final = "read.village_year_at({as_of}, {known}) y where y.year = {p}.year and y.review = 'approved'"


def _at(positions: str) -> str:
    """Return the condition on events at the positions that a statement selects."""
    return f"{{t}}.position in (select {positions})"


def _counts(alias: str) -> str:
    return f"read.counts({alias}.occurred_on, {alias}.position, {alias}.voided_at, {{as_of}}, {{known}})"


def _work(where: str) -> str:
    """Return the condition on events in force of the persons themselves, in their postings."""
    return (
        f"not {{t}}.voided and {{t}}.aggregate_id = {{t}}.instructor_id and {where} and exists ("
        f"select from {_POSTINGS} where {_THEIRS} and {_THERE} "
        "and {t}.occurred_on between w.since and w.last_day)"
    )


def _present(months: str) -> str:
    """Return the condition on check-ins in some months of service."""
    return (
        "not {t}.voided and {t}.type = 'Instructor.CheckedIn' and exists ("
        f"select from read.attendance_at({{as_of}}, {{known}}) w where {_THEIRS} and {_THERE} "
        f"and {{t}}.occurred_on between w.first_day and w.last_day and {months})"
    )


def _visited(milestone: str) -> str:
    """Return the condition on visits to households that were on the register on a day."""
    return _at(
        "v.position from read.milestone_at({as_of}, {known}) w "
        "join read.visit_at({as_of}, {known}) v on v.instructor_id = w.instructor_id "
        "and v.village_id = w.village_id and v.day between w.since and w.day "
        "join read.registered_at(w.day, {known}) h on h.village_id = v.village_id and h.code = v.household "
        f"where {_THEIRS} and w.milestone = '{milestone}'"
    )


def _promoted(more: str = "true") -> str:
    return _at(
        f"m.position from {_POSTINGS} join read.promotion_at({{as_of}}, {{known}}) m "
        "on m.instructor_id = w.instructor_id and m.village_id = w.village_id "
        f"and m.day between w.since and w.last_day where {_THEIRS} and {more}"
    )


def _rejected(more: str = "true") -> str:
    return _at(
        "r.position from read.nomination_at({as_of}, {known}) w join read.review r "
        "on r.instructor_id = w.instructor_id and r.batch_year = w.batch_year and not r.approved "
        f"and r.position > w.position and r.occurred_on = w.reviewed_on and {_counts('r')} "
        f"where {_THEIRS} and w.outcome = 'rejected' and {more}"
    )


_APPOINTED: Final = _at(f"w.position from {_POSTINGS} where {_THEIRS}")


class Unit(Term):
    """单位。In what a figure is counted."""

    VILLAGES = "villages", "个村"
    PEOPLE = "people", "人次"
    DAYS = "days", "天"
    DAYS_A_MONTH = "days a month", "天/月"
    PROJECTS_A_VILLAGE = "projects a village", "件/村"
    SHARE = "share", "占比"


class BatchFigureName(Figure):
    """批次比较的各项数字。The figures by which batches are compared.

    Attributes:
        unit: in what it is counted.
    """

    unit: Unit

    def __new__(cls, value: str, zh: str, unit: Unit = Unit.PEOPLE, sql: str = "false") -> Self:
        """Make the member."""
        member = str.__new__(cls, value)
        member._value_, member.zh, member.unit, member.sql = value, zh, unit, sql
        return member

    @property
    def meaning(self) -> str:
        """What it means and in what it is counted, in both languages."""
        return f"{self.zh}({self.unit.zh})。{self.en} ({self.unit})."

    VILLAGES = "villages", "审定的重点村", Unit.VILLAGES, _at(f"y.position from {_YEARS}")
    WEAK_SHARE = (
        "weak_share",
        "其中软弱涣散或后进村",
        Unit.SHARE,
        _at(
            "n.position from read.village_nomination n "  # noqa: S608 - declared
            f"where {_counts('n')} and (n.village_id, n.year) in ("
            f"select y.village_id, y.year from {_YEARS} and y.weak_or_lagging)"
        ),
    )
    NOMINATED = (
        "nominated",
        "推荐人选",
        Unit.PEOPLE,
        _at(f"w.position from read.nomination_at({{as_of}}, {{known}}) w where {_THEIRS}"),
    )
    REJECTED = "rejected", "退回人选", Unit.PEOPLE, _rejected()
    REJECTED_UNDER = (
        "rejected_under",
        "退回所依条款",
        Unit.PEOPLE,
        _rejected("cardinality(r.clauses_failed) > 0"),
    )
    APPOINTED = "appointed", "任命", Unit.PEOPLE, _APPOINTED
    DAYS_TO_APPOINTMENT = (
        "days_to_appointment",
        "推荐至任命相隔",
        Unit.DAYS,
        f"({_APPOINTED} or "
        + _at(
            f"max(n.position) from {_POSTINGS} join read.nomination n on n.instructor_id = w.instructor_id "
            f"and n.position < w.position and {_counts('n')} where {_THEIRS} group by w.position"
        )
        + ")",
    )
    DAYS_PRESENT = "days_present", "整月到村天数", Unit.DAYS_A_MONTH, _present("w.full_month")
    SHORT_MONTHS = "short_months", "到村不足的整月", Unit.SHARE, _present("w.short")
    COVERAGE_AT_90_DAYS = "coverage_at_90_days", "任职90天时走访覆盖", Unit.SHARE, _visited("day_90")
    COVERAGE = "coverage", "走访覆盖", Unit.SHARE, _visited("latest")
    PROJECTS_PER_VILLAGE = (
        "projects_per_village",
        "办结实事",
        Unit.PROJECTS_A_VILLAGE,
        _work("{t}.type = 'Instructor.ProjectCompleted'"),
    )
    GRADE = (
        "grade",
        "年度考核等次",
        Unit.PEOPLE,
        _at(
            f"a.position from {_POSTINGS} join read.appraisal_at({{as_of}}, {{known}}) a "
            "on a.instructor_id = w.instructor_id and a.village_id = w.village_id and a.kind = 'yearly' "
            f"and a.appraised_on >= w.since where {_THEIRS} and not exists (select from read.appointment l "
            "where l.instructor_id = w.instructor_id and l.village_id = w.village_id "
            f"and l.position > w.position and l.occurred_on <= a.appraised_on and {_counts('l')})"
        ),
    )
    PROMOTED = "promoted", "任期内提拔", Unit.PEOPLE, _promoted()
    PROMOTED_AND_STAYED = (
        "promoted_and_stayed",
        "提拔后留任",
        Unit.PEOPLE,
        _promoted("w.departure is distinct from 'recalled'"),
    )
    RECALLED = (
        "recalled",
        "召回",
        Unit.PEOPLE,
        _at(
            f"d.position from {_POSTINGS} join read.departure d on d.instructor_id = w.instructor_id "
            f"and d.position > w.position and d.occurred_on = w.ended_on and {_counts('d')} "
            f"where {_THEIRS} and w.departure = 'recalled'"
        ),
    )
    REPLACEMENTS = (
        "replacements",
        "补派",
        Unit.PEOPLE,
        _at(f"w.position from {_POSTINGS} where {_THEIRS} and w.replaces is not null"),
    )
    LATE_SHARE = "late_share", "补录超期", Unit.SHARE, _work(LATE)


PART: Final = (
    "({t}.type not in ('Instructor.Rejected', 'Instructor.Appraised') "
    "or exists (select from read.review r where r.position = {t}.position and {v} = any(r.clauses_failed)) "
    "or exists (select from read.appraisal a where a.position = {t}.position and upper(a.grade) = {v}))"
)
"""The condition on events that a part of a figure counts: those under a clause, or with a grade."""

NAMES["BatchFigureName"] = as_enum(BatchFigureName)
