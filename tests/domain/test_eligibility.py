"""二(三) 尽锐出战原则: who may be an instructor, judged on the day of nomination."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.commands import ApproveInstructor, RejectInstructor, RuleException
from domain.instructor import Instructor
from domain.refusals import (
    EducationBelowCollege,
    ExceptionNotNeeded,
    InstitutionStaffNeedsApproval,
    InvalidValue,
    NotCivilServant,
    NotPartyMember,
    OverAge,
    Refused,
    TooShortAsClerk,
)
from domain.terms import Education, Employment
from tests.asks import asked
from tests.facts import approved, nominated, rejected
from tests.scenario import Answer, entry, given

NOMINATION = date(2020, 3, 20)


def reviewed(*excepted: type[Refused], reason: str = "全县遴选第一名", **form_changes: Any) -> Answer:
    """What comes of approving a nominee whose form is ordinary but for the changes."""
    exceptions = tuple(RuleException(rule=refusal.code, reason=reason) for refusal in excepted)
    return given(Instructor, nominated(on=NOMINATION, **form_changes)).when(
        lambda it: it.approve(asked(ApproveInstructor, exceptions=exceptions), entry(on=NOMINATION))
    )


def accepted(*excepted: type[Refused]) -> Any:
    """The approval, with its exceptions on record."""
    return approved(
        *(RuleException(rule=refusal.code, reason="全县遴选第一名") for refusal in excepted), on=NOMINATION
    )


def test_who_meets_every_rule_is_approved() -> None:
    reviewed().then(accepted())


# Party membership, without 原则上


def test_who_is_no_party_member_is_not_approved() -> None:
    reviewed(party_joined=None).then_refused(NotPartyMember, clause="二(三)")


def test_a_probationary_member_who_joined_on_the_day_of_nomination_counts_as_a_member() -> None:
    reviewed(party_joined=NOMINATION).then(accepted())


def test_who_joins_the_party_the_day_after_nomination_is_no_member_yet() -> None:
    reviewed(party_joined=date(2020, 3, 21)).then_refused(NotPartyMember)


def test_no_exception_sets_party_membership_aside() -> None:
    reviewed(NotPartyMember, party_joined=None).then_refused(NotPartyMember)


# Civil servants; outstanding 事业编制 staff


@pytest.mark.parametrize("employment", [Employment.CIVIL_SERVANT, Employment.SELECTED_GRADUATE])
def test_civil_servants_and_selected_graduates_are_approved(employment: Employment) -> None:
    reviewed(employment=employment).then(accepted())


def test_others_are_in_principle_not_approved() -> None:
    reviewed(employment=Employment.OTHER).then_refused(NotCivilServant, clause="二(三)")


def test_others_are_approved_by_a_recorded_exception() -> None:
    reviewed(NotCivilServant, employment=Employment.OTHER).then(accepted(NotCivilServant))


def test_staff_of_public_institutions_need_the_departments_recorded_approval() -> None:
    reviewed(employment=Employment.INSTITUTION_STAFF).then_refused(
        InstitutionStaffNeedsApproval, clause="二(三)"
    )


def test_outstanding_staff_of_public_institutions_are_approved_with_the_reason_on_record() -> None:
    reviewed(InstitutionStaffNeedsApproval, employment=Employment.INSTITUTION_STAFF).then(
        accepted(InstitutionStaffNeedsApproval)
    )


def test_the_exception_for_others_does_not_serve_staff_of_public_institutions() -> None:
    reviewed(NotCivilServant, employment=Employment.INSTITUTION_STAFF).then_refused(ExceptionNotNeeded)


# Education


@pytest.mark.parametrize("education", [e for e in Education if e is not Education.SECONDARY_OR_LOWER])
def test_college_or_higher_is_enough(education: Education) -> None:
    reviewed(education=education).then(accepted())


def test_less_than_college_is_in_principle_not_enough() -> None:
    reviewed(education=Education.SECONDARY_OR_LOWER).then_refused(EducationBelowCollege, clause="二(三)")


def test_less_than_college_is_enough_by_a_recorded_exception() -> None:
    reviewed(EducationBelowCollege, education=Education.SECONDARY_OR_LOWER).then(
        accepted(EducationBelowCollege)
    )


# Age: 以下 includes the number


@pytest.mark.parametrize(
    ("born", "case"),
    [
        (date(1985, 3, 20), "the 35th birthday"),
        (date(1984, 3, 21), "the last day before the 36th birthday"),
    ],
)
def test_who_is_35_is_young_enough(born: date, case: str) -> None:
    assert case
    reviewed(born=born).then(accepted())


def test_who_turns_36_on_the_day_of_nomination_is_too_old() -> None:
    refusal = reviewed(born=date(1984, 3, 20)).then_refused(OverAge, clause="二(三)")
    assert "36" in refusal.message_zh
    assert "36" in refusal.message_en


def test_who_is_too_old_is_approved_by_a_recorded_exception() -> None:
    reviewed(OverAge, born=date(1984, 3, 20)).then(accepted(OverAge))


def test_in_a_common_year_who_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    born = date(1984, 2, 29)

    def nominated_on(day: date) -> Answer:
        return given(Instructor, nominated(on=day, born=born)).when(
            lambda it: it.approve(asked(ApproveInstructor), entry(on=day))
        )

    last_day_of_february, first_of_march = date(2021, 2, 28), date(2021, 3, 1)
    assert nominated_on(last_day_of_february).then_refused(OverAge).facts["age"] == 36
    assert nominated_on(first_of_march).then_refused(OverAge).facts["age"] == 37


def test_age_is_judged_on_the_day_of_nomination_not_of_review() -> None:
    given(Instructor, nominated(on=NOMINATION, born=date(1984, 3, 21))).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=date(2020, 6, 1)))
    ).then(approved(on=date(2020, 6, 1)))


# A year as 科员


def test_exactly_one_year_as_a_clerk_is_enough() -> None:
    reviewed(clerk_since=date(2019, 3, 20)).then(accepted())


def test_a_year_less_a_day_as_a_clerk_is_too_short() -> None:
    reviewed(clerk_since=date(2019, 3, 21)).then_refused(TooShortAsClerk, clause="二(三)")


def test_who_was_never_a_clerk_is_in_principle_not_approved() -> None:
    reviewed(clerk_since=None).then_refused(TooShortAsClerk)


def test_who_was_never_a_clerk_is_approved_by_a_recorded_exception() -> None:
    reviewed(TooShortAsClerk, clerk_since=None).then(accepted(TooShortAsClerk))


# Several rules, and exceptions


def test_a_refusal_names_every_rule_that_is_failed() -> None:
    refusal = reviewed(
        party_joined=None,
        employment=Employment.OTHER,
        education=Education.SECONDARY_OR_LOWER,
        born=date(1970, 1, 1),
        clerk_since=None,
    ).then_refused(NotPartyMember)
    assert [type(further) for further in refusal.also] == [
        NotCivilServant,
        EducationBelowCollege,
        OverAge,
        TooShortAsClerk,
    ]


def test_an_exception_to_one_rule_leaves_the_others_in_force() -> None:
    refusal = reviewed(OverAge, born=date(1970, 1, 1), clerk_since=None).then_refused(TooShortAsClerk)
    assert refusal.also == ()


def test_several_rules_are_set_aside_by_as_many_exceptions() -> None:
    reviewed(OverAge, TooShortAsClerk, born=date(1970, 1, 1), clerk_since=None).then(
        accepted(OverAge, TooShortAsClerk)
    )


def test_an_exception_to_a_rule_that_is_met_is_not_recorded() -> None:
    reviewed(OverAge).then_refused(ExceptionNotNeeded, clause="二(三)")


def test_an_exception_needs_a_reason() -> None:
    reviewed(OverAge, reason="", born=date(1970, 1, 1)).then_refused(InvalidValue)


# The unfit are sent back


def test_a_rejection_records_the_rules_and_clauses_that_are_failed() -> None:
    given(Instructor, nominated(on=NOMINATION, born=date(1970, 1, 1), party_joined=None)).when(
        lambda it: it.reject(asked(RejectInstructor), entry(on=NOMINATION))
    ).then(rejected(on=NOMINATION, rules_failed=("NOT_PARTY_MEMBER", "OVER_AGE"), clauses_failed=("二(三)",)))


def test_the_department_may_reject_somebody_who_meets_every_rule() -> None:
    given(Instructor, nominated(on=NOMINATION)).when(
        lambda it: it.reject(asked(RejectInstructor), entry(on=NOMINATION))
    ).then(rejected(on=NOMINATION))


def test_a_rejection_needs_a_reason() -> None:
    given(Instructor, nominated(on=NOMINATION)).when(
        lambda it: it.reject(asked(RejectInstructor, reason=""), entry(on=NOMINATION))
    ).then_refused(InvalidValue)
