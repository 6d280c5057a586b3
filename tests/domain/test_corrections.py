"""Corrections: who may ask and who decides, what is altered, and that the fact itself stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

import pytest

from domain.commands import (
    Alteration,
    ApproveCorrection,
    CheckIn,
    CorrectedField,
    RejectCorrection,
    RequestCorrection,
)
from domain.correction import Correction
from domain.entry import Entry
from domain.ids import correction_id
from domain.instructor import Instructor
from domain.refusals import (
    AlreadyVoided,
    CorrectionAlreadyRequested,
    CorrectionByTheSameHand,
    InTheFuture,
    InvalidValue,
    NoCorrectionRequested,
    NoLongerServing,
    NoSuchEvent,
    NothingCorrected,
    NotVoidable,
    NotYetAppointed,
    NotYourOffice,
    OutOfOrder,
    Refused,
    StillReliedOn,
)
from domain.restating import COMMAND_OF, DAY, command_of, restated, text_of
from domain.root import Event
from domain.terms import Role
from domain.village import Village
from tests.asks import asked
from tests.facts import (
    ALTERATIONS,
    MAY_3,
    ONE_OF_EACH,
    POSTED,
    appraised,
    award_paid,
    checked_in,
    correction_approved,
    correction_rejected,
    correction_requested,
    household_visited,
    project_completed,
    project_started,
    voided,
)
from tests.scenario import CORRECTION, PERSON, VILLAGE, Answer, County, Fact, actor, entry, given_county

MAY_8, MAY_9 = date(2020, 5, 8), date(2020, 5, 9)
PRESENT = (*POSTED, checked_in())
"""The check-in of 3 May is the person's fourth event."""
WAITING = (*PRESENT, correction_requested(*ALTERATIONS))
TO_VOID = (*PRESENT, correction_requested())
APPROVE = asked(ApproveCorrection)


def change(field: str, value: str) -> RequestCorrection:
    """The ordinary request, but for another field."""
    return asked(RequestCorrection, changes=(CorrectedField(field=field, value=value),))


def request(
    command: RequestCorrection, *history: Fact, by: Role = Role.INSTRUCTOR, on: date = MAY_8
) -> Answer:
    """What comes of asking for a correction."""
    return given_county(*history).when(command, entry(on=on, by=by))


# Asking


def test_whoever_enters_a_fact_may_ask_for_its_correction_with_what_it_said_and_should_say() -> None:
    request(asked(RequestCorrection), *PRESENT).then(correction_requested(*ALTERATIONS))


def test_a_request_that_names_no_field_is_one_to_void_the_fact() -> None:
    request(asked(RequestCorrection, changes=()), *PRESENT).then(correction_requested())


def test_nothing_is_void_before_the_request_is_approved() -> None:
    request(change("at", "10:00"), *PRESENT).then(
        correction_requested(Alteration(field="at", before="08:30:00", after="10:00:00"))
    )
    given_county(*WAITING).when(asked(CheckIn), entry(on=MAY_3)).then_nothing()


def test_the_day_of_a_fact_can_be_corrected() -> None:
    request(change("occurred_on", "2020-05-04"), *PRESENT).then(
        correction_requested(Alteration(field="occurred_on", before="2020-05-03", after="2020-05-04"))
    )


