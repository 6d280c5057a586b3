"""Files into events on a real database: planned first, then recorded all together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from api.papers.digests import digest_of
from api.papers.intake import PlanOutdated, SomeRefused
from api.papers.plans import Outcome
from api.papers.source import FileRefused, Merge, Sheet, SourceFile
from domain.commands import (
    AnyCommand,
    RecordDuty,
    RegisterHouseholds,
    RemoveHousehold,
    VisitHousehold,
    VoidInstructorEvent,
)
from domain.entry import Actor
from domain.ids import import_id
from domain.instructor import Instructor
from domain.intake import Import
from domain.terms import HouseholdCategory, Role
from tests.api.papers.desk import TOWNSHIP, Desk, only, outcomes, sheet
from tests.api.papers.diary import DIARY
from tests.conftest import COUNTY
from tests.facts import HOUSEHOLD, MAY_3
from tests.scenario import PERSON, STAFF_NUMBER, TODAY, VILLAGE

HEADER = ("干部编号", "日期", "工作内容", "户编号")
MAY_4, MAY_5 = date(2020, 5, 4), date(2020, 5, 5)
RECORD, ALREADY, PASSED, REFUSED = Outcome


def diary(*rows: Sequence[object], name: str = "日志.csv") -> SourceFile:
    return sheet(HEADER, *((STAFF_NUMBER, *row) for row in rows), name=name)


ONE_DAY = diary((MAY_3, "宣讲"))
THREE_DAYS = diary((MAY_3, "宣讲"), (MAY_4, "党课"), (MAY_5, "休息"))


# Planning


def test_a_plan_says_what_becomes_of_each_row_and_records_nothing(desk: Desk) -> None:
    before = desk.head
    plan = desk.plan(DIARY, THREE_DAYS)
    assert outcomes(plan) == [RECORD, RECORD, PASSED]
    assert plan.lines[2].reasons[0].zh == "休息日没有工作。"
    assert [line.row for line in plan.lines] == [2, 3, 4]
    assert desk.head == before


def test_rows_are_decided_in_the_order_of_days_and_times(desk: Desk) -> None:
    file = sheet(
        ("工号", "日期", "时间", "工作内容"),
        (STAFF_NUMBER, MAY_5, "8:00", "丙"),
        (STAFF_NUMBER, MAY_3, "17:00", "甲"),
        (STAFF_NUMBER, MAY_4, "", "乙"),
    )
    found = [
        event.summary for event in desk.plan(DIARY, file).events if isinstance(event, Instructor.DutyRecorded)
    ]
    assert found == ["甲", "乙", "丙"]


def test_everything_unreadable_in_a_row_is_told_at_once_with_column_and_value(desk: Desk) -> None:
    file = sheet(("干部编号", "日期", "时间"), (STAFF_NUMBER, "五月三日", "早"))
    line = only(desk.plan(DIARY, file))
    assert line.outcome is REFUSED
    assert [(it.column, it.value) for it in line.reasons] == [("日期", "五月三日"), ("时间", "早")]


def test_a_needed_value_that_is_missing_is_named(desk: Desk) -> None:
    (reason,) = only(desk.plan(DIARY, sheet(HEADER, (STAFF_NUMBER, "", "宣讲", "")))).reasons
    assert (reason.column, reason.zh) == ("日期", "此处为空,请填写。")


def test_the_sum_at_the_foot_of_a_table_is_no_record(desk: Desk) -> None:
    file = sheet(HEADER, ("合 计", "", "2", ""), ("小计不详", "", "宣讲", ""))
    plan = desk.plan(DIARY, file)
    assert outcomes(plan) == [PASSED, REFUSED]
    assert "合计行" in plan.lines[0].reasons[0].zh


def test_what_a_rule_turns_down_is_told_with_code_and_clause(desk: Desk) -> None:
    (reason,) = only(desk.plan(DIARY, diary((date(2020, 3, 20), "宣讲")))).reasons
    assert reason.code == "NOT_YET_APPOINTED"
    assert reason.clause
    assert "2020-03-20" in reason.zh


def test_an_office_that_may_not_enter_it_has_its_rows_refused(desk: Desk) -> None:
    bureau = Actor("f-1", Role.FINANCE_BUREAU, "县财政局")
    (reason,) = only(desk.plan(DIARY, ONE_DAY, by=bureau)).reasons
    assert reason.code == "NOT_YOUR_OFFICE"


def test_a_row_of_which_a_part_is_refused_leaves_no_trace(desk: Desk) -> None:
    file = diary((MAY_3, "宣讲", "H-404"), (MAY_3, "党课"))
    plan = desk.plan(DIARY, file)
    assert outcomes(plan) == [REFUSED, RECORD]
    assert plan.lines[0].reasons[0].code == "HOUSEHOLD_UNKNOWN"
    taken = desk.take(DIARY, file, accept_valid=True)
    assert taken is not None
    *_, duty, _ = desk.events()
    assert isinstance(duty, Instructor.DutyRecorded)
    assert duty.summary == "党课"
    assert [row.originator_version for row in desk.life(PERSON)] == [1, 2, 3, 4]


def test_progress_is_told_to_the_end(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    desk.intake(DIARY, THREE_DAYS).plan(lambda done, of: told.append((done, of)))
    assert told == [(0, 4), (0, 2), (2, 2)]  # lines that are read, then rows that are decided


# Committing


def test_all_rows_are_recorded_in_one_append_with_the_imports_own_record(desk: Desk) -> None:
    before = desk.head
    taken = desk.take(DIARY, THREE_DAYS)
    assert taken is not None
    assert taken.position == desk.head == before + 3
    first, second, own = desk.events(before)
    named = THREE_DAYS.sheets[0].name
    assert [it.basis for it in (first, second)] == [f"日志.csv#{named}!{row}" for row in (2, 3)]
    assert isinstance(own, Import.Taken)
    assert own.originator_id == import_id(COUNTY, THREE_DAYS.sha256)
    assert (own.paper, own.file_name, own.file_size) == ("diary", "日志.csv", THREE_DAYS.size)
    assert (own.rows_recorded, own.rows_already, own.rows_passed, own.rows_refused) == (2, 0, 1, 0)
    assert own.events == 2
    assert own.actor == TOWNSHIP
    assert own.occurred_on == TODAY
    recorded = {row.recorded_at for row in (*desk.life(PERSON)[-2:], *desk.life(own.originator_id))}
    assert len(recorded) == 1


def test_a_refused_row_keeps_everything_from_being_recorded(desk: Desk) -> None:
    before = desk.head
    with pytest.raises(SomeRefused, match="1"):
        desk.take(DIARY, diary((MAY_3, "宣讲"), (date(2019, 1, 1), "党课")))
    assert desk.head == before


def test_the_valid_rows_are_recorded_when_that_is_asked_for(desk: Desk) -> None:
    before = desk.head
    desk.take(DIARY, diary((MAY_3, "宣讲"), (date(2019, 1, 1), "党课")), accept_valid=True)
    _, own = desk.events(before)
    assert isinstance(own, Import.Taken)
    assert (own.rows_recorded, own.rows_refused) == (1, 1)


def test_the_same_file_again_says_nothing_new_and_leaves_no_record(desk: Desk) -> None:
    desk.take(DIARY, THREE_DAYS)
    before = desk.head
    assert outcomes(desk.plan(DIARY, THREE_DAYS)) == [ALREADY, ALREADY, PASSED]
    assert desk.take(DIARY, THREE_DAYS) is None
    assert desk.head == before


def test_an_overlapping_file_in_another_order_adds_what_is_new_alone(desk: Desk) -> None:
    desk.take(DIARY, ONE_DAY)
    more = diary((MAY_5, "走访"), (MAY_4, "党课"), (MAY_3, "宣讲"), name="又一份.csv")
    assert outcomes(desk.plan(DIARY, more)) == [RECORD, RECORD, ALREADY]
    desk.take(DIARY, more)
    assert outcomes(desk.plan(DIARY, more)) == [ALREADY] * 3


def test_a_file_taken_in_again_after_corrections_elsewhere_is_its_next_version(desk: Desk) -> None:
    file = diary((MAY_3, "宣讲"), (MAY_4, "党课", "H-404"))
    desk.take(DIARY, file, accept_valid=True)
    before = desk.head
    corrected = replace(file, sheets=(_without_household(file.sheets[0]),))
    desk.take(DIARY, corrected)
    *_, own = desk.events(before)
    assert isinstance(own, Import.Taken)
    assert own.originator_version == 2
    assert (own.rows_recorded, own.rows_already) == (1, 1)


def _without_household(found: Sheet) -> Sheet:
    return replace(found, rows=[row[:3] for row in found.rows])


def test_several_files_are_taken_in_together_each_with_a_record_of_its_own(desk: Desk) -> None:
    before = desk.head
    desk.take(DIARY, diary((MAY_4, "党课"), name="乙.csv"), diary((MAY_3, "宣讲"), name="甲.csv"))
    first, second, *own = desk.events(before)
    assert [it.occurred_on for it in (first, second)] == [MAY_3, MAY_4]
    assert [(it.file_name, it.events) for it in own if isinstance(it, Import.Taken)] == [
        ("乙.csv", 1),
        ("甲.csv", 1),
    ]


def test_a_file_given_twice_counts_once(desk: Desk) -> None:
    plan = desk.plan(DIARY, ONE_DAY, ONE_DAY)
    assert outcomes(plan) == [RECORD, ALREADY]
    assert "日志.csv" in plan.lines[1].reasons[0].zh


# What stands already


def test_a_row_that_contradicts_the_record_is_refused_and_the_way_out_is_told(desk: Desk) -> None:
    desk.take(DIARY, ONE_DAY)
    line = only(desk.plan(DIARY, diary((MAY_3, "党课"), name="另一份.csv")))
    assert (line.outcome, line.reasons[0].code) == (REFUSED, "CONTRADICTS_RECORD")
    assert "作废" in line.reasons[0].zh
    assert "日志.csv" in line.reasons[0].zh


def test_rows_of_a_file_that_contradict_each_other_are_refused_but_for_the_first(desk: Desk) -> None:
    plan = desk.plan(DIARY, diary((MAY_3, "宣讲"), (MAY_3, "党课"), (MAY_3, "宣讲")))
    assert outcomes(plan) == [RECORD, REFUSED, ALREADY]
    assert plan.lines[1].reasons[0].code == "CONTRADICTS_ROW"


def test_of_facts_where_the_first_counts_a_second_says_nothing_new(desk: Desk) -> None:
    file = sheet(HEADER, *[(STAFF_NUMBER, MAY_3, "", HOUSEHOLD.code)] * 2)
    assert outcomes(desk.plan(DIARY, file)) == [RECORD, ALREADY]


def test_what_was_entered_by_hand_is_not_recorded_twice(desk: Desk) -> None:
    desk.enter(VisitHousehold(instructor_id=PERSON, household=HOUSEHOLD.code), MAY_3)
    file = sheet(HEADER, (STAFF_NUMBER, MAY_3, "", HOUSEHOLD.code))
    assert outcomes(desk.plan(DIARY, file)) == [ALREADY]


def test_a_voided_fact_is_not_brought_back_by_its_file(desk: Desk) -> None:
    desk.take(DIARY, ONE_DAY)
    _void_last(desk)
    line = only(desk.plan(DIARY, ONE_DAY))
    assert line.outcome is PASSED
    assert "作废" in line.reasons[0].zh


def test_a_corrected_fact_is_recorded_in_the_stead_of_the_voided_one_once(desk: Desk) -> None:
    desk.take(DIARY, ONE_DAY)
    _void_last(desk)
    corrected = diary((MAY_3, "党课"), name="更正.csv")
    assert desk.take(DIARY, corrected) is not None
    assert only(desk.plan(DIARY, corrected)).outcome is ALREADY
    assert only(desk.plan(DIARY, ONE_DAY)).outcome is PASSED
    assert only(desk.plan(DIARY, diary((MAY_3, "走访")))).outcome is REFUSED


def _void_last(desk: Desk) -> None:
    version = desk.life(PERSON)[-1].originator_version
    desk.enter(VoidInstructorEvent(instructor_id=PERSON, version=version, reason="填错"), TODAY)


# Others at work meanwhile


def test_what_others_append_meanwhile_is_met_by_planning_anew(desk: Desk) -> None:
    intake = desk.intake(DIARY, ONE_DAY)
    plan = intake.plan()
    desk.enter(RecordDuty(instructor_id=PERSON, duty="三(二)1", summary="他人所记"), MAY_4)
    taken = intake.commit(plan)
    assert taken is not None
    assert [row.originator_version for row in desk.life(PERSON)] == [1, 2, 3, 4, 5]


def test_a_plan_whose_outcome_others_changed_is_not_recorded(desk: Desk) -> None:
    intake = desk.intake(DIARY, ONE_DAY)
    plan = intake.plan()
    desk.take(DIARY, diary((MAY_3, "党课"), name="他人.csv"))
    before = desk.head
    with pytest.raises(PlanOutdated):
        intake.commit(plan)
    assert desk.head == before


def test_the_same_file_brought_twice_at_once_is_recorded_once(desk: Desk) -> None:
    intake = desk.intake(DIARY, ONE_DAY)
    plan = intake.plan()
    desk.take(DIARY, ONE_DAY)
    before = desk.head
    with pytest.raises(PlanOutdated):
        intake.commit(plan)
    assert desk.head == before


# Headings


def test_columns_are_found_by_name_in_any_order_among_others(desk: Desk) -> None:
    file = sheet(
        ("石塘镇工作日志",),
        (),
        (" 日 期 ", "序号", "工作内容(简要)", "工 号"),
        ("2020年5月3日", 1, "宣讲", STAFF_NUMBER),
    )
    plan = desk.plan(DIARY, file)
    assert only(plan).outcome is RECORD
    assert plan.pages[0].layout.header == 3
    assert plan.pages[0].layout.unread == ("序号",)


def test_a_header_may_stand_in_two_rows_of_merged_cells(desk: Desk) -> None:
    top = ["干部编号", "日期", "工作", "工作"]
    below = ["干部编号", "日期", "内容", "地点"]
    two = Sheet(
        "表",
        [top, below, [STAFF_NUMBER, "2020.5.3", "宣讲", "村部"]],
        merged=(Merge(0, 0, 1, 0), Merge(0, 2, 0, 3)),
    )
    plan = desk.plan(DIARY, replace(ONE_DAY, sheets=(two,)))
    assert only(plan).outcome is RECORD
    assert plan.pages[0].layout.headings == ("干部编号", "日期", "工作内容", "工作地点")


def test_a_file_without_the_header_is_refused_naming_what_is_missing_and_what_was_seen(desk: Desk) -> None:
    with pytest.raises(FileRefused) as caught:
        desk.plan(DIARY, sheet(("日期", "内容"), (MAY_3, "宣讲"), name="缺列.csv"))
    for words in ("缺列.csv", "干部编号/姓名", "日期、内容"):
        assert words in caught.value.message_zh


def test_a_sheet_without_the_header_is_passed_over_and_said_to_be(desk: Desk) -> None:
    notes = Sheet("说明", [["填表说明"]])
    plan = desk.plan(DIARY, replace(ONE_DAY, sheets=(notes, *ONE_DAY.sheets)))
    assert only(plan).outcome is RECORD
    assert any("说明" in remark.zh for remark in plan.remarks)


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers(desk: Desk) -> None:
    first, third = ((STAFF_NUMBER, day, "宣讲", "") for day in (MAY_3, MAY_4))
    assert [line.row for line in desk.plan(DIARY, sheet(HEADER, first, ("", " ", "", ""), third)).lines] == [
        2,
        4,
    ]


# Names


def test_a_person_is_named_by_a_name_that_one_alone_has_who_serves_on_the_day(desk: Desk) -> None:
    named = sheet(("姓名", "日期", "工作内容"), ("陈 思远", MAY_3, "宣讲"))
    assert only(desk.plan(DIARY, named)).outcome is RECORD


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("XY-9", "", MAY_3), "干部编号", "没有编号"),
        ((STAFF_NUMBER, "李四", MAY_3), "姓名", "不符"),
        (("", "陈思远", date(2024, 1, 1)), "姓名", "在岗"),
        (("", "", MAY_3), "干部编号", "请填写"),
    ],
)
def test_a_person_who_cannot_be_told_is_refused(
    desk: Desk, row: tuple[object, ...], column: str, words: str
) -> None:
    file = sheet(("干部编号", "姓名", "日期", "工作内容"), (*row, "宣讲"))
    (reason,) = only(desk.plan(DIARY, file)).reasons
    assert reason.column == column
    assert words in reason.zh


VISITED = diary((MAY_3, "", HOUSEHOLD.code))
REMOVED = RemoveHousehold(village_id=VILLAGE, household=HOUSEHOLD.code, reason="迁出")
REGISTERED_OTHERWISE = RegisterHouseholds(
    village_id=VILLAGE, households=(replace(HOUSEHOLD, category=HouseholdCategory.ORDINARY),)
)


@pytest.mark.parametrize(
    "meanwhile",
    [
        (REMOVED,),
        (REMOVED, REGISTERED_OTHERWISE),
    ],
    ids=["the row is refused now", "the same row leads to another event now"],
)
def test_what_others_changed_where_nothing_is_to_be_written_is_seen_too(
    desk: Desk, meanwhile: Sequence[AnyCommand]
) -> None:
    intake = desk.intake(DIARY, VISITED)
    plan = intake.plan()
    for command in meanwhile:
        desk.enter(command, date(2020, 5, 1))
    before = desk.head

    with pytest.raises(PlanOutdated):
        intake.commit(plan)

    assert desk.head == before
    assert digest_of(intake.plan()) != digest_of(plan)


def test_the_digest_of_a_plan_has_who_brings_it_and_in_which_file_but_no_versions(desk: Desk) -> None:
    plan = desk.plan(DIARY, ONE_DAY)
    others = (
        desk.plan(DIARY, ONE_DAY, by=Actor("t-2", Role.TOWNSHIP, "石塘镇")),
        desk.plan(DIARY, diary((MAY_3, "宣讲"), name="另一份.csv")),
        desk.plan(DIARY, diary((MAY_3, "宣讲"), ("某日", ""))),
        desk.plan(DIARY, THREE_DAYS),
    )
    assert len({digest_of(it) for it in (plan, *others)}) == 5

    desk.enter(RecordDuty(instructor_id=PERSON, duty="三(二)1", summary="他人所记"), MAY_4)
    later = desk.plan(DIARY, ONE_DAY)
    assert later.events[0].originator_version == plan.events[0].originator_version + 1
    assert digest_of(later) == digest_of(plan)
