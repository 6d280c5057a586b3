"""更正台账: what was said to be wrong, both sides of it, and who decided; and what was voided otherwise."""

from __future__ import annotations

from typing import Final

from api.reports.definition import Column, Kind, Report, Table
from api.reports.tables.usual import PERSON, PLACE, in_chinese
from api.types.terms import CorrectionState
from domain import terms
from domain.restating import COMMAND_OF

FIELDS: Final = {
    "occurred_on": "日期",
    "at": "时间",
    "place": "地点",
    "source_record": "来源记录",
    "outside": "范围外",
    "branch": "党支部",
    "kind": "类别",
    "first_day": "起",
    "last_day": "止",
    "household": "农户编码",
    "duty": "职责条款",
    "summary": "内容",
    "year": "年度",
    "title": "名称",
    "project_id": "实事编号",
    "outcome": "成效",
    "households_served": "受益户数",
    "conclusion": "结论",
    "problems_found": "发现问题",
    "period": "时段",
    "scores": "评分",
    "grade": "等次",
    "authority": "授予单位",
    "month": "月份",
    "amount": "金额",
    "new_position": "新职务",
    "ground": "事由",
    "case_number": "案号",
    "measure": "处理",
    "met": "达标",
}
"""What the fields of a fact are called on paper."""

_WORDS: Final = (
    terms.LeaveKind,
    terms.InspectionKind,
    terms.AppraisalKind,
    terms.CommendationKind,
    terms.SubsidyKind,
    terms.Grade,
    terms.RecallGround,
    terms.Measure,
)
"""Vocabularies that a corrected field may hold a word of; no word is in two of them."""


def _word(side: str) -> str:
    """Return SQL for one side of an alteration as officials read it: words in Chinese, lists without JSON."""
    words = ", ".join(in_chinese(side, vocabulary) for vocabulary in _WORDS)
    return f"""case
        when a.field in ('kind', 'grade', 'ground', 'measure') then coalesce({words})
        when a.field = 'outside' then case {side} when 'true' then '是' else '否' end
        when a.field = 'met' then coalesce((
            select string_agg({in_chinese("m.goal", terms.Goal)}, '、' order by m.number)
            from jsonb_array_elements_text({side}::jsonb) with ordinality m (goal, number)
        ), '无')
        when a.field = 'scores' then coalesce((
            select string_agg((s.score ->> 'part') || ' ' || (s.score ->> 'points'), ';' order by s.number)
            from jsonb_array_elements({side}::jsonb) with ordinality s (score, number)
        ), '无')
        else {side}
    end"""  # noqa: S608 - made of the domain's own words