def test_a_word_may_be_given_in_chinese_and_several_values_as_json() -> None:
    grade, scores = (
        CorrectedField(field="grade", value="称职"),
        CorrectedField(field="scores", value='[{"part": "考勤", "points": 91.5}]'),
    )
    answer = request(
        asked(RequestCorrection, changes=(grade, scores)),
        *(*POSTED, appraised()),
        by=Role.ORGANISATION_DEPARTMENT,
        on=date(2021, 2, 1),
    )
    (event,) = answer.events
    assert isinstance(event, Correction.Requested)
    assert event.alterations == (
        Alteration(field="grade", before="excellent", after="competent"),
        Alteration(
            field="scores",
            before='[{"part": "考勤", "points": "95.5"}, {"part": "村民测评", "points": "100"}]',
            after='[{"part": "考勤", "points": "91.5"}]',
        ),
    )


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("at", "半夜", "08:05"),
        ("at", "08:05+08:00", "08:05"),
        ("occurred_on", "2020-5-3", "2021-05-03"),
        ("occurred_on", "2020-W19-2", "2021-05-03"),
        ("occurred_on", "20200505", "2021-05-03"),
        ("outside", "maybe", "true"),
        ("village_id", str(VILLAGE), "occurred_on、at、place"),
        ("instructor_id", str(PERSON), "occurred_on、at、place"),
        ("weather", "rain", "occurred_on、at、place"),
    ],
)
def test_what_cannot_be_read_is_refused_with_how_to_write_it(field: str, value: str, told: str) -> None:
    refusal = request(change(field, value), *PRESENT).then_refused(InvalidValue)
    assert f"“{field}”" in refusal.message_zh
    assert told in refusal.message_zh


@pytest.mark.parametrize("amount", ["1e5", "1_000", " 900", "NaN", "1E+999999999999", "9" * 5000])
def test_an_amount_is_written_out(amount: str) -> None:
    command = asked(
        RequestCorrection,
        corrected_id=VILLAGE,
        corrected_version=5,
        changes=(CorrectedField(field="amount", value=amount),),
    )
    answer = request(command, *POSTED, award_paid(), by=Role.FINANCE_BUREAU, on=date(2021, 2, 1))
    assert "91.5" in answer.then_refused(InvalidValue).message_zh


@pytest.mark.parametrize(
    "value",
    [
        '["考勤"]',
        '{"part": "考勤"}',
        "90",
        '[{"part": 3, "points": "1"}]',
        "[" * 5000,
        '[{"part": "\\u0000", "points": "1"}]',
        '[{"part": "\\ud800", "points": "1"}]',
        '[{"part": "考勤", "points": 1e400}]',
    ],
)
def test_several_values_that_are_no_such_list_are_refused(value: str) -> None:
    answer = request(
        change("scores", value),
        *(*POSTED, appraised()),
        by=Role.ORGANISATION_DEPARTMENT,
        on=date(2021, 2, 1),
    )
    assert "JSON" in answer.then_refused(InvalidValue).message_en


def test_a_field_named_twice_is_refused() -> None:
    twice = (CorrectedField(field="at", value="09:00"), CorrectedField(field="at", value="10:00"))
    request(asked(RequestCorrection, changes=twice), *PRESENT).then_refused(InvalidValue)


def test_a_request_says_why_and_what_shows_it() -> None:
    for field in ("reason", "evidence"):
        request(asked(RequestCorrection, **{field: " "}), *PRESENT).then_refused(InvalidValue)
    request(asked(RequestCorrection, evidence_sha256="5C"), *PRESENT).then_refused(InvalidValue)


@pytest.mark.parametrize(
    ("command", "history", "reason"),
    [
        (asked(RequestCorrection, corrected_version=9), PRESENT, NoSuchEvent),
        (asked(RequestCorrection, corrected_version=0), PRESENT, NoSuchEvent),
        (asked(RequestCorrection, corrected_version=3), PRESENT, NotVoidable),
        (asked(RequestCorrection), (*PRESENT, voided(4)), AlreadyVoided),
        (change("at", "08:30"), PRESENT, NothingCorrected),
        (change("occurred_on", "2020-05-04"), (*PRESENT, checked_in(on=date(2020, 5, 4))), NothingCorrected),
        (change("occurred_on", "2020-03-20"), PRESENT, NotYetAppointed),
        (change("occurred_on", "2023-04-01"), PRESENT, NoLongerServing),
        (change("occurred_on", "2029-05-04"), PRESENT, InTheFuture),
        (change("year", "2021"), (*POSTED, project_started(), project_completed()), StillReliedOn),
    ],
    ids=lambda it: it.__name__ if isinstance(it, type) else "",
)
def test_what_could_not_be_set_right_is_not_asked_for(
    command: RequestCorrection, history: Sequence[Fact], reason: type[Refused]
) -> None:
    request(command, *history, on=date(2023, 5, 8)).then_refused(reason)


