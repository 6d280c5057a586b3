"""走访: households visited (三(一)2), a row each; one visit of a household a day counts."""

from __future__ import annotations

from collections.abc import Iterable

from api.papers import cells
from api.papers.columns import Column, Row
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.sheets.shared import NAME, PERSON, STAFF_NUMBER, person_of
from domain.commands import VisitHousehold

HOUSEHOLD = Column("household", ("户编号", "农户编号", "走访户编号"), cells.text, needed=True)
DAY = Column("day", ("日期", "走访日期", "走访时间"), cells.day, needed=True)


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    day, household = row[DAY], row[HOUSEHOLD]
    person = person_of(row, lookup, day)
    yield Proposed(
        VisitHousehold(instructor_id=person, household=household),
        day,
        fact_id(lookup.county, "visits", person, household, day),
        first_counts=True,
    )


VISITS = PaperKind(
    name="visits",
    zh="走访农户记录",
    en="visits of households",
    columns=(STAFF_NUMBER, NAME, HOUSEHOLD, DAY),
    either=(PERSON,),
    to_entries=_to_entries,
)
