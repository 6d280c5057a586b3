"""Records of DingTalk become check-ins: what is none, corrections, repeats, and any order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from api.dingtalk.fates import Fate, Taken
from api.dingtalk.history import DINGTALK
from api.dingtalk.records import LONGEST_PLACE, Record, RecordUnreadable, of_detail, of_push, of_result
from api.dingtalk.taking import take
from domain.commands import CheckIn, VoidInstructorEvent
from domain.instructor import Instructor
from domain.programme import Programme
from domain.terms import Role
from tests import postgres
from tests.api.dingtalk.conftest import DEPARTMENT, PEOPLE, TODAY, check_ins, life
from tests.api.dingtalk.server import DingTalkServer, millis, shanghai
from tests.scenario import COUNTY, PERSON

MAY_3 = date(2020, 5, 3)
MORNING = shanghai(MAY_3, 8, 30)
EVENING = shanghai(MAY_3, 17, 45)
LATER = millis(shanghai(date(2020, 5, 4)))
LATER_STILL = LATER + 1


def detail(at: datetime = MORNING, record_id: int = 1, **fields: Any) -> Record:
    return of_detail(DingTalkServer().punch(record_id, at, **fields))


def push(at: datetime = MORNING, record_id: int = 1, **fields: Any) -> Record:
    row = {
        "userId": "user1",
        "bizId": f"BIZ{record_id}",
        "checkTime": millis(at),
        "address": "芙蓉园村",
        "locationMethod": "MAP",
        "checkByUser": True,
        **fields,
    }
    return of_push(row)


def took(programme: Programme, *records: Record) -> list[Taken]:
    return take(programme, PEOPLE, records)


def fates(programme: Programme, *records: Record) -> list[Fate]:
    return [taken.fate for taken in took(programme, *records)]


# Reading


def test_a_punch_late_in_the_evening_in_utc_is_the_next_day_s_in_shanghai() -> None:
    record = detail(datetime(2020, 5, 2, 23, 30, tzinfo=UTC))
    assert (record.at.date(), record.at.time()) == (MAY_3, time(7, 30))


def test_numbers_may_come_as_text() -> None:
    row = DingTalkServer().punch(1, MORNING)
    assert of_detail({**row, "id": "1", "userCheckTime": str(row["userCheckTime"])}) == of_detail(row)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("userCheckTime", None),
        ("userCheckTime", "2020-05-03 08:30:00"),
        ("userCheckTime", 10**16 - 1),
        ("userId", ""),
        ("userId", ["user1"]),
        ("id", None),
        ("id", "1/2"),
        ("gmtModified", "yesterday"),
        ("gmtModified", 10**16 - 1),
    ],
)
def test_a_record_of_another_shape_is_refused_with_the_field(field: str, value: object) -> None:
    with pytest.raises(RecordUnreadable, match=field) as refused:
        of_detail({**DingTalkServer().punch(1, MORNING), field: value})
    assert field in refused.value.message_zh


def test_a_device_without_an_address_is_named_by_its_kind() -> None:
    assert "考勤机" in detail(sourceType="ATM", userAddress=None).place


def test_an_address_without_end_is_cut() -> None:
    assert detail(userAddress="长" * 1_000_000).place == "长" * LONGEST_PLACE


# What is a check-in, and what is none


def test_a_punch_is_a_check_in_that_names_its_record(programme: Programme) -> None:
    assert fates(programme, detail()) == [Fate.RECORD]
    event = list(programme.events.get(PERSON))[-1]
    assert isinstance(event, Instructor.CheckedIn)
    assert (event.occurred_on, event.at, event.outside) == (MAY_3, time(8, 30), False)
    assert (event.source_record, event.basis) == ("dingtalk/1", f"dingtalk/1/{millis(MORNING)} biz/BIZ1")
    assert event.actor == DINGTALK


def test_the_first_punch_of_a_day_counts(programme: Programme) -> None:
    assert fates(programme, detail(EVENING, 2), detail(MORNING, 1)) == [Fate.RECORD, Fate.ALREADY]
    assert check_ins(programme) == [("2020-05-03 08:30", False)]


def test_a_punch_outside_is_recorded_and_marked(programme: Programme) -> None:
    took(programme, detail(locationResult="Outside", isLegal="N"))
    assert check_ins(programme) == [("2020-05-03 08:30", True)]


@pytest.mark.parametrize(
    "fields",
    [
        {"timeResult": "NotSigned", "locationResult": "NotSigned", "sourceType": "SYSTEM"},
        {"timeResult": "NotSigned"},
        {"sourceType": "SYSTEM"},
        {"sourceType": "APPROVE"},
        {"invalidRecordType": "Security", "invalidRecordMsg": "疑似作弊"},
    ],
)
def test_what_is_no_punch_is_passed_whatever_time_it_has(
    programme: Programme, fields: dict[str, Any]
) -> None:
    (taken,) = took(programme, detail(**fields))
    assert taken.fate is Fate.PASSED
    assert taken.zh
    assert taken.en
    assert life(programme) == []


def test_a_missed_punch_among_the_results_is_passed(programme: Programme) -> None:
    ding = DingTalkServer()
    ding.miss(7, MAY_3)
    assert fates(programme, of_result(ding.missed[0])) == [Fate.PASSED]


def test_a_replay_after_a_change_of_schedule_is_no_punch(programme: Programme) -> None:
    assert fates(programme, push(checkByUser=False)) == [Fate.PASSED]


def test_somebody_who_is_not_listed_is_refused_by_name(programme: Programme) -> None:
    (taken,) = took(programme, detail(user="stranger"))
    assert taken.fate is Fate.REFUSED
    assert "stranger" in taken.zh
    assert "stranger" in taken.en


def test_a_punch_before_the_appointment_is_refused_by_the_rule(programme: Programme) -> None:
    (taken,) = took(programme, detail(shanghai(date(2020, 3, 16))))
    assert taken.fate is Fate.REFUSED
    assert life(programme) == []


def test_a_refused_record_does_not_keep_others_out(programme: Programme) -> None:
    assert fates(programme, detail(shanghai(TODAY + timedelta(1)), 2), detail()) == [
        Fate.RECORD,
        Fate.REFUSED,
    ]


# Corrections


def test_a_correction_voids_with_a_reason_and_records_again(programme: Programme) -> None:
    took(programme, detail())
    (taken,) = took(programme, detail(gmtModified=LATER, locationResult="Outside"))

    assert (taken.fate, taken.voided is not None) == (Fate.RECORD, True)
    assert life(programme) == ["CheckedIn", "Voided", "CheckedIn"]
    assert check_ins(programme) == [("2020-05-03 08:30", True)]
    voided = list(programme.events.get(PERSON))[-2]
    assert isinstance(voided, Instructor.Voided)
    assert "自动作废" in voided.reason
    assert "outside" in voided.reason
    assert (voided.actor, voided.occurred_on) == (DINGTALK, TODAY)


def test_an_automatic_void_says_that_it_is_one_and_on_what_it_rests_whatever_the_road(
    programme: Programme,
) -> None:
    def at(number: int, hour: int = 8) -> datetime:
        return shanghai(MAY_3 + timedelta(number), hour)

    changed = millis(shanghai(date(2020, 5, 20)))
    result = {**DingTalkServer().punch(6, at(6)), "sourceType": "SYSTEM", "gmtModified": 0}
    roads = (
        (detail(at(1), 1), detail(at(1, 9), 1, gmtModified=changed)),
        (detail(at(2), 2), detail(at(2), 2, gmtModified=changed, invalidRecordType="Other")),
        (push(at(3), 3), push(at(3, 9), 3, gmtModified=changed)),
        (push(at(4), 4), push(at(4), 4, gmtModified=changed, checkByUser=False)),
        (push(at(5), 5), detail(at(5), 5, gmtModified=changed, locationResult="Outside")),
        (push(at(6), 6), of_result(result)),
    )
    for before, after in roads:
        took(programme, before)
        took(programme, after)
    voids = [it for it in programme.events.get(PERSON) if isinstance(it, Instructor.Voided)]
    assert len(voids) == len(roads)
    for voided, (_, after) in zip(voids, roads, strict=True):
        assert (voided.actor, voided.actor.role) == (DINGTALK, Role.SYSTEM)
        assert voided.basis == after.basis
        for words in ("自动作废", "Voided automatically", after.source):
            assert words in voided.reason
        assert "1970" not in voided.reason


def test_a_correction_may_move_a_check_in_to_another_day(programme: Programme) -> None:
    took(programme, detail())
    took(programme, detail(shanghai(date(2020, 5, 4)), gmtModified=LATER))
    assert check_ins(programme) == [("2020-05-04 08:30", False)]


def test_a_day_that_a_correction_leaves_takes_its_other_punch(programme: Programme) -> None:
    took(programme, detail(), detail(EVENING, 2))
    took(programme, detail(shanghai(date(2020, 5, 4)), gmtModified=LATER), detail(EVENING, 2))
    assert check_ins(programme) == [("2020-05-03 17:45", False), ("2020-05-04 08:30", False)]


def test_a_punch_that_is_found_invalid_is_voided_and_another_of_the_day_counts(programme: Programme) -> None:
    took(programme, detail())
    invalid = detail(gmtModified=LATER, invalidRecordType="Security", invalidRecordMsg="疑似作弊")
    took(programme, detail(EVENING, 2), invalid)
    assert check_ins(programme) == [("2020-05-03 17:45", False)]
    assert life(programme) == ["CheckedIn", "Voided", "CheckedIn"]


def test_a_change_that_says_nothing_new_changes_nothing(programme: Programme) -> None:
    took(programme, detail())
    assert fates(programme, detail(gmtModified=LATER, timeResult="Late")) == [Fate.ALREADY]
    assert life(programme) == ["CheckedIn"]


def test_what_was_voided_by_a_correction_may_come_to_count_again(programme: Programme) -> None:
    took(programme, detail())
    took(programme, detail(gmtModified=LATER, invalidRecordType="Other"))
    took(programme, detail(gmtModified=LATER_STILL))
    assert check_ins(programme) == [("2020-05-03 08:30", False)]


def test_a_correction_that_a_rule_turns_down_still_voids(programme: Programme) -> None:
    took(programme, detail())
    (taken,) = took(programme, detail(shanghai(TODAY + timedelta(1)), gmtModified=LATER))
    assert (taken.fate, taken.voided is not None) == (Fate.REFUSED, True)
    assert check_ins(programme) == []
    assert fates(programme, detail(shanghai(TODAY + timedelta(1)), gmtModified=LATER)) == [Fate.REFUSED]
    assert life(programme) == ["CheckedIn", "Voided"]


def test_a_correction_that_was_interrupted_after_its_void_is_completed(programme: Programme) -> None:
    took(programme, detail())
    correction = detail(EVENING, gmtModified=LATER)
    programme.execute(
        VoidInstructorEvent(
            instructor_id=PERSON,
            version=list(programme.events.get(PERSON))[-1].originator_version,
            reason="自动作废",
        ),
        occurred_on=TODAY,
        actor=DINGTALK,
        command_id=uuid5(NAMESPACE_URL, f"urn:zhucun:{COUNTY}:{correction.source}/{LATER}/void"),
        basis=correction.basis,
    )
    assert fates(programme, correction, correction) == [Fate.RECORD, Fate.ALREADY]
    assert check_ins(programme) == [("2020-05-03 17:45", False)]
    assert life(programme) == ["CheckedIn", "Voided", "CheckedIn"]


def test_a_state_that_voided_as_no_punch_is_not_followed_by_one_of_the_same_time(
    programme: Programme,
) -> None:
    took(programme, push())
    took(programme, detail(gmtModified=LATER, invalidRecordType="Other"))
    assert fates(programme, detail(gmtModified=LATER)) == [Fate.ALREADY]
    assert check_ins(programme) == []


def test_what_an_official_voided_does_not_come_back(programme: Programme) -> None:
    took(programme, detail())
    version = list(programme.events.get(PERSON))[-1].originator_version
    programme.execute(
        VoidInstructorEvent(instructor_id=PERSON, version=version, reason="本人未到村"),
        occurred_on=TODAY,
        actor=DEPARTMENT,
        command_id=UUID(int=100),
    )
    same = (detail(), detail(gmtModified=LATER), push())
    assert fates(programme, same[0]) == [Fate.ALREADY]
    assert fates(programme, same[1]) == [Fate.PASSED]
    assert fates(programme, same[2]) == [Fate.ALREADY]
    assert check_ins(programme) == []


# Repeats, overlaps and any order


def test_records_may_be_taken_again(programme: Programme) -> None:
    records = [detail(), detail(EVENING, 2), detail(gmtModified=LATER, timeResult="NotSigned")]
    for record in records:
        took(programme, record)
    before = life(programme)
    for record in records:
        took(programme, record)
    took(programme, *records)
    assert life(programme)[: len(before)] == before
    assert check_ins(programme) == [("2020-05-03 17:45", False)]


def test_an_earlier_state_that_arrives_late_changes_nothing(programme: Programme) -> None:
    took(programme, detail(EVENING, gmtModified=LATER))
    assert fates(programme, detail()) == [Fate.ALREADY]
    assert check_ins(programme) == [("2020-05-03 17:45", False)]


def test_an_earlier_state_does_not_undo_a_later_void(programme: Programme) -> None:
    took(programme, detail())
    took(programme, detail(gmtModified=LATER_STILL, invalidRecordType="Other"))
    assert fates(programme, detail(EVENING, gmtModified=LATER)) == [Fate.ALREADY]
    assert check_ins(programme) == []


def test_states_of_a_record_end_with_the_latest_in_whatever_order_they_come(programme: Programme) -> None:
    for number, order in enumerate(permutations(range(3))):
        day = MAY_3 + timedelta(number)
        states = [
            detail(shanghai(day, 8 + state), 100 + number, gmtModified=LATER + state) for state in range(3)
        ]
        for state in order:
            took(programme, states[state])
        assert check_ins(programme)[-1] == (f"{day} 10:30", False)


def test_the_latest_of_the_states_that_come_together_is_taken(programme: Programme) -> None:
    states = [detail(), detail(gmtModified=LATER, invalidRecordType="Other")]
    for together in (states, states[::-1]):
        assert sorted(fates(programme, *together)) == [Fate.ALREADY, Fate.PASSED]
    assert life(programme) == []


def test_a_push_and_the_record_of_the_same_punch_count_once(programme: Programme) -> None:
    assert fates(programme, push()) == [Fate.RECORD]
    assert fates(programme, detail()) == [Fate.ALREADY]
    assert fates(programme, push()) == [Fate.ALREADY]
    assert life(programme) == ["CheckedIn"]


def test_the_record_corrects_what_was_pushed(programme: Programme) -> None:
    took(programme, push())
    took(programme, detail(gmtModified=LATER, locationResult="Outside"))
    assert check_ins(programme) == [("2020-05-03 08:30", True)]
    assert fates(programme, push()) == [Fate.ALREADY]


def test_a_check_in_that_somebody_typed_stands(programme: Programme) -> None:
    programme.execute(
        CheckIn(instructor_id=PERSON, at=time(9), place="村部"),
        occurred_on=MAY_3,
        actor=DEPARTMENT,
        command_id=UUID(int=100),
    )
    assert fates(programme, detail(), push()) == [Fate.ALREADY, Fate.ALREADY]
    assert check_ins(programme) == [("2020-05-03 09:00", False)]


def test_two_who_take_the_same_records_at_once_record_them_once(programme: Programme) -> None:
    env = postgres.programme_of(str(programme.env["DATABASE_URL"]))
    records = [detail(shanghai(MAY_3 + timedelta(day)), day) for day in range(1, 20)]
    with Programme(programme.county, lambda: TODAY, env) as another, ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda it: took(it, *records), (programme, another)))
    assert life(programme) == ["CheckedIn"] * 19
    assert sum(taken.fate is Fate.RECORD for one in both for taken in one) == 19


def test_what_is_typed_as_if_it_rested_on_a_record_stands_when_that_is_corrected(
    programme: Programme,
) -> None:
    typed = CheckIn(
        instructor_id=PERSON, at=time(8, 30), place="芙蓉园村", source_record="dingtalk/1", outside=False
    )
    basis = f"dingtalk/1/{millis(MORNING)}"
    programme.execute(typed, occurred_on=MAY_3, actor=DEPARTMENT, command_id=UUID(int=77), basis=basis)

    (taken,) = took(programme, detail(EVENING, gmtModified=LATER))

    assert taken.fate is Fate.ALREADY
    assert check_ins(programme) == [("2020-05-03 08:30", False)]
