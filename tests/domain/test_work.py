"""三 工作职责: check-ins, leave, duties and practical projects."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.commands import CheckIn, CompleteProject, GrantLeave, RecordDuty, StartProject
from domain.ids import project_id
from domain.instructor import Instructor
from domain.refusals import (
    InvalidValue,
    LeaveOverlaps,
    NoLongerServing,
    NotYetAppointed,
    OutOfOrder,
    ProjectAlreadyCompleted,
    ProjectAlreadyStarted,
    ProjectNotStarted,
    UnknownDutyClause,
)
from domain.rules import DUTY_CLAUSES
from tests.asks import asked
from tests.facts import (
    APPOINTMENT,
    LAST_DAY,
    MAY_3,
    PROJECT,
    SERVING,
    checked_in,
    duty_recorded,
    leave_granted,
    project_completed,
    project_started,
    voided,
)
from tests.scenario import PERSON, TODAY, Answer, Fact, entry, given

MAY_4, MAY_8, MAY_9 = date(2020, 5, 4), date(2020, 5, 8), date(2020, 5, 9)
BEFORE, AFTER = date(2020, 3, 31), date(2023, 4, 1)
SEPTEMBER_1 = date(2020, 9, 1)


# (一)1 钉钉打卡


def test_somebody_checks_in_in_the_village() -> None:
    given(Instructor, *SERVING).when(lambda it: it.check_in(asked(CheckIn), entry(on=MAY_3))).then(
        checked_in()
    )


def test_a_second_check_in_on_a_day_changes_nothing() -> None:
    elsewhere = asked(CheckIn, place="村小学", source_record="DD-2")
    given(Instructor, *SERVING, checked_in()).when(
        lambda it: it.check_in(elsewhere, entry(on=MAY_3))
    ).then_nothing()


def test_a_check_in_on_another_day_counts() -> None:
    given(Instructor, *SERVING, checked_in()).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=MAY_4))
    ).then(checked_in(on=MAY_4))


def test_a_check_in_outside_the_area_counts_and_says_so() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.check_in(asked(CheckIn, outside=True), entry(on=MAY_3))
    ).then(checked_in().but(outside=True))


def test_a_check_in_says_where() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.check_in(asked(CheckIn, place=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)


# (一)1 请假


def leave(first: date, last: date, *history: Fact, on: date = MAY_3) -> Answer:
    """What comes of asking for leave."""
    return given(Instructor, *SERVING, *history).when(
        lambda it: it.grant_leave(asked(GrantLeave, first_day=first, last_day=last), entry(on=on))
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [(MAY_4, MAY_8), (MAY_4, MAY_4), (APPOINTMENT, APPOINTMENT), (LAST_DAY, LAST_DAY)],
)
def test_leave_is_granted_for_one_or_more_days_of_the_term(first: date, last: date) -> None:
    leave(first, last).then(leave_granted(first, last))


def test_leave_does_not_end_before_it_begins() -> None:
    leave(MAY_8, MAY_4).then_refused(InvalidValue)


def test_leave_does_not_begin_before_the_appointment() -> None:
    leave(BEFORE, MAY_4).then_refused(NotYetAppointed)


def test_leave_does_not_go_on_after_the_term() -> None:
    leave(LAST_DAY, AFTER).then_refused(NoLongerServing)


def test_leave_is_not_granted_before_the_appointment() -> None:
    leave(MAY_4, MAY_8, on=BEFORE).then_refused(OutOfOrder)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2020, 5, 1), MAY_4), (MAY_8, MAY_9), (date(2020, 5, 5), date(2020, 5, 6)), (MAY_3, MAY_9)],
    ids=["its first day", "its last day", "days within", "all of it"],
)
def test_leave_does_not_overlap_other_leave(first: date, last: date) -> None:
    leave(first, last, leave_granted(MAY_4, MAY_8)).then_refused(LeaveOverlaps, clause="三(一)1")


@pytest.mark.parametrize("day", [MAY_3, MAY_9])
def test_leave_may_begin_or_end_right_beside_other_leave(day: date) -> None:
    leave(day, day, leave_granted(MAY_4, MAY_8)).then(leave_granted(day, day))


def test_leave_that_was_void_stands_in_nobodys_way() -> None:
    leave(MAY_4, MAY_8, leave_granted(MAY_4, MAY_8), voided(4)).then(leave_granted(MAY_4, MAY_8))


# (一)3 to (四)3 履职记录


@pytest.mark.parametrize("duty", DUTY_CLAUSES)
def test_every_other_duty_is_recorded_under_its_clause(duty: str) -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.record_duty(asked(RecordDuty, duty=duty), entry(on=MAY_3))
    ).then(duty_recorded(duty=duty))


@pytest.mark.parametrize("duty", ["三(一)1", "三(一)2", "三(四)4", "三", "二(一)", ""])
def test_what_is_no_duty_or_has_an_event_of_its_own_is_not_recorded_as_a_duty(duty: str) -> None:
    refusal = given(Instructor, *SERVING).when(
        lambda it: it.record_duty(asked(RecordDuty, duty=duty), entry(on=MAY_3))
    )
    assert "三(二)1" in refusal.then_refused(UnknownDutyClause, clause="三").message_en


def test_two_duties_of_one_clause_on_one_day_are_two() -> None:
    given(Instructor, *SERVING, duty_recorded()).when(
        lambda it: it.record_duty(asked(RecordDuty), entry(on=MAY_3))
    ).then(duty_recorded())


def test_a_duty_says_what_was_done() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.record_duty(asked(RecordDuty, summary=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)


@pytest.mark.parametrize(("day", "refusal"), [(BEFORE, NotYetAppointed), (AFTER, NoLongerServing)])
def test_no_duty_is_recorded_outside_the_posting(day: date, refusal: type) -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.record_duty(asked(RecordDuty), entry(on=day))
    ).then_refused(refusal)


# (四)4 实事


def started(*history: Fact, on: date = MAY_3, **changes: Any) -> Answer:
    """What comes of starting a project."""
    return given(Instructor, *SERVING, *history).when(
        lambda it: it.start_project(asked(StartProject, **changes), entry(on=on))
    )


def completed(*history: Fact, on: date = SEPTEMBER_1, **changes: Any) -> Answer:
    """What comes of completing a project."""
    return given(Instructor, *SERVING, *history).when(
        lambda it: it.complete_project(asked(CompleteProject, **changes), entry(on=on))
    )


def test_a_project_is_started_for_a_year() -> None:
    started().then(project_started())


def test_a_project_is_started_once_a_year() -> None:
    started(project_started(), on=MAY_4).then_refused(ProjectAlreadyStarted, clause="三(四)4")


def test_a_project_of_the_same_title_is_started_again_in_another_year() -> None:
    started(project_started(), on=date(2021, 5, 3), year=2021).then(
        project_started(on=date(2021, 5, 3), year=2021)
    )
    assert project_id(PERSON, 2021, "Road lamps") != PROJECT


@pytest.mark.parametrize("changes", [{"title": ""}, {"year": 2019}, {"year": TODAY.year + 2}])
def test_a_project_has_a_title_and_a_year_of_the_programme(changes: dict[str, Any]) -> None:
    started(**changes).then_refused(InvalidValue)


@pytest.mark.parametrize(("day", "refusal"), [(BEFORE, NotYetAppointed), (AFTER, NoLongerServing)])
def test_no_project_is_started_or_completed_outside_the_posting(day: date, refusal: type) -> None:
    started(on=day).then_refused(refusal)
    completed(project_started(), on=day).then_refused(refusal)


@pytest.mark.parametrize("day", [MAY_3, SEPTEMBER_1])
def test_a_started_project_is_completed_on_the_same_day_or_later(day: date) -> None:
    completed(project_started(), on=day).then(project_completed(on=day))


def test_a_project_is_not_completed_before_its_start() -> None:
    completed(project_started(on=MAY_4), on=MAY_3).then_refused(OutOfOrder)


def test_a_project_that_was_not_started_is_not_completed() -> None:
    completed().then_refused(ProjectNotStarted, clause="三(四)4")


def test_a_project_whose_start_is_void_is_not_completed() -> None:
    completed(project_started(), voided(4)).then_refused(ProjectNotStarted)


def test_a_project_is_completed_once() -> None:
    completed(project_started(), project_completed()).then_refused(ProjectAlreadyCompleted, clause="三(四)4")


def test_a_project_whose_start_was_void_is_started_again() -> None:
    started(project_started(), voided(4), on=MAY_4).then(project_started(on=MAY_4))


@pytest.mark.parametrize("changes", [{"outcome": " "}, {"households_served": -1}])
def test_a_completion_says_what_came_of_it_and_for_how_many(changes: dict[str, Any]) -> None:
    completed(project_started(), **changes).then_refused(InvalidValue)


def test_a_completion_may_serve_no_household_in_particular() -> None:
    completed(project_started(), households_served=0).then(project_completed().but(households_served=0))
