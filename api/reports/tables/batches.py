"""批次比较: every figure by which batches are compared, at one moment and at the same day of service.

The figures are those of `read.batch_figure` (docs/answers.md, "Batches"), turned so that a batch is a row.
"""

from __future__ import annotations

import re
from typing import Any, Final, LiteralString

from api.clock import Clock
from api.problems import bad_request
from api.reports.definition import Chart, Column, Kind, Parameter, Report, Table
from api.types.comparison import BatchFigureName as Name
from api.types.comparison import Unit
from domain.terms import Grade

_Key = tuple[Name, str | None]
_PARTS: Final = {"mean": "平均", "median": "中位数"} | {grade.name: grade.zh for grade in Grade}
_WHOLE: Final = {Unit.VILLAGES, Unit.PEOPLE}
_COMMON: Final = "各批次均到之日"
"""How it is said that the day of service is the last one that all batches have reached."""
_LAST_DAY: Final = 3 * 366
"""No posting lasts longer than three years (二(二))."""

_SELECTION: Final[tuple[_Key, ...]] = (
    (Name.VILLAGES, None),
    (Name.WEAK_SHARE, None),
    (Name.NOMINATED, None),
    (Name.REJECTED, None),
    (Name.APPOINTED, None),
    (Name.DAYS_TO_APPOINTMENT, "mean"),
    (Name.DAYS_TO_APPOINTMENT, "median"),
)
_WORK: Final[tuple[_Key, ...]] = (
    (Name.DAYS_PRESENT, "mean"),
    (Name.DAYS_PRESENT, "median"),
    (Name.SHORT_MONTHS, None),
    (Name.COVERAGE_AT_90_DAYS, None),
    (Name.COVERAGE, None),
    (Name.PROJECTS_PER_VILLAGE, None),
    (Name.LATE_SHARE, None),
)
_PEOPLE: Final[tuple[_Key, ...]] = (
    *((Name.GRADE, grade.name) for grade in Grade),
    (Name.PROMOTED, None),
    (Name.PROMOTED_AND_STAYED, None),
    (Name.RECALLED, None),
    (Name.REPLACEMENTS, None),
)


def _alias(key: _Key) -> str:
    name, part = key
    return name.value if part is None else f"{name.value}_{part.lower()}"


def _pivoted(key: _Key) -> str:
    """Return the columns of a figure: a grade that nobody got is not listed, and counts nothing."""
    name, part = key
    cast = "::integer" if name.unit in _WHOLE else ""
    of = f"filter (where f.figure = '{name.value}'" + (f" and f.part = '{part}')" if part else ")")
    value = f"max(f.value) {of}"
    if name is Name.GRADE:
        value = f"coalesce({value}, 0)"
    return f"({value}){cast} as {_alias(key)}, (max(f.difference) {of}){cast} as {_alias(key)}_change"


def _statement(day: LiteralString) -> LiteralString:
    """Return the statement of all figures, a batch a row, with every batch at a day of its service."""
    figures = ",\n        ".join(_pivoted(key) for key in (*_SELECTION, *_WORK, *_PEOPLE))
    return f"""
select
    c.year, c.as_of as stands, c.known as known_position, c.day_one, c.as_of - c.day_one + 1 as service_day,
    case when c.reached then '是' else '否' end as there, not c.reached as behind, f.*
from (select {day} as day) asked
cross join lateral (
    select
        f.year as batch_year,
        {figures},
        string_agg(
            f.part || ':' || f.value
            || case when f.difference = 0 then '(较上年±0)'
                else coalesce(to_char(f.difference, '(较上年FMSG999990)'), '') end,
            ';' order by f.ordinal
        ) filter (where f.figure = 'rejected_under') as rejected_under
    from read.batch_figure(asked.day, %(as_of)s, %(known)s) f
    group by f.year
) f
join lateral read.batch_clock(asked.day, %(as_of)s, %(known)s) c on c.year = f.batch_year
order by c.year
"""  # noqa: S608 - made of the names declared above


_NOW: Final = _statement("null::integer")
_SAME_DAY: Final = _statement(
    "coalesce(%(service_day)s::integer, (select min(%(as_of)s::date - b.day_one + 1) "
    "from read.batch_clock(null, %(as_of)s, %(known)s) b))"
)


def _columns(keys: tuple[_Key, ...]) -> tuple[Column, ...]:
    kinds = {Unit.SHARE: Kind.RATIO} | dict.fromkeys(_WHOLE, Kind.INTEGER)
    columns = []
    for key in keys:
        name, part = key
        title = name.zh + (f"·{_PARTS[part]}" if part else "")
        kind = kinds.get(name.unit, Kind.DECIMAL)
        columns.append(Column(name=f"{title}({name.unit.zh})", of=_alias(key), kind=kind, width=14))
        columns.append(Column(name=f"{title}较上年", of=f"{_alias(key)}_change", kind=kind, width=11))
    return tuple(columns)


