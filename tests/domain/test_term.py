"""二(二) 相对稳定原则 and 五(三): three years, promotion in place, recall, and the rest of a term."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.commands import Appoint, CheckIn, CompleteTerm, PromoteButRetain, Recall
from domain.instructor import Instructor
from domain.postings import anniversary_eve
from domain.refusals import (
    InvalidValue,
    NoLongerServing,
    NotApproved,
    NotAReplacement,
    NotServing,
    NotYetAppointed,
    PromotionAlreadyRecorded,
    TermNotOver,
    VillageAlreadyHasInstructor,
)
from domain.terms import Departure, RecallGround
from tests.asks import asked
from tests.facts import (
    ANOTHER_VILLAGE,
    APPOINTMENT,
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    POSTED,
    READY,
    RECALLED,
    SERVING,
    SUCCESSOR,
    appointed,
    approved,
    checked_in,
    instructor_posted,
    instructor_withdrawn,
    nominated,
    promoted,
    recalled,
    term_completed,
    village_approved,
    village_nominated,
    voided,
)
from tests.scenario import PERSON, Fact, entry, given, given_county

MAY_4 = date(2020, 5, 4)
REPLACEMENT = tuple(fact.of(SUCCESSOR) for fact in READY)
REPLACE = asked(Appoint, instructor_id=SUCCESSOR)


# Three years


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2020, 4, 1), date(2023, 3, 31)),
        (date(2020, 3, 17), date(2023, 3, 16)),
        (date(2021, 1, 1), date(2023, 12, 31)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2021, 3, 1), date(2024, 2, 29)),
    ],
)
def test_a_term_ends_on_the_eve_of_its_third_anniversary(first: date, last: date) -> None:
    assert anniversary_eve(first, 3) == last
    given_county(*KEY_VILLAGE, *READY).when(asked(Appoint), entry(on=first)).then(
        instructor_posted(on=first, until=last), appointed(on=first, until=last)
    )


def test_a_span_from_leap_day_to_a_leap_year_ends_the_day_before_leap_day() -> None:
    assert anniversary_eve(date(2024, 2, 29), 4) == date(2028, 2, 28)


@pytest.mark.parametrize("day", [APPOINTMENT, LAST_DAY])
def test_work_is_recorded_on_the_first_and_on_the_last_day_of_the_term(day: date) -> None:
    given(Instructor, *SERVING).when(lambda it: it.check_in(asked(CheckIn), entry(on=day))).then(
        checked_in(on=day)
    )


def test_no_work_is_recorded_on_the_day_before_the_appointment() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=APPOINTMENT - timedelta(days=1)))
    ).then_refused(NotYetAppointed, clause="选派程序(三)")


def test_no_work_is_recorded_on_the_day_after_the_term() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=LAST_DAY + timedelta(days=1)))
    ).then_refused(NoLongerServing, clause="二(二)")


@pytest.mark.parametrize("history", [(), (nominated(),), READY])
def test_no_work_is_recorded_of_who_was_never_appointed(history: tuple[Fact, ...]) -> None:
    given(Instructor, *history).when(lambda it: it.check_in(asked(CheckIn), entry(on=MAY_3))).then_refused(
        NotYetAppointed
    )


# The end of a term


@pytest.mark.parametrize("day", [LAST_DAY, date(2023, 6, 1)])
def test_a_term_is_completed_on_its_last_day_or_later(day: date) -> None:
    given_county(*POSTED).when(asked(CompleteTerm), entry(on=day)).then(
        instructor_withdrawn(on=day, departure=Departure.TERM_COMPLETED, vacant_until=None),
        term_completed(on=day),
    )


def test_a_term_is_not_completed_before_its_last_day() -> None:
    given_county(*POSTED).when(asked(CompleteTerm), entry(on=LAST_DAY - timedelta(days=1))).then_refused(
        TermNotOver, clause="二(二)"
    )


@pytest.mark.parametrize("history", [(), READY, (*SERVING, recalled()), (*SERVING, term_completed())])
def test_only_a_running_term_is_completed(history: tuple[Fact, ...]) -> None:
    given(Instructor, *history).when(lambda it: it.complete_term(entry(on=LAST_DAY))).then_refused(NotServing)


def test_a_completion_entered_late_leaves_the_next_instructor_in_place() -> None:
    spring = date(2023, 4, 1)
    successor = instructor_posted(who=SUCCESSOR, on=spring, batch_year=2023, until=date(2026, 3, 31))
    given_county(*POSTED, successor).when(asked(CompleteTerm), entry(on=date(2023, 5, 1))).then(
        term_completed(on=date(2023, 5, 1))
    )


def test_work_done_in_the_term_may_be_entered_after_its_end() -> None:
    given(Instructor, *SERVING, term_completed()).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=MAY_3))
    ).then(checked_in())


def test_a_completion_dated_late_does_not_lengthen_the_term() -> None:
    given(Instructor, *SERVING, term_completed(on=date(2023, 6, 1))).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=date(2023, 5, 1)))
    ).then_refused(NoLongerServing)


# Promotion: stays in the village as 包村干部


def test_who_is_promoted_goes_on_serving_in_the_village() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.promote_but_retain(asked(PromoteButRetain), entry(on=MAY_3))
    ).then(promoted())
    given(Instructor, *SERVING, promoted()).when(
        lambda it: it.check_in(asked(CheckIn), entry(on=LAST_DAY))
    ).then(checked_in(on=LAST_DAY))


def test_a_promoted_instructor_keeps_the_village_occupied() -> None:
    given_county(*POSTED, promoted(), *REPLACEMENT).when(REPLACE, entry(on=MAY_4)).then_refused(
        VillageAlreadyHasInstructor
    )


def test_a_promotion_to_one_position_is_recorded_once() -> None:
    given(Instructor, *SERVING, promoted()).when(
        lambda it: it.promote_but_retain(asked(PromoteButRetain), entry(on=MAY_4))
    ).then_refused(PromotionAlreadyRecorded, clause="二(二)")


def test_a_promotion_recorded_by_mistake_may_be_void_and_recorded_again() -> None:
    given(Instructor, *SERVING, promoted(), voided(4)).when(
        lambda it: it.promote_but_retain(asked(PromoteButRetain), entry(on=MAY_4))
    ).then(promoted(on=MAY_4))


def test_a_promotion_names_the_new_position() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.promote_but_retain(asked(PromoteButRetain, new_position=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)


# Recall: through the sending unit, which selects again


def test_a_recall_tells_the_sending_unit_orders_a_replacement_and_leaves_the_rest_of_the_term_open() -> None:
    given_county(*POSTED).when(asked(Recall), entry(on=MAY_3)).then(instructor_withdrawn(), recalled())


@pytest.mark.parametrize("ground", list(RecallGround))
def test_somebody_is_recalled_on_each_of_the_notices_grounds(ground: RecallGround) -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.recall(asked(Recall, ground=ground), entry(on=MAY_3))
    ).then(recalled().but(ground=ground))


@pytest.mark.parametrize("day", [APPOINTMENT, LAST_DAY])
def test_somebody_is_recalled_on_any_day_of_the_term(day: date) -> None:
    given_county(*POSTED).when(asked(Recall), entry(on=day)).then(
        instructor_withdrawn(on=day), recalled(on=day)
    )


def test_nobody_is_recalled_before_the_appointment() -> None:
    given_county(*POSTED).when(asked(Recall), entry(on=date(2020, 3, 31))).then_refused(NotYetAppointed)


def test_nobody_is_recalled_after_the_term() -> None:
    given_county(*POSTED).when(asked(Recall), entry(on=date(2023, 4, 1))).then_refused(NoLongerServing)


@pytest.mark.parametrize("history", [(), READY, (*SERVING, recalled()), (*SERVING, term_completed())])
def test_only_who_serves_is_recalled(history: tuple[Fact, ...]) -> None:
    given(Instructor, *history).when(lambda it: it.recall(asked(Recall), entry(on=MAY_3))).then_refused(
        NotServing
    )


def test_a_recall_ends_the_present_posting_never_one_before_it() -> None:
    second = (
        nominated(on=date(2023, 4, 1), batch_year=2023),
        approved(on=date(2023, 4, 1), batch_year=2023),
        appointed(village=ANOTHER_VILLAGE, on=date(2023, 5, 1), batch_year=2023, until=date(2026, 4, 30)),
    )
    given(Instructor, *SERVING, term_completed(), *second).when(
        lambda it: it.recall(asked(Recall), entry(on=MAY_3))
    ).then_refused(NotYetAppointed)


def test_a_recall_needs_a_reason() -> None:
    given_county(*POSTED).when(asked(Recall, reason=" "), entry(on=MAY_3)).then_refused(InvalidValue)


def test_the_day_of_recall_is_the_last_day_of_service() -> None:
    person = given(Instructor, *SERVING, recalled())
    person.when(lambda it: it.check_in(asked(CheckIn), entry(on=MAY_3))).then(checked_in())
    person.when(lambda it: it.check_in(asked(CheckIn), entry(on=MAY_4))).then_refused(NoLongerServing)


# The replacement serves the rest of the term


@pytest.mark.parametrize("day", [MAY_4, date(2020, 9, 1), LAST_DAY])
def test_a_replacement_serves_the_rest_of_the_recalled_ones_term(day: date) -> None:
    given_county(*RECALLED, *REPLACEMENT).when(REPLACE, entry(on=day)).then(
        instructor_posted(who=SUCCESSOR, on=day, until=LAST_DAY, replaces=PERSON),
        appointed(on=day, until=LAST_DAY, replaces=PERSON).of(SUCCESSOR),
    )


def test_a_replacement_comes_no_earlier_than_the_day_after_the_recall() -> None:
    given_county(*RECALLED, *REPLACEMENT).when(REPLACE, entry(on=MAY_3)).then_refused(
        VillageAlreadyHasInstructor
    )


def test_somebody_of_another_batch_is_no_replacement() -> None:
    other_batch = (nominated(batch_year=2021), approved(batch_year=2021))
    given_county(
        *RECALLED,
        village_nominated(year=2021),
        village_approved(year=2021),
        *(fact.of(SUCCESSOR) for fact in other_batch),
    ).when(REPLACE, entry(on=MAY_4)).then_refused(NotAReplacement, clause="五(三)")


def test_once_the_open_term_has_run_out_the_next_instructor_serves_three_years() -> None:
    day, until = date(2023, 4, 1), date(2026, 3, 31)
    given_county(*RECALLED, *REPLACEMENT).when(REPLACE, entry(on=day)).then(
        instructor_posted(who=SUCCESSOR, on=day, until=until), appointed(on=day, until=until).of(SUCCESSOR)
    )


def test_a_recalled_replacement_leaves_what_is_left_of_the_same_term() -> None:
    in_june = date(2020, 6, 1)
    replaced = (
        *RECALLED,
        instructor_posted(who=SUCCESSOR, on=MAY_4, replaces=PERSON),
        *REPLACEMENT,
        appointed(on=MAY_4, replaces=PERSON).of(SUCCESSOR),
    )
    given_county(*replaced).when(asked(Recall, instructor_id=SUCCESSOR), entry(on=in_june)).then(
        instructor_withdrawn(who=SUCCESSOR, on=in_june), recalled(on=in_june).of(SUCCESSOR)
    )


def test_a_recalled_replacement_is_replaced_for_the_rest_of_the_first_term() -> None:
    in_june, in_july = date(2020, 6, 1), date(2020, 7, 1)
    third = tuple(fact.of(PERSON) for fact in (nominated(on=in_june), approved(on=in_june)))
    given_county(
        *RECALLED,
        instructor_posted(who=SUCCESSOR, on=MAY_4, replaces=PERSON),
        instructor_withdrawn(who=SUCCESSOR, on=in_june),
        *third,
    ).when(asked(Appoint), entry(on=in_july)).then(
        instructor_posted(on=in_july, replaces=SUCCESSOR), appointed(on=in_july, replaces=SUCCESSOR)
    )


def test_a_recalled_instructor_must_be_nominated_and_approved_anew_before_another_posting() -> None:
    given_county(*RECALLED).when(asked(Appoint), entry(on=MAY_4)).then_refused(NotApproved)
