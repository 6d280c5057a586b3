"""Evidence: the events behind each figure that an answer states, one step away from it.

A vocabulary names the figures of a read type, each with the condition on the events that it counts. What is
counted by the read side is found through the read side, so that a figure and its evidence cannot disagree.
"""

from __future__ import annotations

from typing import Final

from api.types.declare import NAMES
from api.types.terms import Figure, as_enum

ITSELF: Final = "{t}.position = {p}.position"
"""From a fact to its own event."""

PERSON: Final = "{t}.instructor_id = {p}.id"
VILLAGE: Final = "{t}.village_id = {p}.id"
MONTH: Final = "{t}.instructor_id = {p}.instructor_id and {t}.village_id = {p}.village_id"
COVERED: Final = "{t}.village_id = {p}.village_id"
TOWNSHIP: Final = (
    "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v "
    "where v.township_code = {p}.code)"
)
SENT: Final = (
    "{t}.instructor_id in (select n.id from read.instructor_at({as_of}, {known}) n "
    "where n.sending_unit = {p}.name)"
)


def _of(*types: str, where: str = "true") -> str:
    """Return the condition on events of these kinds that are in force."""
    kinds = ", ".join(f"'{it}'" for it in types)
    return f"{{t}}.type in ({kinds}) and not {{t}}.voided and ({where})"


def _visited(*more: str) -> str:
    """Return the condition on visits in a posting to households that were on the register."""
    conditions = "".join(f" and {it}" for it in more)
    return (
        "{t}.position in (select v.position from read.visit_at({as_of}, {known}) v "  # noqa: S608 - declared
        "join read.registered_at(least({as_of}, {p}.last_day), {known}) h "
        "on h.village_id = v.village_id and h.code = v.household "
        "where v.instructor_id = {p}.instructor_id and v.village_id = {p}.village_id "
        f"and v.day between {{p}}.since and {{p}}.last_day{conditions})"
    )


_IN_MONTH: Final = "{t}.occurred_on between {p}.first_day and {p}.last_day"
_ON_LEAVE: Final = (
    "{t}.position in (select l.position from read.leave_at({as_of}, {known}) l "
    "where l.instructor_id = {p}.instructor_id "
    "and l.first_day <= {p}.last_day and l.last_day >= {p}.first_day)"
)
_POOR: Final = "h.category = 'registered_poor'"
_IN_TIME: Final = "v.day <= {p}.deadline"
LATE: Final = (
    "({t}.recorded_at at time zone 'Asia/Shanghai')::date - {t}.occurred_on "
    "> (select r.value::int from read.rule r where r.code = 'LATE_ENTRY_DAYS')"
)
_LATEST: Final = (
    "{t}.position = (select a.position from read.appraisal_at({as_of}, {known}) a "
    "where a.instructor_id = {p}.id and a.kind = 'yearly' order by a.period desc limit 1)"
)
_SERVING: Final = (
    "{t}.position in (select a.position from read.posting_at({as_of}, {known}) a "
    "where a.village_id = {t}.village_id and a.serving)"
)
_PROMOTED: Final = (
    "{t}.position in (select m.position from read.promotion_at({as_of}, {known}) m "
    "join read.posting_at({as_of}, {known}) a "
    "on a.instructor_id = m.instructor_id and a.village_id = m.village_id "
    "and m.day between a.since and a.last_day where m.instructor_id = {t}.instructor_id)"
)
_DEPARTED: Final = (
    "{t}.position in (select a.departure_position from read.posting_at({as_of}, {known}) a "
    "where a.instructor_id = {t}.instructor_id)"
)
_APPROVED: Final = (
    "{t}.position in (select y.position from read.village_year_at({as_of}, {known}) y "
    "join read.village_at({as_of}, {known}) v on v.id = y.village_id and v.year = y.year "
    "where v.review = 'approved')"
)
_WEAK: Final = (
    "{t}.position in (select n.position from read.village_nomination n "
    "join read.village_at({as_of}, {known}) v on v.id = n.village_id and v.year = n.year "
    "where n.weak_or_lagging)"
)
_LAST_NAMED: Final = (
    "not exists (select from read.nomination_at({as_of}, {known}) n "
    "where n.instructor_id = {t}.instructor_id and n.position > {t}.position)"
)
_WHOLE: Final = (
    "exists (select from read.attendance_at({as_of}, {known}) a "
    "where a.instructor_id = {t}.instructor_id and a.village_id = {t}.village_id and a.full_month "
    "and {t}.occurred_on between a.first_day and a.last_day)"
)
_SHORT: Final = _WHOLE.replace("a.full_month", "a.short")
_REGISTER: Final = _of("Village.HouseholdsRegistered", "Village.HouseholdRemoved")
_PRESENT: Final = _of("Instructor.CheckedIn")
_VISITS: Final = _of("Instructor.HouseholdVisited")
_COMPLETED: Final = _of("Instructor.ProjectCompleted")


