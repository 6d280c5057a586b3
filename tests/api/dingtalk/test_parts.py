"""A part is recorded in one append: interrupted, in a crowd, and with a record that cannot be saved."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest
from eventsourcing.persistence import PersistenceError

from api.dingtalk.client import Client
from api.dingtalk.deciding import Deciding
from api.dingtalk.fates import Fate
from api.dingtalk.pull import Done, pull
from api.dingtalk.taking import take
from api.settings import DingTalk
from domain.instructor import Instructor
from domain.programme import Programme
from ledger.database import connect
from ledger.recorder import Recorder
from ledger.records import Record as Stored
from tests import postgres
from tests.api.dingtalk.conftest import PEOPLE, TODAY, breaking, check_ins, life
from tests.api.dingtalk.server import DingTalkServer, millis, shanghai
from tests.api.dingtalk.test_taking import detail, push
from tests.scenario import PERSON

MAY_1, MAY_7 = date(2020, 5, 1), date(2020, 5, 7)
WEEK = [date(2020, 5, day) for day in range(1, 8)]
LATER = millis(shanghai(date(2020, 5, 20)))

APPEND = "select ledger.append(%s::uuid[], %s::bigint[], %s::text[], %s::bytea[], %s::uuid[], null)"
WAITING = "select count(*) from pg_locks where relation = 'ledger.identity'::regclass and not granted"


def pulled(programme: Programme, settings: DingTalk, folder: Path, last: date = MAY_7) -> dict[Fate, int]:
    client = Client(settings, sleep=lambda _: None)
    done = Done(folder / "pull.json", datetime(2020, 6, 1, tzinfo=UTC))
    return dict(pull(programme, client, PEOPLE, first=MAY_1, last=last, done=done).fates)


def another(programme: Programme) -> Programme:
    """Open the same programme once more."""
    env = postgres.programme_of(str(programme.env["DATABASE_URL"]))
    return Programme(programme.county, lambda: TODAY, env)


def test_a_part_is_one_append(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, tmp_path: Path
) -> None:
    for number in range(1, 22):
        ding.punch(number, shanghai(date(2020, 5, number)))
    assert pulled(programme, settings, tmp_path, date(2020, 5, 21)) == {Fate.RECORD: 21}
    recorded = cast("Recorder", programme.recorder).read_life(PERSON)[3:]
    assert len(recorded) == 21
    assert len({row.recorded_at for row in recorded}) == 3


def test_a_part_that_breaks_off_anywhere_leaves_nothing_half(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, tmp_path: Path
) -> None:
    rows = [ding.punch(number, shanghai(day)) for number, day in enumerate(WEEK[:2])]
    pulled(programme, settings, tmp_path)
    for row in rows:
        row |= {"locationResult": "Outside", "gmtModified": LATER}
    ding.punch(3, shanghai(MAY_7))
    head = programme.recorder.max_notification_id()

    for version in range(6, 11):
        with (
            breaking(programme, f"new.originator_version = {version}"),
            pytest.raises(PersistenceError, match="no more"),
        ):
            pulled(programme, settings, tmp_path)
        assert programme.recorder.max_notification_id() == head
        assert not (tmp_path / "pull.json").exists()

    assert pulled(programme, settings, tmp_path) == {Fate.RECORD: 3}
    assert life(programme)[2:] == ["Voided", "CheckedIn", "Voided", "CheckedIn", "CheckedIn"]


def test_a_record_that_cannot_be_saved_is_named_and_holds_up_no_other(programme: Programme) -> None:
    records = [detail(shanghai(day), number) for number, day in enumerate(WEEK)]
    (bad,) = Deciding(programme, PEOPLE).decide([records[3]])
    with breaking(programme, f"new.command_id = '{bad.events[0].command_id}'", code="23505"):
        taken = take(programme, PEOPLE, records)
    assert [one.record.at.date() for one in taken if one.fate is Fate.RECORD] == WEEK[:3] + WEEK[4:]
    (refused,) = (one for one in taken if one.fate is Fate.REFUSED)
    assert (refused.record, refused.again, refused.events) == (records[3], True, ())
    assert "2020-05-04" in refused.zh
    assert [day[:10] for day, _ in check_ins(programme)] == [str(it) for it in WEEK[:3] + WEEK[4:]]


def test_a_correction_that_cannot_be_saved_does_not_void_either(programme: Programme) -> None:
    take(programme, PEOPLE, [detail(shanghai(MAY_1))])
    with breaking(programme, "new.originator_version = 6", code="23505"):
        (taken,) = take(programme, PEOPLE, [detail(shanghai(MAY_7), gmtModified=LATER)])
    assert (taken.fate, taken.voided) == (Fate.REFUSED, None)
    assert life(programme) == ["CheckedIn"]


def test_two_pulls_at_once_record_nothing_twice(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, tmp_path: Path
) -> None:
    for number in range(1, 22):
        ding.punch(number, shanghai(date(2020, 5, number)))
    with another(programme) as second, ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(pulled, one, settings, tmp_path / name, date(2020, 5, 21))
            for one, name in ((programme, "first"), (second, "second"))
        ]
        fates = [it.result() for it in both]
    assert life(programme) == ["CheckedIn"] * 21
    assert sum(it.get(Fate.RECORD, 0) for it in fates) == 21
    assert sum(it.get(Fate.ALREADY, 0) for it in fates) == 21


def test_a_push_that_arrives_in_the_middle_of_a_part_counts_once(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, tmp_path: Path
) -> None:
    for number, day in enumerate(WEEK):
        ding.punch(number, shanghai(day))
    (arrived,) = Deciding(programme, PEOPLE).decide([push(shanghai(WEEK[3]), 3)])
    stored = [cast("Stored", programme.mapper.to_stored_event(it)) for it in arrived.events]
    fields = ("originator_id", "originator_version", "topic", "state", "command_id")

    with connect(str(programme.env["DATABASE_URL"])) as conn, ThreadPoolExecutor(1) as pool:
        with conn.transaction():
            conn.execute("lock table ledger.identity in exclusive mode")
            pulling = pool.submit(pulled, programme, settings, tmp_path)
            while conn.execute(WAITING).fetchone() == (0,):  # until the part is decided and waits to be saved
                assert not pulling.done()
                time.sleep(0.01)
            conn.execute(APPEND, [[getattr(it, name) for it in stored] for name in fields])
        assert pulling.result() == {Fate.RECORD: 6, Fate.ALREADY: 1}

    assert life(programme) == ["CheckedIn"] * 7
    sources = [
        it.source_record for it in programme.events.get(PERSON) if isinstance(it, Instructor.CheckedIn)
    ]
    assert sources[0] == "dingtalk/biz/BIZ3"
    assert sorted(sources[1:]) == [f"dingtalk/{number}" for number in (0, 1, 2, 4, 5, 6)]


def test_what_others_record_between_two_parts_is_known_to_the_second(
    programme: Programme, settings: DingTalk, ding: DingTalkServer, tmp_path: Path
) -> None:
    first, second = shanghai(MAY_1), shanghai(date(2020, 5, 8))
    ding.punch(1, first)
    ding.punch(2, second)

    def meanwhile(part: int, _of: int) -> None:
        if part == 1:
            take(programme, PEOPLE, [push(second, 2)])

    client, done = Client(settings), Done(tmp_path / "pull.json", datetime(2020, 6, 1, tzinfo=UTC))
    tally = pull(programme, client, PEOPLE, first=MAY_1, last=date(2020, 5, 14), done=done, told=meanwhile)
    assert tally.fates == {Fate.RECORD: 1, Fate.ALREADY: 1}
    assert life(programme) == ["CheckedIn"] * 2


def test_a_state_that_was_recorded_for_somebody_else_is_refused(programme: Programme) -> None:
    take(programme, PEOPLE, [detail()])
    (taken,) = take(programme, {"user1": "XY-9999"}, [detail()])
    assert (taken.fate, taken.again) == (Fate.REFUSED, False)
    assert "already used" in taken.en
