"""The demo's story, decided in memory by the programme's own rules: no database, the whole of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

import pytest

from api.county import SHANGHAI
from api.data import COUNTY, key_villages_2020
from api.demo.audit import AUDITOR
from api.demo.daily import EXAMPLE
from api.demo.fill import Demo
from api.demo.steps import INVENTED, Step
from api.demo.story import FULL, SMALL, tell
from domain.events import EVENT_TYPES
from domain.instructor import Instructor
from domain.programme import Programme
from domain.remark import Remark
from domain.root import Event
from domain.rules import MONTHLY_DAYS
from domain.terms import AppraisalKind, Grade, Role
from domain.village import Village

SEED = 2020
Kind = TypeVar("Kind", bound=Event)


@dataclass(frozen=True)
class Told:
    """The story and what came of each step."""

    steps: list[Step]
    happened: list[Sequence[Event]]

    def of(self, kind: type[Kind]) -> list[tuple[Step, Kind]]:
        return [
            (step, event)
            for step, events in zip(self.steps, self.happened, strict=True)
            for event in events
            if isinstance(event, kind)
        ]


@pytest.fixture(scope="module")
def told() -> Told:
    steps = tell(SEED, FULL)
    programme = Programme(COUNTY, date.today, {})
    return Told(steps, [*Demo(SEED).decide(programme.bulk(), steps)])


def test_every_event_of_the_catalogue_occurs(told: Told) -> None:
    occurring = {type(event).TOPIC for events in told.happened for event in events}
    nobody_does = {"Import.Taken", "Disclosure.Read"}  # the demo has no papers to take in, and nobody looks
    assert occurring == set(EVENT_TYPES) - nobody_does


def test_there_are_about_130_000_events_and_each_step_causes_some(told: Told) -> None:
    assert 120_000 < sum(map(len, told.happened)) < 140_000
    assert all(told.happened)


def test_steps_are_told_in_the_order_in_which_they_were_recorded(told: Told) -> None:
    assert all(first.recorded_at <= second.recorded_at for first, second in pairwise(told.steps))


def test_nothing_is_recorded_before_it_happens(told: Told) -> None:
    assert all(step.occurred_on <= step.recorded_at.date() for step in told.steps)


def test_the_notice_s_villages_are_nominated_and_approved_as_it_dates_them(told: Told) -> None:
    notice = [step for step in told.steps if step.basis != INVENTED]
    assert len(notice) == 60
    assert {step.occurred_on for step in notice} == {date(2020, 3, 17)}
    assert {step.recorded_at.date() for step in notice} == {date(2020, 3, 18)}
    assert {step.basis for step in notice} == {"湘阴办发〔2020〕23号"}
    nominated = [event for step, event in told.of(Village.Nominated) if step.basis != INVENTED]
    assert [event.code for event in nominated] == [place.code for place in key_villages_2020()]
    assert len({event.actor for event in nominated}) == 15
    assert not any(event.weak_or_lagging for event in nominated)  # the notice names none


def test_whoever_is_invented_says_so(told: Told) -> None:
    people = [event for _, event in told.of(Instructor.Nominated)]
    assert all(event.staff_number.startswith("SIM-") for event in people)
    assert all("模拟" in event.sending_unit for event in people)
    assert {event.actor.organisation for _, event in told.of(Instructor.CheckedIn)} >= {"钉钉打卡接口"}


def test_each_batch_posts_thirty_and_replaces_whom_it_recalls(told: Told) -> None:
    batches = Counter(event.batch_year for _, event in told.of(Instructor.Appointed) if not event.replaces)
    assert batches == {2020: 30, 2021: 30, 2022: 30}
    recalled = {event.originator_id for _, event in told.of(Instructor.Recalled)}
    replaced = {event.replaces for _, event in told.of(Instructor.Appointed) if event.replaces}
    assert len(recalled) == 6
    assert replaced == recalled


def test_no_village_gets_a_second_batch(told: Told) -> None:
    posted = [event for _, event in told.of(Village.InstructorPosted) if event.replaces is None]
    assert len({event.originator_id for event in posted}) == 90


def test_a_replacement_serves_the_rest_of_the_term(told: Told) -> None:
    until = {event.originator_id: event.until for _, event in told.of(Instructor.Appointed)}
    for _, event in told.of(Instructor.Appointed):
        if event.replaces is not None:
            assert event.until == until[event.replaces]


def test_a_weak_village_is_left_out_by_exception(told: Told) -> None:
    weak = {(e.originator_id, e.year) for _, e in told.of(Village.Nominated) if e.weak_or_lagging}
    reasons = {(e.originator_id, e.year): e.exception_reason for _, e in told.of(Village.Declined)}
    assert any(reasons.get(nomination) for nomination in weak)
    assert "" in reasons.values()


def test_eligibility_has_exceptions_and_rejections_of_several_kinds(told: Told) -> None:
    excepted = {it.rule for _, event in told.of(Instructor.Approved) for it in event.exceptions}
    failed = {rule for _, event in told.of(Instructor.Rejected) for rule in event.rules_failed}
    assert excepted == {"OVER_AGE", "INSTITUTION_STAFF_NEEDS_APPROVAL", "TOO_SHORT_AS_CLERK"}
    assert failed == {"NOT_PARTY_MEMBER", "EDUCATION_BELOW_COLLEGE", "TOO_SHORT_AS_CLERK"}
    assert any(not event.rules_failed for _, event in told.of(Instructor.Rejected))


def test_somebody_turned_down_for_good_is_forgotten(told: Told) -> None:
    ((_, forgotten),) = told.of(Instructor.Forgotten)
    assert forgotten.originator_id in {event.originator_id for _, event in told.of(Instructor.Rejected)}
    assert forgotten.originator_id not in {event.originator_id for _, event in told.of(Instructor.Approved)}


def test_somebody_turned_down_is_approved_for_a_later_batch(told: Told) -> None:
    rejected = {event.originator_id for _, event in told.of(Instructor.Rejected)}
    assert rejected & {event.originator_id for _, event in told.of(Instructor.Approved)}


def test_an_audit_near_the_end_flags_what_looks_wrong_and_not_all_of_it_is_settled(told: Told) -> None:
    made = {event.originator_id: event for _, event in told.of(Remark.Made)}
    flagged = {whose for whose, event in made.items() if event.flagged}
    answered = {event.originator_id for _, event in told.of(Remark.Answered)}
    settled = {event.originator_id for _, event in told.of(Remark.Settled)}
    topics = Counter(made[whose].about_topic for whose in flagged)
    assert topics == {Instructor.CheckedIn.TOPIC: 2, Instructor.Appointed.TOPIC: 1}
    assert answered == flagged < made.keys()
    assert {made[whose].about_topic for whose in flagged - settled} == {Instructor.Appointed.TOPIC}
    assert all(step.actor == AUDITOR for step, _ in told.of(Remark.Made))


def test_what_the_audit_flags_is_back_dated_or_was_missed(told: Told) -> None:
    flagged = {(event.about_id, event.about_version) for _, event in told.of(Remark.Made) if event.flagged}
    back_dated = [
        step.recorded_at.date() - step.occurred_on
        for step, event in told.of(Instructor.CheckedIn)
        if (event.originator_id, event.originator_version) in flagged
    ]
    assert len(back_dated) == 2
    assert min(back_dated) > timedelta(days=30)
    ((posted_on, who),) = [
        (event.occurred_on, event.originator_id)
        for _, event in told.of(Instructor.Appointed)
        if (event.originator_id, event.originator_version) in flagged
    ]
    in_time = {
        event.household
        for _, event in told.of(Instructor.HouseholdVisited)
        if event.originator_id == who and event.occurred_on - posted_on <= timedelta(days=91)
    }
    ever = {e.household for _, e in told.of(Instructor.HouseholdVisited) if e.originator_id == who}
    assert in_time < ever


def test_some_entries_come_weeks_late_so_that_the_two_clocks_differ(told: Told) -> None:
    check_ins = told.of(Instructor.CheckedIn)
    late = [step for step, _ in check_ins if step.recorded_at.date() - step.occurred_on > timedelta(days=14)]
    assert 0.01 < len(late) / len(check_ins) < 0.05


def test_the_planted_example_is_entered_late_and_voided_later(told: Told) -> None:
    on_the_day = [
        (step, event)
        for step, event in told.of(Instructor.CheckedIn)
        if step.occurred_on == EXAMPLE.day and _staff_number(told, event) == EXAMPLE.staff_number
    ]
    ((step, check_in),) = on_the_day
    assert step.recorded_at.date() == EXAMPLE.entered_on
    voided_on = [
        step.recorded_at.date()
        for step, event in told.of(Instructor.Voided)
        if (event.originator_id, event.voided_version)
        == (check_in.originator_id, check_in.originator_version)
    ]
    assert voided_on == [EXAMPLE.voided_on]


def test_some_months_fall_short_of_twenty_days_and_most_do_not(told: Told) -> None:
    days = Counter((e.originator_id, f"{e.occurred_on:%Y-%m}") for _, e in told.of(Instructor.CheckedIn))
    short = sum(number < MONTHLY_DAYS.on(date(2021, 1, 1)) for number in days.values())
    assert 0.05 < short / len(days) < 0.35


def test_most_but_not_all_households_are_visited_within_three_months(told: Told) -> None:
    since = {event.originator_id: event.occurred_on for _, event in told.of(Instructor.Appointed)}
    village = {event.originator_id: event.village_id for _, event in told.of(Instructor.Appointed)}
    homes = Counter[object]()
    for _, registered in told.of(Village.HouseholdsRegistered):
        homes[registered.originator_id] += len(registered.households)
    seen = Counter(
        person
        for person, _ in {
            (event.originator_id, event.household)
            for _, event in told.of(Instructor.HouseholdVisited)
            if event.occurred_on - since[event.originator_id] <= timedelta(days=91)
        }
    )
    shares = [seen[person] / homes[village[person]] for person in since]
    assert sum(share > 0.9 for share in shares) > len(shares) / 2
    assert min(shares) < 0.8


def test_a_fifth_at_most_of_a_year_s_appraisals_are_excellent(told: Told) -> None:
    yearly = [e for _, e in told.of(Instructor.Appraised) if e.kind is AppraisalKind.YEARLY]
    excellent = sum(event.grade is Grade.EXCELLENT for event in yearly)
    assert 0.1 < excellent / len(yearly) <= 0.2


def test_discipline_follows_accountability_in_the_same_case(told: Told) -> None:
    opened = {(e.originator_id, e.case_number) for _, e in told.of(Instructor.AccountabilityOpened)}
    assert {(e.originator_id, e.case_number) for _, e in told.of(Instructor.Disciplined)} == opened


def test_projects_are_missed_and_left_unfinished(told: Told) -> None:
    started = {event.project_id for _, event in told.of(Instructor.ProjectStarted)}
    completed = {event.project_id for _, event in told.of(Instructor.ProjectCompleted)}
    assert completed < started
    served = {(e.originator_id, e.occurred_on.year) for _, e in told.of(Instructor.CheckedIn)}
    worked = {(e.originator_id, e.year) for _, e in told.of(Instructor.ProjectStarted)}
    assert served - worked


def test_the_promoted_go_on_checking_in(told: Told) -> None:
    promoted = {e.originator_id: e.occurred_on for _, e in told.of(Instructor.PromotedButRetained)}
    still_here = {
        event.originator_id
        for _, event in told.of(Instructor.CheckedIn)
        if event.occurred_on > promoted.get(event.originator_id, date.max)
    }
    assert len(promoted) == 12
    assert still_here == set(promoted)


def test_work_is_entered_by_offices_that_may(told: Told) -> None:
    roles = {event.actor.role for events in told.happened for event in events}
    assert roles == set(Role)


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    assert tell(7, SMALL) == tell(7, SMALL)
    assert tell(7, SMALL) != tell(8, SMALL)


def test_the_small_story_is_the_beginning_of_the_large_one_with_fewer_villages(told: Told) -> None:
    small = tell(SEED, SMALL)
    assert set(small) <= set(told.steps)
    assert small[-1].recorded_at.astimezone(SHANGHAI).date() <= SMALL.until


def _staff_number(told: Told, event: Event) -> str:
    return next(
        e.staff_number for _, e in told.of(Instructor.Nominated) if e.originator_id == event.originator_id
    )
