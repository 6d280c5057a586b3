"""奖补发放依据: what subsidies and awards were paid on, for the finance bureau (五(四))."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from api.reports.parameters import FROM_MONTH, TO_MONTH, in_order
from api.reports.tables.usual import PERSON, PLACE, in_chinese
from domain.terms import Goal, Grade

# A month of service without a payment has its row, and so has a payment for a month without service. Whoever
# served in two villages in a month is paid once: a payment is missing in a month of the person's.
_SUBSIDIES: Final[LiteralString] = """
with served as (
    select
        a.instructor_id, a.village_id, a.month, sum(a.service_days) as service_days,
        sum(a.days_present) as days_present, sum(a.leave_days) as leave_days,
        max(a.month_last) <= %(as_of)s as over
    from read.attendance_at(%(as_of)s, %(known)s) a
    where a.month_first between %(from_month)s and %(to_month)s
    group by a.instructor_id, a.village_id, a.month
),
paid as (
    select
        s.instructor_id, s.village_id, s.month,
        sum(s.amount) filter (where s.kind = 'living') as living,
        max(s.day) filter (where s.kind = 'living') as living_on,
        sum(s.amount) filter (where s.kind = 'transport') as transport,
        max(s.day) filter (where s.kind = 'transport') as transport_on
    from read.subsidy_at(%(as_of)s, %(known)s) s
    where s.month between to_char(%(from_month)s, 'YYYY-MM') and to_char(%(to_month)s, 'YYYY-MM')
    group by s.instructor_id, s.village_id, s.month
),
month as (
    select
        instructor_id, village_id, month, s.service_days, s.days_present, s.leave_days,
        p.living, p.living_on, p.transport, p.transport_on,
        s.over and max(p.living) over person is null as no_living,
        s.over and max(p.transport) over person is null as no_transport,
        s.service_days is null as unserved
    from served s
    full join paid p using (instructor_id, village_id, month)
    window person as (partition by instructor_id, month)
)
select
    grouping(m.month) = 1 as summed, case when grouping(m.month) = 1 then '合计' else m.month end as month,
    v.township, v.name as village, v.code, i.name as instructor, i.staff_number,
    sum(m.service_days) as service_days, sum(m.days_present) as days_present, sum(m.leave_days) as leave_days,
    sum(m.living) as living, m.living_on, sum(m.transport) as transport, m.transport_on,
    coalesce(sum(m.living) + sum(m.transport), sum(m.living), sum(m.transport)) as paid,
    m.no_living, m.no_transport, m.unserved,
    nullif(
        concat_ws(
            ';',
            case when m.no_living then '无生活补助记录' end,
            case when m.no_transport then '无交通补助记录' end,
            case when m.unserved then '当月不在该村任职' end
        ),
        ''
    ) as remark
from month m
left join read.village_at(%(as_of)s, %(known)s) v on v.id = m.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = m.instructor_id
group by grouping sets (
    (
        m.month, m.instructor_id, m.village_id, v.township_code, v.township, v.name, v.code, i.name,
        i.staff_number, m.living_on, m.transport_on, m.no_living, m.no_transport, m.unserved
    ),
    ()
)
having count(*) > 0
order by
    summed, m.month collate "C", v.township_code, v.code, i.staff_number collate "C",
    m.instructor_id, m.village_id
"""

_AWARDS: Final[LiteralString] = f"""
with judged as (
    select
        a.village_id, a.period::integer as year,
        string_agg({in_chinese("a.grade", Grade)}, '、' order by a.appraised_on, a.position) as grades
    from read.appraisal_at(%(as_of)s, %(known)s) a
    where a.kind = 'yearly'
    group by a.village_id, a.period
),
year as (
    select village_id, year from judged
    union
    select g.village_id, g.year from read.goals_at(%(as_of)s, %(known)s) g
    union
    select w.village_id, w.year from read.award_at(%(as_of)s, %(known)s) w
)
select
    grouping(y.year) = 1 as summed,
    case when grouping(y.year) = 1 then '合计' else v.township end as township,
    v.name as village, v.code, y.year, cardinality(g.met) as goals,
    (
        select string_agg({in_chinese("m.goal", Goal)}, '、' order by m.number)
        from unnest(g.met) with ordinality m (goal, number)
    ) as goals_met,
    g.assessed_on, j.grades, sum(w.amount) as amount, w.paid_on,
    u.it as unjudged, case when u.it then '无年度考核记录' end as remark
