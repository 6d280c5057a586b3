"""Batches side by side: every figure, on the clocks of each batch, and the difference to the year before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, LiteralString

import pytest
from psycopg.sql import SQL

from domain.terms import Grade
from tests.facts import (
    ANOTHER_VILLAGE,
    APPOINTMENT,
    MAY_3,
    SUCCESSOR,
    appointed,
    appraised,
    approved,
    checked_in,
    household_removed,
    household_visited,
    nominated,
    project_completed,
    project_started,
    promoted,
    recalled,
    rejected,
    village_approved,
    village_declined,
    village_nominated,
    voided,
)
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import PERSON
from tests.two_batches import (
    FIRST,
    HOUSEHOLDS,
    NEXT_APPOINTMENT,
    NEXT_WORK,
    SECOND,
    STORY,
    WORK,
    present,
)

EVERYTHING = 2**62
DAY_90 = date(2020, 6, 29)
JULY_1 = date(2020, 7, 1)
Figures = dict[str, tuple[Any, ...]]


def figures(
    side: ReadSide, year: int, as_of: date = FOR_EVER, known: int = EVERYTHING, service_day: int | None = None
) -> Figures:
    """A batch's figures by `figure` or `figure.part`: value, value of the year before, difference."""
    rows = side.conn.execute(
        "select figure, part, value, before, difference from read.batch_figure(%s, %s, %s) f"
        " where year = %s order by ordinal",
        (service_day, as_of, known, year),
    )
    return {f"{name}.{part}" if part else name: tuple(numbers) for name, part, *numbers in rows}


def value(side: ReadSide, name: str, as_of: date = FOR_EVER, year: int = 2020) -> Any:
    """One figure of a batch."""
    return figures(side, year, as_of)[name][0]


def clocks(side: ReadSide, as_of: date, service_day: int | None, known: int = EVERYTHING) -> dict[int, Any]:
    """Where each batch stands: day, position, day one, and whether it got there."""
    rows = side.conn.execute(
        "select year, as_of, known, day_one, reached from read.batch_clock(%s, %s, %s) c",
        (service_day, as_of, known),
    )
    return {year: tuple(clock) for year, *clock in rows}


# Each figure


def test_villages_are_those_approved_for_the_year_and_the_share_of_weak_ones_is_of_these(
    read_side: ReadSide,
) -> None:
    read_side.enter(
        village_nominated(weak_or_lagging=True),
        village_approved(),
        village_nominated().of(ANOTHER_VILLAGE),
        village_approved().of(ANOTHER_VILLAGE),
        village_nominated(weak_or_lagging=True).of(PERSON),
        village_declined().of(PERSON),
    )
    read_side.project()
    assert (value(read_side, "villages"), value(read_side, "weak_share")) == (2, Decimal("0.5000"))


def test_every_nomination_counts_and_a_rejection_counts_under_each_clause_it_failed(
    read_side: ReadSide,
) -> None:
    read_side.enter(
        nominated(),
        rejected(clauses_failed=("二(三)", "二(二)")),
        nominated(),
        rejected(clauses_failed=("二(三)",)),
        nominated(),
        nominated().of(SUCCESSOR),
        rejected().of(SUCCESSOR),
    )
    read_side.project()
    found = figures(read_side, 2020)
    assert (found["nominated"][0], found["rejected"][0]) == (4, 3)
    assert {name: it[0] for name, it in found.items() if name.startswith("rejected_under")} == {
        "rejected_under.二(三)": 2,
        "rejected_under.二(二)": 1,
    }


def test_days_to_appointment_run_from_the_last_nomination_before_it(read_side: ReadSide) -> None:
    read_side.enter(*FIRST)  # nominated on 17 and 21 March, appointed on 1 April
    read_side.enter(nominated(on=APPOINTMENT).of(SUCCESSOR), approved(on=APPOINTMENT).of(SUCCESSOR))
    read_side.enter(appointed(village=ANOTHER_VILLAGE, on=APPOINTMENT + timedelta(2)).of(SUCCESSOR))
    read_side.project()
    assert value(read_side, "appointed") == 2
    assert value(read_side, "days_to_appointment.mean") == Decimal("6.5000")
    assert value(read_side, "days_to_appointment.median") == Decimal("6.5000")


