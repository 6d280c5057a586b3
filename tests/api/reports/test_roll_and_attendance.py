"""花名册 and 到村打卡考勤: their cells are what the API answers on the same two clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

import pytest

from api.reports.definition import Table
from api.reports.tables.attendance import REPORT as ATTENDANCE
from api.reports.tables.roll import REPORT as ROLL
from domain.terms import Departure, Gender
from ledger.database import connect, found_ledger
from tests import facts, postgres
from tests.api.reports.looked import NOW, both, day, rows_of
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.facts import checked_in, forgotten, leave_granted, recalled
from tests.projections.readside import ReadSide
from tests.two_batches import STORY

THEN = {"asOf": "2021-05-15", "knownAt": "2021-05-20T00:00:00+08:00"}
"""A day in the service of both, as it was known five days later."""
EVERY_MONTH: dict[str, Any] = {"from_month": date(2020, 1, 1), "to_month": date(2099, 12, 1)}
TOWNSHIPS, PEOPLE = ATTENDANCE.tables
SERVING, LEFT = ROLL.tables
INSTRUCTORS = """
instructors { nodes {
  name staffNumber gender sendingUnit batchYear stage since until departedOn departure
  village { name township { name } }
  attendance {
    month firstDay lastDay daysPresent fullMonth leaveDays required short lateEntries village { name }
  }
} }
"""
TOTALS = "townships { name fullMonths shortMonths } totals { fullMonths shortMonths }"


@pytest.fixture(scope="module")
def county(server: str, template: str) -> Iterator[Served]:
    """Two batches; the person of 2020 had leave, a check-in entered late, and was recalled in 2022."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.enter(*STORY, leave_granted(date(2020, 4, 29), date(2020, 5, 3), on=date(2020, 4, 28)))
        side.enter(checked_in(on=date(2021, 5, 4)), on=date(2022, 1, 20))
        side.enter(recalled(on=date(2022, 2, 1)))
        side.project()
        side.close()
        with serving(conninfo) as it:
            yield it


@pytest.mark.parametrize("clock", [THEN, NOW], ids=["then", "now"])
def test_each_month_of_a_person_is_what_the_api_answers(county: Served, clock: dict[str, str]) -> None:
    rows, answer = both(county, PEOPLE, INSTRUCTORS, clock, **EVERY_MONTH)
    months = {
        (person["batchYear"], it["month"]): it
        for person in answer["instructors"]["nodes"]
        for it in person["attendance"]
    }

    assert {(row["batch_year"], row["month"]) for row in rows} == months.keys()
    for row in rows:
        it = months[row["batch_year"], row["month"]]
        lacking = it["required"] - it["daysPresent"] if it["short"] else None
        required = it["required"] if it["fullMonth"] else None
        names = ("village", "first_day", "last_day", "days_present", "leave_days", "late_entries")
        assert row.pick((*names, "required", "lacking")) == [
            it["village"]["name"],
            day(it["firstDay"]),
            day(it["lastDay"]),
            it["daysPresent"],
            it["leaveDays"],
            it["lateEntries"],
            required,
            lacking,
        ]
        assert row["judged"] == ("整月" if it["fullMonth"] else "非整月")
        assert row.marked == ({"days_present", "lacking"} if it["short"] else set())


@pytest.mark.parametrize("clock", [THEN, NOW], ids=["then", "now"])
def test_the_months_of_a_township_add_up_to_what_the_api_answers(
    county: Served, clock: dict[str, str]
) -> None:
    rows, answer = both(county, TOWNSHIPS, TOTALS, clock, **EVERY_MONTH)

    assert answer["townships"]
    for it in answer["townships"]:
        own = [row for row in rows if row["township"] == it["name"]]
        assert sum(row["full_months"] for row in own) == it["fullMonths"]
        assert sum(row["short_months"] for row in own) == it["shortMonths"]
    as_of, known = date.fromisoformat(answer["asOf"]), int(answer["position"])
    *_, last = rows_of(county.county.conninfo, TOWNSHIPS, as_of, known, **EVERY_MONTH)
    assert last.summed
    total = answer["totals"]
    assert last.pick(["month", "full_months", "short_months"]) == [
        "合计",
        total["fullMonths"],
        total["shortMonths"],
    ]


