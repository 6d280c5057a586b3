"""选派程序: nominated after collective study, reviewed, appointed together, party relation transferred."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import (
    Appoint,
    ApproveInstructor,
    NominateInstructor,
    RejectInstructor,
    TransferPartyRelation,
)
from domain.instructor import Instructor
from domain.refusals import (
    AlreadyNominated,
    AlreadyReviewed,
    InvalidValue,
    NoLongerServing,
    NotApproved,
    NotNominated,
    NotYetAppointed,
    OutOfOrder,
    PartyRelationAlreadyTransferred,
    StudyAfterNomination,
    VillageAlreadyHasInstructor,
    VillageNotApproved,
)
from domain.terms import Route
from tests.asks import asked
from tests.facts import (
    APPOINTMENT,
    FORM,
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    POSTED,
    READY,
    SERVING,
    SUCCESSOR,
    THE_NOTICE,
    appointed,
    approved,
    form,
    instructor_posted,
    nominated,
    party_relation_transferred,
    recalled,
    rejected,
    term_completed,
    village_approved,
    village_declined,
    village_nominated,
    voided,
)
from tests.scenario import Fact, entry, given, given_county

THE_DAY_AFTER = date(2020, 3, 18)

# (一) 推荐报名


@pytest.mark.parametrize("route", list(Route))
def test_somebody_is_nominated_by_self_township_or_sending_unit(route: Route) -> None:
    given(Instructor).when(
        lambda it: it.nominate(
            asked(NominateInstructor, route=route, collective_study_on=THE_NOTICE), entry(on=THE_NOTICE)
        )
    ).then(nominated().but(route=route))


def test_collective_study_comes_before_nomination_or_on_its_day() -> None:
    given(Instructor).when(
        lambda it: it.nominate(
            asked(NominateInstructor, collective_study_on=THE_DAY_AFTER), entry(on=THE_NOTICE)
        )
    ).then_refused(StudyAfterNomination, clause="选派程序(一)")


@pytest.mark.parametrize("history", [(nominated(),), READY, SERVING])
def test_nobody_in_the_procedure_or_in_service_is_nominated(history: tuple[Fact, ...]) -> None:
    given(Instructor, *history).when(
        lambda it: it.nominate(asked(NominateInstructor), entry(on=MAY_3))
    ).then_refused(AlreadyNominated, clause="选派程序(一)")


@pytest.mark.parametrize(
    "history",
    [(nominated(), rejected()), (*SERVING, recalled()), (*SERVING, term_completed())],
    ids=["rejected", "recalled", "term over"],
)
def test_who_was_turned_down_or_has_left_may_be_nominated_again(history: tuple[Fact, ...]) -> None:
    again = date(2023, 5, 1)
    given(Instructor, *history).when(
        lambda it: it.nominate(
            asked(NominateInstructor, batch_year=2023, collective_study_on=again), entry(on=again)
        )
    ).then(nominated(on=again, batch_year=2023))


def test_nobody_is_nominated_again_for_a_day_before_the_earlier_procedure_ended() -> None:
    given(Instructor, nominated(), rejected(on=MAY_3)).when(
        lambda it: it.nominate(asked(NominateInstructor), entry(on=date(2020, 5, 2)))
    ).then_refused(OutOfOrder, clause="选派程序")


@pytest.mark.parametrize("field", ["staff_number", "nominating_body", "sending_unit"])
def test_a_nomination_says_who_and_by_whom(field: str) -> None:
    given(Instructor).when(
        lambda it: it.nominate(asked(NominateInstructor, **{field: "\t"}), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


@pytest.mark.parametrize("field", ["name", "position"])
def test_the_form_has_a_name_and_a_position(field: str) -> None:
    given(Instructor).when(
        lambda it: it.nominate(asked(NominateInstructor, form=form(**{field: ""})), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


def test_nobody_is_nominated_before_they_are_born() -> None:
    given(Instructor).when(
        lambda it: it.nominate(asked(NominateInstructor, form=form(born=THE_NOTICE)), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


def test_somebody_is_nominated_for_a_batch_of_the_programme() -> None:
    given(Instructor).when(
        lambda it: it.nominate(asked(NominateInstructor, batch_year=2019), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


# (二) 组织审定


def test_nobody_is_reviewed_who_was_not_nominated() -> None:
    stranger = given(Instructor)
    stranger.when(lambda it: it.approve(asked(ApproveInstructor), entry(on=MAY_3))).then_refused(
        NotNominated, clause="选派程序(一)"
    )
    stranger.when(lambda it: it.reject(asked(RejectInstructor), entry(on=MAY_3))).then_refused(NotNominated)


@pytest.mark.parametrize("history", [READY, SERVING])
def test_nobody_is_reviewed_twice(history: tuple[Fact, ...]) -> None:
    given(Instructor, *history).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=MAY_3))
    ).then_refused(AlreadyReviewed, clause="选派程序(二)")
    given(Instructor, *history).when(
        lambda it: it.reject(asked(RejectInstructor), entry(on=MAY_3))
    ).then_refused(AlreadyReviewed)


def test_who_was_rejected_must_be_nominated_anew_before_a_review() -> None:
    given(Instructor, nominated(), rejected()).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=MAY_3))
    ).then_refused(NotNominated)


def test_nobody_is_reviewed_before_the_nomination() -> None:
    given(Instructor, nominated(on=THE_DAY_AFTER)).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=THE_NOTICE))
    ).then_refused(OutOfOrder)


def test_the_second_review_judges_the_second_nominations_form() -> None:
    probationary = nominated(on=MAY_3, party_joined=MAY_3)
    given(Instructor, nominated(party_joined=None), rejected(), probationary).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=MAY_3))
    ).then(approved(on=MAY_3))
    assert probationary.fields["form"] != FORM


# (三) 统一任命


def test_an_appointment_is_recorded_with_the_person_and_with_the_village() -> None:
    given_county(*KEY_VILLAGE, *READY).when(asked(Appoint), entry(on=APPOINTMENT)).then(
        instructor_posted(), appointed()
    )


@pytest.mark.parametrize("history", [(), (nominated(),), (nominated(), rejected())])
def test_nobody_is_appointed_who_was_not_approved(history: tuple[Fact, ...]) -> None:
    given_county(*KEY_VILLAGE, *history).when(asked(Appoint), entry(on=APPOINTMENT)).then_refused(
        NotApproved, clause="选派程序(三)"
    )


def test_nobody_is_appointed_twice() -> None:
    given_county(*POSTED).when(asked(Appoint), entry(on=MAY_3)).then_refused(NotApproved)


def test_nobody_is_appointed_before_the_approval() -> None:
    given_county(*KEY_VILLAGE, nominated(), approved(on=MAY_3)).when(
        asked(Appoint), entry(on=date(2020, 5, 2))
    ).then_refused(OutOfOrder)


@pytest.mark.parametrize(
    "village",
    [
        (),
        (village_nominated(),),
        (village_nominated(), village_declined()),
        (village_nominated(year=2021), village_approved(year=2021)),
    ],
    ids=["unknown", "not reviewed", "left out", "of another year"],
)
def test_nobody_is_appointed_to_a_village_not_approved_for_the_batchs_year(village: tuple[Fact, ...]) -> None:
    given_county(*village, *READY).when(asked(Appoint), entry(on=APPOINTMENT)).then_refused(
        VillageNotApproved, clause="二(一)"
    )


def test_nobody_is_appointed_before_the_village_was_approved() -> None:
    given_county(village_nominated(), village_approved(on=MAY_3), *READY).when(
        asked(Appoint), entry(on=date(2020, 5, 2))
    ).then_refused(OutOfOrder)


def test_a_village_has_one_instructor_at_a_time() -> None:
    second = tuple(fact.of(SUCCESSOR) for fact in READY)
    county = given_county(*POSTED, *second)
    appointment = asked(Appoint, instructor_id=SUCCESSOR)
    for day in (APPOINTMENT, MAY_3, LAST_DAY):
        county.when(appointment, entry(on=day)).then_refused(
            VillageAlreadyHasInstructor, clause="选派程序(三)"
        )


def test_the_next_instructor_comes_the_day_after_the_term_even_if_its_end_is_not_yet_recorded() -> None:
    day, until = date(2023, 4, 1), date(2026, 3, 31)
    village = (
        village_nominated(on=date(2023, 3, 1), year=2023),
        village_approved(on=date(2023, 3, 1), year=2023),
    )
    second = (nominated(on=date(2023, 3, 1), batch_year=2023), approved(on=date(2023, 3, 1), batch_year=2023))
    given_county(*POSTED, *village, *(fact.of(SUCCESSOR) for fact in second)).when(
        asked(Appoint, instructor_id=SUCCESSOR), entry(on=day)
    ).then(
        instructor_posted(who=SUCCESSOR, on=day, batch_year=2023, until=until),
        appointed(on=day, batch_year=2023, until=until).of(SUCCESSOR),
    )


# (三) 党组织关系转入派驻村


def test_the_party_relation_goes_to_the_village_from_the_day_of_appointment_on() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation), entry(on=APPOINTMENT))
    ).then(party_relation_transferred(on=APPOINTMENT))


def test_the_party_relation_is_not_transferred_before_the_appointment() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation), entry(on=date(2020, 3, 31)))
    ).then_refused(NotYetAppointed)


def test_the_party_relation_is_not_transferred_after_the_term() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation), entry(on=date(2023, 4, 1)))
    ).then_refused(NoLongerServing)


def test_the_party_relation_is_transferred_once_a_posting() -> None:
    given(Instructor, *SERVING, party_relation_transferred()).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation), entry(on=MAY_3))
    ).then_refused(PartyRelationAlreadyTransferred, clause="选派程序(三)")


def test_the_party_relation_is_transferred_again_once_the_first_record_is_void() -> None:
    given(Instructor, *SERVING, party_relation_transferred(), voided(4)).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation), entry(on=MAY_3))
    ).then(party_relation_transferred())


def test_the_party_relation_is_transferred_to_a_named_branch() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.transfer_party_relation(asked(TransferPartyRelation, branch=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)
