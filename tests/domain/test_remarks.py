"""Remarks: an auditor comments or flags, the department answers, the auditor settles; no fact changes."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import AnswerRemark, Command, MakeRemark, SettleRemark
from domain.ids import import_id, remark_id
from domain.refusals import (
    FlagStillOpen,
    InTheFuture,
    InvalidValue,
    NoSuchEvent,
    NoSuchRemark,
    OutOfOrder,
    RemarkAlreadySettled,
    RemarkOnARemark,
)
from domain.remark import LONGEST, Remark
from domain.terms import Role
from tests.asks import asked
from tests.facts import (
    MAY_3,
    POSTED,
    checked_in,
    correction_requested,
    file_taken,
    remark_answered,
    remark_made,
    remark_settled,
    voided,
)
from tests.scenario import CORRECTION, FILE_SHA256, REMARK, TODAY, VILLAGE, Answer, Fact, entry, given_county

JUNE_8, JUNE_9, JUNE_10, JUNE_11 = (date(2020, 6, day) for day in (8, 9, 10, 11))
PRESENT = (*POSTED, checked_in())
"""The check-in of 3 May is the person's fourth event."""
FLAGGED = (*PRESENT, remark_made())
ANSWERED = (*FLAGGED, remark_answered())
SETTLED = (*ANSWERED, remark_settled())
COMMENT = remark_made("请留意此类补录", flagged=False)


def make(*history: Fact, on: date = JUNE_8, **changes: object) -> Answer:
    return given_county(*history).when(asked(MakeRemark, **changes), entry(on=on, by=Role.AUDITOR))


def answer(*history: Fact, on: date = JUNE_9, **changes: object) -> Answer:
    return given_county(*history).when(asked(AnswerRemark, **changes), entry(on=on))


def settle(*history: Fact, on: date = JUNE_10, **changes: object) -> Answer:
    return given_county(*history).when(asked(SettleRemark, **changes), entry(on=on, by=Role.AUDITOR))


# Making


def test_an_auditor_flags_an_event() -> None:
    make(*PRESENT).then(remark_made())


def test_an_auditor_comments_on_an_event_without_flagging_it() -> None:
    make(*PRESENT, flagged=False, text="请留意此类补录").then(COMMENT)


def test_a_remark_leaves_what_it_is_about_as_it_was() -> None:
    answer = make(*PRESENT)
    assert {
        whose for whose, state in answer.after.state().items() if state != answer.before.state().get(whose)
    } == {REMARK}


