"""考核: daily, yearly and term-end appraisals (五(二)), a row each, with a column for each part scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import normalize

from api.papers import cells
from api.papers.columns import Column, Row, RowRefused, plain
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.refused import PLACE, REASON
from api.papers.sheets.shared import NAME, PERSON, STAFF_NUMBER, person_of
from api.papers.source import Cell
from domain.commands import Appraise, Score
from domain.terms import AppraisalKind, Grade


def _kind(cell: Cell) -> AppraisalKind:
    return cells.term(cell, AppraisalKind)


def _grade(cell: Cell) -> Grade:
    return cells.term(cell, Grade)


KIND = Column(
    "kind", ("考核方式", "考核类别"), _kind, needed=True, choices=tuple(it.zh for it in AppraisalKind)
)
PERIOD = Column(
    "period",
    ("时段", "考核时段"),
    cells.text,
    needed=True,
    remark_zh="日常考核写月份,如2021-05;年度考核写年度,如2021;期满考核写起止年度,如2020-2023。",
    remark_en="A month (2021-05), a year (2021), or for the term its first and last year (2020-2023).",
)
GRADE = Column("grade", ("等次", "考核等次"), _grade, needed=True, choices=tuple(it.zh for it in Grade))
DAY = Column("day", ("日期", "考核日期"), cells.day, needed=True)
POINTS = Column("points", ("评分",), cells.amount, remark_zh="0至100。", remark_en="0 to 100.")

PARTS: Final = ("考勤", "考绩", "工作述职", "村(居)民测评", "村(社区)干部评议")
"""The parts that 五(二) names; an office may score others."""

NOT_PARTS: Final = frozenset(
    map(
        plain,
        (
            "序号",
            "备注",
            "总分",
            "合计",
            "平均分",
            "排名",
            "名次",
            "乡镇",
            "村",
            "社区",
            "派出单位",
            "职务",
            REASON,
            PLACE,
        ),
    )
)
"""Columns that lists of appraisals have besides."""


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    day, kind = row[DAY], row[KIND]
    person, period = person_of(row, lookup, day), _period(row, kind)
    command = Appraise(
        instructor_id=person, kind=kind, period=period, scores=tuple(_scores(row)), grade=row[GRADE]
    )
    yield Proposed(command, day, fact_id(lookup.county, "appraisals", person, kind, period))


def _period(row: Row, kind: AppraisalKind) -> str:
    """Return the period as the record has it."""
    cell = row.cell(PERIOD)
    try:
        match kind:
            case AppraisalKind.DAILY:
                return cells.month(cell)
            case AppraisalKind.YEARLY:
                return str(cells.year(cell))
            case AppraisalKind.TERM_END:
                return _span(cell)
    except cells.CellUnreadable as error:
        raise RowRefused(
            error.message_zh, error.message_en, column=row.heading(PERIOD), value=cells.shown(cell)
        ) from error


def _span(cell: Cell) -> str:
    """Return the first and the last year of a term, as `2020-2023`."""
    words = normalize("NFKC", cells.text(cell)).replace("至", "-").replace("—", "-").replace("–", "-")
    first, _, last = words.replace("~", "-").replace("--", "-").partition("-")
    return f"{cells.year(first)}-{cells.year(last)}"


def _scores(row: Row) -> Iterator[Score]:
    for heading, cell in row.others().items():
        if plain(heading) not in NOT_PARTS and (points := row.read(POINTS, cell, heading)) is not None:
            yield Score(part="".join(normalize("NFKC", heading).split()), points=points)


APPRAISALS = PaperKind(
    name="appraisals",
    zh="考核结果",
    en="appraisals",
    columns=(STAFF_NUMBER, NAME, KIND, PERIOD, GRADE, DAY),
    either=(PERSON,),
    to_entries=_to_entries,
    others=("评分项目", "a part that is scored"),
    passed_over=NOT_PARTS,
    other_headings=PARTS,
    remarks=(
        (
            f"其余各列为评分项目,0至100分,如:{'、'.join(PARTS)};没有评分的留空。",
            "Each further column is a part that is scored, 0 to 100; leave it empty where it was not.",
        ),
    ),
)
