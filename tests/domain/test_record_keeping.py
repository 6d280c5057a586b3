"""What holds for every entry: dates, offices, and the voiding of what was entered by mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass, replace
from datetime import date
from typing import Any

import pytest

from domain.commands import (
    AnswerRemark,
    AnyCommand,
    Appoint,
    Appraise,
    ApproveCorrection,
    ApproveInstructor,
    ApproveVillage,
    AssessGoals,
    CheckIn,
    Command,
    Commend,
    CompleteProject,
    CompleteTerm,
    DeclineVillage,
    Discipline,
    Forget,
    GrantLeave,
    Inspect,
    MakeRemark,
    NominateInstructor,
    NominateVillage,
    OpenAccountability,
    PayAward,
    PaySubsidy,
    PromoteButRetain,
    Recall,
    RecordDuty,
    RecordLooks,
    RegisterHouseholds,
    RejectCorrection,
    RejectInstructor,
    RemoveHousehold,
    RequestCorrection,
    SettleRemark,
    StartProject,
    TakeImport,
    TransferPartyRelation,
    VisitHousehold,
    VoidInstructorEvent,
    VoidVillageEvent,
)
from domain.entry import Entry
from domain.instructor import Instructor
from domain.refusals import (
    AlreadyVoided,
    BeforeTheNotice,
    InTheFuture,
    InvalidValue,
    NoSuchEvent,
    NotVoidable,
    NotYourOffice,
    StillReliedOn,
)
from domain.terms import Role
from domain.village import Village
from tests.asks import ORDINARY, asked
from tests.facts import (
    EXCEPTIONS,
    KEY_VILLAGE,
    MAY_3,
    POSTED,
    SERVING,
    THE_NOTICE,
    accountability_opened,
    appraised,
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
    instructor_withdrawn,
    leave_granted,
    nominated,
    party_relation_transferred,
    project_completed,
    project_started,
    promoted,
    recalled,
    rejected,
    subsidy_paid,
    term_completed,
    village_declined,
    village_nominated,
    village_voided,
    voided,
)
from tests.scenario import Answer, Fact, entry, given, given_county

TODAY = date(2020, 5, 3)


def an_office_for(kind: type[Command]) -> Role:
    """One that may ask: the department, or else an auditor."""
    return Role.ORGANISATION_DEPARTMENT if Role.ORGANISATION_DEPARTMENT in kind.offices else Role.AUDITOR


# Dates


@pytest.mark.parametrize("kind", ORDINARY)
def test_nothing_happened_before_the_notice(kind: type[AnyCommand]) -> None:
    too_early = entry(on=date(2020, 3, 16), by=an_office_for(kind))
    given_county(*POSTED).when(asked(kind), too_early).then_refused(BeforeTheNotice, clause="一")


@pytest.mark.parametrize("kind", ORDINARY)
def test_nothing_is_recorded_before_it_has_happened(kind: type[AnyCommand]) -> None:
    too_late = entry(on=date(2020, 5, 4), by=an_office_for(kind), today=TODAY)
    given_county(*POSTED).when(asked(kind), too_late).then_refused(InTheFuture)


def test_what_happened_on_the_day_of_the_notice_is_recorded() -> None:
    given_county().when(asked(NominateVillage), entry(on=THE_NOTICE)).then(village_nominated())


def test_what_happened_today_is_recorded() -> None:
    given_county(*POSTED).when(asked(CheckIn), entry(on=TODAY, today=TODAY)).then(checked_in(on=TODAY))


def test_what_happened_long_ago_is_recorded_late() -> None:
    given_county(*POSTED).when(asked(CheckIn), entry(on=MAY_3, today=date(2024, 1, 1))).then(checked_in())


# Texts


def with_a_nul(value: object) -> Iterator[tuple[str, Any]]:
    """A value with a NUL character in one of its texts, for each of them: where it stands, and the value."""
    if type(value) is str:
        yield "", f"{value[:1]}\0{value[1:]}"
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for where, changed in with_a_nul(item):
                yield f"[{place}]{where}", (*value[:place], changed, *value[place + 1 :])
    elif is_dataclass(value) and not isinstance(value, type):
        for name, part in vars(value).items():
            for where, changed in with_a_nul(part):
                yield f".{name}{where}", replace(value, **{name: changed})


def nul_anywhere(values: Iterable[object]) -> dict[str, Any]:
    """The same of many values, by what the test is to be called."""
    return {
        f"{type(value).__name__}{where}": (where.removeprefix("."), changed)
        for value in values
        for where, changed in with_a_nul(value)
    }


COMMANDS_WITH_A_NUL = nul_anywhere((*ORDINARY.values(), asked(ApproveInstructor, exceptions=EXCEPTIONS)))
ENTRIES_WITH_A_NUL = nul_anywhere([replace(entry(on=MAY_3), basis="湘阴办发")])


@pytest.mark.parametrize(("where", "command"), COMMANDS_WITH_A_NUL.values(), ids=list(COMMANDS_WITH_A_NUL))
def test_no_text_of_a_command_has_a_nul_character(where: str, command: AnyCommand) -> None:
    circumstances = entry(on=MAY_3, by=an_office_for(type(command)))
    refusal = given_county(*POSTED).when(command, circumstances).then_refused(InvalidValue)

    assert f"“{where}”" in refusal.message_zh
    assert refusal.message_en.startswith(f"{where} is not usable")


@pytest.mark.parametrize(
    ("where", "circumstances"), ENTRIES_WITH_A_NUL.values(), ids=list(ENTRIES_WITH_A_NUL)
)
def test_nothing_that_is_said_of_an_entry_has_a_nul_character(where: str, circumstances: Entry) -> None:
    refusal = given_county(*POSTED).when(asked(CheckIn), circumstances).then_refused(InvalidValue)

    assert f"“{where}”" in refusal.message_zh


def test_texts_are_looked_for_in_every_part_of_a_command() -> None:
    assert {
        "Appraise.scores[1].part",
        "NominateInstructor.form.career",
        "RegisterHouseholds.households[0].code",
    } <= set(COMMANDS_WITH_A_NUL)
    assert {"ApproveInstructor.exceptions[0].reason", "CheckIn.source_record"} <= set(COMMANDS_WITH_A_NUL)
    assert {"Entry.basis", "Entry.actor.id", "Entry.actor.organisation"} <= set(ENTRIES_WITH_A_NUL)


# Offices

DEPARTMENT = frozenset({Role.ORGANISATION_DEPARTMENT})
TO_THE_DEPARTMENT: set[type[Command]] = {
    ApproveVillage,
    DeclineVillage,
    AssessGoals,
    ApproveInstructor,
    RejectInstructor,
    Appoint,
    Appraise,
    Commend,
    PromoteButRetain,
    Recall,
    OpenAccountability,
    Discipline,
    CompleteTerm,
    VoidVillageEvent,
    Forget,
    ApproveCorrection,
    RejectCorrection,
    AnswerRemark,
}
TO_COMMITTEES: set[type[Command]] = {
    NominateVillage,
    TransferPartyRelation,
    GrantLeave,
    Inspect,
}
TO_THOSE_AT_WORK: set[type[Command]] = {
    RegisterHouseholds,
    RemoveHousehold,
    CheckIn,
    VisitHousehold,
    RecordDuty,
    StartProject,
    CompleteProject,
}
OFFICES: dict[type[Command], frozenset[Role]] = {
    **dict.fromkeys(TO_THE_DEPARTMENT, DEPARTMENT),
    **dict.fromkeys(TO_COMMITTEES, DEPARTMENT | {Role.TOWNSHIP}),
    **dict.fromkeys(TO_THOSE_AT_WORK, DEPARTMENT | {Role.TOWNSHIP, Role.INSTRUCTOR, Role.SYSTEM}),
    NominateInstructor: DEPARTMENT | {Role.TOWNSHIP, Role.SENDING_UNIT},
    PayAward: DEPARTMENT | {Role.FINANCE_BUREAU},
    PaySubsidy: DEPARTMENT | {Role.FINANCE_BUREAU, Role.SENDING_UNIT},
    VoidInstructorEvent: DEPARTMENT | {Role.SYSTEM},
    RequestCorrection: frozenset(Role) - {Role.SYSTEM, Role.AUDITOR},
    TakeImport: frozenset(Role) - {Role.AUDITOR},
    RecordLooks: frozenset(Role),
    MakeRemark: frozenset({Role.AUDITOR}),
    SettleRemark: frozenset({Role.AUDITOR}),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", ORDINARY)
def test_each_command_is_for_its_offices_alone(kind: type[AnyCommand], role: Role) -> None:
    answer = given_county().when(asked(kind), entry(on=MAY_3, by=role))
    if role in OFFICES[kind]:
        assert not isinstance(answer.refusal, NotYourOffice)
    else:
        refusal = answer.then_refused(NotYourOffice)
        assert role.zh in refusal.message_zh
        assert all(office.zh in refusal.message_zh for office in OFFICES[kind])


def test_a_fact_names_who_entered_it_in_which_office() -> None:
    given_county(*POSTED).when(asked(CheckIn), entry(on=MAY_3, by=Role.INSTRUCTOR)).then(
        checked_in().by(Role.INSTRUCTOR)
    )


# Voiding


def void(version: int, *history: Fact, reason: str = "录入有误") -> Answer:
    """What comes of voiding an event of an instructor."""
    return given(Instructor, *history).when(
        lambda it: it.void(asked(VoidInstructorEvent, version=version, reason=reason), entry(on=MAY_3))
    )


def void_of_village(version: int, *history: Fact) -> Answer:
    """What comes of voiding an event of a village."""
    return given(Village, *history).when(
        lambda it: it.void(asked(VoidVillageEvent, version=version), entry(on=MAY_3))
    )


VOIDABLE = [
    party_relation_transferred(),
    checked_in(),
    leave_granted(MAY_3, MAY_3),
    household_visited(),
    duty_recorded(),
    project_started(),
    inspected(),
    appraised(),
    commended(),
    subsidy_paid(),
    promoted(),
    accountability_opened(),
    disciplined(),
]


@pytest.mark.parametrize("fact", VOIDABLE, ids=lambda fact: fact.kind.TOPIC)
def test_a_fact_about_an_instructor_is_void_once(fact: Fact) -> None:
    void(4, *SERVING, fact).then(voided(4))
    void(4, *SERVING, fact, voided(4)).then_refused(AlreadyVoided)


@pytest.mark.parametrize("fact", [goals_assessed(), award_paid()], ids=lambda fact: fact.kind.TOPIC)
def test_a_fact_about_a_village_is_void_once(fact: Fact) -> None:
    void_of_village(3, *KEY_VILLAGE, fact).then(village_voided(3))
    void_of_village(3, *KEY_VILLAGE, fact, village_voided(3)).then_refused(AlreadyVoided)


@pytest.mark.parametrize(
    ("version", "history"),
    [
        (1, SERVING),
        (2, SERVING),
        (3, SERVING),
        (4, (*SERVING, recalled())),
        (4, (*SERVING, term_completed())),
        (2, (nominated(), rejected())),
        (5, (*SERVING, checked_in(), voided(4))),
    ],
    ids=["nomination", "approval", "appointment", "recall", "end of term", "rejection", "voiding"],
)
def test_decisions_of_procedure_are_not_void(version: int, history: tuple[Fact, ...]) -> None:
    void(version, *history).then_refused(NotVoidable)


@pytest.mark.parametrize(
    ("version", "history"),
    [
        (1, KEY_VILLAGE),
        (2, KEY_VILLAGE),
        (2, (village_nominated(), village_declined())),
        (3, (*KEY_VILLAGE, households_registered())),
        (4, (*KEY_VILLAGE, households_registered(), household_removed())),
        (3, (*KEY_VILLAGE, instructor_posted())),
        (4, (*KEY_VILLAGE, instructor_posted(), instructor_withdrawn())),
        (4, (*KEY_VILLAGE, award_paid(), village_voided(3))),
    ],
)
def test_decisions_about_a_village_are_not_void(version: int, history: tuple[Fact, ...]) -> None:
    void_of_village(version, *history).then_refused(NotVoidable)


@pytest.mark.parametrize("version", [-1, 0, 4])
def test_what_is_not_on_record_is_not_void(version: int) -> None:
    void(version, *SERVING).then_refused(NoSuchEvent)
    void_of_village(version, *KEY_VILLAGE).then_refused(NoSuchEvent)


def test_voiding_needs_a_reason() -> None:
    void(4, *SERVING, checked_in(), reason=" ").then_refused(InvalidValue)


def test_a_projects_start_is_not_void_while_its_completion_stands() -> None:
    refusal = void(4, *SERVING, project_started(), project_completed()).then_refused(StillReliedOn)
    assert refusal.facts == {"version": 4, "dependent": 5}


def test_a_projects_start_is_void_once_its_completion_is() -> None:
    void(4, *SERVING, project_started(), project_completed(), voided(5)).then(voided(4))


def test_a_void_check_in_is_recorded_again_and_may_be_void_again() -> None:
    history = (*SERVING, checked_in(), voided(4))
    again = given(Instructor, *history).when(lambda it: it.check_in(asked(CheckIn), entry(on=MAY_3)))
    again.then(checked_in())
    void(6, *history, checked_in()).then(voided(6))


def test_a_fact_recorded_in_service_may_be_void_after_it() -> None:
    void(4, *SERVING, checked_in(), recalled()).then(voided(4))