_BATCH: Final = (
    Column(name="批次", of="year", kind=Kind.INTEGER, width=8),
    Column(name="首批任职日", of="day_one", kind=Kind.DAY),
)
_STANDS: Final = (
    Column(name="所处日期", of="stands", kind=Kind.DAY),
    Column(name="所知位置", of="known_position", kind=Kind.INTEGER, width=10),
    Column(name="任职第几天", of="service_day", kind=Kind.INTEGER, width=11),
    Column(name="已到该任职日", of="there", width=13, marked="behind"),
)
_CLAUSES: Final = Column(
    name=f"{Name.REJECTED_UNDER.zh}({Name.REJECTED_UNDER.unit.zh})", of="rejected_under", width=36
)
_DIFFERENCE: Final = "“较上年”为与上一年批次之差;占比之差为百分点;空白为无从计算。"


def _chart(title: str, *keys: _Key, counts: str) -> Chart:
    return Chart(title=title, categories="year", values=tuple(map(_alias, keys)), number_axis=counts)


_SECTIONS: Final = (
    (
        "选派",
        (*_columns(_SELECTION), _CLAUSES),
        (
            "选派:重点村二(一),人选二(三),任职二(二)。",
            "相隔天数自最近一次推荐至任命;退回所依条款为“条款:人次”,一人可不符多条。",
        ),
        (
            _chart("各批次推荐、退回与任命", *_SELECTION[2:5], counts="人次"),
            _chart("推荐至任命相隔", *_SELECTION[5:], counts="天"),
        ),
    ),
    (
        "在村工作",
        _columns(_WORK),
        (
            "驻村三(一)1,走访三(一)2,办实事三(四)4。整月指全月在任之月;不足指少于当时规定的天数。",
            "补录超期指事发后逾七日方录入,占其全部记录之比。",
        ),
        (
            _chart("整月到村天数", *_WORK[:2], counts="天/月"),
            _chart("走访覆盖与到村不足", *_WORK[2:5], counts="占比"),
            _chart("每村办结实事", _WORK[5], counts="件/村"),
        ),
    ),
    (
        "考核与去留",
        _columns(_PEOPLE),
        ("年度考核五(二),提拔留任二(二),召回与补派五(三)。等次按考核人次计。",),
        (
            _chart("年度考核等次", *_PEOPLE[: len(Grade)], counts="人次"),
            _chart("提拔、召回与补派", *_PEOPLE[len(Grade) :], counts="人次"),
        ),
    ),
)
_AT_ONE_MOMENT: Final = tuple(
    Table(
        name=name,
        title=f"批次比较:{name}(同一时点)",
        statement=_NOW,
        columns=(*_BATCH, *columns),
        remarks=(*remarks, _DIFFERENCE),
        charts=charts,
    )
    for name, columns, remarks, charts in _SECTIONS
)
_AT_ONE_DAY: Final = tuple(
    Table(
        name=f"{name}(同一任职日)",
        title=f"批次比较:{name}(同一任职日)",
        statement=_SAME_DAY,
        columns=(*_BATCH, *_STANDS, *columns),
        remarks=(
            *remarks,
            _DIFFERENCE,
            "各批次均按任职同一天、以当日所知为准;尚未到该日的批次按截至日期列出,不作比较。",
        ),
        charts=charts,
    )
    for name, columns, remarks, charts in _SECTIONS
)


def _read(text: str | None, _: Clock) -> int | None:
    if text is None or text.strip() in {"", _COMMON}:
        return None
    if re.fullmatch(r"\d{1,4}", text.strip(), re.ASCII) and 1 <= int(text) <= _LAST_DAY:
        return int(text)
    raise bad_request(
        f"任职第几天应为1至{_LAST_DAY}的整数,如400,不是“{text}”;不填则取{_COMMON}。",
        f"The day of service is a whole number from 1 to {_LAST_DAY}, such as 400, not {text!r}; "
        "left out, it is the last day that all batches have reached.",
    )


def _shown(value: Any) -> str:
    return _COMMON if value is None else str(value)


_SERVICE_DAY: Final = Parameter(
    name="service_day",
    zh=f"任职第几天(不填则为{_COMMON})",
    en="day of service; if left out, the last one that all batches have reached",
    example="400",
    read=_read,
    shown=_shown,
)

REPORT: Final = Report(
    name="batches",
    zh="批次比较表",
    en="Batches compared, year over year",
    clause="二、三、五",
    tables=_AT_ONE_MOMENT + _AT_ONE_DAY,
    parameters=(_SERVICE_DAY,),
)