def test_attendance_is_judged_by_full_months_alone(read_side: ReadSide) -> None:
    read_side.enter(*FIRST, *present(APPOINTMENT, 20), *present(date(2020, 5, 1), 19))
    read_side.enter(*present(date(2020, 6, 1), 5))
    read_side.project()
    june_29, june_30 = date(2020, 6, 29), date(2020, 6, 30)
    names = ("days_present.mean", "days_present.median", "short_months")
    assert [value(read_side, name, june_29) for name in names] == [
        Decimal("19.5000"),
        Decimal("19.5000"),
        Decimal("0.5000"),
    ]
    assert [value(read_side, name, june_30) for name in names] == [
        Decimal("14.6667"),
        Decimal("19.0000"),
        Decimal("0.6667"),
    ]


def test_coverage_at_90_days_stays_what_it_was_while_coverage_grows(read_side: ReadSide) -> None:
    read_side.enter(*FIRST, *WORK)
    read_side.enter(household_removed(on=date(2020, 8, 1), household=HOUSEHOLDS[3].code))
    read_side.project()
    assert value(read_side, "coverage_at_90_days", DAY_90 - timedelta(1)) is None
    assert value(read_side, "coverage", DAY_90 - timedelta(1)) == Decimal("0.2500")
    for day, coverage in ((DAY_90, "0.5000"), (JULY_1, "0.7500"), (date(2020, 8, 1), "1.0000")):
        assert value(read_side, "coverage_at_90_days", day) == Decimal("0.5000")
        assert value(read_side, "coverage", day) == Decimal(coverage)


def test_projects_count_once_completed_in_a_posting_for_each_village_that_had_one(
    read_side: ReadSide,
) -> None:
    read_side.enter(*FIRST, project_started(), project_completed())
    read_side.enter(nominated(on=MAY_3).of(SUCCESSOR), approved(on=MAY_3).of(SUCCESSOR))
    read_side.enter(appointed(village=ANOTHER_VILLAGE, on=MAY_3).of(SUCCESSOR))
    read_side.project()
    assert value(read_side, "projects_per_village", date(2020, 8, 31)) == 0
    assert value(read_side, "projects_per_village", date(2020, 9, 1)) == Decimal("0.5000")


@pytest.mark.parametrize("appraised_on", [date(2021, 6, 1), date(2022, 1, 10)])
def test_an_appraisal_belongs_to_the_last_posting_there_by_its_day(
    read_side: ReadSide, appraised_on: date
) -> None:
    again = date(2021, 6, 1)
    read_side.enter(*FIRST, appraised(on=date(2021, 1, 10)), recalled(on=date(2021, 5, 1)))
    read_side.enter(nominated(on=MAY_3, batch_year=2021), approved(on=again, batch_year=2021))
    read_side.enter(appointed(on=again, batch_year=2021))
    read_side.enter(appraised(on=appraised_on, period="2021", grade=Grade.BASIC))
    read_side.project()
    grades = {
        year: {name: it for name, it in figures(read_side, year).items() if name.startswith("grade")}
        for year in (2020, 2021)
    }
    assert grades[2020] == {"grade.EXCELLENT": (1, None, None)}
    assert grades[2021] == {"grade.EXCELLENT": (0, 1, -1), "grade.BASIC": (1, 0, 1)}


def test_a_promotion_counts_by_its_posting_and_whether_that_was_ended_by_recall(read_side: ReadSide) -> None:
    read_side.enter(*FIRST, promoted(on=MAY_3), promoted(on=JULY_1), recalled(on=date(2021, 5, 1)))
    read_side.enter(nominated(on=date(2021, 5, 2)).of(SUCCESSOR), approved(on=date(2021, 5, 2)).of(SUCCESSOR))
    read_side.enter(appointed(on=date(2021, 5, 3), replaces=PERSON).of(SUCCESSOR))
    read_side.project()
    names = ("promoted", "promoted_and_stayed", "recalled", "appointed", "replacements")
    before, after = (
        [value(read_side, name, day) for name in names] for day in (date(2021, 4, 30), date(2021, 5, 3))
    )
    assert before == [1, 1, 0, 1, 0]
    assert after == [1, 0, 1, 2, 1]


