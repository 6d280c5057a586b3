"""Findings: rules of the notice that were not kept, each with its clause, its figures and its evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from strawberry import ID

from api.types.declare import NAMES, filters, one, page, reads, sql
from api.types.paging import Connection
from api.types.scalars import Month
from api.types.terms import as_enum
from domain.terms import Term

if TYPE_CHECKING:
    from api.types.events import AuditEvent
    from api.types.people import Instructor
    from api.types.places import Village


class FindingCode(Term):
    """发现类别。Which rule was not kept, and how."""

    FEW_DAYS = "FEW_DAYS", "整月在任而到村天数不足"
    HOUSEHOLDS_NOT_VISITED = "HOUSEHOLDS_NOT_VISITED", "期限内未遍访所有农户"
    REGISTERED_POOR_NOT_VISITED = "REGISTERED_POOR_NOT_VISITED", "期限内未遍访建档立卡户"
    NO_PROJECT = "NO_PROJECT", "任职整年未办结实事"
    NOT_APPRAISED = "NOT_APPRAISED", "未作年度考核"
    NO_TERM_END_APPRAISAL = "NO_TERM_END_APPRAISAL", "期满未作期满考核"
    VILLAGE_VACANT = "VILLAGE_VACANT", "重点村长期无党建指导员"
    PARTY_RELATION_NOT_TRANSFERRED = "PARTY_RELATION_NOT_TRANSFERRED", "未及时转接党组织关系"
    RECALL_NOT_REPLACED = "RECALL_NOT_REPLACED", "召回后未及时重新选派"
    PROMOTED_NOT_RETAINED = "PROMOTED_NOT_RETAINED", "提拔后未留任到期满"
    RULE_SET_ASIDE = "RULE_SET_ASIDE", "原则性规定被例外处理"
    WORK_OUTSIDE_SERVICE = "WORK_OUTSIDE_SERVICE", "任期之外仍有打卡或走访记录"


NAMES["FindingCode"] = as_enum(FindingCode)

_RECORDED: Final = "(select e.recorded_at from read.event e where e.position = {t}.known_from)"
_KNOWN_SINCE: Final = f"greatest({_RECORDED}, ({{t}}.since + 1)::timestamp at time zone 'Asia/Shanghai')"
"""The later of the recording that made it so and the end of the day on which it first held."""


@filters
class FindingFilter:
    """发现筛选,各条件须同时满足。Which findings; all conditions have to hold."""

    codes: list[FindingCode] | None = sql("{t}.code = any({v}::text[])")
    batch_year: int | None = sql("{t}.batch_year = {v}::int")
    township_code: str | None = sql(
        "{t}.village_id in (select v.id from read.village_at({as_of}, {known}) v where v.township_code = {v})"
    )
    sending_unit: str | None = sql(
        "{t}.instructor_id in (select i.id from read.instructor_at({as_of}, {known}) i "
        "where i.sending_unit = {v})"
    )
    instructor_id: UUID | None = sql("{t}.instructor_id = {v}::uuid")
    village_id: UUID | None = sql("{t}.village_id = {v}::uuid")
    month: Month | None = sql(
        "{t}.from_day >= to_date({v}, 'YYYY-MM') "
        "and {t}.to_day < to_date({v}, 'YYYY-MM') + interval '1 month'"
    )
    since_from: date | None = sql("{t}.since >= {v}::date")
    since_to: date | None = sql("{t}.since <= {v}::date")
    known_from: datetime | None = sql(f"{_KNOWN_SINCE} >= {{v}}::timestamptz")
    known_to: datetime | None = sql(f"{_KNOWN_SINCE} <= {{v}}::timestamptz")


@reads("read.finding_at({as_of}, {known})", order=("since", "key"))
class Finding:
    """发现的问题。A rule that was not kept, as the facts say on that day (docs/answers.md)."""

    key: str = sql(
        "concat_ws('/', {t}.code, coalesce({t}.instructor_id::text, '-'), "
        "coalesce({t}.village_id::text, '-'), to_char({t}.from_day, 'YYYY-MM-DD'), {t}.rule, {t}.batch_year)"
    )
    code: FindingCode
    clause: str
    rule: str
    rule_zh: str
    rule_en: str
    effective: date
    batch_year: int
    since: date
    from_: date = sql("{t}.from_day")
    to: date = sql("{t}.to_day")
    found: int | None
    required: int | None
    exception_reason: str | None
    known_since: datetime = sql(_KNOWN_SINCE)
    known_at_position: ID = sql("{t}.known_from")
    instructor: Instructor | None = one("{t}.id = {p}.instructor_id")
    village: Village | None = one("{t}.id = {p}.village_id")
    evidence: Connection[AuditEvent] = page(
        "{t}.position in (select e.position from read.finding_evidence({p}.code, {p}.instructor_id, "
        "{p}.village_id, {p}.from_day, {p}.to_day, {p}.batch_year, {as_of}, {known}) e)"
    )
