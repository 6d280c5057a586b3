"""Forgetting: what somebody said of themselves is made unreadable; what they did stays on record."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import (
    ApproveInstructor,
    Forget,
    NominateInstructor,
    RejectInstructor,
    VoidInstructorEvent,
)
from domain.instructor import Instructor
from domain.refusals import (
    AlreadyForgotten,
    AlreadyNominated,
    FormUnreadable,
    InvalidValue,
    NotNominated,
    NotVoidable,
    NotYourOffice,
    OutOfOrder,
    StillInProcedure,
)
from domain.terms import Role
from tests.asks import asked
from tests.facts import (
    LAST_DAY,
    MAY_3,
    POSTED,
    READY,
    RECALLED,
    SERVING,
    THE_NOTICE,
    approved,
    checked_in,
    forgotten,
    instructor_withdrawn,
    nominated,
    recalled,
    rejected,
    term_completed,
    voided,
)
from tests.scenario import Answer, County, Fact, entry, given, given_county

OUT = {
    "turned down": (nominated(), rejected()),
    "recalled": (*SERVING, recalled()),
    "their term completed": (*SERVING, term_completed(on=LAST_DAY)),
}
IN = {"nominated": (nominated(),), "approved": READY, "serving": SERVING}
APRIL_2023 = date(2023, 4, 1)


def forget(*history: Fact, on: date = APRIL_2023, reason: str = "本人申请") -> Answer:
    """What comes of forgetting an instructor."""
    return given(Instructor, *history).when(
        lambda it: it.forget(asked(Forget, reason=reason), entry(on=on, today=APRIL_2023))
    )


@pytest.mark.parametrize("history", OUT.values(), ids=list(OUT))
def test_somebody_out_of_the_programme_is_forgotten(history: tuple[Fact, ...]) -> None:
    forget(*history).then(forgotten(on=APRIL_2023))


@pytest.mark.parametrize("history", IN.values(), ids=list(IN))
def test_nobody_is_forgotten_in_the_procedure_or_in_service(history: tuple[Fact, ...]) -> None:
    forget(*history).then_refused(StillInProcedure)


def test_who_never_was_nominated_cannot_be_forgotten() -> None:
    forget().then_refused(NotNominated)


def test_nobody_is_forgotten_twice_for_one_nomination() -> None:
    forget(*OUT["recalled"], forgotten()).then_refused(AlreadyForgotten)


def test_somebody_forgotten_is_nominated_anew_and_can_be_forgotten_anew() -> None:
    history = (*OUT["turned down"], forgotten(on=THE_NOTICE))
    given(Instructor, *history).when(
        lambda it: it.nominate(asked(NominateInstructor), entry(on=THE_NOTICE))
    ).then(nominated())
    forget(*history, nominated()).then_refused(StillInProcedure)
    forget(*history, nominated(), rejected(), on=MAY_3).then(forgotten(on=MAY_3))


def test_forgetting_needs_a_reason() -> None:
    refusal = forget(*OUT["recalled"], reason=" ").then_refused(InvalidValue)
    assert refusal.facts["field"] == "reason"


def test_nobody_is_forgotten_before_the_day_they_left() -> None:
    forget(*OUT["recalled"], on=date(2020, 5, 2)).then_refused(OutOfOrder)
    forget(*OUT["recalled"], on=MAY_3).then(forgotten(on=MAY_3))


def test_the_department_alone_forgets_anybody() -> None:
    for role in set(Role) - {Role.ORGANISATION_DEPARTMENT}:
        given_county(*RECALLED).when(asked(Forget), entry(on=MAY_3, by=role)).then_refused(NotYourOffice)
    given_county(*RECALLED).when(asked(Forget), entry(on=MAY_3)).then(forgotten())


def test_forgetting_cannot_be_voided() -> None:
    history = (*OUT["recalled"], forgotten())
    given(Instructor, *history).when(lambda it: it.void(_void(5), entry(on=MAY_3))).then_refused(NotVoidable)


def test_what_somebody_forgotten_did_may_still_be_voided() -> None:
    history = (*SERVING, checked_in(), recalled(), forgotten())
    given(Instructor, *history).when(lambda it: it.void(_void(4), entry(on=MAY_3))).then(voided(4))


def _void(version: int) -> VoidInstructorEvent:
    return asked(VoidInstructorEvent, version=version)


@pytest.mark.parametrize(
    "history", [*OUT.values(), (*POSTED, recalled(), instructor_withdrawn())], ids=[*OUT, "in a county"]
)
def test_a_life_comes_to_the_same_whether_its_forms_can_be_read_or_not(history: tuple[Fact, ...]) -> None:
    facts = (*history, forgotten(on=APRIL_2023))
    sealed = [it.but(form=None) if it.kind is Instructor.Nominated else it for it in facts]
    assert County().happen(*sealed).state() == County().happen(*facts).state()


def test_a_form_that_cannot_be_read_is_not_reviewed() -> None:
    sealed = nominated().but(form=None)
    given(Instructor, sealed).when(
        lambda it: it.approve(asked(ApproveInstructor), entry(on=MAY_3))
    ).then_refused(FormUnreadable)
    refusal = (
        given(Instructor, sealed)
        .when(lambda it: it.reject(asked(RejectInstructor), entry(on=MAY_3)))
        .then_refused(FormUnreadable)
    )
    assert "ZHUCUN_KEYS" in refusal.message_zh
    assert "ZHUCUN_KEYS" in refusal.message_en
    given(Instructor, sealed).when(
        lambda it: it.nominate(asked(NominateInstructor), entry(on=MAY_3))
    ).then_refused(AlreadyNominated)
    given(Instructor, sealed, approved()).when(
        lambda it: it.forget(asked(Forget), entry(on=MAY_3))
    ).then_refused(StillInProcedure)