def test_the_late_share_is_of_all_own_events_in_the_postings(read_side: ReadSide) -> None:
    read_side.enter(*FIRST)  # of these the appointment lies in the posting
    read_side.enter(checked_in(on=MAY_3), on=MAY_3 + timedelta(7))
    read_side.enter(household_visited(on=MAY_3), on=MAY_3 + timedelta(8))
    read_side.project()
    assert value(read_side, "late_share") == Decimal("0.3333")


def test_a_share_of_nothing_is_null(read_side: ReadSide) -> None:
    read_side.enter(village_nominated(), nominated())
    read_side.project()
    found = figures(read_side, 2020)
    nothing = {name for name, it in found.items() if it[0] is None}
    assert nothing == {
        "weak_share",
        "days_to_appointment.mean",
        "days_to_appointment.median",
        "days_present.mean",
        "days_present.median",
        "short_months",
        "coverage_at_90_days",
        "coverage",
        "projects_per_village",
        "late_share",
    }
    assert {it[0] for name, it in found.items() if name not in nothing} == {0, 1}


def test_a_fact_voided_since_counts_as_long_as_that_was_not_known(read_side: ReadSide) -> None:
    read_side.enter(*FIRST)
    before = read_side.enter(promoted(on=MAY_3))
    read_side.enter(voided(6, on=JULY_1))
    read_side.project()
    promotions = [figures(read_side, 2020, known=known)["promoted"][0] for known in (before, before + 1)]
    assert promotions == [1, 0]


# The clocks of a batch


def test_day_one_is_the_first_appointment_that_replaces_nobody(read_side: ReadSide) -> None:
    read_side.enter(appointed(on=MAY_3, replaces=PERSON).of(SUCCESSOR), nominated().of(SUCCESSOR))
    read_side.enter(*FIRST)
    read_side.project()
    assert clocks(read_side, JULY_1, None)[2020][2] == APPOINTMENT


def test_without_a_day_of_service_all_batches_stand_at_the_same_moment(read_side: ReadSide) -> None:
    known = read_side.enter(*FIRST, village_nominated(on=JULY_1, year=2021).of(ANOTHER_VILLAGE))
    read_side.project()
    assert clocks(read_side, JULY_1, None, known) == {
        2020: (JULY_1, known, APPOINTMENT, True),
        2021: (JULY_1, known, None, True),
    }


def test_at_a_day_of_service_each_batch_stands_at_its_own_day_as_then_known(read_side: ReadSide) -> None:
    read_side.enter(*STORY)
    read_side.project()
    day, next_day = APPOINTMENT + timedelta(29), NEXT_APPOINTMENT + timedelta(29)
    by_then, by_next = (
        read_side.value("select read.position_known_at(%s)", noon(d)) for d in (day, next_day)
    )
    assert clocks(read_side, date(2022, 1, 1), 30) == {
        2020: (day, by_then, APPOINTMENT, True),
        2021: (next_day, by_next, NEXT_APPOINTMENT, True),
    }
    assert by_then < by_next


def test_what_was_entered_after_the_day_of_service_is_not_seen_on_it(read_side: ReadSide) -> None:
    read_side.enter(*FIRST, *present(APPOINTMENT, 19))
    read_side.enter(checked_in(on=date(2020, 4, 30)), on=date(2020, 5, 1))
    read_side.project()
    day_30 = date(2020, 4, 30)
    assert figures(read_side, 2020, MAY_3, service_day=30)["days_present.mean"][0] == 19
    assert value(read_side, "days_present.mean", day_30) == 20


def test_a_day_of_service_ends_at_midnight_in_shanghai(read_side: ReadSide) -> None:
    read_side.enter(*FIRST)
    read_side.clock = noon(APPOINTMENT).replace(hour=15, minute=59)  # 23:59 there
    last = read_side.enter(checked_in(on=APPOINTMENT))
    read_side.clock = noon(APPOINTMENT).replace(hour=16)  # the next day
    read_side.enter(checked_in(on=APPOINTMENT).but(place="村口"))
    read_side.project()
    assert clocks(read_side, MAY_3, 1)[2020][1] == last


def test_a_batch_knows_no_more_than_the_programme(read_side: ReadSide) -> None:
    known = read_side.enter(*FIRST, *present(APPOINTMENT, 3))
    read_side.enter(*present(APPOINTMENT + timedelta(3), 3))
    read_side.project()
    assert clocks(read_side, MAY_3, 30, known)[2020] == (date(2020, 4, 30), known, APPOINTMENT, True)