def test_the_sums_of_a_month_are_worked_out_from_its_people(county: Served) -> None:
    april, may = (
        next(row for row in of(county, TOWNSHIPS) if row["month"] == month and row.summed)
        for month in ("2020-04", "2020-05")
    )

    assert april.pick(["people", "full_months", "short_months", "lacking", "leave_days"]) == [1, 1, 0, 0, 2]
    assert (april["reached"], april["mean"], april.marked) == (1, 20, set())
    assert may.pick(["people", "full_months", "short_months", "lacking", "leave_days"]) == [1, 1, 1, 1, 3]
    assert (may["reached"], may["mean"], may.marked) == (0, 19, {"short_months", "lacking"})


def test_only_the_months_that_are_asked_for_are_told(county: Served) -> None:
    asked = {"from_month": date(2020, 5, 1), "to_month": date(2020, 6, 1)}

    for table in ATTENDANCE.tables:
        assert {row["month"] for row in of(county, table, **asked)} - {"合计"} == {"2020-05", "2020-06"}
        nothing = {"from_month": date(2019, 5, 1), "to_month": date(2019, 6, 1)}
        assert of(county, table, **nothing) == []


@pytest.mark.parametrize("clock", [THEN, NOW], ids=["then", "now"])
def test_the_roll_has_those_who_serve_and_those_who_left_as_the_api_answers(
    county: Served, clock: dict[str, str]
) -> None:
    serving_now, answer = both(county, SERVING, INSTRUCTORS, clock)
    left, _ = both(county, LEFT, INSTRUCTORS, clock)
    people = {it["batchYear"]: it for it in answer["instructors"]["nodes"]}
    rows = {row["batch_year"]: row for row in chain(serving_now, left)}

    assert rows.keys() == people.keys()
    for batch, row in rows.items():
        it = people[batch]
        names = ("who", "staff", "gender", "sending_unit", "township", "village", "since")
        assert row.pick(names) == [
            it["name"],
            it["staffNumber"],
            Gender[it["gender"]].zh,
            it["sendingUnit"],
            it["village"]["township"]["name"],
            it["village"]["name"],
            day(it["since"]),
        ]
        assert row["days_present"] == sum(month["daysPresent"] for month in it["attendance"])
    ended = {batch: it["until"] < answer["asOf"] or it["departedOn"] for batch, it in people.items()}
    assert {row["batch_year"]: row["until"] for row in serving_now} == {
        batch: day(it["until"]) for batch, it in people.items() if not ended[batch]
    }
    assert {row["batch_year"]: (row["last_day"], row["departure"]) for row in left} == {
        batch: (day(it["until"]), it["departure"] and Departure[it["departure"]].zh)
        for batch, it in people.items()
        if ended[batch]
    }


def test_the_roll_tells_what_the_form_says_and_how_many_there_are(county: Served) -> None:
    first, *_, total = of(county, SERVING, as_of=date(2021, 5, 15))

    form = facts.form()
    assert first.pick(["number", "office", "born", "party_joined", "days"]) == [
        1,
        form.position,
        f"{form.born:%Y-%m}",
        form.party_joined,
        (date(2021, 5, 15) - facts.APPOINTMENT).days + 1,
    ]
    assert (first["education"], first["employment"]) == (form.education.zh, form.employment.zh)
    assert (total["number"], total["who"], total["staff"], total.summed) == (None, "合计", "2人次", True)


def test_of_somebody_forgotten_the_roll_has_the_service_and_nothing_of_the_form(
    lived: tuple[ReadSide, Served],
) -> None:
    side, county = lived
    side.enter(*STORY, recalled(on=date(2022, 2, 1)))
    side.project()
    before, *_ = of(county, SERVING, as_of=date(2021, 5, 15))
    side.enter(forgotten(on=date(2022, 3, 1)))
    side.project()
    first, second, total = of(county, SERVING, as_of=date(2021, 5, 15))
    of_the_form = ("who", "gender", "office", "born", "party_joined", "education", "employment")
    assert first.pick(of_the_form) == ["已删除"] * 7
    none = dict.fromkeys(of_the_form)
    assert first.cells | none == before.cells | none
    assert "已删除" not in (*second.pick(of_the_form), *total.pick(of_the_form))
    (left, *_) = of(county, LEFT)
    assert left.pick(["who", "gender", "office"]) == ["已删除"] * 3


def of(county: Served, table: Table, as_of: date = date(2022, 3, 1), **given: Any) -> list[Any]:
    """The rows of a table as all is known now, sums too."""
    return rows_of(county.county.conninfo, table, as_of, **(given or EVERY_MONTH))
