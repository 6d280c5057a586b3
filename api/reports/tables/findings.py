"""问题清单: every finding with its clause and since when it could be known, and how many there are.

The findings are those of `read.finding_at` (docs/answers.md, "Findings"), in its order.
"""

from __future__ import annotations

from typing import Any, Final, LiteralString

from api.clock import Clock
from api.problems import bad_request
from api.reports.definition import Column, Kind, Parameter, Report, Table
from api.types.findings import FindingCode

_ALL: Final = ("", "全部", "all")
_LONGEST_NAME: Final = 40

# A finding about a person alone has no village, and so is in no township.
_FINDINGS: Final[LiteralString] = """
read.finding_at(%(as_of)s, %(known)s) f
left join read.village_at(%(as_of)s, %(known)s) v on v.id = f.village_id
left join read.instructor_at(%(as_of)s, %(known)s) i on i.id = f.instructor_id
where f.code = coalesce(%(code)s::text, f.code)
    and (%(township)s::text is null or %(township)s::text in (v.township_code, v.township))
"""

_BY_RULE: Final[LiteralString] = f"""
select
    coalesce(f.code, '合计') as code, f.code as term, f.clause, f.rule_zh, f.effective,
    count(*)::integer as findings, count(distinct f.instructor_id)::integer as people,
    count(distinct f.village_id)::integer as villages, min(f.since) as earliest, max(f.since) as latest,
    grouping(f.code) = 1 as sum
from {_FINDINGS}
group by grouping sets ((f.code, f.clause, f.rule, f.rule_zh, f.effective), ())
order by sum, f.code collate "C", f.clause collate "C", f.rule collate "C", f.effective
"""  # noqa: S608 - made of the constant above

_COUNTED: Final = ",\n    ".join(
    f"(count(*) filter (where f.code = '{code.value}'))::integer as {code.value.lower()}"
    for code in FindingCode
)
_BY_TOWNSHIP: Final[LiteralString] = f"""
select
    v.township_code,
    case when grouping(v.township_code) = 1 then '合计'
        else coalesce(v.township, '(不涉及村)') end as township,
    {_COUNTED},
    count(*)::integer as findings, grouping(v.township_code) = 1 as sum
from {_FINDINGS}
group by grouping sets ((v.township_code, v.township), ())
order by sum, v.township_code collate "C", v.township collate "C"
"""  # noqa: S608 - made of the constants above

_EACH: Final[LiteralString] = f"""
select
    (row_number() over listed)::integer as number, f.code, f.clause, f.rule_zh, f.effective, f.batch_year,
    i.name, i.staff_number, v.township, v.name as village, f.from_day, f.to_day, f.found, f.required, f.since,
    greatest(
        (select e.recorded_at from read.event e where e.position = f.known_from),
        (f.since + 1)::timestamp at time zone 'Asia/Shanghai'
    ) as known_since,
    f.known_from, f.exception_reason
from {_FINDINGS}
window listed as (
    order by f.since, f.code collate "C", f.instructor_id nulls first, f.village_id nulls first, f.from_day,
        f.rule collate "C", f.batch_year
)
order by number
"""  # noqa: S608 - made of the constant above


def _code(text: str | None, _: Clock) -> str | None:
    """Return the code of a kind of finding, given as the code or by its Chinese name."""
    name = (text or "").strip()
    if name in _ALL:
        return None
    for code in FindingCode:
        if name in {code.zh, code.value}:
            return code.value
    known = "、".join(f"{code.zh}({code.value})" for code in FindingCode)
    raise bad_request(
        f"没有“{name}”这类问题。可用:{known};不填则为{_ALL[1]}。",
        f"There is no finding {name!r}; give one of {', '.join(FindingCode)}, or nothing for all.",
    )


def _township(text: str | None, _: Clock) -> str | None:
    name = (text or "").strip()
    if name in _ALL:
        return None
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise bad_request(
            f"乡镇应写其九位代码或名称,不超过{_LONGEST_NAME}字;不填则为{_ALL[1]}。",
            f"Name the township by its nine digits or its name, in at most {_LONGEST_NAME} characters; "
            "leave it out for all.",
        )
    return name


def _shown_code(value: Any) -> str:
    return _ALL[1] if value is None else next(code.zh for code in FindingCode if code.value == value)