from year y
left join judged j on j.village_id = y.village_id and j.year = y.year
left join read.goals_at(%(as_of)s, %(known)s) g on g.village_id = y.village_id and g.year = y.year
left join read.award_at(%(as_of)s, %(known)s) w on w.village_id = y.village_id and w.year = y.year
left join read.village_at(%(as_of)s, %(known)s) v on v.id = y.village_id
cross join lateral (select w.amount is not null and j.grades is null as it) u
group by grouping sets (
    (
        y.village_id, y.year, v.township_code, v.township, v.name, v.code, g.met, g.assessed_on, j.grades,
        w.paid_on, u.it
    ),
    ()
)
having count(*) > 0
order by summed, y.year, v.township_code, v.code, y.village_id
"""  # noqa: S608 - made of closed vocabularies

SUBSIDIES: Final = Table(
    name="生活和交通补助",
    title="党建指导员生活补助、交通补助发放依据表",
    statement=_SUBSIDIES,
    columns=(
        Column(name="月份", of="month", width=10),
        *PLACE,
        *PERSON,
        Column(name="在任天数", of="service_days", kind=Kind.INTEGER, width=10, marked="unserved"),
        Column(name="到村天数", of="days_present", kind=Kind.INTEGER, width=10),
        Column(name="请假天数", of="leave_days", kind=Kind.INTEGER, width=10),
        Column(name="生活补助(元)", of="living", kind=Kind.MONEY, width=16, marked="no_living"),
        Column(name="生活补助发放日期", of="living_on", kind=Kind.DAY, width=18),
        Column(name="交通补助(元)", of="transport", kind=Kind.MONEY, width=16, marked="no_transport"),
        Column(name="交通补助发放日期", of="transport_on", kind=Kind.DAY, width=18),
        Column(name="合计(元)", of="paid", kind=Kind.MONEY, width=12),
        Column(name="说明", of="remark", width=30),
    ),
    remarks=(
        "每人每村每月一行(五(四))。在任天数、到村天数、请假天数按三(一)1考勤计,补助为截至日账上已发放的。",
        "标红:在任月份已过而账上没有该项补助的记录,或当月不在该村任职而有发放。",
        "通知未定补助标准、发放条件和请假是否计发,本表只列事实,不判定应发多少、是否应发。",
    ),
    summed="summed",
)
AWARDS: Final = Table(
    name="村级奖补",
    title="重点村(社区)奖补资金拨付依据表",
    statement=_AWARDS,
    columns=(
        *PLACE,
        Column(name="年度", of="year", kind=Kind.INTEGER, width=8),
        Column(name="达标目标数", of="goals", kind=Kind.INTEGER),
        Column(name="达标目标", of="goals_met", width=50),
        Column(name="评定日期", of="assessed_on", kind=Kind.DAY),
        Column(name="指导员年度考核等次", of="grades", width=22),
        Column(name="奖补金额(元)", of="amount", kind=Kind.MONEY, width=16, marked="unjudged"),
        Column(name="拨付日期", of="paid_on", kind=Kind.DAY),
        Column(name="说明", of="remark", width=18),
    ),
    remarks=(
        "截至日各年度全部村,每村每年一行,不受起止月份限制。五(四):按年度考核结果给予村(社区)奖补。",
        "达标目标为目标任务(一)五项之中评定为达标的;考核等次为该年度在该村受年度考核的指导员的,先后两人的依次列出。",
        "标红:已拨付而账上没有该年度的年度考核。通知未定奖补标准,本表不判定应拨多少、是否应拨。",
    ),
    summed="summed",
)

REPORT: Final = Report(
    name="payments",
    zh="奖补发放依据",
    en="Basis of subsidies and awards",
    clause="五(四)",
    tables=(SUBSIDIES, AWARDS),
    parameters=(FROM_MONTH, TO_MONTH),
    check=in_order,
)