def test_a_fact_has_one_request_at_a_time() -> None:
    request(asked(RequestCorrection), *WAITING).then_refused(CorrectionAlreadyRequested)


def test_a_correction_that_changes_nothing_is_not_asked_for() -> None:
    request(change("at", "08:30:00"), *PRESENT).then_refused(NothingCorrected)


def test_a_request_is_not_dated_before_the_fact() -> None:
    request(asked(RequestCorrection), *PRESENT, on=date(2020, 5, 2)).then_refused(OutOfOrder)


@pytest.mark.parametrize("role", [Role.SENDING_UNIT, Role.FINANCE_BUREAU])
def test_whoever_may_not_enter_such_a_fact_cannot_ask_for_its_correction(role: Role) -> None:
    request(asked(RequestCorrection), *PRESENT, by=role).then_refused(NotYourOffice)


def test_the_finance_bureau_asks_for_the_correction_of_an_award() -> None:
    command = asked(
        RequestCorrection,
        corrected_id=VILLAGE,
        corrected_version=5,
        changes=(CorrectedField(field="amount", value="5000"),),
    )
    answer = request(command, *POSTED, award_paid(), by=Role.FINANCE_BUREAU, on=date(2021, 2, 1))
    (event,) = answer.events
    assert event.originator_id == correction_id(VILLAGE, 5)


# Deciding


def test_an_approved_fact_is_void_and_recorded_anew_as_it_should_read() -> None:
    answer = given_county(*WAITING).when(APPROVE, entry(on=MAY_9))
    approved, voiding, righted = by_topic(answer)
    assert approved == correction_approved(recorded_version=6).as_version(2)
    assert isinstance(voiding, Instructor.Voided)
    assert (voiding.voided_version, voiding.reason) == (4, "手机时间错误")
    assert isinstance(righted, Instructor.CheckedIn)
    assert (righted.occurred_on, righted.at, righted.place) == (MAY_3, time(9, 30), "村部")
    assert righted.basis == "村部监控截图", "what is right rests on what showed it"
    assert {event.command_id for event in answer.events} == {entry(on=MAY_9).command_id}


def test_a_fact_that_is_wrong_altogether_is_void_and_no_more() -> None:
    answer = given_county(*TO_VOID).when(APPROVE, entry(on=MAY_9))
    approved, voiding = by_topic(answer)
    assert approved == correction_approved().as_version(2)
    assert isinstance(voiding, Instructor.Voided)


def test_a_visit_is_recorded_anew_with_the_household_as_it_was() -> None:
    history = (
        *POSTED,
        household_visited(),
        correction_requested(Alteration(field="occurred_on", before="2020-05-03", after="2020-05-05")),
    )
    answer = given_county(*history).when(APPROVE, entry(on=MAY_9))
    righted = by_topic(answer)[-1]
    assert isinstance(righted, Instructor.HouseholdVisited)
    assert (righted.occurred_on, righted.category) == (date(2020, 5, 5), "registered_poor")


def test_what_others_recorded_meanwhile_is_not_recorded_again() -> None:
    moved = Alteration(field="occurred_on", before="2020-05-03", after="2020-05-04")
    history = (*PRESENT, correction_requested(moved), checked_in(on=date(2020, 5, 4)))
    approved, voiding = by_topic(given_county(*history).when(APPROVE, entry(on=MAY_9)))
    assert approved == correction_approved(recorded_version=None).as_version(2)
    assert isinstance(voiding, Instructor.Voided)


def test_what_was_voided_meanwhile_cannot_be_approved_but_rejected() -> None:
    history = (*WAITING, voided(4, on=MAY_9))
    given_county(*history).when(APPROVE, entry(on=MAY_9)).then_refused(AlreadyVoided)
    given_county(*history).when(asked(RejectCorrection), entry(on=MAY_9)).then(correction_rejected())


