"""What the read side says, and that every answer stays true for ever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.commands import Household
from domain.terms import HouseholdCategory
from projections.projector import Projector
from tests.facts import (
    APPOINTMENT,
    HOUSEHOLD,
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    ONE_OF_EACH,
    POSTED,
    RECALLED,
    SUCCESSOR,
    accountability_opened,
    appointed,
    appraised,
    approved,
    award_paid,
    checked_in,
    commended,
    disciplined,
    duty_recorded,
    goals_assessed,
    household_removed,
    household_visited,
    households_registered,
    inspected,
    instructor_posted,
    leave_granted,
    nominated,
    party_relation_transferred,
    project_completed,
    project_started,
    promoted,
    rejected,
    subsidy_paid,
    term_completed,
    village_voided,
    voided,
)
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import PERSON, VILLAGE

MAY_31 = date(2020, 5, 31)
JUNE_10 = date(2020, 6, 10)
JULY_1 = date(2020, 7, 1)


def test_a_check_in_entered_late_and_voided_later_is_seen_as_it_was_known(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.enter(checked_in(on=MAY_3), on=JUNE_10)  # version 4 of the person
    read_side.enter(voided(4), on=JULY_1)
    read_side.project()

    def present(known_on: date) -> int:
        known = read_side.value("select read.position_known_at(%s)", noon(known_on))
        return len(read_side.ask("check_in", MAY_31, known))

    assert present(date(2020, 6, 5)) == 0
    assert present(date(2020, 6, 15)) == 1
    assert present(date(2020, 7, 5)) == 0


def test_before_its_day_a_fact_is_not_seen_however_much_is_known(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=MAY_3))
    read_side.project()
    assert read_side.ask("check_in", MAY_3 - timedelta(1)) == []
    assert len(read_side.ask("check_in", MAY_3)) == 1


def test_before_the_first_event_nothing_is_known(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.project()
    before = noon(date(2020, 1, 1))
    assert read_side.value("select read.position_known_at(%s)", before) == 0
    assert read_side.ask("instructor", FOR_EVER, 0) == []
    assert read_side.ask("event", FOR_EVER, 0) == []


def test_a_voided_event_stays_in_the_history_with_what_voided_it(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    check_in = read_side.enter(checked_in(on=MAY_3), on=JUNE_10)
    voiding = read_side.enter(voided(4), on=JULY_1)
    read_side.project()
    before, after = (
        read_side.one("event", known=known, type="Instructor.CheckedIn") for known in (check_in, voiding)
    )
    assert (before["voided"], before["voided_by"]) == (False, None)
    assert (after["voided"], after["voided_by"]) == (True, voiding)


@pytest.mark.parametrize("size", [1, 2, 5000])
def test_a_voiding_counts_whether_it_comes_in_the_same_batch_or_later(read_side: ReadSide, size: int) -> None:
    read_side.enter(*POSTED, checked_in(), voided(4), goals_assessed(), village_voided(5), goals_assessed())
    Projector(read_side.conninfo, read_side.keys, batch_size=size).catch_up()
    assert read_side.ask("check_in") == []
    assert read_side.one("village_year")["goals_met"] == ["strong_organisation"]


def test_one_of_each_event_can_be_projected_and_asked_for(read_side: ReadSide) -> None:
    last = read_side.enter(*ONE_OF_EACH)
    assert read_side.project() == last
    assert len(read_side.ask("event")) == len(ONE_OF_EACH)


def test_a_person_goes_through_the_stages_of_the_procedure(read_side: ReadSide) -> None:
    read_side.enter(
        nominated(on=date(2020, 3, 17)),
        rejected(on=date(2020, 3, 18)),
        nominated(on=date(2020, 3, 19)),
        approved(on=date(2020, 3, 20)),
        *KEY_VILLAGE,
        instructor_posted(),
        appointed(on=APPOINTMENT),
        term_completed(on=LAST_DAY),
    )
    read_side.project()
    stages = [
        read_side.one("instructor", day)["stage"]
        for day in (*(date(2020, 3, 17 + n) for n in range(4)), APPOINTMENT, LAST_DAY)
    ]
    assert stages == ["nominated", "rejected", "nominated", "approved", "serving", "completed"]
    first, second = sorted(read_side.ask("nomination"), key=lambda row: row["position"])
    assert (first["outcome"], second["outcome"]) == ("rejected", "approved")


def test_a_recall_and_its_replacement_show_in_the_history_of_both(read_side: ReadSide) -> None:
    june_1 = date(2020, 6, 1)
    read_side.enter(
        *RECALLED,
        *(fact.of(SUCCESSOR) for fact in (nominated(on=MAY_3), approved(on=MAY_3))),
        instructor_posted(who=SUCCESSOR, on=june_1, replaces=PERSON),
        appointed(on=june_1, replaces=PERSON).of(SUCCESSOR),
    )
    read_side.project()
    recalled_one = read_side.one("instructor", id=PERSON)
    assert (recalled_one["stage"], recalled_one["until"]) == ("recalled", MAY_3)
    assert (recalled_one["departure"], recalled_one["replaced_by"]) == ("recalled", SUCCESSOR)
    successor = read_side.one("instructor", id=SUCCESSOR)
    assert (successor["replaces"], successor["until"]) == (PERSON, LAST_DAY)
    assert read_side.one("posting", june_1, instructor_id=PERSON)["recall_reason"] == "连续三月未达标"
    holders = [read_side.one("village", day)["instructor_id"] for day in (date(2020, 5, 2), MAY_3, june_1)]
    assert holders == [PERSON, None, SUCCESSOR]
    assert read_side.one("village", MAY_3)["vacant_since"] == MAY_3
    assert read_side.one("village", june_1)["vacant_since"] is None


def test_a_month_is_judged_when_it_was_served_whole_and_is_over(read_side: ReadSide) -> None:
    appointed_late = date(2020, 4, 15)
    read_side.enter(
        *KEY_VILLAGE,
        nominated(),
        approved(),
        instructor_posted(on=appointed_late),
        appointed(on=appointed_late),
        *(checked_in(on=date(2020, 5, day)) for day in range(1, 20)),
        leave_granted(date(2020, 5, 20), date(2020, 6, 2), on=date(2020, 5, 19)),
    )
    read_side.project()

    def months(as_of: date) -> dict[str, tuple[object, ...]]:
        columns = ("days_present", "service_days", "full_month", "leave_days", "short")
        return {row["month"]: tuple(map(row.get, columns)) for row in read_side.ask("attendance", as_of)}

    assert months(date(2020, 5, 30)) == {
        "2020-04": (0, 16, False, 0, False),
        "2020-05": (19, 30, False, 11, False),
    }
    assert months(date(2020, 6, 1)) == {
        "2020-04": (0, 16, False, 0, False),
        "2020-05": (19, 31, True, 12, True),
        "2020-06": (0, 1, False, 1, False),
    }


def test_the_days_required_are_those_of_the_rule_in_force(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.project()
    read_side.conn.execute("update read.rule set until = '2020-06-01' where code = 'MONTHLY_DAYS'")
    read_side.conn.execute(
        "insert into read.rule select code, clause, zh, en, '2020-06-01', '2020-06-01', '9999-12-31', '18'"
        " from read.rule where code = 'MONTHLY_DAYS'"
    )
    required = {row["month"]: row["required"] for row in read_side.ask("attendance", date(2020, 7, 15))}
    assert required == {"2020-04": 20, "2020-05": 20, "2020-06": 18, "2020-07": 18}


def test_a_check_in_more_than_a_week_late_is_a_late_entry(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.enter(checked_in(on=MAY_3), on=MAY_3 + timedelta(7))
    read_side.enter(checked_in(on=MAY_3 + timedelta(1)), on=MAY_3 + timedelta(9))
    read_side.project()
    assert read_side.one("instructor")["late_entries"] == 1
    assert read_side.one("attendance", date(2020, 5, 31), month="2020-05")["late_entries"] == 1


def test_coverage_counts_the_households_of_the_register(read_side: ReadSide) -> None:
    others = [Household(code=f"H-00{n}", category=HouseholdCategory.ORDINARY) for n in (2, 3)]
    read_side.enter(
        *KEY_VILLAGE,
        nominated(),
        approved(),
        households_registered(HOUSEHOLD, *others),
        instructor_posted(),
        appointed(),
        household_visited(on=APPOINTMENT),
        household_visited(on=date(2020, 7, 2), household=others[0]),
        household_removed(on=date(2020, 8, 1), household=others[1].code),
    )
    read_side.project()
    before = read_side.one("coverage", date(2020, 7, 31))
    assert (before["households"], before["visited"], before["registered_poor"]) == (3, 2, 1)
    assert (before["deadline"], before["visited_by_deadline"]) == (date(2020, 7, 1), 1)
    assert before["registered_poor_visited_by_deadline"] == before["registered_poor_visited"] == 1
    assert read_side.one("coverage", date(2020, 8, 1))["households"] == 2
    removed = read_side.one("household", date(2020, 8, 1), code="H-003")
    assert (removed["removed_on"], removed["visits"]) == (date(2020, 8, 1), 0)
    assert read_side.one("household", code=HOUSEHOLD.code)["last_visited_on"] == APPOINTMENT


def test_a_project_voided_and_started_again_is_one_project(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, project_started(), voided(4), project_started(on=date(2020, 6, 1)))
    read_side.enter(project_completed())
    read_side.project()
    (project,) = read_side.ask("project")
    assert (project["started_on"], project["completed_on"]) == (date(2020, 6, 1), date(2020, 9, 1))
    assert project["households_served"] == 120


def test_a_person_is_shown_with_all_that_was_done(read_side: ReadSide) -> None:
    read_side.enter(
        *POSTED,
        party_relation_transferred(),
        checked_in(),
        household_visited(),
        household_visited(on=date(2020, 5, 4)),
        duty_recorded(),
        project_started(),
        project_completed(),
        inspected(),
        appraised(),
        commended(),
        subsidy_paid(),
        promoted(),
        accountability_opened(),
        disciplined(),
    )
    last = read_side.project()
    person = read_side.one("instructor")
    expected = {
        "id": PERSON,
        "staff_number": "XY-0001",
        "name": "陈思远",
        "gender": "female",
        "sending_unit": "县教育局",
        "batch_year": 2020,
        "stage": "serving",
        "village_id": VILLAGE,
        "since": APPOINTMENT,
        "until": LAST_DAY,
        "replaces": None,
        "replaced_by": None,
        "departed_on": None,
        "departure": None,
        "promoted_on": MAY_3,
        "new_position": "Deputy chief",
        "party_relation_on": MAY_3,
        "days_present": 1,
        "late_entries": 0,
        "households_visited": 1,
        "projects_started": 1,
        "projects_completed": 1,
        "duties": 1,
        "latest_grade": "excellent",
        "commendations": 1,
        "cases": 2,
        "events": 17,
        "version": 17,
        "position": last,
    }
    assert person == expected
    for noun in ("inspection", "appraisal", "commendation", "subsidy", "promotion", "duty", "leave"):
        assert len(read_side.ask(noun)) == (0 if noun == "leave" else 1)
    assert {row["kind"] for row in read_side.ask("case")} == {"accountability", "discipline"}


def test_village_township_and_batch_add_up(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(), household_visited(), project_started(), project_completed())
    read_side.enter(promoted(on=date(2020, 10, 1)), goals_assessed(), award_paid())
    read_side.project()
    village = read_side.one("village")
    assert (village["review"], village["approved_years"], village["households"]) == ("approved", [2020], 1)
    year = read_side.one("village_year")
    assert (year["goals_met"], year["award"]) == (["strong_organisation"], 50000)
    new_year = date(2021, 12, 31)
    township = read_side.one("township", new_year)
    assert {key: township[key] for key in ("code", "villages", "approved_villages", "instructors")} == {
        "code": "430624105",
        "villages": 1,
        "approved_villages": 1,
        "instructors": 1,
    }
    work = ("days_present", "households", "households_visited", "projects_completed")
    assert [township[key] for key in work] == [1, 1, 1, 1]
    batch = read_side.one("batch", new_year)
    assert [batch[key] for key in work] == [1, 1, 1, 1]
    procedure = ("villages_nominated", "villages_approved", "nominated", "approved", "rejected", "appointed")
    assert [batch[key] for key in procedure] == [1, 1, 1, 1, 0, 1]
    assert [batch[key] for key in ("serving", "promoted", "recalled", "completed")] == [1, 1, 0, 0]
    assert (batch["full_months"], batch["short_months"]) == (21, 21)


def test_goals_and_awards_of_the_years_after_the_nomination_are_shown_too(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, goals_assessed(year=2020), award_paid(year=2020))
    second = date(2021, 12, 20)
    read_side.enter(goals_assessed(year=2021, on=second), award_paid(year=2021, on=second))
    read_side.project()
    assert [row["year"] for row in read_side.ask("village_year")] == [2020]
    assert [(row["year"], row["assessed_on"]) for row in read_side.ask("goals", second)][-1] == (2021, second)
    assert [row["year"] for row in read_side.ask("award", second)] == [2020, 2021]
    assert read_side.ask("award", second, known=0) == []
