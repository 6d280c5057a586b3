"""到村打卡考勤: attendance by township and month, and by person and month (三(一)1)."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from api.reports.parameters import FROM_MONTH, TO_MONTH, in_order

# Sums of a month come below its townships, the sum of all months last.
_TOWNSHIPS: Final[LiteralString] = """
with counted as (
    select
        grouping(v.township_code) as whole, a.month, v.township_code, min(v.township) as township,
        count(distinct a.instructor_id) as people,
        count(*) filter (where a.full_month) as full_months,
        count(*) filter (where a.short) as short_months,
        sum(a.days_present) filter (where a.full_month) as present,
        coalesce(sum(a.required - a.days_present) filter (where a.short), 0) as lacking,
        sum(a.leave_days) as leave_days, sum(a.late_entries) as late_entries
    from read.attendance_at(%(as_of)s, %(known)s) a
    join read.village_at(%(as_of)s, %(known)s) v on v.id = a.village_id
    where a.month_first between %(from_month)s and %(to_month)s
    group by grouping sets ((a.month, v.township_code), (a.month), ())
    having count(*) > 0
)
select
    coalesce(c.month, '合计') as month, case when c.whole = 1 then '全县' else c.township end as township,
    c.people, c.full_months, c.short_months, c.lacking, c.leave_days, c.late_entries,
    round((c.full_months - c.short_months)::numeric / nullif(c.full_months, 0), 4) as reached,
    round(c.present::numeric / nullif(c.full_months, 0), 1) as mean,
    c.whole = 1 as summed, c.short_months > 0 as short
from counted c
order by c.month nulls last, c.whole, c.township_code
"""
_PEOPLE: Final[LiteralString] = """
select
    a.month, v.township, v.name as village, i.name, i.staff_number, a.batch_year,
    a.first_day, a.last_day, case when a.full_month then '整月' else '非整月' end as judged,
    case when a.full_month then a.required end as required, a.days_present, a.leave_days, a.late_entries,
    case when a.short then a.required - a.days_present end as lacking, a.short
from read.attendance_at(%(as_of)s, %(known)s) a
join read.village_at(%(as_of)s, %(known)s) v on v.id = a.village_id
join read.instructor_at(%(as_of)s, %(known)s) i on i.id = a.instructor_id
where a.month_first between %(from_month)s and %(to_month)s
order by a.month, v.township_code, v.code, a.posting
"""

_RULE: Final = (
    "三(一)1:每月到村(社区)不少于要求天数。要求天数依当月最后一日有效之规定;"
    "整月在任且已过完的月份(整月)才作要求。"
)

REPORT: Final = Report(
    name="attendance",
    zh="到村打卡考勤",
    en="Monthly attendance",
    clause="三(一)1",
    parameters=(FROM_MONTH, TO_MONTH),
    check=in_order,
    tables=(
        Table(
            name="乡镇汇总",
            title="到村打卡考勤汇总表(按乡镇、月份)",
            statement=_TOWNSHIPS,
            columns=(
                Column(name="月份", of="month", width=10),
                Column(name="乡镇", of="township", width=18),
                Column(name="在任人数", of="people", kind=Kind.INTEGER),
                Column(name="整月数", of="full_months", kind=Kind.INTEGER),
                Column(name="未达标月数", of="short_months", kind=Kind.INTEGER, marked="short"),
                Column(name="欠缺天数", of="lacking", kind=Kind.INTEGER, marked="short"),
                Column(name="达标率", of="reached", kind=Kind.RATIO),
                Column(name="整月平均天数", of="mean", kind=Kind.DECIMAL, width=14),
                Column(name="请假天数", of="leave_days", kind=Kind.INTEGER),
                Column(name="迟录次数", of="late_entries", kind=Kind.INTEGER),
            ),
            remarks=(
                _RULE,
                "在任人数:当月有任职之日者。未达标月数:整月中打卡天数不足者;达标率为其余整月所占之比。红色为未达标。",
            ),
            summed="summed",
        ),
        Table(
            name="个人明细",
            title="到村打卡考勤明细表(按人、月份)",
            statement=_PEOPLE,
            columns=(
                Column(name="月份", of="month", width=9),
                Column(name="乡镇", of="township", width=14),
                Column(name="村(社区)", of="village", width=14),
                Column(name="姓名", of="name", width=10),
                Column(name="干部编号", of="staff_number", width=16),
                Column(name="批次", of="batch_year", kind=Kind.INTEGER, width=7),
                Column(name="任职之日起", of="first_day", kind=Kind.DAY),
                Column(name="任职之日止", of="last_day", kind=Kind.DAY),
                Column(name="是否整月", of="judged", width=9),
                Column(name="要求天数", of="required", kind=Kind.INTEGER, width=9),
                Column(name="打卡天数", of="days_present", kind=Kind.INTEGER, width=9, marked="short"),
                Column(name="缺", of="lacking", kind=Kind.INTEGER, width=6, marked="short"),
                Column(name="请假天数", of="leave_days", kind=Kind.INTEGER, width=9),
                Column(name="迟录次数", of="late_entries", kind=Kind.INTEGER, width=9),
            ),
            remarks=(
                _RULE,
                "缺:要求天数减打卡天数,仅整月计。请假天数照录,不抵打卡。迟录:打卡之日后超过7天才录入。红色为未达标。",
            ),
        ),
    ),
)