@pytest.mark.parametrize(
    ("about_id", "about_version", "topic", "history"),
    [
        (VILLAGE, 2, "Village.Approved", PRESENT),
        (import_id("430624", FILE_SHA256), 1, "Import.Taken", (file_taken(),)),
        (CORRECTION, 1, "Correction.Requested", (*PRESENT, correction_requested())),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_any_event_can_be_remarked_upon(
    about_id: object, about_version: int, topic: str, history: tuple[Fact, ...]
) -> None:
    (event,) = make(*history, about_id=about_id, about_version=about_version).events
    assert isinstance(event, Remark.Made)
    assert (event.about_topic, event.about_id) == (topic, about_id)
    assert event.originator_id == remark_id(event.about_id, about_version)


def test_a_fact_that_is_void_can_be_remarked_upon() -> None:
    make(*PRESENT, voided(4)).then(remark_made())


def test_what_is_not_on_record_cannot_be_remarked_upon() -> None:
    make(*PRESENT, about_version=9).then_refused(NoSuchEvent)
    make(about_version=1).then_refused(NoSuchEvent)


def test_a_remark_cannot_be_remarked_upon() -> None:
    make(*FLAGGED, about_id=REMARK, about_version=1).then_refused(RemarkOnARemark)


def test_a_remark_is_not_dated_before_its_event_nor_in_the_future() -> None:
    make(*PRESENT, on=date(2020, 5, 2)).then_refused(OutOfOrder)
    make(*PRESENT, on=date(TODAY.year + 1, 1, 1)).then_refused(InTheFuture)
    make(*PRESENT, on=MAY_3).then(remark_made(on=MAY_3))


def test_an_event_that_is_flagged_is_not_remarked_upon_before_that_is_settled() -> None:
    for history in (FLAGGED, ANSWERED):
        refusal = make(*history, text="另有疑问", on=JUNE_11).then_refused(FlagStillOpen)
        assert "auditor-1" in refusal.message_en
        assert "2020-06-08" in refusal.message_zh
    make(*SETTLED, text="另有疑问", on=JUNE_11).then(remark_made("另有疑问", on=JUNE_11))


def test_a_comment_may_be_followed_by_another_remark_at_once() -> None:
    make(*PRESENT, COMMENT).then(remark_made())


def test_the_same_remark_made_again_while_it_is_open_changes_nothing() -> None:
    make(*FLAGGED, on=JUNE_9).then_nothing()
    make(*PRESENT, COMMENT, flagged=False, text="请留意此类补录").then_nothing()
    make(*SETTLED, on=JUNE_11).then(remark_made(on=JUNE_11))


# Answering


def test_the_department_answers_a_flag_or_a_comment() -> None:
    answer(*FLAGGED).then(remark_answered())
    answer(*PRESENT, COMMENT).then(remark_answered())


def test_an_answer_may_be_added_to_and_repeated_changes_nothing() -> None:
    answer(*ANSWERED, text="附供电所证明", on=JUNE_10).then(remark_answered("附供电所证明", on=JUNE_10))
    answer(*ANSWERED, on=JUNE_10).then_nothing()


def test_the_same_words_answer_a_later_remark_too() -> None:
    later = (*SETTLED, remark_made("另有疑问", on=JUNE_11))
    answer(*later, on=JUNE_11).then(remark_answered(on=JUNE_11))


# Settling


def test_the_auditor_settles_a_remark_answered_or_not() -> None:
    settle(*ANSWERED).then(remark_settled())
    settle(*FLAGGED).then(remark_settled())


# Where a step makes no sense


@pytest.mark.parametrize("history", [(), PRESENT], ids=["an empty county", "an event without a remark"])
def test_what_was_not_made_is_neither_answered_nor_settled(history: tuple[Fact, ...]) -> None:
    answer(*history).then_refused(NoSuchRemark)
    settle(*history).then_refused(NoSuchRemark)


def test_what_is_settled_is_neither_answered_nor_settled_again() -> None:
    refusal = settle(*SETTLED, on=JUNE_11).then_refused(RemarkAlreadySettled)
    assert "2020-06-10" in refusal.message_zh
    answer(*SETTLED, on=JUNE_11).then_refused(RemarkAlreadySettled)


def test_a_step_is_not_dated_before_the_one_it_follows() -> None:
    answer(*FLAGGED, on=date(2020, 6, 7)).then_refused(OutOfOrder)
    settle(*ANSWERED, on=JUNE_8).then_refused(OutOfOrder)


@pytest.mark.parametrize("kind", [MakeRemark, AnswerRemark, SettleRemark])
def test_a_step_without_words_is_refused(kind: type[Command]) -> None:
    step = {MakeRemark: make, AnswerRemark: answer, SettleRemark: settle}[kind]
    history = PRESENT if kind is MakeRemark else FLAGGED
    assert step(*history, text=" ").then_refused(InvalidValue).facts["field"] == "text"


@pytest.mark.parametrize("kind", [MakeRemark, AnswerRemark, SettleRemark])
def test_a_step_with_more_words_than_anybody_reads_is_refused(kind: type[Command]) -> None:
    step = {MakeRemark: make, AnswerRemark: answer, SettleRemark: settle}[kind]
    history = PRESENT if kind is MakeRemark else FLAGGED
    refusal = step(*history, text="疑" * (LONGEST + 1)).then_refused(InvalidValue)
    assert all(str(LONGEST) in it for it in (refusal.message_zh, refusal.message_en))
    assert step(*history, text="疑" * LONGEST).events
