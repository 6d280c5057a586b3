"""Findings: each rule of the notice that the facts can judge, broken and kept, and since when it is known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.commands import Household, RuleException
from domain.refusals import (
    EducationBelowCollege,
    InstitutionStaffNeedsApproval,
    NotCivilServant,
    OverAge,
    TooShortAsClerk,
)
from domain.rules import NOTICE_DATE
from domain.terms import AppraisalKind, HouseholdCategory
from projections.schema import SETTINGS
from tests.facts import (
    APPOINTMENT,
    HOUSEHOLD,
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    POSTED,
    READY,
    RECALLED,
    SERVING,
    SUCCESSOR,
    appointed,
    appraised,
    approved,
    checked_in,
    household_removed,
    household_visited,
    households_registered,
    leave_granted,
    nominated,
    party_relation_transferred,
    project_completed,
    project_started,
    promoted,
    recalled,
    term_completed,
    village_declined,
    village_nominated,
    voided,
)
from tests.projections.readside import FOR_EVER, ReadSide
from tests.projections.test_schema import explain
from tests.scenario import PERSON, VILLAGE, Fact

MAY_31 = date(2020, 5, 31)
MAY_1 = date(2020, 5, 1)
JUNE_10 = date(2020, 6, 10)
NEW_YEARS_EVE = date(2020, 12, 31)
LATER = date(2020, 8, 1)
DEADLINE = date(2020, 7, 1)
"""Three months after the appointment."""
EVER = 2**62
ORDINARY = Household(code="H-002", category=HouseholdCategory.ORDINARY)
TWO_HOUSEHOLDS = (*KEY_VILLAGE, households_registered(HOUSEHOLD, ORDINARY), *SERVING)
RULES_OF_PRINCIPLE = (
    EducationBelowCollege,
    InstitutionStaffNeedsApproval,
    NotCivilServant,
    OverAge,
    TooShortAsClerk,
)
"""Refusals that the department may set aside."""
CODES = (
    "FEW_DAYS",
    "HOUSEHOLDS_NOT_VISITED",
    "NOT_APPRAISED",
    "NO_PROJECT",
    "NO_TERM_END_APPRAISAL",
    "PARTY_RELATION_NOT_TRANSFERRED",
    "PROMOTED_NOT_RETAINED",
    "RECALL_NOT_REPLACED",
    "REGISTERED_POOR_NOT_VISITED",
    "RULE_SET_ASIDE",
    "VILLAGE_VACANT",
    "WORK_OUTSIDE_SERVICE",
)


class Judged:
    """A read side asked for the findings of one code."""

    def __init__(self, side: ReadSide, code: str, **where: object) -> None:
        side.project()
        self.side = side
        self.where = {"code": code, **where}

    def findings(self, as_of: date = FOR_EVER, known: int = EVER) -> list[dict[str, Any]]:
        rows = self.side.ask("finding", as_of, known, **self.where)
        return sorted(rows, key=lambda row: (row["since"], row["rule"]))

    def one(self, as_of: date = FOR_EVER, known: int = EVER) -> dict[str, Any]:
        (row,) = self.findings(as_of, known)
        return row

    def figures(self, as_of: date = FOR_EVER, known: int = EVER) -> tuple[Any, ...]:
        """The one finding's days and figures."""
        row = self.one(as_of, known)
        return row["from_day"], row["to_day"], row["since"], row["found"], row["required"]

    def evidence(self, as_of: date = FOR_EVER, known: int = EVER) -> list[str]:
        """The kinds of event that prove the one finding, in the order of the log."""
        row = self.one(as_of, known)
        keys = ("code", "instructor_id", "village_id", "from_day", "to_day", "batch_year")
        found = self.side.conn.execute(
            "select e.type from read.event e where e.position in"
            " (select p.position from read.finding_evidence(%s, %s, %s, %s, %s, %s, %s, %s) p)"
            " order by e.position",
            (*(row[key] for key in keys), as_of, known),
        ).fetchall()
        return [kind for (kind,) in found]


