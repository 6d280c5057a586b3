"""督查调度: tour inspections, monthly meetings and quarterly reviews (五(一)), a row each."""

from __future__ import annotations

from collections.abc import Iterable

from api.papers import cells
from api.papers.columns import Column, Row
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.sheets.shared import NAME, PERSON, STAFF_NUMBER, person_of
from api.papers.source import Cell
from domain.commands import Inspect
from domain.terms import InspectionKind


def _kind(cell: Cell) -> InspectionKind:
    return cells.term(cell, InspectionKind)


KIND = Column("kind", ("方式", "督查方式"), _kind, needed=True, choices=tuple(it.zh for it in InspectionKind))
DAY = Column("day", ("日期", "督查日期"), cells.day, needed=True)
CONCLUSION = Column("conclusion", ("结论", "督查结论", "督查情况"), cells.text, needed=True)
PROBLEMS = Column("problems_found", ("发现问题", "是否发现问题"), cells.yes, choices=("是", "否"))


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    day, kind, conclusion = row[DAY], row[KIND], row[CONCLUSION]
    person = person_of(row, lookup, day)
    command = Inspect(
        instructor_id=person,
        kind=kind,
        conclusion=conclusion,
        problems_found=row.get(PROBLEMS) or False,
    )
    yield Proposed(command, day, fact_id(lookup.county, "inspections", person, kind, day, conclusion))


INSPECTIONS = PaperKind(
    name="inspections",
    zh="督查调度记录",
    en="inspections and meetings",
    columns=(STAFF_NUMBER, NAME, KIND, DAY, CONCLUSION, PROBLEMS),
    either=(PERSON,),
    to_entries=_to_entries,
)