def test_a_rejected_request_leaves_the_fact_and_may_be_made_again() -> None:
    given_county(*WAITING).when(asked(RejectCorrection), entry(on=MAY_9)).then(correction_rejected())
    again = request(asked(RequestCorrection), *WAITING, correction_rejected(), on=date(2020, 5, 10))
    again.then(correction_requested(*ALTERATIONS, on=date(2020, 5, 10)))


def test_a_rejection_says_why() -> None:
    given_county(*WAITING).when(asked(RejectCorrection, reason=""), entry(on=MAY_9)).then_refused(
        InvalidValue
    )


@pytest.mark.parametrize(
    "history", [PRESENT, (*WAITING, correction_rejected()), (*WAITING, correction_approved())]
)
def test_only_a_request_that_waits_is_decided(history: Sequence[Fact]) -> None:
    for command in (APPROVE, asked(RejectCorrection)):
        given_county(*history).when(command, entry(on=MAY_9)).then_refused(NoCorrectionRequested)


def test_a_decision_is_not_dated_before_the_request() -> None:
    for command in (APPROVE, asked(RejectCorrection)):
        given_county(*WAITING).when(command, entry(on=date(2020, 5, 7))).then_refused(OutOfOrder)


def test_nobody_approves_their_own_request_in_whatever_office() -> None:
    same = actor(Role.INSTRUCTOR)
    by = entry(on=MAY_9)
    promoted = Entry(
        occurred_on=by.occurred_on,
        actor=type(same)(same.id, Role.ORGANISATION_DEPARTMENT, "县委组织部"),
        command_id=by.command_id,
        command_digest=by.command_digest,
        today=by.today,
    )
    given_county(*WAITING).when(APPROVE, promoted).then_refused(CorrectionByTheSameHand)
    withdrawn = given_county(*WAITING).when(asked(RejectCorrection), promoted)
    assert [type(event) for event in withdrawn.events] == [Correction.Rejected]


def test_a_refused_approval_leaves_no_trace() -> None:
    late = Alteration(field="occurred_on", before="2020-05-03", after="2023-04-01")
    history = (*PRESENT, correction_requested(late))
    answer = given_county(*history).when(APPROVE, entry(on=date(2023, 5, 1)))
    answer.then_refused(NoLongerServing)
    assert not answer.events


# What can be corrected


def test_what_may_be_voided_may_be_corrected_and_nothing_else() -> None:
    facts = [
        it for it in ONE_OF_EACH if it.whose in {PERSON, VILLAGE} and not it.kind.TOPIC.endswith("Voided")
    ]
    assert len(facts) > 25
    assert set(COMMAND_OF) == {fact.kind for fact in facts if may_be_voided(fact)}
    for fact in facts:
        if fact.kind not in COMMAND_OF:
            with pytest.raises(NotVoidable):
                command_of(fact.as_version(4))


def may_be_voided(fact: Fact) -> bool:
    """Whether the village or the person says so, after all that has to come before."""
    whose = County().happen(*POSTED, project_started(), fact).held[fact.whose]
    assert isinstance(whose, Instructor | Village)
    try:
        whose.standing.key_to_void(whose.version, whose.version)
    except NotVoidable:
        return False
    return True


@pytest.mark.parametrize("kind", COMMAND_OF, ids=lambda kind: kind.TOPIC)
def test_a_fact_reads_back_from_its_texts_as_what_it_was(kind: type[Event]) -> None:
    (fact,) = (it for it in ONE_OF_EACH if it.kind is kind)
    event, command = fact.as_version(4), asked(COMMAND_OF[kind])
    names = [DAY, *(name for name in vars(command) if name not in {"instructor_id", "village_id"})]
    texts = [CorrectedField(field=name, value=text_of(getattr(event, name))) for name in names]
    assert restated(event, texts) == restated(event, ()) == (command, event.occurred_on, ())


def by_topic(answer: Answer) -> list[Event]:
    """The decision first, then what it did to the fact."""
    assert answer.refusal is None, answer.refusal
    return sorted(answer.events, key=lambda it: (it.originator_id != CORRECTION, it.originator_version))