def person_voids(side: ReadSide, on: date) -> int:
    """Void the person's latest event on a day, and return the position of the voiding."""
    return side.enter(voided(side.versions[PERSON], on=on))


def changes(side: ReadSide, rule: str, day: date, value: str) -> None:
    """Give a rule another value from a day on."""
    side.conn.execute("update read.rule set until = %s where code = %s", (day, rule))
    side.conn.execute(
        "insert into read.rule select code, clause, zh, en, %s, %s, '9999-12-31', %s"
        " from read.rule where code = %s",
        (day, day, value, rule),
    )


def replacement(*, on: date) -> list[Fact]:
    """Somebody is chosen and comes in the place of the one recalled."""
    steps = (nominated(on=on), approved(on=on), appointed(on=on, replaces=PERSON))
    return [step.of(SUCCESSOR) for step in steps]


def present(*, days: int, month: int = 5) -> list[Fact]:
    return [checked_in(on=date(2020, month, day)) for day in range(1, days + 1)]


# Days present, 三(一)1


@pytest.mark.parametrize("rolled_up", [False, True])
def test_a_month_in_which_the_rule_changes_is_judged_by_the_one_in_force_at_its_end(
    read_side: ReadSide, *, rolled_up: bool
) -> None:
    changes(read_side, "MONTHLY_DAYS", date(2020, 5, 16), "18")
    read_side.enter(*POSTED, *present(days=19, month=5), *present(days=17, month=6))
    read_side.project()
    if not rolled_up:
        read_side.conn.execute("update read.work_month set good_until = 1")
        read_side.conn.execute("update read.posting_service set good_until = 1")
    june_30 = date(2020, 6, 30)
    judged = {row["month"]: row for row in read_side.ask("attendance", june_30)}
    assert [(judged[m]["required"], judged[m]["short"]) for m in ("2020-05", "2020-06")] == [
        (18, False),
        (18, True),
    ]
    assert read_side.one("service", june_30)["short_months"] == 1 + judged["2020-04"]["short"]
    found = read_side.ask("finding", june_30, code="FEW_DAYS")
    assert [row["from_day"] for row in found if row["from_day"] >= MAY_1] == [date(2020, 6, 1)]


def test_a_full_month_with_nineteen_days_is_a_finding(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, *present(days=19))
    of_may = Judged(read_side, "FEW_DAYS", from_day=MAY_1)
    row = of_may.one(MAY_31)
    assert (row["instructor_id"], row["village_id"], row["batch_year"]) == (PERSON, VILLAGE, 2020)
    assert (row["clause"], row["rule"], row["effective"]) == ("三(一)1", "MONTHLY_DAYS", NOTICE_DATE)
    assert of_may.figures(MAY_31) == (MAY_1, MAY_31, MAY_31, 19, 20)
    assert row["exception_reason"] is None
    assert of_may.findings(date(2020, 5, 30)) == [], "the month is not over"


def test_a_full_month_with_twenty_days_is_none(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, *present(days=20))
    assert Judged(read_side, "FEW_DAYS", from_day=MAY_1).findings() == []


def test_a_month_that_was_not_served_whole_is_not_judged(read_side: ReadSide) -> None:
    mid_april = date(2020, 4, 15)
    read_side.enter(*KEY_VILLAGE, *READY, appointed(on=mid_april), recalled(on=date(2020, 6, 29)))
    judged = Judged(read_side, "FEW_DAYS").findings()
    assert [row["from_day"] for row in judged] == [MAY_1]


def test_a_void_opens_a_finding_and_is_since_when_it_was_known(read_side: ReadSide) -> None:
    enough = read_side.enter(*POSTED, *present(days=20))
    voiding = person_voids(read_side, on=JUNE_10)
    of_may = Judged(read_side, "FEW_DAYS", from_day=MAY_1)
    assert of_may.findings(known=enough) == []
    assert (of_may.one()["found"], of_may.one()["known_from"]) == (19, voiding)