def _shown_township(value: Any) -> str:
    return _ALL[1] if value is None else str(value)


_RULES: Final = Table(
    name="按类别",
    title="问题汇总(按类别与条款)",
    statement=_BY_RULE,
    summed="sum",
    columns=(
        Column(name="代码", of="code", width=32),
        Column(name="问题", of="term", terms=FindingCode, width=32),
        Column(name="条款", of="clause", width=14),
        Column(name="规定", of="rule_zh", width=40),
        Column(name="施行日", of="effective", kind=Kind.DAY),
        Column(name="问题数", of="findings", kind=Kind.INTEGER, width=9),
        Column(name="涉及人数", of="people", kind=Kind.INTEGER, width=10),
        Column(name="涉及村数", of="villages", kind=Kind.INTEGER, width=10),
        Column(name="最早成立", of="earliest", kind=Kind.DAY),
        Column(name="最近成立", of="latest", kind=Kind.DAY),
    ),
    remarks=("每类问题依成立当日施行的规定判定;人数、村数不重复计,故各行之和可多于合计。",),
)
_TOWNSHIPS: Final = Table(
    name="按乡镇",
    title="问题汇总(按乡镇与类别)",
    statement=_BY_TOWNSHIP,
    summed="sum",
    columns=(
        Column(name="乡镇代码", of="township_code", width=12),
        Column(name="乡镇", of="township", width=16),
        *(Column(name=code.zh, of=code.value.lower(), kind=Kind.INTEGER) for code in FindingCode),
        Column(name="合计", of="findings", kind=Kind.INTEGER, width=9),
    ),
    remarks=("以问题所在村的乡镇计;只涉及人选而不涉及村的(例外处理),列为“不涉及村”。",),
)
_LIST: Final = Table(
    name="问题清单",
    title="问题清单",
    statement=_EACH,
    columns=(
        Column(name="序号", of="number", kind=Kind.INTEGER, width=7),
        Column(name="问题", of="code", terms=FindingCode, width=30),
        Column(name="代码", of="code", width=32),
        Column(name="条款", of="clause", width=14),
        Column(name="规定", of="rule_zh", width=36),
        Column(name="施行日", of="effective", kind=Kind.DAY),
        Column(name="批次", of="batch_year", kind=Kind.INTEGER, width=7),
        Column(name="姓名", of="name", width=12),
        Column(name="干部编号", of="staff_number", width=16),
        Column(name="乡镇", of="township", width=14),
        Column(name="村(社区)", of="village", width=16),
        Column(name="起", of="from_day", kind=Kind.DAY),
        Column(name="止", of="to_day", kind=Kind.DAY),
        Column(name="实际", of="found", kind=Kind.INTEGER, width=8),
        Column(name="应有", of="required", kind=Kind.INTEGER, width=8),
        Column(name="成立之日", of="since", kind=Kind.DAY),
        Column(name="自何时可知", of="known_since", kind=Kind.MOMENT, width=20),
        Column(name="所据位置", of="known_from", kind=Kind.INTEGER, width=10),
        Column(name="例外理由", of="exception_reason", width=30),
    ),
    remarks=(
        "“实际”与“应有”为所比的两数:如到村天数与应到天数,走访户数与应访户数,空缺天数与期限。",
        "“成立之日”为当日终了时首次成立;“自何时可知”为此后一直可由账本得知的最早时刻,“所据位置”为当时的账本位置。",
        "逾期三十日等期限中,由本系统设定而非通知所定者,见规定一栏。",
    ),
)

REPORT: Final = Report(
    name="findings",
    zh="问题清单",
    en="Findings: where a rule was not kept",
    clause="二、三、五",
    tables=(_RULES, _TOWNSHIPS, _LIST),
    parameters=(
        Parameter(
            name="code",
            zh="问题类别",
            en="kind of finding",
            example=FindingCode.FEW_DAYS.zh,
            read=_code,
            shown=_shown_code,
            choices=tuple(code.zh for code in FindingCode),
        ),
        Parameter(
            name="township",
            zh="乡镇(代码或名称)",
            en="township, by its code or name",
            example="430624105",
            read=_township,
            shown=_shown_township,
        ),
    ),
)
