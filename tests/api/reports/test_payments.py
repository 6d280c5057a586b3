"""The basis of payments: what was paid as GraphQL answers it, beside what it was paid on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.reports.tables.payments import AWARDS, SUBSIDIES
from domain.terms import AppraisalKind, Goal, Grade, SubsidyKind
from tests import facts
from tests.api.reports.looked import NOW, Row, both, day, rows_of
from tests.api.server import Served
from tests.projections.readside import ReadSide

SPRING: dict[str, Any] = {"from_month": date(2020, 1, 1), "to_month": date(2020, 7, 1)}
MAY = date(2020, 5, 1)
PAST = {"asOf": "2020-05-31", "knownAt": "2020-06-02T00:00:00+08:00"}
KINDS = {"LIVING": "living", "TRANSPORT": "transport"}


def subsidies(side: ReadSide, as_of: date, **given: Any) -> list[Row]:
    return [row for row in rows_of(side.conninfo, SUBSIDIES, as_of, **(given or SPRING)) if not row.summed]


@pytest.mark.parametrize("clock", [PAST, {"asOf": "2020-07-05"}])
def test_months_and_payments_are_what_graphql_answers(demo: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        demo,
        SUBSIDIES,
        "instructors { nodes { staffNumber subsidies { month kind amount day } "
        "attendance { month daysPresent serviceDays leaveDays } } }",
        clock,
        **SPRING,
    )

    people = answer["instructors"]["nodes"]
    assert {
        (row["staff_number"], row["month"]): row.pick(("days_present", "service_days", "leave_days"))
        for row in rows
    } == {
        (person["staffNumber"], it["month"]): [it["daysPresent"], it["serviceDays"], it["leaveDays"]]
        for person in people
        for it in person["attendance"]
    }
    assert {
        (row["staff_number"], row["month"], name): (Decimal(str(row[kind])), row[f"{kind}_on"])
        for row in rows
        for name, kind in KINDS.items()
        if row[kind] is not None
    } == {
        (person["staffNumber"], it["month"], it["kind"]): (Decimal(it["amount"]), day(it["day"]))
        for person in people
        for it in person["subsidies"]
    }
    over = {row["month"] for row in rows if date.fromisoformat(f"{row['month']}-01") < date(2020, 7, 1)}
    for row in rows:
        unpaid = {kind for kind in KINDS.values() if row[kind] is None and row["month"] in over}
        assert row.marked == unpaid
        assert (row["paid"] or 0) == (row["living"] or 0) + (row["transport"] or 0)


def test_the_sum_is_what_was_paid(demo: Served) -> None:
    *rows, total = rows_of(demo.county.conninfo, SUBSIDIES, date(2020, 7, 5), **SPRING)

    assert total.summed
    assert total["month"] == "合计"
    assert total["paid"] == sum(row["paid"] for row in rows if row["paid"] is not None) > 0
    assert not total.marked


def test_only_the_months_asked_for_are_listed(side: ReadSide) -> None:
    side.project()

    listed = subsidies(side, date(2020, 12, 31), from_month=date(2020, 4, 1), to_month=date(2020, 5, 1))
    assert [row["month"] for row in listed] == ["2020-04", "2020-05"]


def test_a_month_that_is_not_over_is_not_marked_as_unpaid(side: ReadSide) -> None:
    side.enter(facts.subsidy_paid())
    side.project()

    april, may = subsidies(side, date(2020, 5, 31))
    assert (april["remark"], april.marked) == (
        "无生活补助记录;无交通补助记录",
        {"living", "transport"},
    )
    assert (may["living"], may["paid"], may["remark"], may.marked) == (
        900,
        900,
        "无交通补助记录",
        {"transport"},
    )
    *_, may = subsidies(side, date(2020, 5, 30))
    assert (may["living"], may["remark"], may.marked) == (None, None, set())


def test_a_payment_for_a_month_without_service_stands_out(side: ReadSide) -> None:
    side.enter(
        facts.subsidy_paid(),
        facts.subsidy_paid(on=date(2020, 7, 10), kind=SubsidyKind.TRANSPORT, month="2020-06"),
    )
    side.enter(*facts.RECALLED[len(facts.POSTED) :])
    side.project()

    rows = subsidies(side, date(2020, 7, 31))
    assert [(row["month"], row["service_days"], row["paid"], row["remark"]) for row in rows] == [
        ("2020-04", 30, None, "无生活补助记录;无交通补助记录"),
        ("2020-05", 3, 900, "无交通补助记录"),
        ("2020-06", None, 900, "当月不在该村任职"),
    ]
    assert rows[-1].marked == {"service_days"}


def test_whoever_served_two_villages_in_a_month_is_paid_once(side: ReadSide) -> None:
    side.enter(*facts.RECALLED[len(facts.POSTED) :])
    side.enter(
        facts.village_nominated().but(code=facts.ANOTHER_VILLAGE_CODE).of(facts.ANOTHER_VILLAGE),
        facts.appointed(village=facts.ANOTHER_VILLAGE, on=date(2020, 5, 20)),
        facts.subsidy_paid().but(village_id=facts.ANOTHER_VILLAGE),
    )
    side.project()

    rows = subsidies(side, date(2020, 5, 31), from_month=MAY, to_month=MAY)
    assert [(row["service_days"], row["living"], row["remark"]) for row in rows] == [
        (3, None, "无交通补助记录"),
        (12, 900, "无交通补助记录"),
    ]
    assert [row.marked for row in rows] == [{"transport"}, {"transport"}]


@pytest.mark.parametrize("clock", [{"asOf": "2021-01-15", "knownAt": "2021-01-16T00:00:00+08:00"}, NOW])
def test_awards_are_what_graphql_answers(story: Served, clock: dict[str, str]) -> None:
    rows, answer = both(
        story,
        AWARDS,
        "villages { nodes { code name goals { year met assessedOn } awards { year amount paidOn } } } "
        "instructors { nodes { appraisals { kind period grade village { code } } } }",
        clock,
    )

    (row,), (village,) = rows, answer["villages"]["nodes"]
    (goals,), awards = village["goals"], village["awards"]
    grades = [
        Grade[it["grade"]].zh
        for it in answer["instructors"]["nodes"][0]["appraisals"]
        if it["kind"] == "YEARLY"
    ]
    assert row.pick(("code", "village", "year", "goals", "goals_met", "assessed_on", "grades")) == [
        village["code"],
        village["name"],
        goals["year"],
        len(goals["met"]),
        "、".join(Goal[it].zh for it in goals["met"]),
        day(goals["assessedOn"]),
        "、".join(grades),
    ]
    assert len(awards) == (1 if clock == NOW else 0)
    assert row.pick(("amount", "paid_on")) == (
        [float(awards[0]["amount"]), day(awards[0]["paidOn"])] if awards else [None, None]
    )
    assert not row.marked


def test_an_award_without_an_appraisal_of_its_year_is_marked(side: ReadSide) -> None:
    side.enter(facts.goals_assessed(), facts.award_paid())
    appraised = side.enter(facts.appraised(on=date(2021, 2, 10)))
    side.project()

    def said(known: int) -> list[tuple[Any, ...]]:
        return [
            (row["grades"], row["remark"], row.marked)
            for row in rows_of(side.conninfo, AWARDS, date(2021, 2, 28), known)
        ]

    total: tuple[Any, ...] = (None, None, set())
    assert said(appraised - 1) == [(None, "无年度考核记录", {"amount"}), total]
    assert said(appraised) == [("优秀", None, set()), total]


def test_the_grades_of_all_who_were_appraised_for_the_year_are_listed(side: ReadSide) -> None:
    side.enter(facts.goals_assessed(), facts.award_paid())
    side.enter(
        facts.appraised(on=date(2021, 2, 9), kind=AppraisalKind.DAILY, period="2021-01"),
        facts.appraised(on=date(2021, 2, 11)),
        facts.appraised(on=date(2021, 2, 10), grade=Grade.BASIC).of(facts.SUCCESSOR),
    )
    side.project()

    row, total = rows_of(side.conninfo, AWARDS, date(2021, 2, 28))
    assert row["grades"] == "基本称职、优秀"
    assert total.summed
    assert row["amount"] == total["amount"] > 0
