"""A rehearsal says what a pull would come to, and changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.dingtalk.answers import DingTalkFailed
from api.dingtalk.client import Client
from api.dingtalk.fates import Fate, Tally
from api.dingtalk.pull import Done, Rehearsal, TooLongAgo, pull, rehearse
from api.settings import DingTalk
from domain.programme import Programme
from tests.api.dingtalk.conftest import PEOPLE, check_ins
from tests.api.dingtalk.server import DingTalkServer, millis, shanghai

MAY_1, MAY_31 = date(2020, 5, 1), date(2020, 5, 31)
LATER = millis(shanghai(date(2020, 5, 30)))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "pull.json"


def may(day: int) -> date:
    return date(2020, 5, day)


def rehearsed(
    programme: Programme, settings: DingTalk, state: Path, first: date = MAY_1, last: date = MAY_31
) -> Rehearsal:
    client, done = Client(settings, sleep=lambda _: None), Done(state, datetime(2020, 6, 1, tzinfo=UTC))
    return rehearse(programme, client, PEOPLE, first=first, last=last, done=done)


def pulled(programme: Programme, settings: DingTalk, state: Path) -> Tally:
    client, done = Client(settings, sleep=lambda _: None), Done(state, datetime(2020, 6, 1, tzinfo=UTC))
    return pull(programme, client, PEOPLE, first=MAY_1, last=MAY_31, done=done)


def test_it_says_what_the_pull_then_does_and_why(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    moved, invalid, _ = (ding.punch(number, shanghai(may(number))) for number in (1, 2, 3))
    pulled(programme, settings, state)
    moved |= {"userCheckTime": millis(shanghai(may(7))), "gmtModified": LATER}
    invalid |= {"invalidRecordType": "Security", "gmtModified": LATER}
    ding.punch(4, shanghai(may(4)))
    ding.punch(5, shanghai(may(4), 17))
    ding.punch(6, shanghai(may(5)), gmtModified="yesterday")
    ding.miss(7, may(6))
    head, known = programme.recorder.max_notification_id(), check_ins(programme)

    rehearsal = rehearsed(programme, settings, state)

    assert (programme.recorder.max_notification_id(), check_ins(programme)) == (head, known)
    assert not state.exists()
    said = {(it.record.record_id, it.fate, it.voided and it.voided.day) for it in rehearsal.taken}
    assert said == {
        ("1", Fate.RECORD, may(1)),
        ("2", Fate.RECORD, may(2)),
        ("3", Fate.ALREADY, None),
        ("4", Fate.RECORD, None),
        ("5", Fate.ALREADY, None),
        ("result/7", Fate.PASSED, None),
    }
    assert all(it.zh and it.en for it in rehearsal.taken if it.record.record_id != "4")
    assert ["gmtModified" in it.message_zh for it in rehearsal.unreadable] == [True]
    assert rehearsal.tally() == pulled(programme, settings, state)


def test_each_part_is_decided_on_what_those_before_led_to(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    """A punch after midnight: a result of the last day of one part, a record of the first of the next."""
    ding.punch(1, shanghai(may(8), 0, 30), workDate=millis(shanghai(may(7), 0, 0)))
    rehearsal = rehearsed(programme, settings, state)
    assert [it.fate for it in rehearsal.taken] == [Fate.RECORD, Fate.ALREADY]
    assert rehearsal.tally() == pulled(programme, settings, state)


def test_the_mark_of_an_interrupted_pull_is_followed_and_left_as_it_is(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    for number in range(1, 32):
        ding.punch(number, shanghai(may(number)))
    ding.blocked = "2020-05-15 00:00:00"
    with pytest.raises(DingTalkFailed):
        pulled(programme, settings, state)
    mark = state.read_bytes()
    with pytest.raises(DingTalkFailed):
        rehearsed(programme, settings, state)
    ding.blocked = ""

    rehearsal = rehearsed(programme, settings, state)

    assert (rehearsal.done, rehearsal.asked) == (2, 3)
    assert {it.fate for it in rehearsal.taken} == {Fate.RECORD}
    assert state.read_bytes() == mark
    assert pulled(programme, settings, state) == rehearsal.tally()
    assert len(check_ins(programme)) == 31


def test_days_that_dingtalk_no_longer_has_are_refused(
    programme: Programme, settings: DingTalk, state: Path
) -> None:
    with pytest.raises(TooLongAgo):
        rehearsed(programme, settings, state, first=date(2019, 1, 1))
