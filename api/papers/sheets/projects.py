"""实事: practical projects (三(四)4), a row each; it is brought again with the outcome when it is done."""

from __future__ import annotations

from collections.abc import Iterable

from api.papers import cells
from api.papers.columns import AnyColumn, Column, Row, RowRefused
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.sheets.shared import NAME, PERSON, STAFF_NUMBER, person_of
from domain.commands import CompleteProject, StartProject
from domain.ids import project_id
from domain.refusals import ProjectAlreadyCompleted, ProjectAlreadyStarted

YEAR = Column("year", ("年度",), cells.year, needed=True, remark_zh="如:2021")
TITLE = Column("title", ("名称", "实事名称", "项目名称"), cells.text, needed=True)
STARTED_ON = Column("started_on", ("启动日期", "启动时间"), cells.day, needed=True)
COMPLETED_ON = Column(
    "completed_on",
    ("办结日期", "办结时间", "完成日期"),
    cells.day,
    remark_zh="未办结的留空;办结后补填再次导入。",
    remark_en="Empty while it is under way; bring the row again when it is done.",
)
OUTCOME = Column(
    "outcome", ("成效",), cells.text, remark_zh="办结的必填。", remark_en="Needed when it is done."
)
HOUSEHOLDS = Column("households_served", ("受益户数",), cells.whole)


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    started, year, title = row[STARTED_ON], row[YEAR], row[TITLE]
    person = person_of(row, lookup, started)
    fact = (lookup.county, "projects", person, year, title)
    yield Proposed(
        StartProject(instructor_id=person, year=year, title=title),
        started,
        fact_id(*fact),
        known_by=(ProjectAlreadyStarted,),
    )
    completed = row.get(COMPLETED_ON)
    if completed is None:
        _check_under_way(row)
        return
    yield Proposed(
        CompleteProject(
            instructor_id=person,
            project_id=project_id(person, year, title),
            outcome=row[OUTCOME],
            households_served=row.get(HOUSEHOLDS) or 0,
        ),
        completed,
        fact_id(*fact, "completed"),
        known_by=(ProjectAlreadyCompleted,),
    )


def _check_under_way(row: Row) -> None:
    """Refuse an outcome without the day on which the project was done."""
    outcome: tuple[AnyColumn, ...] = (OUTCOME, HOUSEHOLDS)
    for column in outcome:
        if row.get(column):
            raise RowRefused(
                f"填了{column.name}但没有{COMPLETED_ON.name},请补填日期;未办结的都留空。",
                f"{column.name} is filled in, but not {COMPLETED_ON.name}: give the day, or neither.",
                column=row.heading(COMPLETED_ON),
            )


PROJECTS = PaperKind(
    name="projects",
    zh="实事台账",
    en="practical projects",
    columns=(STAFF_NUMBER, NAME, YEAR, TITLE, STARTED_ON, COMPLETED_ON, OUTCOME, HOUSEHOLDS),
    either=(PERSON,),
    to_entries=_to_entries,
)
