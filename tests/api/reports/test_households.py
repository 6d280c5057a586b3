"""The report of household coverage: it says what GraphQL answers, and marks what the findings say."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from api.reports.cells import Cell
from api.reports.definition import Table
from api.reports.tables.households import COVERAGE, NOT_VISITED
from domain.commands import Household
from domain.terms import HouseholdCategory
from tests import facts
from tests.api.reports.looked import both, day, rows_of
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

CLOCKS = [
    {"asOf": "2020-05-31", "knownAt": "2020-06-02T00:00:00+08:00"},
    {"asOf": "2020-07-05", "knownAt": "2020-07-06T00:00:00+08:00"},
    {"asOf": "2020-07-05"},
]
FIGURES = {
    "households": "households",
    "visited": "visited",
    "poor": "registeredPoor",
    "poor_visited": "registeredPoorVisited",
}
CODES = {
    "HOUSEHOLDS_NOT_VISITED": ("met", "due", "missed"),
    "REGISTERED_POOR_NOT_VISITED": ("poor_met", "poor_due", "poor_missed"),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_coverage_is_what_graphql_answers(demo: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        demo,
        COVERAGE,
        "instructors { nodes { staffNumber name village { code name townshipName } postings { since } "
        "coverage { deadline households visited registeredPoor registeredPoorVisited } } }",
        clock,
    )

    people = {it["staffNumber"]: it for it in answer["instructors"]["nodes"] if it["postings"]}
    assert rows
    assert {row["staff_number"] for row in rows} == set(people)
    for row in rows:
        person = people[row["staff_number"]]
        (covered,), (posting,), village = person["coverage"], person["postings"], person["village"]
        assert row.pick(FIGURES) == [covered[name] for name in FIGURES.values()]
        assert row.pick(("instructor", "code", "village", "township", "since", "deadline")) == [
            person["name"],
            village["code"],
            village["name"],
            village["townshipName"],
            day(posting["since"]),
            day(covered["deadline"]),
        ]
        assert row["day"] == day(answer["asOf"])
        assert row["share"] == pytest.approx(covered["visited"] / covered["households"], abs=0.00005)


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_is_marked_as_overdue_is_what_is_found(demo: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        demo,
        COVERAGE,
        f"findings(filter: {{codes: [{', '.join(CODES)}]}}) "
        "{ nodes { code found required instructor { staffNumber } } }",
        clock,
    )

    found = {
        (it["code"], it["instructor"]["staffNumber"]): (it["found"], it["required"])
        for it in answer["findings"]["nodes"]
    }
    marked = {
        (code, row["staff_number"]): (row[met], row[due])
        for row in rows
        for code, (met, due, missed) in CODES.items()
        if missed in row.marked
    }
    assert marked == found
    assert bool(found) == (answer["asOf"] > "2020-07-01")


def test_the_sum_is_the_coverage_of_the_batch(demo: Served) -> None:
    *_, total = rows_of(demo.county.conninfo, COVERAGE, date(2020, 7, 5))
    (batch,) = demo.ask(
        '{ programme(asOf: "2020-07-05") { batches(years: [2020]) { figures { figure value } } } }'
    )["programme"]["batches"]

    (coverage,) = (it["value"] for it in batch["figures"] if it["figure"] == "COVERAGE")
    assert total.summed
    assert total["township"] == "合计"
    assert Decimal(str(total["share"])) == Decimal(coverage)
    assert not total.marked


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_households_listed_are_those_that_nobody_visited(demo: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        demo,
        NOT_VISITED,
        "villages { nodes { code instructor { staffNumber } "
        "households(first: 500, filter: {registered: true, visited: false}) "
        "{ totalCount nodes { code category since } } } }",
        clock,
    )

    # Each village of this county has had one instructor alone.
    listed = Counter((row["code"], row["household"], row["category"], row["since"]) for row in rows)
    assert listed == Counter(
        (village["code"], it["code"], HouseholdCategory[it["category"]].zh, day(it["since"]))
        for village in answer["villages"]["nodes"]
        if village["instructor"]
        for it in village["households"]["nodes"]
    )
    assert {row["seen_on"] for row in rows} == {None}
    overdue = answer["asOf"] >= "2020-07-01"
    assert [row for row in rows if row.marked != ({"overdue"} if overdue else set())] == []


def test_only_a_household_that_the_deadline_was_for_is_overdue(side: ReadSide) -> None:
    side.enter(
        facts.household_visited(household=Household(code="H-000", category=HouseholdCategory.DISABLED))
    )
    side.enter(
        facts.households_registered(
            Household(code="H-002", category=HouseholdCategory.ORDINARY), on=date(2020, 7, 2)
        )
    )
    side.project()

    def listed(as_of: date) -> list[tuple[str, bool]]:
        return [
            (row["household"], row["overdue"] == "是") for row in rows_of(side.conninfo, NOT_VISITED, as_of)
        ]

    assert listed(date(2020, 6, 30)) == [("H-001", False)]
    assert listed(date(2020, 7, 1)) == [("H-001", True)]
    assert listed(date(2020, 7, 2)) == [("H-001", True), ("H-002", False)]


def test_the_registered_poor_come_first(side: ReadSide) -> None:
    side.enter(facts.households_registered(Household(code="H-000", category=HouseholdCategory.DISABLED)))
    side.project()

    rows = rows_of(side.conninfo, NOT_VISITED, date(2020, 4, 1))
    assert [row.pick(("household", "category")) for row in rows] == [
        ["H-001", "建档立卡贫困户"],
        ["H-000", "残疾人"],
    ]


@pytest.mark.parametrize("who", [facts.SUCCESSOR, PERSON])
def test_whoever_comes_next_has_all_households_to_visit_again(side: ReadSide, who: UUID) -> None:
    side.enter(
        facts.households_registered(Household(code="H-002", category=HouseholdCategory.ORDINARY)),
        facts.household_visited(on=facts.MAY_3),
    )
    side.enter(*facts.RECALLED[len(facts.POSTED) :])
    side.enter(facts.appointed(on=date(2020, 5, 20), replaces=PERSON).of(who))
    side.project()

    def listed(as_of: date) -> list[list[Cell]]:
        names = ("household", "served_since", "deadline", "seen_on")
        return [row.pick(names) for row in rows_of(side.conninfo, NOT_VISITED, as_of)]

    assert listed(date(2020, 5, 2)) == [
        ["H-001", facts.APPOINTMENT, date(2020, 7, 1), None],
        ["H-002", facts.APPOINTMENT, date(2020, 7, 1), None],
    ]
    assert listed(date(2020, 5, 3)) == []
    assert listed(date(2020, 5, 20)) == [
        ["H-001", date(2020, 5, 20), date(2020, 8, 20), facts.MAY_3],
        ["H-002", date(2020, 5, 20), date(2020, 8, 20), None],
    ]


@pytest.mark.parametrize("table", [COVERAGE, NOT_VISITED])
def test_a_day_before_all_that_happened_has_no_rows_and_no_sum(side: ReadSide, table: Table) -> None:
    side.project()

    assert rows_of(side.conninfo, table, date(2020, 3, 16)) == []