class InstructorFigure(Figure):
    """一人各项数字。The figures of an instructor."""

    DAYS_PRESENT = "days_present", "到村天数", _PRESENT
    LATE_ENTRIES = "late_entries", "迟录的打卡", _of("Instructor.CheckedIn", where=LATE)
    HOUSEHOLDS_VISITED = "households_visited", "已走访户数", _VISITS
    PROJECTS_STARTED = "projects_started", "已启动实事", _of("Instructor.ProjectStarted")
    PROJECTS_COMPLETED = "projects_completed", "已办结实事", _COMPLETED
    DUTY_COUNT = "duty_count", "履职记录", _of("Instructor.DutyRecorded")
    LATEST_GRADE = "latest_grade", "最近年度考核等次", _of("Instructor.Appraised", where=_LATEST)
    COMMENDATION_COUNT = "commendation_count", "激励", _of("Instructor.Commended")
    CASE_COUNT = (
        "case_count",
        "问责与处理",
        _of("Instructor.AccountabilityOpened", "Instructor.Disciplined"),
    )


class AttendanceFigure(Figure):
    """月度考勤各项数字。The figures of a month."""

    DAYS_PRESENT = "days_present", "到村天数", _of("Instructor.CheckedIn", where=_IN_MONTH)
    LATE_ENTRIES = (
        "late_entries",
        "迟录的打卡",
        _of("Instructor.CheckedIn", where=f"{_IN_MONTH} and {LATE}"),
    )
    LEAVE_DAYS = "leave_days", "请假天数", _of("Instructor.LeaveGranted", where=_ON_LEAVE)


class CoverageFigure(Figure):
    """走访覆盖各项数字。The figures of a posting's coverage."""

    HOUSEHOLDS = "households", "在册农户", f"{_REGISTER} and {{t}}.occurred_on <= {{p}}.last_day"
    REGISTERED_POOR = "registered_poor", "建档立卡户", f"{_REGISTER} and {{t}}.occurred_on <= {{p}}.last_day"
    VISITED = "visited", "已走访户数", _visited()
    VISITED_BY_DEADLINE = "visited_by_deadline", "期限内已走访户数", _visited(_IN_TIME)
    REGISTERED_POOR_VISITED = "registered_poor_visited", "已走访的建档立卡户数", _visited(_POOR)
    REGISTERED_POOR_VISITED_BY_DEADLINE = (
        "registered_poor_visited_by_deadline",
        "期限内已走访的建档立卡户数",
        _visited(_POOR, _IN_TIME),
    )


class VillageFigure(Figure):
    """一村各项数字。The figures of a village."""

    HOUSEHOLD_COUNT = "household_count", "在册农户", _REGISTER
    REGISTERED_POOR = "registered_poor", "建档立卡户", _REGISTER
    APPROVED_YEARS = "approved_years", "审定的年度", _of("Village.Approved")


class PlacesFigure(Figure):
    """乡镇(街道)或全县各项数字。The figures of a township or of the county."""

    VILLAGE_COUNT = "village_count", "推荐过的村(社区)", _of("Village.Nominated")
    APPROVED_VILLAGES = "approved_villages", "审定的村(社区)", _of("Village.Approved", where=_APPROVED)
    WEAK_OR_LAGGING = "weak_or_lagging", "软弱涣散或后进", _of("Village.Nominated", where=_WEAK)
    APPOINTED = "appointed", "任命人数", _of("Instructor.Appointed")
    SERVING = "serving", "在任人数", _of("Instructor.Appointed", where=_SERVING)
    RECALLED = "recalled", "召回人数", _of("Instructor.Recalled", where=_DEPARTED)
    PROMOTED = "promoted", "提拔留任人数", _of("Instructor.PromotedButRetained", where=_PROMOTED)
    COMPLETED = "completed", "期满人数", _of("Instructor.TermCompleted", where=_DEPARTED)
    DAYS_PRESENT = "days_present", "到村天数", _PRESENT
    FULL_MONTHS = "full_months", "整月数", _of("Instructor.CheckedIn", where=_WHOLE)
    SHORT_MONTHS = "short_months", "天数不足的整月数", _of("Instructor.CheckedIn", where=_SHORT)
    HOUSEHOLD_COUNT = "household_count", "在册农户", _REGISTER
    HOUSEHOLDS_VISITED = "households_visited", "已走访户数", _VISITS
    PROJECTS_COMPLETED = "projects_completed", "已办结实事", _COMPLETED


class SendingUnitFigure(Figure):
    """派出单位各项数字。The figures of a sending unit."""

    NOMINATED = "nominated", "推荐人数", _of("Instructor.Nominated", where=_LAST_NAMED)
    APPOINTED = "appointed", "任命人数", _of("Instructor.Appointed")
    SERVING = "serving", "在任人数", _of("Instructor.Appointed", where=_SERVING)
    RECALLED = "recalled", "召回人数", _of("Instructor.Recalled", where=_DEPARTED)
    PROMOTED = "promoted", "提拔留任人数", _of("Instructor.PromotedButRetained", where=_PROMOTED)
    COMPLETED = "completed", "期满人数", _of("Instructor.TermCompleted", where=_DEPARTED)
    DAYS_PRESENT = "days_present", "到村天数", _PRESENT
    FULL_MONTHS = "full_months", "整月数", _of("Instructor.CheckedIn", where=_WHOLE)
    SHORT_MONTHS = "short_months", "天数不足的整月数", _of("Instructor.CheckedIn", where=_SHORT)
    PROJECTS_COMPLETED = "projects_completed", "已办结实事", _COMPLETED


NAMES.update(
    {
        kind.__name__: as_enum(kind)
        for kind in (
            InstructorFigure,
            AttendanceFigure,
            CoverageFigure,
            VillageFigure,
            PlacesFigure,
            SendingUnitFigure,
        )
    }
)
