"""党建指导员花名册: who serves on the day, and whose service is over (二(二), 二(三))."""

from __future__ import annotations

from typing import Final, LiteralString

from api.reports.definition import Column, Kind, Report, Table
from domain.terms import Departure, Education, Employment, Gender, RecallGround

# A person is told by the latest nomination, with its form; the days are those of this posting alone. Where
# there is no form any more, its cells say what the name says.
_POSTINGS: Final[LiteralString] = """
with posting as (
    select
        p.position, p.serving, i.id as person, i.name, coalesce(i.gender, i.name) as gender, i.staff_number,
        i.sending_unit,
        v.township, v.township_code, v.code, v.name as village, p.batch_year, p.since, p.until, p.last_day,
        p.departure, p.ground, r.name as replaced_by, f.form ->> 'position' as office,
        left(f.form ->> 'born', 7) as born, f.form ->> 'party_joined' as party_joined,
        f.form ->> 'education' as education, f.form ->> 'employment' as employment,
        least(p.last_day, %(as_of)s::date) - p.since + 1 as days, s.days_present
    from read.posting_at(%(as_of)s, %(known)s) p
    join read.instructor_at(%(as_of)s, %(known)s) i on i.id = p.instructor_id
    join read.village_at(%(as_of)s, %(known)s) v on v.id = p.village_id
    left join read.instructor_at(%(as_of)s, %(known)s) r on r.id = p.replaced_by
    cross join lateral (
        select jsonb_object_agg(field, i.name) as form
        from unnest(array['position', 'born', 'party_joined', 'education', 'employment']) field
    ) of_none
    cross join lateral (
        select coalesce(n.form, of_none.form) as form from read.nomination_at(%(as_of)s, %(known)s) n
        where n.instructor_id = p.instructor_id order by n.position desc limit 1
    ) f
    left join (
        select a.posting, sum(a.days_present)::integer as days_present
        from read.attendance_at(%(as_of)s, %(known)s) a group by a.posting
    ) s on s.posting = p.position
),
"""
_SERVING: Final[LiteralString] = """
listed as (
    select p.*, row_number() over (order by p.township_code, p.code, p.since, p.position) as number
    from posting p where p.serving
)
"""
_LEFT: Final[LiteralString] = """
listed as (
    select p.*, row_number() over (order by p.last_day, p.township_code, p.code, p.position) as number
    from posting p where not p.serving
)
"""
# The sum is joined to no row, so it has nothing in the columns of the others.
_WITH_SUM: Final[LiteralString] = """
select l.*, coalesce(l.name, '合计') as who, coalesce(l.staff_number, t.people || '人次') as staff,
    t.people is not null as summed
from listed l
full join (select 0 as number, count(*) as people from listed) t on t.number = l.number
order by summed, l.number
"""

_WHO: Final = (
    Column(name="序号", of="number", kind=Kind.INTEGER, width=6),
    Column(name="姓名", of="who", width=10),
    Column(name="性别", of="gender", terms=Gender, width=6),
    Column(name="干部编号", of="staff", width=16),
    Column(name="派出单位", of="sending_unit", width=24),
    Column(name="职务", of="office", width=14, shows="position"),
)
_WHERE: Final = (
    Column(name="乡镇", of="township", width=14),
    Column(name="村(社区)", of="village", width=14),
    Column(name="批次", of="batch_year", kind=Kind.INTEGER, width=7),
    Column(name="任职起", of="since", kind=Kind.DAY),
)
_FORM: Final = (
    Column(name="出生年月", of="born", width=10),
    Column(name="入党时间", of="party_joined", kind=Kind.DAY, shows="party_joined"),
    Column(name="学历", of="education", terms=Education, width=14, shows="education"),
    Column(name="身份", of="employment", terms=Employment, width=11, shows="employment"),
)
_DAYS: Final = (
    Column(name="任职天数", of="days", kind=Kind.INTEGER, width=8),
    Column(name="到村打卡天数", of="days_present", kind=Kind.INTEGER, width=9),
)

REPORT: Final = Report(
    name="roll",
    zh="党建指导员花名册",
    en="Roll of instructors",
    clause="二(二)、二(三)",
    tables=(
        Table(
            name="在任",
            title="党建指导员花名册(在任)",
            statement=_POSTINGS + _SERVING + _WITH_SUM,
            columns=(*_WHO, *_FORM, *_WHERE, Column(name="任期至", of="until", kind=Kind.DAY), *_DAYS),
            remarks=("截至当日在任者,每次派驻一行。任职天数、到村打卡天数均为本次派驻之数(三(一)1)。",),
            summed="summed",
            person="person",
        ),
        Table(
            name="离任",
            title="党建指导员花名册(离任)",
            statement=_POSTINGS + _LEFT + _WITH_SUM,
            columns=(
                *_WHO,
                *_WHERE,
                Column(name="最后在任日", of="last_day", kind=Kind.DAY),
                Column(name="离任原因", of="departure", terms=Departure, width=10),
                Column(name="召回事由", of="ground", terms=RecallGround, width=16),
                Column(name="接替人", of="replaced_by", width=10),
                *_DAYS,
            ),
            remarks=(
                "截至当日派驻已结束者,每次派驻一行;同一人可有多次。任期已满而尚未办结的,离任原因空白(二(二)、五(三))。",
            ),
            summed="summed",
            person="person",
        ),
    ),
)
