"""A paper for the intake's own tests: a work diary. A row is a duty, a household visited, or both."""

from __future__ import annotations

from collections.abc import Iterator

from api.papers import cells
from api.papers.columns import Column, Row
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from domain.commands import RecordDuty, VisitHousehold

NUMBER = Column("staff_number", ("干部编号", "工号"), cells.text)
NAME = Column("name", ("姓名",), cells.text)
DAY = Column("day", ("日期",), cells.day, needed=True)
TIME = Column("at", ("时间",), cells.clock)
SUMMARY = Column("summary", ("工作内容",), cells.text)
HOUSEHOLD = Column("household", ("户编号",), cells.text)


def _entries(row: Row, lookup: Lookup) -> Iterator[Proposed | Passed]:
    person = lookup.person(row.get(NUMBER), row.get(NAME), row[DAY])
    summary, household = row.get(SUMMARY), row.get(HOUSEHOLD)
    if summary == "休息":
        yield Passed("休息日没有工作。", "A day of rest.")
    elif summary is not None:
        yield Proposed(
            RecordDuty(instructor_id=person, duty="三(二)1", summary=summary),
            row[DAY],
            fact_id(lookup.county, "diary", person, row[DAY]),
            at=row.get(TIME),
        )
    if household is not None:
        yield Proposed(
            VisitHousehold(instructor_id=person, household=household),
            row[DAY],
            fact_id(lookup.county, "diary visit", person, household, row[DAY]),
            first_counts=True,
        )


DIARY = PaperKind(
    name="diary",
    zh="工作日志",
    en="Work diary",
    columns=(NUMBER, NAME, DAY, TIME, SUMMARY, HOUSEHOLD),
    either=((NUMBER, NAME),),
    to_entries=_entries,
)
