"""The days on which something begins or ends, a sentence each: which side of the edge they are on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.commands import Household
from domain.terms import HouseholdCategory
from tests.facts import (
    ANOTHER_VILLAGE,
    APPOINTMENT,
    HOUSEHOLD,
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    POSTED,
    READY,
    SUCCESSOR,
    SUCCESSORS_NUMBER,
    appointed,
    approved,
    checked_in,
    household_removed,
    household_visited,
    households_registered,
    instructor_posted,
    instructor_withdrawn,
    leave_granted,
    nominated,
    party_relation_transferred,
    project_completed,
    project_started,
    promoted,
    recalled,
    term_completed,
    village_approved,
    village_nominated,
    voided,
)
from tests.projections.readside import FOR_EVER, ReadSide
from tests.scenario import PERSON, Fact

A_DAY = timedelta(1)
LEAP_DAY = date(2024, 2, 29)
MAY_4 = MAY_3 + A_DAY
OTHER_HOUSEHOLD = Household(code="H-002", category=HouseholdCategory.ORDINARY)


def serving(*, on: date, until: date) -> tuple[Fact, ...]:
    """A village with two households and its instructor, who serves between two days."""
    return (
        *KEY_VILLAGE,
        households_registered(HOUSEHOLD, OTHER_HOUSEHOLD),
        *READY,
        instructor_posted(on=on, until=until),
        appointed(on=on, until=until),
    )


def month(side: ReadSide, as_of: date, of: str, **where: Any) -> dict[str, Any]:
    return side.one("attendance", as_of, month=of, **where)


# The ends of months


@pytest.mark.parametrize(
    "last",
    [date(2023, 4, 30), date(2023, 5, 31), date(2024, 2, 29), date(2025, 2, 28), date(2023, 12, 31)],
)
def test_a_month_is_whole_at_the_end_of_its_last_day(read_side: ReadSide, last: date) -> None:
    read_side.enter(*serving(on=date(2023, 3, 20), until=date(2026, 3, 19)))
    read_side.project()

    eve, end = (month(read_side, day, f"{last:%Y-%m}") for day in (last - A_DAY, last))
    assert (eve["service_days"], eve["full_month"], eve["short"]) == (last.day - 1, False, False)
    assert (end["service_days"], end["full_month"], end["short"]) == (last.day, True, True)
    assert month(read_side, last + A_DAY, f"{last + A_DAY:%Y-%m}")["service_days"] == 1


def test_service_from_the_first_of_a_month_makes_it_whole_and_from_the_second_does_not(
    read_side: ReadSide,
) -> None:
    may_1, may_31 = date(2020, 5, 1), date(2020, 5, 31)
    read_side.enter(*serving(on=may_1, until=date(2023, 4, 30)))
    read_side.enter(
        *(fact.of(ANOTHER_VILLAGE) for fact in (village_nominated(), village_approved())),
        *(fact.of(SUCCESSOR) for fact in (nominated(on=may_1), approved(on=may_1))),
        appointed(on=may_1 + A_DAY, village=ANOTHER_VILLAGE).of(SUCCESSOR),
    )
    read_side.project()

    first, second = (
        month(read_side, may_31, "2020-05", instructor_id=person) for person in (PERSON, SUCCESSOR)
    )
    assert (first["service_days"], first["full_month"]) == (31, True)
    assert (second["service_days"], second["full_month"]) == (30, False)


def test_the_last_and_the_first_day_of_two_months_are_counted_each_in_its_own(read_side: ReadSide) -> None:
    april_30, may_1 = date(2020, 4, 30), date(2020, 5, 1)
    read_side.enter(*POSTED, leave_granted(april_30, may_1, on=april_30))
    read_side.enter(checked_in(on=april_30), checked_in(on=may_1))
    read_side.project()

    rows = [month(read_side, date(2020, 5, 31), of) for of in ("2020-04", "2020-05")]
    assert [(row["days_present"], row["leave_days"]) for row in rows] == [(1, 1), (1, 1)]


# The leap day


def test_the_leap_day_is_a_day_of_february(read_side: ReadSide) -> None:
    read_side.enter(*serving(on=date(2023, 3, 20), until=date(2026, 3, 19)))
    days = [date(2024, 2, day) for day in range(10, 30)]
    read_side.enter(*(checked_in(on=day) for day in days))
    read_side.project()

    february = month(read_side, LEAP_DAY, "2024-02")
    assert (february["service_days"], february["days_present"], february["short"]) == (29, 20, False)
    assert len(read_side.ask("check_in", LEAP_DAY - A_DAY)) == 19


def test_a_term_that_began_on_the_leap_day_ends_on_the_last_of_february(read_side: ReadSide) -> None:
    last = date(2027, 2, 28)
    read_side.enter(*serving(on=LEAP_DAY, until=last))
    read_side.project()

    assert read_side.one("posting", last)["serving"]
    assert not read_side.one("posting", last + A_DAY)["serving"]
    assert month(read_side, last, "2027-02")["full_month"]


@pytest.mark.parametrize(
    ("since", "deadline"),
    [
        (date(2020, 4, 1), date(2020, 7, 1)),
        (date(2020, 11, 30), date(2021, 2, 28)),
        (date(2023, 11, 29), LEAP_DAY),
        (date(2023, 11, 30), LEAP_DAY),
        (LEAP_DAY, date(2024, 5, 29)),
        (date(2020, 12, 31), date(2021, 3, 31)),
    ],
)
def test_a_visit_on_the_last_of_the_three_months_is_in_time_and_on_the_next_day_is_not(
    read_side: ReadSide, since: date, deadline: date
) -> None:
    read_side.enter(*serving(on=since, until=since + timedelta(1000)))
    read_side.enter(
        household_visited(on=deadline), household_visited(on=deadline + A_DAY, household=OTHER_HOUSEHOLD)
    )
    read_side.project()

    coverage = read_side.one("coverage", deadline + A_DAY)
    assert coverage["deadline"] == deadline
    assert (coverage["visited"], coverage["visited_by_deadline"]) == (2, 1)


# The day of appointment


def test_the_day_of_appointment_is_the_first_day_of_service(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=APPOINTMENT), household_visited(on=APPOINTMENT))
    read_side.enter(party_relation_transferred(on=APPOINTMENT), promoted(on=APPOINTMENT))
    read_side.project()

    assert read_side.ask("posting", APPOINTMENT - A_DAY) == []
    assert read_side.one("instructor", APPOINTMENT - A_DAY)["stage"] == "approved"
    assert read_side.one("village", APPOINTMENT - A_DAY)["instructor_id"] is None
    posting = read_side.one("posting", APPOINTMENT)
    assert (posting["serving"], posting["party_relation_on"]) == (True, APPOINTMENT)
    assert read_side.one("village", APPOINTMENT)["instructor_id"] == PERSON
    april = month(read_side, APPOINTMENT, "2020-04")
    assert (april["service_days"], april["days_present"]) == (1, 1)
    assert read_side.one("coverage", APPOINTMENT)["visited"] == 1
    assert read_side.one("total", APPOINTMENT)["promoted"] == 1


# The day of recall, and of replacement


def test_the_day_of_recall_is_the_last_day_of_service(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.enter(*(checked_in(on=MAY_3 + timedelta(n)) for n in (-1, 0, 1)))
    read_side.enter(household_visited(on=MAY_3))
    read_side.enter(recalled(on=MAY_3), instructor_withdrawn(on=MAY_3), on=date(2020, 5, 10))
    read_side.project()

    posting = read_side.one("posting", date(2020, 5, 31))
    assert (posting["last_day"], posting["ended_on"], posting["until"]) == (MAY_3, MAY_3, LAST_DAY)
    assert read_side.one("posting", MAY_3 - A_DAY)["serving"]
    assert not read_side.one("posting", MAY_3)["serving"]
    may = month(read_side, date(2020, 5, 31), "2020-05")
    assert (may["service_days"], may["days_present"], may["full_month"]) == (3, 2, False)
    assert read_side.one("coverage", date(2020, 5, 31))["visited"] == 1


def test_a_household_that_left_after_the_recall_was_still_to_be_visited(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=MAY_3), instructor_withdrawn(on=MAY_3), household_removed(on=MAY_4))
    read_side.project()

    assert read_side.one("coverage", date(2020, 5, 31))["households"] == 1


def test_a_household_that_left_on_the_day_of_recall_was_not_to_be_visited(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=MAY_3), instructor_withdrawn(on=MAY_3), household_removed(on=MAY_3))
    read_side.project()

    assert read_side.one("coverage", date(2020, 5, 31))["households"] == 0


def test_a_replacement_on_the_next_day_leaves_no_gap_and_serves_no_day_twice(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=MAY_3), instructor_withdrawn(on=MAY_3))
    read_side.enter(
        *(
            fact.of(SUCCESSOR)
            for fact in (
                nominated(on=MAY_3).but(staff_number=SUCCESSORS_NUMBER),
                approved(on=MAY_3),
                appointed(on=MAY_4, replaces=PERSON),
                checked_in(on=MAY_4),
            )
        ),
        instructor_posted(who=SUCCESSOR, on=MAY_4, replaces=PERSON),
    )
    read_side.project()

    holders = [read_side.one("village", MAY_3 + timedelta(n))["instructor_id"] for n in (-1, 0, 1)]
    assert holders == [PERSON, None, SUCCESSOR]
    assert read_side.one("village", MAY_4)["vacant_since"] is None
    end = date(2020, 5, 31)
    months = [month(read_side, end, "2020-05", instructor_id=person) for person in (PERSON, SUCCESSOR)]
    assert [row["service_days"] for row in months] == [3, 28]
    assert [row["full_month"] for row in months] == [False, False]
    assert [row["days_present"] for row in months] == [0, 1]
    assert read_side.one("posting", MAY_3, instructor_id=PERSON)["replaced_by"] is None
    assert read_side.one("posting", MAY_4, instructor_id=PERSON)["replaced_by"] == SUCCESSOR
    assert read_side.one("posting", MAY_4, instructor_id=SUCCESSOR)["until"] == LAST_DAY


# The end of the term


def test_the_last_day_of_the_term_is_served_and_the_next_is_not(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=LAST_DAY))
    read_side.project()

    after = LAST_DAY + A_DAY
    assert read_side.one("posting", LAST_DAY)["serving"]
    assert not read_side.one("posting", after)["serving"]
    last, next_ = (read_side.one("village", day) for day in (LAST_DAY, after))
    assert (last["instructor_id"], last["vacant_since"]) == (PERSON, None)
    assert (next_["instructor_id"], next_["vacant_since"]) == (None, LAST_DAY)
    march = month(read_side, after, "2023-03")
    assert (march["full_month"], march["days_present"]) == (True, 1)
    assert read_side.ask("attendance", after, month="2023-04") == []


def test_a_term_that_is_over_stays_open_until_its_completion_is_on_record(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, term_completed(on=LAST_DAY + timedelta(20)))
    read_side.project()

    days = (LAST_DAY, LAST_DAY + timedelta(19), LAST_DAY + timedelta(20))
    assert [read_side.one("instructor", day)["stage"] for day in days] == ["serving", "serving", "completed"]
    assert read_side.one("posting")["last_day"] == LAST_DAY


# A void on the day of the fact


def test_a_fact_that_is_voided_on_its_own_day_was_known_in_between(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    entered = read_side.enter(checked_in(on=MAY_3))
    undone = read_side.enter(voided(4, on=MAY_3))
    read_side.project()

    assert [len(read_side.ask("check_in", MAY_3, known)) for known in (before, entered, undone)] == [0, 1, 0]
    present = [
        read_side.one("attendance", MAY_3, known, month="2020-05")["days_present"]
        for known in (before, entered, undone)
    ]
    assert present == [0, 1, 0]


def test_a_void_holds_for_days_before_it_was_entered(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=MAY_3))
    undone = read_side.enter(voided(4, on=date(2021, 1, 1)))
    read_side.project()

    assert read_side.ask("check_in", MAY_3, undone) == []
    assert len(read_side.ask("check_in", date(2021, 1, 1), undone - 1)) == 1


def test_a_fact_that_is_voided_and_entered_again_counts_once(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=MAY_3), voided(4, on=MAY_3), checked_in(on=MAY_3))
    read_side.project()

    assert read_side.one("instructor", MAY_3)["days_present"] == 1
    assert month(read_side, MAY_3, "2020-05")["days_present"] == 1
    assert read_side.one("instructor", MAY_3)["events"] == 6


# Two facts a day


def test_all_that_happened_on_a_day_counts_on_it(read_side: ReadSide) -> None:
    read_side.enter(
        *serving(on=APPOINTMENT, until=LAST_DAY),
        checked_in(on=MAY_3),
        household_visited(on=MAY_3),
        household_visited(on=MAY_3, household=OTHER_HOUSEHOLD),
        project_started(on=MAY_3),
        project_completed(on=MAY_3),
    )
    read_side.project()

    columns = ("days_present", "households_visited", "projects_started", "projects_completed")
    person = read_side.one("instructor", MAY_3)
    assert [person[column] for column in columns] == [1, 2, 1, 1]
    eve = read_side.one("instructor", MAY_3 - A_DAY)
    assert [eve[column] for column in columns] == [0, 0, 0, 0]


def test_a_household_that_left_and_came_back_on_a_day_stands_in_the_register(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, household_removed(on=MAY_3), households_registered(on=MAY_3))
    read_side.project()

    assert len(read_side.ask("registered", MAY_3)) == 1
    household = read_side.one("household", MAY_3)
    assert (household["since"], household["removed_on"]) == (MAY_3, None)


def test_two_steps_of_procedure_on_a_day_are_taken_in_the_order_of_their_entry(read_side: ReadSide) -> None:
    day = date(2020, 3, 20)
    positions = [read_side.enter(fact) for fact in (nominated(on=day), approved(on=day), appointed(on=day))]
    read_side.project()

    stages = [read_side.one("instructor", day, known)["stage"] for known in positions]
    assert stages == ["nominated", "approved", "serving"]


# An event recorded before an earlier one happened


def test_what_was_entered_first_may_have_happened_last(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    later = read_side.enter(checked_in(on=date(2020, 5, 10)))
    earlier = read_side.enter(checked_in(on=MAY_3), on=date(2020, 6, 10))
    read_side.project()

    def seen(as_of: date, known: int) -> list[date]:
        return sorted(row["day"] for row in read_side.ask("check_in", as_of, known))

    assert seen(date(2020, 5, 9), later) == []
    assert seen(date(2020, 5, 9), earlier) == [MAY_3]
    assert seen(date(2020, 5, 10), later) == [date(2020, 5, 10)]
    assert seen(date(2020, 5, 10), earlier) == [MAY_3, date(2020, 5, 10)]


def test_a_recall_entered_late_takes_the_days_after_it_out_of_service(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED, *(checked_in(on=date(2020, 5, day)) for day in range(1, 21)))
    read_side.enter(recalled(on=MAY_3), instructor_withdrawn(on=MAY_3), on=date(2020, 6, 10))
    read_side.project()

    end = date(2020, 5, 31)
    known_then = read_side.one("attendance", end, before, month="2020-05")
    assert (known_then["days_present"], known_then["full_month"], known_then["short"]) == (20, True, False)
    known_now = month(read_side, end, "2020-05")
    assert (known_now["days_present"], known_now["service_days"], known_now["short"]) == (3, 3, False)
    assert read_side.one("instructor", end)["days_present"] == 20


def test_a_village_of_two_years_is_shown_by_the_later_whichever_was_entered_first(
    read_side: ReadSide,
) -> None:
    read_side.enter(village_nominated(year=2021, weak_or_lagging=True, on=date(2020, 12, 1)))
    read_side.enter(village_nominated(year=2020, on=date(2020, 4, 1)), on=date(2020, 12, 2))
    read_side.project()

    assert read_side.one("village")["year"] == 2021
    assert read_side.one("village", date(2020, 11, 30))["year"] == 2020


# Midnight in the village


@pytest.mark.parametrize(
    ("recorded_at", "days_late"),
    [
        ("2020-05-10T15:59:59+00:00", 7),
        ("2020-05-10T15:59:59.999999+00:00", 7),
        ("2020-05-10T16:00:00+00:00", 8),
        ("2020-05-11T00:00:00+08:00", 8),
        ("2020-05-10T23:59:59+08:00", 7),
    ],
)
def test_days_late_are_days_in_the_village(read_side: ReadSide, recorded_at: str, days_late: int) -> None:
    read_side.enter(*POSTED)
    read_side.clock = datetime.fromisoformat(recorded_at)
    read_side.enter(checked_in(on=MAY_3))
    read_side.project()

    late = int(days_late > 7)
    assert read_side.one("check_in")["days_late"] == days_late
    assert read_side.one("instructor")["late_entries"] == late
    assert month(read_side, date(2020, 5, 31), "2020-05")["late_entries"] == late


def test_a_moment_is_the_same_in_every_zone(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    read_side.clock = datetime.fromisoformat("2020-05-03T16:00:00+00:00")
    after = read_side.enter(checked_in(on=MAY_3))
    read_side.project()

    def known_at(moment: str) -> int:
        position: int = read_side.value("select read.position_known_at(%s::timestamptz)", moment)
        return position

    for moment in (
        "2020-05-03 15:59:59.999999+00",
        "2020-05-03 23:59:59.999999+08",
        "2020-05-03 11:59:59-04",
    ):
        assert known_at(moment) == before
    for moment in ("2020-05-03 16:00:00+00", "2020-05-04 00:00:00+08", "2020-05-03 12:00:00-04"):
        assert known_at(moment) == after


def test_a_day_of_work_is_the_villages_day_however_late_in_the_night_it_was_entered(
    read_side: ReadSide,
) -> None:
    read_side.enter(*POSTED)
    read_side.clock = datetime.fromisoformat("2020-05-03T15:59:59+00:00")  # 23:59:59 in the village
    read_side.enter(checked_in(on=MAY_3))
    read_side.clock = datetime.fromisoformat("2020-05-03T16:00:00+00:00")  # midnight, still 3 May in UTC
    read_side.enter(checked_in(on=MAY_4))
    read_side.project()

    rows = read_side.ask("check_in", FOR_EVER)
    assert [(row["day"], row["days_late"]) for row in rows] == [(MAY_3, 0), (MAY_4, 0)]
    assert [len(read_side.ask("check_in", day)) for day in (MAY_3 - A_DAY, MAY_3, MAY_4)] == [0, 1, 2]
