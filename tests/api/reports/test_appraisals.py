"""The report of appraisals: grades as the batches count them, and every appraisal with its parts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.reports.tables.appraisals import DAILY, GRADES, YEARLY
from domain.terms import AppraisalKind, Grade
from tests import facts
from tests.api.reports.looked import NOW, Row, both, day, rows_of
from tests.api.server import Served
from tests.projections.readside import ReadSide

CLOCKS = [
    {"asOf": "2020-12-31", "knownAt": "2021-01-05T00:00:00+08:00"},
    {"asOf": "2021-01-31", "knownAt": "2021-02-01T00:00:00+08:00"},
    NOW,
]


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_appraisal_is_listed_as_graphql_answers_it(story: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        story,
        YEARLY,
        "instructors { nodes { name staffNumber appraisals { kind period grade appraisedOn "
        "scores { part points } village { code } } } }",
        clock,
    )

    names = ("instructor", "staff_number", "code", "kind", "period", "appraised_on", "grade", "parts")
    assert [row.pick(names) for row in rows] == [
        [
            person["name"],
            person["staffNumber"],
            it["village"]["code"],
            AppraisalKind[it["kind"]].zh,
            it["period"],
            day(it["appraisedOn"]),
            Grade[it["grade"]].zh,
            ";".join(f"{score['part']} {score['points']}" for score in it["scores"]),
        ]
        for person in answer["instructors"]["nodes"]
        for it in person["appraisals"]
    ]
    assert len(rows) == (0 if clock == CLOCKS[0] else 1)


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_grades_of_a_batch_are_those_it_is_compared_by(story: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        story,
        GRADES,
        "batches { year figures { figure part value } } "
        "findings(filter: {codes: [NOT_APPRAISED, NO_TERM_END_APPRAISAL]}) { totalCount }",
        clock,
    )

    counted = {
        (row["batch"], grade.name): row[grade]
        for row in rows
        if row["kind"] == AppraisalKind.YEARLY.zh
        for grade in Grade
        if row[grade]
    }
    assert counted == {
        (str(batch["year"]), it["part"]): int(it["value"])
        for batch in answer["batches"]
        for it in batch["figures"]
        if it["figure"] == "GRADE"
    }
    assert sum(row["missing"] for row in rows) == answer["findings"]["totalCount"]
    assert [row for row in rows if row["missing"] and row.marked != {"missing"}] == []


def test_shares_are_of_those_appraised_and_what_is_missing_is_beside_them(side: ReadSide) -> None:
    graded = (("2020-04", Grade.COMPETENT), ("2020-05", Grade.BASIC), ("2020-06", Grade.COMPETENT))
    side.enter(
        *(
            facts.appraised(on=date(2020, 7, number), kind=AppraisalKind.DAILY, period=period, grade=grade)
            for number, (period, grade) in enumerate(graded, start=1)
        )
    )
    side.project()

    def said(row: Row) -> list[Any]:
        return row.pick(("kind", "period", "batch", "given", "competent", "competent_share", "missing"))

    rows = rows_of(side.conninfo, GRADES, date(2020, 12, 31))
    assert [said(row) for row in rows] == [
        ["年度考核", "2020", "2020", 0, 0, None, 1],
        ["年度考核", "2020", "合计", 0, 0, None, 1],
        ["日常考核", "2020", "2020", 3, 2, 0.6667, 0],
        ["日常考核", "2020", "合计", 3, 2, 0.6667, 0],
    ]
    assert [row.summed for row in rows] == [False, True, False, True]
    assert [row.marked for row in rows] == [{"missing"}, set(), set(), set()]


def test_daily_appraisals_have_a_table_of_their_own(side: ReadSide) -> None:
    side.enter(facts.appraised(on=date(2020, 6, 3), kind=AppraisalKind.DAILY, period="2020-05"))
    side.enter(facts.appraised(on=date(2021, 1, 10)))
    side.project()

    daily, yearly = (rows_of(side.conninfo, table, date(2021, 1, 31)) for table in (DAILY, YEARLY))
    assert [row.pick(("kind", "period", "parts")) for row in daily] == [
        ["日常考核", "2020-05", "考勤 95.5;村民测评 100"]
    ]
    assert [row["kind"] for row in yearly] == ["年度考核"]


def test_a_term_without_its_appraisal_is_missing_one(side: ReadSide) -> None:
    side.enter(facts.term_completed())
    side.project()

    rows = rows_of(side.conninfo, GRADES, date(2023, 4, 1))
    assert [row.pick(("kind", "period", "batch", "missing")) for row in rows if row["batch"] == "2020"] == [
        ["年度考核", "2020", "2020", 1],
        ["年度考核", "2021", "2020", 1],
        ["年度考核", "2022", "2020", 1],
        ["期满考核", "2020-2023", "2020", 1],
    ]


def test_an_appraisal_stays_with_the_batch_it_was_made_in(side: ReadSide) -> None:
    side.enter(facts.appraised(on=date(2021, 1, 10)))
    side.enter(facts.recalled(on=date(2021, 3, 1)), facts.instructor_withdrawn(on=date(2021, 3, 1)))
    side.enter(
        facts.appointed(on=date(2021, 4, 1), batch_year=2021, until=date(2024, 3, 31)),
        facts.appraised(on=date(2021, 12, 30), period="2021", grade=Grade.BASIC),
    )
    side.project()

    rows = rows_of(side.conninfo, GRADES, date(2021, 12, 31))
    assert [row.pick(("period", "batch", "excellent", "basic")) for row in rows if not row.summed] == [
        ["2020", "2020", 1, 0],
        ["2021", "2021", 0, 1],
    ]
