"""考核汇总: grades by year and batch, and every appraisal with its parts (五(二))."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from api.reports.tables.usual import PERSON, PLACE
from domain.terms import AppraisalKind, Grade

# An appraisal is of the batch of the person's last posting in that village by its day; one that is missing is
# of the batch of the posting that lacks it.
_GRADES: Final[LiteralString] = f"""
with judged as (
    select
        a.kind, case a.kind when 'daily' then left(a.period, 4) else a.period end as period,
        (
            select p.batch_year from read.posting_at(%(as_of)s, %(known)s) p
            where p.instructor_id = a.instructor_id and p.village_id = a.village_id
                and p.since <= a.appraised_on
            order by p.position desc limit 1
        ) as batch_year,
        a.grade
    from read.appraisal_at(%(as_of)s, %(known)s) a
    union all
    select 'yearly', to_char(m.to_day, 'YYYY'), m.batch_year, null
    from read.not_appraised_at(%(as_of)s, %(known)s) m
    union all
    select 'term_end', to_char(m.from_day, 'YYYY-') || to_char(m.to_day, 'YYYY'), m.batch_year, null
    from read.no_term_end_appraisal_at(%(as_of)s, %(known)s) m
),
counted as (
    select
        grouping(j.batch_year) = 1 as summed, j.kind, j.period, j.batch_year, count(j.grade) as given,
        count(*) - count(j.grade) as missing,
        {", ".join(f"count(*) filter (where j.grade = '{grade}') as {grade}" for grade in Grade)}
    from judged j
    group by grouping sets ((j.kind, j.period, j.batch_year), (j.kind, j.period))
)
select
    c.*, case when c.summed then '合计' else c.batch_year::text end as batch,
    {", ".join(f"round(c.{grade}::numeric / nullif(c.given, 0), 4) as {grade}_share" for grade in Grade)},
    c.missing > 0 and not c.summed as lacking
from counted c
order by
    array_position(array['yearly', 'term_end', 'daily'], c.kind), c.period collate "C", c.summed, c.batch_year
"""  # noqa: S608 - made of a closed vocabulary

_EACH: Final[LiteralString] = """
select
    v.township, v.name as village, v.code, i.name as instructor, i.staff_number, a.kind, a.period,
    a.appraised_on, a.grade,
    (
        select string_agg((s.score ->> 'part') || ' ' || (s.score ->> 'points'), ';' order by s.number)
        from jsonb_array_elements(a.scores) with ordinality s (score, number)
    ) as parts
from read.appraisal_at(%(as_of)s, %(known)s) a
left join read.village_at(%(as_of)s, %(known)s) v on v.id = a.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = a.instructor_id
"""
_IN_ORDER: Final[LiteralString] = """
order by v.township_code, v.code, i.staff_number collate "C", a.period collate "C", a.appraised_on, a.position
"""

_PARTS: Final = "各部分得分照录原表。通知未定各部分权重与优秀比例,故不折算总分,也不判定比例是否超出。"
_JUDGEMENT: Final = (
    *PLACE,
    *PERSON,
    Column(name="考核方式", of="kind", terms=AppraisalKind),
    Column(name="期间", of="period"),
    Column(name="考核日期", of="appraised_on", kind=Kind.DAY),
    Column(name="等次", of="grade", width=10, terms=Grade),
    Column(name="各部分得分", of="parts", width=48),
)

GRADES: Final = Table(
    name="考核等次",
    title="党建指导员考核等次汇总表",
    statement=_GRADES,
    columns=(
        Column(name="考核方式", of="kind", terms=AppraisalKind),
        Column(name="期间", of="period"),
        Column(name="批次", of="batch", width=8),
        Column(name="考核人次", of="given", kind=Kind.INTEGER, width=10),
        *(Column(name=grade.zh, of=grade.value, kind=Kind.INTEGER, width=10) for grade in Grade),
        *(
            Column(name=f"{grade.zh}占比", of=f"{grade.value}_share", kind=Kind.RATIO, width=15)
            for grade in Grade
        ),
        Column(name="未考核", of="missing", kind=Kind.INTEGER, width=8, marked="lacking"),
    ),
    remarks=(
        "五(二):日常、年度和期满考核。占比以考核人次为分母,保留四位小数;日常考核按年合计,一人一月一次。",
        "批次:考核日以前在该村最近一次派驻所属的批次。",
        "未考核(标红):服务满至年末而无该年度考核,或任期届满而无期满考核;日常考核通知未定次数,不作判定。",
        _PARTS,
    ),
    summed="summed",
)
YEARLY: Final = Table(
    name="年度和期满考核",
    title="党建指导员年度、期满考核情况表",
    statement=_EACH + "where a.kind <> 'daily'" + _IN_ORDER,
    columns=_JUDGEMENT,
    remarks=("每次考核一行(五(二))。", _PARTS),
)
DAILY: Final = Table(
    name="日常考核",
    title="党建指导员日常考核情况表",
    statement=_EACH + "where a.kind = 'daily'" + _IN_ORDER,
    columns=_JUDGEMENT,
    remarks=("每次考核一行,期间为月份(五(二))。", _PARTS),
)

REPORT: Final = Report(
    name="appraisals",
    zh="考核汇总",
    en="Appraisals",
    clause="五(二)",
    tables=(GRADES, YEARLY, DAILY),
)