_CALLED: Final = " ".join(f"when '{field}' then '{name}'" for field, name in FIELDS.items())
_KINDS: Final = " ".join(
    f"when '{kind.TOPIC}' then '{(kind.__doc__ or '').partition('。')[0]}'" for kind in COMMAND_OF
)
_CORRECTIONS: Final = f"""
select
    row_number() over (order by c.position, a.ordinal) as number, c.state, c.state = 'requested' as waiting,
    v.township, v.name as village, v.code, i.name as instructor, i.staff_number,
    case c.corrected_topic {_KINDS} end as kind, o.occurred_on as day,
    case a.field {_CALLED} end as field,
    {_word("a.before")} as before,
    case when a.field is null then '作废' else {_word("a.after")} end as after,
    c.reason, c.evidence, c.requested_on, r.actor_organisation || ' ' || r.actor_id as requested_by,
    c.decided_on, d.actor_organisation || ' ' || d.actor_id as decided_by, c.decision_reason, c.position
from read.correction_at(%(as_of)s, %(known)s) c
join read.event r on r.position = c.position
left join read.event d on d.position = c.decision_position
join read.event o on o.aggregate_id = c.corrected_id and o.version = c.corrected_version
left join read.village_at(%(as_of)s, %(known)s) v on v.id = o.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = o.instructor_id
left join lateral (
    select it.ordinal, it.value ->> 'field' as field, it.value ->> 'before' as before,
        it.value ->> 'after' as after
    from jsonb_array_elements(c.alterations) with ordinality it (value, ordinal)
) a on true
order by c.position, a.ordinal
"""  # noqa: S608 - made of the domain's own words
# A voiding that a correction brought was recorded by the command that approved it.
_VOIDINGS: Final = f"""
select
    row_number() over (order by e.position) as number, v.township, v.name as village, v.code,
    i.name as instructor, i.staff_number, case o.type {_KINDS} end as kind, o.occurred_on as day,
    convert_from(l.state, 'UTF8')::json ->> 'reason' as reason, e.basis,
    e.actor_organisation || ' ' || e.actor_id as voided_by, e.recorded_at,
    case when e.actor_role = 'system' then '自动作废' else '直接作废' end as road, e.position
from read.event_at(%(as_of)s, %(known)s) e
join ledger.events l on l.position = e.position
join read.event o on o.aggregate_id = e.aggregate_id
    and o.version = (convert_from(l.state, 'UTF8')::json ->> 'voided_version')::bigint
left join read.village_at(%(as_of)s, %(known)s) v on v.id = o.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = o.instructor_id
where e.type in ('Instructor.Voided', 'Village.Voided')
    and not exists (
        select from read.event approval
        where approval.command_id = e.command_id and approval.type = 'Correction.Approved'
    )
order by e.position
"""  # noqa: S608 - made of the domain's own words

CORRECTIONS: Final = Table(
    name="更正",
    title="更正申请与审批台账",
    statement=_CORRECTIONS,
    columns=(
        Column(name="序号", of="number", kind=Kind.INTEGER, width=6),
        Column(name="状态", of="state", terms=CorrectionState, width=10, marked="waiting"),
        *PLACE,
        *PERSON,
        Column(name="记录", of="kind", width=16),
        Column(name="记录日期", of="day", kind=Kind.DAY),
        Column(name="更正项", of="field", width=10),
        Column(name="更正前", of="before", width=20),
        Column(name="更正后", of="after", width=20),
        Column(name="理由", of="reason", width=24),
        Column(name="证明材料", of="evidence", width=24),
        Column(name="申请日期", of="requested_on", kind=Kind.DAY),
        Column(name="申请人", of="requested_by", width=24),
        Column(name="审批日期", of="decided_on", kind=Kind.DAY),
        Column(name="审批人", of="decided_by", width=24),
        Column(name="不予更正的理由", of="decision_reason", width=24),
        Column(name="位置", of="position", kind=Kind.INTEGER, width=9),
    ),
    remarks=(
        "每项更正内容一行;“更正后”为作废的,原记录不再计数。原记录始终保留。标红者尚待审批。",
        "更正须由可录入该项记录者申请,由县委组织部另一人审批。",
    ),
)
VOIDINGS: Final = Table(
    name="其他作废",
    title="未经申请的作废",
    statement=_VOIDINGS,
    columns=(
        Column(name="序号", of="number", kind=Kind.INTEGER, width=6),
        *PLACE,
        *PERSON,
        Column(name="记录", of="kind", width=16),
        Column(name="记录日期", of="day", kind=Kind.DAY),
        Column(name="方式", of="road", width=10),
        Column(name="理由", of="reason", width=40),
        Column(name="依据", of="basis", width=32),
        Column(name="办理人", of="voided_by", width=24),
        Column(name="作废时间", of="recorded_at", kind=Kind.MOMENT, width=20),
        Column(name="位置", of="position", kind=Kind.INTEGER, width=9),
    ),
    remarks=("自动作废:来源(如钉钉)中的记录已更正,系统随之作废。直接作废:县委组织部径行作废。",),
)
REPORT: Final = Report(
    name="corrections",
    zh="更正台账",
    en="Register of corrections",
    clause="三、五",
    tables=(CORRECTIONS, VOIDINGS),
)