def test_a_late_entry_closes_a_finding_that_earlier_knowledge_still_shows(read_side: ReadSide) -> None:
    too_few = read_side.enter(*POSTED, *present(days=19))
    read_side.enter(checked_in(on=MAY_31), on=JUNE_10)
    of_may = Judged(read_side, "FEW_DAYS", from_day=MAY_1)
    assert of_may.findings() == []
    assert of_may.one(known=too_few)["known_from"] == len(POSTED), "since the appointment"


def test_one_month_too_few_and_voided_again_is_known_since_the_last_void(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, *present(days=20))
    person_voids(read_side, on=JUNE_10)
    read_side.enter(checked_in(on=MAY_31), on=JUNE_10)
    last = person_voids(read_side, on=JUNE_10)
    read_side.enter(checked_in(on=date(2020, 6, 1)), on=JUNE_10)
    assert Judged(read_side, "FEW_DAYS", from_day=MAY_1).one()["known_from"] == last


def test_a_new_version_of_a_rule_judges_the_days_from_its_effect_on(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, *present(days=19), *present(days=19, month=6))
    mid_june = date(2020, 6, 15)
    changes(read_side, "MONTHLY_DAYS", mid_june, "18")
    judged = Judged(read_side, "FEW_DAYS").findings(date(2020, 7, 31))
    assert [(row["from_day"].month, row["found"], row["required"], row["effective"]) for row in judged] == [
        (4, 0, 20, NOTICE_DATE),
        (5, 19, 20, NOTICE_DATE),
        (7, 0, 18, mid_june),
    ]


def test_the_check_ins_and_the_leave_of_the_month_prove_it(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=APPOINTMENT), *present(days=2), checked_in(on=date(2020, 6, 1)))
    read_side.enter(leave_granted(date(2020, 5, 20), date(2020, 6, 2), on=date(2020, 5, 19)))
    assert Judged(read_side, "FEW_DAYS", from_day=MAY_1).evidence(MAY_31) == [
        "Instructor.Appointed",
        "Instructor.CheckedIn",
        "Instructor.CheckedIn",
        "Instructor.LeaveGranted",
    ]


# Households, 三(一)2


def test_a_household_not_visited_by_the_deadline_is_a_finding(read_side: ReadSide) -> None:
    read_side.enter(
        *TWO_HOUSEHOLDS, household_visited(on=MAY_3), household_visited(on=LATER, household=ORDINARY)
    )
    of_all = Judged(read_side, "HOUSEHOLDS_NOT_VISITED")
    assert of_all.findings(DEADLINE - timedelta(1)) == []
    assert of_all.figures() == (APPOINTMENT, DEADLINE, DEADLINE, 1, 2)
    assert (of_all.one()["clause"], of_all.one()["rule"]) == ("三(一)2", "VISIT_ALL_MONTHS")
    assert Judged(read_side, "REGISTERED_POOR_NOT_VISITED").findings() == []


def test_of_the_registered_poor_a_finding_of_its_own_is_made(read_side: ReadSide) -> None:
    read_side.enter(*TWO_HOUSEHOLDS, household_visited(on=DEADLINE, household=ORDINARY))
    of_poor = Judged(read_side, "REGISTERED_POOR_NOT_VISITED")
    assert of_poor.figures() == (APPOINTMENT, DEADLINE, DEADLINE, 0, 1)


def test_all_households_visited_in_time_are_no_finding(read_side: ReadSide) -> None:
    read_side.enter(
        *TWO_HOUSEHOLDS, household_visited(on=MAY_3), household_visited(on=DEADLINE, household=ORDINARY)
    )
    for code in ("HOUSEHOLDS_NOT_VISITED", "REGISTERED_POOR_NOT_VISITED"):
        assert Judged(read_side, code).findings() == []


def test_the_register_on_the_deadline_is_what_counts(read_side: ReadSide) -> None:
    read_side.enter(*TWO_HOUSEHOLDS, household_visited(on=MAY_3))
    read_side.enter(household_removed(on=DEADLINE, household=ORDINARY.code))
    third = Household(code="H-003", category=HouseholdCategory.REGISTERED_POOR)
    read_side.enter(households_registered(third, on=DEADLINE + timedelta(1)))
    assert Judged(read_side, "HOUSEHOLDS_NOT_VISITED").findings() == []


