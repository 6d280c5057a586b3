"""Pulling a period: whom and what is asked, what is recorded, and going on where it stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api.dingtalk.answers import DingTalkFailed
from api.dingtalk.asking import Part
from api.dingtalk.client import Client
from api.dingtalk.fates import Fate, Tally
from api.dingtalk.pull import Done, TooLongAgo, pull
from api.settings import DingTalk
from domain.programme import Programme
from tests.api.dingtalk.conftest import PEOPLE, TODAY, check_ins, life
from tests.api.dingtalk.server import DingTalkServer, millis, shanghai
from tests.scenario import STAFF_NUMBER

MAY_1 = date(2020, 5, 1)
MAY_31 = date(2020, 5, 31)
NOW = datetime(2020, 6, 1, tzinfo=UTC)
CROWD = {f"user{number:03}": STAFF_NUMBER for number in range(120)}
"""More users than one request may name."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "pull.json"


def pulled(
    programme: Programme,
    settings: DingTalk,
    state: Path,
    *,
    people: dict[str, str] = PEOPLE,
    first: date = MAY_1,
    last: date = MAY_31,
    now: datetime = NOW,
) -> Tally:
    client = Client(settings, sleep=lambda _: None)
    return pull(programme, client, people, first=first, last=last, done=Done(state, now))


def asked(ding: DingTalkServer) -> list[tuple[str, str]]:
    """Return the spans of days that punches were asked for."""
    return [
        (body["checkDateFrom"][:10], body["checkDateTo"][:10])
        for path, body in ding.asked
        if path == "/attendance/listRecord"
    ]


def test_a_month_of_punches_is_recorded_and_missed_ones_are_not(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    for day in range(1, 21):
        ding.punch(day, shanghai(date(2020, 5, day)))
        ding.punch(100 + day, shanghai(date(2020, 5, day), 17))
    for day in range(21, 32):
        ding.miss(day, date(2020, 5, day))

    tally = pulled(programme, settings, state)

    assert tally.fates == {Fate.RECORD: 20, Fate.ALREADY: 20, Fate.PASSED: 11}
    assert [day for day, _ in check_ins(programme)] == [f"2020-05-{day:02} 08:30" for day in range(1, 21)]
    assert tally.remarks == {}


def test_pulling_again_changes_nothing(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    for day in range(1, 21):
        ding.punch(day, shanghai(date(2020, 5, day)))
    pulled(programme, settings, state)
    before = life(programme)
    again = pulled(programme, settings, state, first=date(2020, 4, 20), last=date(2020, 5, 12))
    assert again.fates == {Fate.ALREADY: 12}
    assert life(programme) == before


def test_a_later_pull_brings_corrections(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    row = ding.punch(1, shanghai(MAY_1))
    pulled(programme, settings, state)
    row |= {"locationResult": "Outside", "gmtModified": millis(shanghai(MAY_31))}
    tally = pulled(programme, settings, state)
    assert (tally.fates[Fate.RECORD], tally.corrected) == (1, 1)
    assert check_ins(programme) == [("2020-05-01 08:30", True)]


def test_each_request_is_within_the_limits(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    ding.punch(1, shanghai(MAY_1), user="user119")
    tally = pulled(programme, settings, state, people=CROWD)
    bodies = [body for path, body in ding.asked if path == "/attendance/listRecord"]
    assert len(bodies) == 5 * 3
    assert {len(body["userIds"]) for body in bodies} == {50, 20}
    assert {user for body in bodies for user in body["userIds"]} == CROWD.keys()
    assert tally.fates == {Fate.RECORD: 1}


def test_only_those_who_serve_in_the_days_are_asked_for(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    people = {**PEOPLE, "nobody": "XY-9999"}
    pulled(programme, settings, state, people=people, first=date(2020, 3, 1), last=date(2020, 3, 20))
    assert asked(ding) == [("2020-03-15", "2020-03-20")]
    assert {user for _, body in ding.asked for user in body.get("userIds", ())} == {"user1"}


def test_days_to_come_are_not_asked_for(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    pulled(programme, settings, state, first=MAY_31, last=date(2020, 12, 31))
    assert asked(ding) == [("2020-05-31", "2020-05-31")]


def test_days_that_dingtalk_no_longer_has_are_refused(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    with pytest.raises(TooLongAgo, match="2019-12-03"):
        pulled(programme, settings, state, first=TODAY - timedelta(181))
    assert ding.asked == []


def test_an_interrupted_pull_goes_on_where_it_stopped(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    for day in range(1, 32):
        ding.punch(day, shanghai(date(2020, 5, day)))
    ding.blocked = "2020-05-15 00:00:00"
    with pytest.raises(DingTalkFailed):
        pulled(programme, settings, state)
    assert len(check_ins(programme)) == 14

    ding.blocked = ""
    ding.asked.clear()
    pulled(programme, settings, state)
    assert asked(ding)[0] == ("2020-05-15", "2020-05-21")
    assert len(check_ins(programme)) == 31
    assert not state.exists()


def test_what_was_done_long_ago_is_asked_for_again(state: Path) -> None:
    part = Part((("user1", STAFF_NUMBER),), MAY_1, MAY_1)
    Done(state, NOW).add(part)
    assert part in Done(state, NOW + timedelta(hours=11))
    assert part not in Done(state, NOW + timedelta(hours=13))


def test_somebody_with_another_staff_number_is_asked_for_again(state: Path) -> None:
    Done(state, NOW).add(Part((("user1", STAFF_NUMBER),), MAY_1, MAY_1))
    assert Part((("user1", "XY-9999"),), MAY_1, MAY_1) not in Done(state, NOW)


def test_a_part_with_something_refused_is_asked_for_again(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    ding.punch(1, shanghai(MAY_1), gmtModified="yesterday")
    ding.blocked = "2020-05-15 00:00:00"
    for _ in range(2):
        ding.asked.clear()
        with pytest.raises(DingTalkFailed):
            pulled(programme, settings, state)
        assert asked(ding)[0] == ("2020-05-01", "2020-05-07")


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a": 1}', b"\xff"])
def test_a_damaged_memory_is_no_memory(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path, content: bytes
) -> None:
    state.parent.mkdir()
    state.write_bytes(content)
    ding.punch(1, shanghai(MAY_1))
    assert pulled(programme, settings, state).fates == {Fate.RECORD: 1}


def test_a_record_that_cannot_be_read_is_told_and_keeps_no_other_out(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, state: Path
) -> None:
    ding.punch(1, shanghai(MAY_1))
    ding.punch(2, shanghai(date(2020, 5, 2)), gmtModified="yesterday")
    tally = pulled(programme, settings, state)
    assert tally.fates == {Fate.RECORD: 1, Fate.REFUSED: 1}
    assert any("gmtModified" in remark for remark in tally.remarks)
