"""走访入户覆盖: how many households each posting visited, and which ones it has yet to see (三(一)2)."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from api.reports.tables.usual import PERSON, PLACE
from domain.terms import HouseholdCategory

# A posting has one row a milestone: its sums are that row's figures, and those of the last row all postings'.
_COVERAGE: Final[LiteralString] = """
with posting as (
    select
        grouping(m.posting) = 1 as summed,
        m.posting, v.township_code, v.township, v.name as village, v.code,
        i.name as instructor, i.staff_number, m.batch_year, m.since,
        least(%(as_of)s, m.last_day) as day, m.deadline,
        sum(m.households) filter (where m.milestone = 'latest') as households,
        sum(m.visited) filter (where m.milestone = 'latest') as visited,
        sum(m.registered_poor) filter (where m.milestone = 'latest') as poor,
        sum(m.registered_poor_visited) filter (where m.milestone = 'latest') as poor_visited,
        sum(m.households) filter (where m.milestone = 'deadline') as due,
        sum(m.visited) filter (where m.milestone = 'deadline') as met,
        sum(m.registered_poor) filter (where m.milestone = 'deadline') as poor_due,
        sum(m.registered_poor_visited) filter (where m.milestone = 'deadline') as poor_met
    from read.milestone_at(%(as_of)s, %(known)s) m
    left join read.village_at(%(as_of)s, %(known)s) v on v.id = m.village_id
    left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = m.instructor_id
    group by grouping sets (
        (
            m.posting, v.township_code, v.township, v.name, v.code, i.name, i.staff_number,
            m.batch_year, m.since, m.last_day, m.deadline
        ),
        ()
    )
    having count(*) > 0
)
select
    p.summed, case when p.summed then '合计' else p.township end as township,
    p.village, p.code, p.instructor, p.staff_number, p.batch_year, p.since, p.day, p.households, p.visited,
    round(p.visited::numeric / nullif(p.households, 0), 4) as share, p.poor, p.poor_visited,
    round(p.poor_visited::numeric / nullif(p.poor, 0), 4) as poor_share, p.deadline,
    p.due, p.met, p.due - p.met as missed, p.due > p.met and not p.summed as overdue,
    p.poor_due, p.poor_met, p.poor_due - p.poor_met as poor_missed,
    p.poor_due > p.poor_met and not p.summed as poor_overdue
from posting p
order by p.summed, p.township_code, p.code, p.posting
"""

# A household that came into the register after the deadline is not overdue: the deadline was not for it.
_NOT_VISITED: Final[LiteralString] = """
select
    v.township, v.name as village, v.code, h.code as household, h.category, h.since,
    i.name as instructor, i.staff_number, p.since as served_since, c.deadline,
    late.it as late, case when late.it then '是' end as overdue,
    (
        select max(s.day) from read.visit_at(%(as_of)s, %(known)s) s
        where s.village_id = h.village_id and s.household = h.code
    ) as seen_on
from read.posting_at(%(as_of)s, %(known)s) p
join read.coverage_at(%(as_of)s, %(known)s) c on c.posting = p.position
join read.registered_at(%(as_of)s, %(known)s) h on h.village_id = p.village_id
left join read.village_at(%(as_of)s, %(known)s) v on v.id = p.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = p.instructor_id
cross join lateral (
    select c.deadline <= %(as_of)s and exists (
        select from read.registered_at(c.deadline, %(known)s) r
        where r.village_id = h.village_id and r.code = h.code
    ) as it
) late
where p.serving and not exists (
    select from read.visit_at(%(as_of)s, %(known)s) s
    where s.instructor_id = p.instructor_id and s.village_id = p.village_id and s.household = h.code
        and s.day >= p.since
)
order by
    v.township_code, v.code, p.position, h.category <> 'registered_poor', h.code collate "C", h.since
"""

COVERAGE: Final = Table(
    name="走访覆盖",
    title="走访入户覆盖情况表",
    statement=_COVERAGE,
    columns=(
        *PLACE,
        *PERSON,
        Column(name="批次", of="batch_year", kind=Kind.INTEGER, width=8),
        Column(name="任职起", of="since", kind=Kind.DAY),
        Column(name="统计日", of="day", kind=Kind.DAY),
        Column(name="在册户数", of="households", kind=Kind.INTEGER, width=10),
        Column(name="已走访", of="visited", kind=Kind.INTEGER, width=8),
        Column(name="走访率", of="share", kind=Kind.RATIO, width=10),
        Column(name="建档立卡户", of="poor", kind=Kind.INTEGER),
        Column(name="建档立卡已走访", of="poor_visited", kind=Kind.INTEGER, width=16),
        Column(name="建档立卡走访率", of="poor_share", kind=Kind.RATIO, width=16),
        Column(name="遍访期限", of="deadline", kind=Kind.DAY),
        Column(name="期限日在册", of="due", kind=Kind.INTEGER),
        Column(name="期限内走访", of="met", kind=Kind.INTEGER),
        Column(name="逾期未访", of="missed", kind=Kind.INTEGER, width=10, marked="overdue"),
        Column(name="期限日建档立卡", of="poor_due", kind=Kind.INTEGER, width=16),
        Column(name="期限内走访建档立卡", of="poor_met", kind=Kind.INTEGER, width=20),
        Column(name="逾期未访建档立卡", of="poor_missed", kind=Kind.INTEGER, width=18, marked="poor_overdue"),
    ),
    remarks=(
        "每次派驻一行。三(一)2:驻村3个月内遍访所有农户,建档立卡贫困户优先。",
        "统计日为截至日;已离任或任期已满的,为服务最后一日。已走访:统计日在册农户中,本次派驻期间走访过的。",
        "遍访期限为任职日起满3个月之日。期限日在册、期限内走访按期限当日的名册计;期限未到或此前已离任的为空。",
        "标红:到期限日仍有在册农户未走访。合计按派驻相加,先后两人驻同一村的,其农户各计一次。",
    ),
    summed="summed",
)
NOT_VISITED: Final = Table(
    name="未走访农户",
    title="在任党建指导员未走访农户名单",
    statement=_NOT_VISITED,
    columns=(
        *PLACE,
        Column(name="农户编码", of="household", width=14),
        Column(name="农户类别", of="category", width=16, terms=HouseholdCategory),
        Column(name="入册日期", of="since", kind=Kind.DAY),
        *PERSON,
        Column(name="任职起", of="served_since", kind=Kind.DAY),
        Column(name="遍访期限", of="deadline", kind=Kind.DAY),
        Column(name="逾期", of="overdue", width=8, marked="late"),
        Column(name="最近被走访", of="seen_on", kind=Kind.DAY),
    ),
    remarks=(
        "截至日在册、在任指导员任职以来尚未走访的农户,建档立卡贫困户列前(三(一)2)。农户只记编码和类别。",
        "逾期(标红):期限已到,且期限当日已在册。最近被走访:任何指导员最近一次走访该户之日,从未走访的为空。",
    ),
)

REPORT: Final = Report(
    name="households",
    zh="走访入户覆盖",
    en="Household coverage",
    clause="三(一)2",
    tables=(COVERAGE, NOT_VISITED),
)