def test_whoever_left_before_the_deadline_is_not_judged_by_it(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=DEADLINE - timedelta(1)))
    assert Judged(read_side, "HOUSEHOLDS_NOT_VISITED").findings() == []


def test_a_household_entered_late_is_since_when_its_visit_was_known_to_be_missing(
    read_side: ReadSide,
) -> None:
    read_side.enter(*POSTED, household_visited(on=MAY_3))
    entered = read_side.enter(households_registered(ORDINARY, on=APPOINTMENT), on=LATER)
    of_all = Judged(read_side, "HOUSEHOLDS_NOT_VISITED")
    assert of_all.one()["known_from"] == entered
    assert of_all.findings(known=entered - 1) == []
    assert of_all.evidence() == [
        "Village.HouseholdsRegistered",
        "Instructor.Appointed",
        "Instructor.HouseholdVisited",
        "Village.HouseholdsRegistered",
    ]


# Projects, 三(四)4


def test_a_year_of_service_without_a_project_is_a_finding(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, project_started(), project_completed(on=date(2021, 4, 1)))
    of_projects = Judged(read_side, "NO_PROJECT")
    first_year = (APPOINTMENT, date(2021, 3, 31), date(2021, 3, 31), 0, 1)
    assert of_projects.findings(date(2021, 3, 30)) == []
    assert of_projects.figures(date(2022, 3, 30)) == first_year
    assert of_projects.figures(date(2022, 12, 31)) == first_year, "the second year has its project"
    assert of_projects.evidence(date(2022, 12, 31)) == ["Instructor.Appointed", "Instructor.ProjectStarted"]


def test_a_year_cut_short_is_not_judged_for_projects(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=date(2021, 3, 30)))
    assert Judged(read_side, "NO_PROJECT").findings() == []


def test_a_service_that_began_on_a_leap_day_has_years_that_end_in_february(read_side: ReadSide) -> None:
    leap_day = date(2024, 2, 29)
    read_side.enter(*KEY_VILLAGE, *READY, appointed(on=leap_day, until=date(2027, 2, 28)))
    years = Judged(read_side, "NO_PROJECT").findings()
    assert [(row["from_day"], row["to_day"]) for row in years] == [
        (leap_day, date(2025, 2, 28)),
        (date(2025, 3, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2027, 2, 28)),
    ]


def test_a_completion_voided_leaves_the_year_without_a_project(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, project_started(), project_completed())
    voiding = person_voids(read_side, on=date(2021, 6, 1))
    row = Judged(read_side, "NO_PROJECT").one(date(2021, 12, 31))
    assert (row["found"], row["known_from"]) == (0, voiding)


# Appraisals of years and terms, 五(二)


def test_a_year_without_an_appraisal_is_a_finding_from_its_last_day_until_it_is_made(
    read_side: ReadSide,
) -> None:
    read_side.enter(*POSTED, appraised(on=date(2021, 1, 10)))
    of_years = Judged(read_side, "NOT_APPRAISED")
    assert of_years.findings(date(2020, 12, 30)) == []
    assert of_years.figures(NEW_YEARS_EVE) == (APPOINTMENT, NEW_YEARS_EVE, NEW_YEARS_EVE, 0, 1)
    assert of_years.findings(date(2021, 1, 10)) == []
    assert of_years.one(date(2021, 1, 9))["clause"] == "五(二)"


