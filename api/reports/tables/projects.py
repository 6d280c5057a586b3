"""实事台账: what each year of service did for the village, and every practical project (三(四)4)."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from api.reports.tables.usual import PERSON, PLACE

# Service years as `read.no_project_at` has them, which says which of them are short; the years it does not
# judge, because they are not over or were cut off, are listed beside them. A completion is counted as there:
# by its own village, whichever its start was in.
_YEARLY: Final[LiteralString] = """
with year as (
    select
        p.position as posting, p.instructor_id, p.village_id, p.batch_year, g.number, y.first_day, y.last_day,
        least(%(as_of)s, p.last_day, y.last_day) as day
    from read.posting_at(%(as_of)s, %(known)s) p
    cross join lateral generate_series(
        1, (extract(year from least(%(as_of)s, p.last_day)) - extract(year from p.since))::integer + 1
    ) g (number)
    cross join lateral (
        select
            read.anniversary_eve(p.since, g.number - 1) + 1 as first_day,
            read.anniversary_eve(p.since, g.number) as last_day
    ) y
    where y.first_day <= least(%(as_of)s, p.last_day)
)
select
    grouping(y.posting) = 1 as summed,
    case when grouping(y.posting) = 1 then '合计' else v.township end as township,
    v.name as village, v.code, i.name as instructor, i.staff_number, y.batch_year,
    y.number, y.first_day, y.day,
    case when y.day = y.last_day then '是' when y.day < y.last_day then '否' end as whole,
    sum(s.started) as started, sum(c.completed) as completed,
    r.value ->> 0 || '—' || (r.value ->> 1) as wanted, sum(n.required - n.found) as missing,
    grouping(y.posting) = 0 and sum(n.required - n.found) > 0 as short
from year y
join read.rule r on r.code = 'YEARLY_PROJECTS' and y.last_day >= r.since and y.last_day < r.until
cross join lateral (
    select count(*) as started from read.project_at(y.day, %(known)s) s
    where s.instructor_id = y.instructor_id and s.village_id = y.village_id and s.started_on >= y.first_day
) s
cross join lateral (
    select count(*) as completed from read.project_completion c
    where c.instructor_id = y.instructor_id and c.village_id = y.village_id and c.occurred_on >= y.first_day
        and read.counts(c.occurred_on, c.position, c.voided_at, y.day, %(known)s)
) c
left join read.no_project_at(%(as_of)s, %(known)s) n
    on n.instructor_id = y.instructor_id and n.village_id = y.village_id and n.from_day = y.first_day
    and n.to_day = y.day
left join read.village_at(%(as_of)s, %(known)s) v on v.id = y.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = y.instructor_id
group by grouping sets (
    (
        y.posting, y.number, v.township_code, v.township, v.name, v.code, i.name, i.staff_number,
        y.batch_year, y.first_day, y.last_day, y.day, r.value
    ),
    ()
)
having count(*) > 0
order by summed, v.township_code, v.code, y.posting, y.number
"""

_EACH: Final[LiteralString] = """
select
    v.township, v.name as village, v.code, i.name as instructor, i.staff_number, p.year, p.title,
    p.started_on, p.completed_on, case when p.completed_on is null then '在办' else '办结' end as standing,
    p.outcome, p.households_served
from read.project_at(%(as_of)s, %(known)s) p
left join read.village_at(%(as_of)s, %(known)s) v on v.id = p.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = p.instructor_id
order by v.township_code, v.code, p.year, p.started_on, p.position
"""

YEARLY: Final = Table(
    name="按任职年度",
    title="党建指导员办理实事情况表(按任职年度)",
    statement=_YEARLY,
    columns=(
        *PLACE,
        *PERSON,
        Column(name="批次", of="batch_year", kind=Kind.INTEGER, width=8),
        Column(name="任职年度", of="number", kind=Kind.INTEGER, width=10),
        Column(name="起", of="first_day", kind=Kind.DAY),
        Column(name="止", of="day", kind=Kind.DAY),
        Column(name="满年", of="whole", width=8),
        Column(name="启动", of="started", kind=Kind.INTEGER, width=8),
        Column(name="办结", of="completed", kind=Kind.INTEGER, width=8),
        Column(name="要求", of="wanted", width=8),
        Column(name="欠办", of="missing", kind=Kind.INTEGER, width=8, marked="short"),
    ),
    remarks=(
        "三(四)4:每年办理1—2件实事。任职年度自任职日起算,满一年为一个年度;办结按办结日计入年度。",
        "止:年度最后一日;未满的,为截至日或服务最后一日。",
        "标红:已满的任职年度,办结少于要求的下限。未满或因离任中断的年度不作判定。",
    ),
    summed="summed",
)
EACH: Final = Table(
    name="实事台账",
    title="党建指导员办理实事台账",
    statement=_EACH,
    columns=(
        *PLACE,
        *PERSON,
        Column(name="年度", of="year", kind=Kind.INTEGER, width=8),
        Column(name="实事", of="title", width=36),
        Column(name="启动日期", of="started_on", kind=Kind.DAY),
        Column(name="办结日期", of="completed_on", kind=Kind.DAY),
        Column(name="状态", of="standing", width=8),
        Column(name="成效", of="outcome", width=36),
        Column(name="受益户数", of="households_served", kind=Kind.INTEGER, width=10),
    ),
    remarks=("截至日已启动的全部实事(三(四)4)。年度为立项时所填的年份,与任职年度不同。",),
)

REPORT: Final = Report(
    name="projects",
    zh="实事台账",
    en="Practical projects",
    clause="三(四)4",
    tables=(YEARLY, EACH),
)
