"""The report of practical projects: the list that GraphQL answers, and the years of service that lack one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from api.reports.tables.projects import EACH, YEARLY
from tests import facts
from tests.api.reports.looked import LATEST, NOW, Row, both, day, rows_of
from tests.api.server import Served
from tests.projections.readside import ReadSide

CLOCKS = [
    {"asOf": "2020-06-30", "knownAt": "2020-09-15T00:00:00+08:00"},
    {"asOf": "2021-03-31", "knownAt": "2021-04-01T00:00:00+08:00"},
    NOW,
]


def years(side: ReadSide, as_of: date, known: int = LATEST) -> list[Row]:
    return [row for row in rows_of(side.conninfo, YEARLY, as_of, known) if not row.summed]


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_list_is_what_graphql_answers(story: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        story,
        EACH,
        "villages { nodes { code name townshipName projects { year title startedOn completedOn outcome "
        "householdsServed instructor { name staffNumber } } } }",
        clock,
    )

    assert [list(row.cells.values()) for row in rows] == [
        [
            village["townshipName"],
            village["name"],
            village["code"],
            it["instructor"]["name"],
            it["instructor"]["staffNumber"],
            it["year"],
            it["title"],
            day(it["startedOn"]),
            day(it["completedOn"]),
            "办结" if it["completedOn"] else "在办",
            it["outcome"],
            it["householdsServed"],
        ]
        for village in answer["villages"]["nodes"]
        for it in village["projects"]
    ]
    assert {row["standing"] for row in rows} == {"在办" if clock == CLOCKS[0] else "办结"}


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_years_of_service_count_each_project_once(story: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        story,
        YEARLY,
        "instructors { nodes { staffNumber projectsStarted projectsCompleted } } "
        "findings(filter: {codes: [NO_PROJECT]}) { nodes { from to found required } }",
        clock,
    )

    (person,) = answer["instructors"]["nodes"]
    assert {row["staff_number"] for row in rows} == {person["staffNumber"]}
    assert sum(row["started"] for row in rows) == person["projectsStarted"]
    assert sum(row["completed"] for row in rows) == person["projectsCompleted"]
    assert [
        (row["first_day"], row["day"], row["completed"], row["completed"] + row["missing"])
        for row in rows
        if "missing" in row.marked
    ] == [(day(it["from"]), day(it["to"]), it["found"], it["required"]) for it in answer["findings"]["nodes"]]


def test_the_projects_of_a_village_come_by_their_year_and_start(side: ReadSide) -> None:
    started = ((2021, date(2020, 12, 1), "C"), (2020, date(2020, 6, 1), "B"), (2020, date(2020, 5, 5), "A"))
    side.enter(
        *(
            facts.project_started(on=on, year=year).but(title=title, project_id=UUID(int=number))
            for number, (year, on, title) in enumerate(started)
        )
    )
    side.project()

    rows = rows_of(side.conninfo, EACH, date(2020, 12, 31))
    assert [row.pick(("year", "title")) for row in rows] == [[2020, "A"], [2020, "B"], [2021, "C"]]


def test_a_year_without_a_project_is_marked_once_it_is_over(side: ReadSide) -> None:
    side.project()

    (unfinished,) = years(side, date(2021, 3, 30))
    assert (unfinished["whole"], unfinished["missing"], unfinished.marked) == ("否", None, set())
    (over,) = years(side, date(2021, 3, 31))
    assert over.pick(("number", "first_day", "day", "whole", "wanted", "completed", "missing")) == [
        1,
        facts.APPOINTMENT,
        date(2021, 3, 31),
        "是",
        "1—2",
        0,
        1,
    ]
    assert over.marked == {"missing"}


def test_the_years_of_a_whole_term_are_three(side: ReadSide) -> None:
    side.enter(facts.project_started(on=date(2021, 5, 1)), facts.project_completed(on=date(2021, 9, 1)))
    side.project()

    found = side.ask("finding", code="NO_PROJECT")
    assert [(row["number"], row["completed"], row["missing"]) for row in years(side, date(2024, 1, 1))] == [
        (1, 0, 1),
        (2, 1, None),
        (3, 0, 1),
    ]
    assert [it["from_day"] for it in found] == [date(2020, 4, 1), date(2022, 4, 1)]
    total = rows_of(side.conninfo, YEARLY, date(2024, 1, 1))[-1]
    assert (total.summed, total["completed"], total["missing"], total.marked) == (True, 1, 2, set())


def test_a_year_that_a_recall_cut_short_is_not_judged(side: ReadSide) -> None:
    before = side.enter(facts.project_started(on=date(2020, 5, 2)))
    side.enter(facts.recalled(on=date(2021, 3, 30)), facts.instructor_withdrawn(on=date(2021, 3, 30)))
    side.project()

    (cut,) = years(side, date(2022, 1, 1))
    assert (cut["day"], cut["whole"], cut["started"], cut.marked) == (
        date(2021, 3, 30),
        "否",
        1,
        set(),
    )
    assert [bool(row.marked) for row in years(side, date(2021, 12, 31), before)] == [True, False]