def test_each_year_served_to_its_end_is_appraised(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    years = Judged(read_side, "NOT_APPRAISED").findings()
    assert [(row["from_day"], row["to_day"]) for row in years] == [
        (APPOINTMENT, NEW_YEARS_EVE),
        *((date(year, 1, 1), date(year, 12, 31)) for year in (2021, 2022)),
    ]


def test_an_appraisal_voided_is_missing_since_the_void(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, appraised(on=date(2020, 12, 20)))
    voiding = person_voids(read_side, on=date(2021, 2, 1))
    row = Judged(read_side, "NOT_APPRAISED").one(date(2021, 3, 1))
    assert row["known_from"] == voiding


def test_a_term_that_is_over_is_appraised(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, term_completed())
    of_terms = Judged(read_side, "NO_TERM_END_APPRAISAL")
    assert of_terms.findings(LAST_DAY - timedelta(1)) == []
    assert of_terms.figures() == (APPOINTMENT, LAST_DAY, LAST_DAY, 0, 1)
    assert of_terms.evidence() == ["Instructor.Appointed", "Instructor.TermCompleted"]
    read_side.enter(appraised(on=date(2023, 4, 9), kind=AppraisalKind.TERM_END, period="2020-2023"))
    read_side.project()
    assert of_terms.findings() == []


def test_whoever_was_recalled_has_no_term_to_be_appraised(read_side: ReadSide) -> None:
    read_side.enter(*RECALLED)
    assert Judged(read_side, "NO_TERM_END_APPRAISAL").findings() == []


# The term, 二(二)


def test_a_key_village_with_nobody_for_longer_than_the_setting_is_vacant(read_side: ReadSide) -> None:
    read_side.enter(*KEY_VILLAGE, *READY, appointed(on=date(2020, 4, 20)))
    of_village = Judged(read_side, "VILLAGE_VACANT")
    day_31 = NOTICE_DATE + timedelta(30)
    assert of_village.findings(day_31 - timedelta(1)) == []
    assert of_village.figures(day_31) == (NOTICE_DATE, day_31, day_31, 31, 30)
    assert of_village.figures() == (NOTICE_DATE, date(2020, 4, 19), day_31, 34, 30)
    row = of_village.one()
    assert (row["instructor_id"], row["village_id"], row["batch_year"]) == (None, VILLAGE, 2020)
    assert (row["clause"], row["rule"]) == ("二(二)", "VACANT_DAYS")
    assert "本系统设定" in row["rule_zh"]
    assert of_village.evidence() == ["Village.Approved", "Instructor.Appointed"]


def test_thirty_days_with_nobody_are_not_too_many(read_side: ReadSide) -> None:
    read_side.enter(*KEY_VILLAGE, *READY, appointed(on=NOTICE_DATE + timedelta(30)))
    assert Judged(read_side, "VILLAGE_VACANT").findings() == []


def test_after_three_years_a_village_need_not_have_anybody(read_side: ReadSide) -> None:
    read_side.enter(*KEY_VILLAGE)
    last = date(2023, 3, 16)
    assert Judged(read_side, "VILLAGE_VACANT").figures() == (
        NOTICE_DATE,
        last,
        NOTICE_DATE + timedelta(30),
        (last - NOTICE_DATE).days + 1,
        30,
    )


def test_a_recall_entered_late_is_since_when_the_vacancy_was_known(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    recall = read_side.enter(recalled(on=MAY_3), on=date(2021, 1, 1))
    of_village = Judged(read_side, "VILLAGE_VACANT")
    assert of_village.one(date(2021, 1, 1))["known_from"] == recall
    assert of_village.findings(date(2021, 1, 1), known=recall - 1) == []


def test_a_promoted_one_who_was_recalled_did_not_stay(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, promoted(on=date(2020, 4, 20)))
    of_promoted = Judged(read_side, "PROMOTED_NOT_RETAINED")
    assert of_promoted.findings() == []
    recall = read_side.enter(recalled(on=MAY_3))
    read_side.project()
    assert of_promoted.figures() == (MAY_3, LAST_DAY, MAY_3, 33, 1095)
    assert (of_promoted.one()["clause"], of_promoted.one()["known_from"]) == ("二(二)", recall)
    assert of_promoted.evidence() == [
        "Instructor.Appointed",
        "Instructor.PromotedButRetained",
        "Instructor.Recalled",
    ]


def test_a_recall_of_somebody_not_promoted_breaks_no_promise(read_side: ReadSide) -> None:
    read_side.enter(*RECALLED)
    assert Judged(read_side, "PROMOTED_NOT_RETAINED").findings() == []


def test_work_on_days_after_a_recall_that_was_entered_late_lies_outside_service(read_side: ReadSide) -> None:
    june = [checked_in(on=date(2020, 6, day)) for day in (1, 2)]
    read_side.enter(*POSTED, checked_in(on=MAY_3), *june, household_visited(on=date(2020, 6, 3)))
    of_work = Judged(read_side, "WORK_OUTSIDE_SERVICE")
    assert of_work.findings() == []
    recall = read_side.enter(recalled(on=MAY_3), on=JUNE_10)
    read_side.project()
    june_1 = date(2020, 6, 1)
    assert of_work.figures() == (june_1, date(2020, 6, 3), june_1, 3, 0)
    row = of_work.one()
    assert (row["rule"], row["batch_year"], row["known_from"]) == ("TERM_YEARS", 2020, recall)
    assert of_work.evidence() == ["Instructor.CheckedIn"] * 2 + ["Instructor.HouseholdVisited"]


# The procedure, and what follows a recall


def test_a_party_relation_not_transferred_within_the_setting_is_a_finding(read_side: ReadSide) -> None:
    due = APPOINTMENT + timedelta(30)
    read_side.enter(*POSTED, party_relation_transferred(on=due + timedelta(5)))
    of_party = Judged(read_side, "PARTY_RELATION_NOT_TRANSFERRED")
    assert of_party.findings(due - timedelta(1)) == []
    assert of_party.figures(due) == (APPOINTMENT, due, due, 31, 30)
    assert of_party.figures() == (APPOINTMENT, due + timedelta(4), due, 35, 30)
    assert of_party.one()["clause"] == "选派程序(三)"
    assert of_party.evidence() == ["Instructor.Appointed", "Instructor.PartyRelationTransferred"]


def test_a_party_relation_transferred_on_the_last_day_is_in_time(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, party_relation_transferred(on=APPOINTMENT + timedelta(30)))
    of_party = Judged(read_side, "PARTY_RELATION_NOT_TRANSFERRED")
    assert of_party.findings() == []
    voiding = person_voids(read_side, on=JUNE_10)
    read_side.project()
    assert of_party.one()["known_from"] == voiding


def test_a_recall_after_which_nobody_came_is_a_finding(read_side: ReadSide) -> None:
    recall = read_side.enter(*POSTED, recalled(on=MAY_3))
    of_recalls = Judged(read_side, "RECALL_NOT_REPLACED")
    may_4, due = MAY_3 + timedelta(1), MAY_3 + timedelta(30)
    assert of_recalls.findings(due - timedelta(1)) == []
    assert of_recalls.figures(due) == (may_4, due, due, 30, 30)
    assert of_recalls.figures() == (may_4, LAST_DAY, due, (LAST_DAY - MAY_3).days, 30)
    assert (of_recalls.one()["clause"], of_recalls.one()["known_from"]) == ("五(三)", recall)


def test_a_replacement_that_came_late_ends_the_days_without(read_side: ReadSide) -> None:
    came = MAY_3 + timedelta(40)
    read_side.enter(*POSTED, recalled(on=MAY_3), *replacement(on=came))
    of_recalls = Judged(read_side, "RECALL_NOT_REPLACED")
    due = MAY_3 + timedelta(30)
    assert of_recalls.figures() == (MAY_3 + timedelta(1), came - timedelta(1), due, 39, 30)
    assert of_recalls.evidence() == ["Instructor.Appointed", "Instructor.Recalled", "Instructor.Appointed"]


def test_a_replacement_within_the_setting_is_in_time(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, recalled(on=MAY_3), *replacement(on=MAY_3 + timedelta(30)))
    assert Judged(read_side, "RECALL_NOT_REPLACED").findings() == []


# Rules of principle


def test_a_rule_set_aside_in_a_review_stands_with_its_reason(read_side: ReadSide) -> None:
    exceptions = (
        RuleException(rule="OVER_AGE", reason="经验丰富"),
        RuleException(rule="TOO_SHORT_AS_CLERK", reason="全县遴选第一名"),
    )
    review = read_side.enter(nominated(), approved(*exceptions))
    of_rules = Judged(read_side, "RULE_SET_ASIDE")
    assert [(row["rule"], row["clause"], row["exception_reason"]) for row in of_rules.findings()] == [
        ("MAX_AGE", "二(三)", "经验丰富"),
        ("MIN_CLERK_YEARS", "二(三)", "全县遴选第一名"),
    ]
    first = of_rules.findings()[0]
    assert (first["instructor_id"], first["village_id"], first["since"]) == (PERSON, None, NOTICE_DATE)
    assert (first["found"], first["required"], first["known_from"]) == (None, None, review)
    assert of_rules.findings(NOTICE_DATE - timedelta(1)) == []


def test_a_weak_village_left_out_stands_with_its_reason(read_side: ReadSide) -> None:
    read_side.enter(village_nominated(weak_or_lagging=True), village_declined(exception_reason="已列入拆迁"))
    of_rules = Judged(read_side, "RULE_SET_ASIDE")
    row = of_rules.one()
    assert (row["rule"], row["clause"], row["exception_reason"]) == ("WEAK_VILLAGES", "二(一)", "已列入拆迁")
    assert (row["instructor_id"], row["village_id"], row["batch_year"]) == (None, VILLAGE, 2020)
    assert of_rules.evidence() == ["Village.Nominated", "Village.Declined"]


def test_another_village_left_out_sets_no_rule_aside(read_side: ReadSide) -> None:
    read_side.enter(village_nominated(), village_declined(exception_reason="已列入拆迁"))
    assert Judged(read_side, "RULE_SET_ASIDE").findings() == []


@pytest.mark.parametrize("rule", [it.code for it in RULES_OF_PRINCIPLE], ids=str)
def test_every_rule_of_principle_is_found_when_it_is_set_aside(read_side: ReadSide, rule: str) -> None:
    read_side.enter(nominated(), approved(RuleException(rule=rule, reason="特别优秀")))
    assert Judged(read_side, "RULE_SET_ASIDE").one()["exception_reason"] == "特别优秀"


# All of them


def test_what_was_kept_leaves_no_finding_and_nothing_is_judged_before_its_day(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, party_relation_transferred(on=APPOINTMENT), household_visited(on=APPOINTMENT))
    read_side.enter(*(checked_in(on=APPOINTMENT + timedelta(day)) for day in range(91)))
    read_side.project()
    assert read_side.ask("finding", date(2020, 7, 30)) == []


def test_the_numbers_of_ours_say_that_they_are(read_side: ReadSide) -> None:
    rows = read_side.conn.execute("select code, zh, en, value from read.rule").fetchall()
    ours = {code: (value, zh) for code, zh, en, value in rows if "a setting of this system" in en}
    assert {code: value for code, (value, _) in ours.items()} == {it.code: it.days for it in SETTINGS}
    assert all("本系统设定" in zh for _, zh in ours.values())


def test_a_finding_of_one_person_or_village_is_found_by_an_index(read_side: ReadSide) -> None:
    read_side.conn.execute("set enable_seqscan = off")
    for condition in (f"instructor_id = '{PERSON}'", f"village_id = '{VILLAGE}'"):
        plan = explain(read_side, "finding", condition=condition)
        scanned = [line for line in plan.splitlines() if "Seq Scan" in line and " on rule" not in line]
        assert not scanned, plan


def test_findings_of_one_code_look_at_nothing_else(read_side: ReadSide) -> None:
    plan = explain(read_side, "finding", columns="count(*)", condition="code = any('{VILLAGE_VACANT}')")
    assert " on village_review" in plan
    for table in ("check_in", "visit", "household_entry", "project_completion", "promotion"):
        assert f" on {table}" not in plan


def test_since_when_it_was_known_is_worked_out_only_for_the_rows_of_a_page(read_side: ReadSide) -> None:
    plan = read_side.conn.execute(
        "explain (verbose, costs off) select since, known_from"
        " from read.finding_at('2022-01-01', 1000) order by since, code limit 2"
    ).fetchall()
    lines = [line.strip() for (line,) in plan]
    sort = next(n for n, line in enumerate(lines) if line.endswith("Sort"))
    asked = [n for n, line in enumerate(lines) if "finding_known_from" in line]
    assert asked, "it is in the plan"
    assert max(asked) < sort, "and not below the sort"