@pytest.mark.parametrize("service_day", [94, 2**31 - 1])
def test_a_batch_that_has_not_got_there_stands_at_the_moment_asked_for(
    read_side: ReadSide, service_day: int
) -> None:
    known = read_side.enter(*FIRST)
    read_side.project()
    assert clocks(read_side, date(2020, 7, 2), 93, known)[2020][3] is True
    assert clocks(read_side, date(2020, 7, 2), service_day, known)[2020] == (
        date(2020, 7, 2),
        known,
        APPOINTMENT,
        False,
    )


# The year before


def test_each_figure_is_compared_with_the_year_before_on_its_own_clocks(read_side: ReadSide) -> None:
    read_side.enter(*STORY)
    read_side.project()
    first = figures(read_side, 2020, date(2021, 5, 1), service_day=40)
    second = figures(read_side, 2021, date(2021, 5, 1), service_day=40)
    assert {it[1:] for it in first.values()} == {(None, None)}
    assert second == {
        "villages": (1, 1, 0),
        "weak_share": (1, 0, 1),
        "nominated": (1, 2, -1),
        "rejected": (0, 1, -1),
        "rejected_under.二(三)": (0, 1, -1),
        "appointed": (1, 1, 0),
        "days_to_appointment.mean": (20, 11, 9),
        "days_to_appointment.median": (20, 11, 9),
        "days_present.mean": (22, 20, 2),
        "days_present.median": (22, 20, 2),
        "short_months": (0, 0, 0),
        "coverage_at_90_days": (None, None, None),
        "coverage": (Decimal("0.3333"), Decimal("0.2500"), Decimal("0.0833")),
        "projects_per_village": (0, 0, 0),
        "promoted": (0, 0, 0),
        "promoted_and_stayed": (0, 0, 0),
        "recalled": (0, 0, 0),
        "replacements": (0, 0, 0),
        "late_share": (0, 0, 0),
    }
    assert list(second) == [name for name in first if name in second]


def test_nothing_is_compared_where_one_of_the_two_has_not_got_there(read_side: ReadSide) -> None:
    read_side.enter(*STORY)
    read_side.project()
    found = figures(read_side, 2021, date(2021, 5, 1), service_day=400)
    assert {it[1:] for it in found.values()} == {(None, None)}
    assert "rejected_under.二(三)" not in found


def test_nothing_is_compared_with_a_batch_two_years_before(read_side: ReadSide) -> None:
    read_side.enter(*FIRST, village_nominated(on=date(2022, 3, 1), year=2022).of(ANOTHER_VILLAGE))
    read_side.project()
    assert {it[1:] for it in figures(read_side, 2022).values()} == {(None, None)}


# The batch as a row


def test_what_is_said_of_a_batch_is_said_on_its_own_clocks(read_side: ReadSide) -> None:
    read_side.enter(*STORY)
    read_side.project()
    rows = read_side.conn.execute(
        "select year, nominated, days_present, projects_completed, full_months, households_visited"
        " from read.batch_compared(61, '2022-06-01', 10000) order by year"
    ).fetchall()
    assert rows == [(2020, 2, 39, 0, 2, 1), (2021, 1, 22, 0, 1, 1)]


def test_figures_nobody_asks_for_are_not_computed(read_side: ReadSide) -> None:
    read_side.enter(*STORY)
    read_side.project()

    def plan(columns: LiteralString) -> str:
        query = SQL("explain select {} from read.batch_compared(90, '2022-06-01', 10000) where year = 2021")
        return "\n".join(line for (line,) in read_side.conn.execute(query.format(SQL(columns))))

    assert "appraisal" in plan("year, figures")
    assert "appraisal" not in plan("year, as_of, known, day_one, reached, nominated, appointed")
    assert "check_in" not in plan("year, as_of, known, day_one, reached, nominated, appointed")


def test_a_batch_of_which_next_to_nothing_is_known_has_its_figures(read_side: ReadSide) -> None:
    read_side.enter(*SECOND, *NEXT_WORK)
    read_side.project()
    found = figures(read_side, 2021, date(2021, 3, 1))
    assert (found["villages"][0], found["nominated"][0], found["appointed"][0]) == (0, 0, 0)
