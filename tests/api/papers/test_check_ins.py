"""Exports of DingTalk's attendance in three layouts, as DingTalk writes them and as people change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from api.papers.grid import read_bytes
from api.papers.plans import Outcome, Plan
from api.papers.refused import write_refused
from api.papers.sheets.check_ins import CHECK_INS
from api.papers.source import Cell, FileRefused, Merge, Sheet, SourceFile
from domain.commands import CheckIn, VoidInstructorEvent
from domain.instructor import Instructor
from tests.api.papers.books import xlsx
from tests.api.papers.desk import Desk, only, outcomes, sheet
from tests.scenario import PERSON, STAFF_NUMBER

RECORD, ALREADY, PASSED, REFUSED = Outcome
MAY_6, MAY_7 = date(2020, 5, 6), date(2020, 5, 7)

WHO = ("姓名", "考勤组", "部门", "工号", "职位", "UserId")
CHEN = ("陈思远", "驻村指导员", "石塘镇", STAFF_NUMBER, "党建指导员", "0956483708943925")
RAW_HEADER = (
    *WHO,
    "考勤日期",
    "考勤时间",
    "打卡时间",
    "打卡结果",
    "打卡地址",
    "打卡备注",
    "异常打卡原因",
    "打卡设备",
)
TITLE = ("统计日期:2020-05-04 至 2020-05-10",)


def raw(
    punched: Cell = "2020-05-06 08:05",
    result: str = "正常",
    *,
    place: str = "石塘镇芙蓉园村村部",
    day: str = "20-05-06 星期三",
) -> tuple[Cell, ...]:
    """A row of 原始记录."""
    return (*CHEN, day, "2020-05-06 09:00", punched, result, place, "", "", "iPhone")


def raw_file(*rows: Sequence[Cell]) -> SourceFile:
    """原始记录, with the two rows that DingTalk puts above the header."""
    return sheet(("原始记录表 " + TITLE[0],), ("报表生成时间:2020-05-11 09:00",), RAW_HEADER, *rows)


def by_day(*cells: Cell, labels: Sequence[Cell] = (4, 5, 6, 7, 8, "六", "日")) -> Sheet:
    """打卡时间: the heading spans the days, 4 to 10 May 2020."""
    last = len(WHO) + len(labels) - 1
    header = (*WHO, *["打卡时间"] * len(labels))
    return Sheet(
        "打卡时间",
        [("打卡时间 " + TITLE[0],), ("报表生成时间:2020-05-11",), header, (*WHO, *labels), (*CHEN, *cells)],
        merged=(*(Merge(2, at, 3, at) for at in range(len(WHO))), Merge(2, len(WHO), 2, last)),
    )


DAILY_HEADER = (*WHO, "日期", "班次", "上班1", "上班1", "下班1", "下班1", "关联的审批单")
DAILY_BELOW = (*DAILY_HEADER[:8], "打卡时间", "打卡结果", "打卡时间", "打卡结果", "关联的审批单")


def daily(*cells: Cell, header: Sequence[Cell] = DAILY_HEADER, day: Cell = "20-05-06 星期三") -> Sheet:
    """每日统计: a header of two rows, in which 上班1 and 下班1 span two columns."""
    row = (*CHEN, day, "驻村 09:00-17:00", *cells)
    return Sheet("每日统计", [("每日统计表 " + TITLE[0],), header, DAILY_BELOW, row])


def book(*sheets: Sheet) -> SourceFile:
    """A workbook of these sheets."""
    return SourceFile("考勤.xlsx", "0" * 64, 1, sheets)


def check_ins(plan: Plan) -> list[tuple[date, time, bool]]:
    """The check-ins that a plan would record: day, time, and whether outside."""
    assert all(isinstance(event, Instructor.CheckedIn) for event in plan.events)
    return [
        (event.occurred_on, event.at, event.outside)
        for event in plan.events
        if isinstance(event, Instructor.CheckedIn)
    ]


# 原始记录


def test_a_punch_is_a_check_in_of_its_day_with_its_address(desk: Desk) -> None:
    taken = desk.take(CHECK_INS, raw_file(raw()))

    assert taken is not None
    (event,) = taken.plan.events
    assert isinstance(event, Instructor.CheckedIn)
    assert (event.originator_id, event.occurred_on, event.at) == (PERSON, MAY_6, time(8, 5))
    assert (event.place, event.outside) == ("石塘镇芙蓉园村村部", False)
    assert event.source_record == f"dingtalk/{PERSON}/2020-05-06T08:05"
    assert event.basis == "表.csv#表!4"


def test_the_first_punch_of_a_day_counts_wherever_it_stands(counter: Desk) -> None:
    plan = counter.plan(CHECK_INS, raw_file(raw("2020-05-06 17:30"), raw("2020-05-06 08:05")))

    assert outcomes(plan) == [ALREADY, RECORD]
    assert check_ins(plan) == [(MAY_6, time(8, 5), False)]


@pytest.mark.parametrize("punched", ["", "2020-05-06 09:00"])
@pytest.mark.parametrize("result", ["缺卡", "未打卡"])
def test_a_missed_punch_is_never_a_check_in_whatever_time_stands_there(
    counter: Desk, result: str, punched: str
) -> None:
    line = only(counter.plan(CHECK_INS, raw_file(raw(punched, result))))

    assert line.outcome is PASSED
    assert line.reasons[0].zh.startswith("缺卡")


@pytest.mark.parametrize(
    ("result", "said"),
    [("补卡审批通过", "审批"), ("出差", "审批"), ("打卡无效", "无效"), ("正常", "没有打卡")],
)
def test_what_no_punch_made_is_passed_with_the_reason(counter: Desk, result: str, said: str) -> None:
    punched = "" if result == "正常" else "2020-05-06 09:00"
    line = only(counter.plan(CHECK_INS, raw_file(raw(punched, result))))

    assert line.outcome is PASSED
    assert said in line.reasons[0].zh


@pytest.mark.parametrize(
    ("result", "outside"),
    [("外勤", True), ("范围外", True), ("迟到", False), ("早退", False), ("管理员周某改为正常", False)],
)
def test_a_punch_outside_is_recorded_and_marked(counter: Desk, result: str, outside: bool) -> None:
    plan = counter.plan(CHECK_INS, raw_file(raw(result=result)))

    assert check_ins(plan) == [(MAY_6, time(8, 5), outside)]


def test_a_punch_is_of_the_day_on_which_it_was_made_not_of_the_shift(counter: Desk) -> None:
    plan = counter.plan(CHECK_INS, raw_file(raw("次日00:12"), raw("2020-05-08 00:30", day="20-05-07 星期四")))

    assert check_ins(plan) == [
        (MAY_7, time(0, 12), False),
        (date(2020, 5, 8), time(0, 30), False),
    ]


def test_a_record_with_an_id_is_known_by_it(desk: Desk) -> None:
    file = sheet(
        ("工号", "打卡时间", "打卡结果", "记录ID"), (STAFF_NUMBER, "2020-05-06 08:05", "正常", "7001")
    )
    taken = desk.take(CHECK_INS, file)

    assert taken is not None
    (event,) = taken.plan.events
    assert isinstance(event, Instructor.CheckedIn)
    assert (event.source_record, event.place) == ("dingtalk/7001", "钉钉(未附地址)")
    assert outcomes(desk.plan(CHECK_INS, file)) == [ALREADY]


def test_without_an_address_the_kind_of_device_is_named(counter: Desk) -> None:
    file = sheet(("姓名", "打卡时间", "打卡来源"), ("陈思远", "2020-05-06 08:05", "考勤机"))
    (event,) = counter.plan(CHECK_INS, file).events

    assert isinstance(event, Instructor.CheckedIn)
    assert event.place == "钉钉(考勤机,未附地址)"


@pytest.mark.parametrize("name", ["陈思远", " 陈 思远", "陈思远(离职)"])
def test_somebody_without_a_number_is_found_by_name(counter: Desk, name: str) -> None:
    file = sheet(("姓名", "工号", "打卡时间"), (name, "", "2020-05-06 08:05"))

    assert outcomes(counter.plan(CHECK_INS, file)) == [RECORD]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("陈思远", "", "2020-03-20 08:05"), "姓名"),
        (("李四", "", "2020-05-06 08:05"), "姓名"),
        (("陈思远", "XY-9999", "2020-05-06 08:05"), "干部编号"),
        (("陈思远", "", "08:05"), "打卡时间"),
        (("陈思远", "", "早上"), "打卡时间"),
    ],
    ids=["not serving yet", "unknown name", "unknown number", "no day", "no time"],
)
def test_a_row_that_cannot_be_a_check_in_says_where_it_fails(
    counter: Desk, row: tuple[str, ...], column: str
) -> None:
    line = only(counter.plan(CHECK_INS, sheet(("姓名", "工号", "打卡时间"), row)))

    assert line.outcome is REFUSED
    assert [reason.column for reason in line.reasons] == [column]


# 打卡时间


def test_each_column_of_days_is_counted_from_the_period_in_the_title(counter: Desk) -> None:
    plan = counter.plan(CHECK_INS, book(by_day("", None, "08:05  \n17:30", "外勤 09:00", "", "10:00", "")))

    assert check_ins(plan) == [
        (MAY_6, time(8, 5), False),
        (MAY_7, time(9, 0), True),
        (date(2020, 5, 9), time(10, 0), False),
    ]
    assert [line.row for line in plan.lines] == [5, 5, 5]
    assert plan.events[0].basis == "考勤.xlsx#打卡时间!5"


def test_days_in_the_header_itself_are_read_alike(counter: Desk) -> None:
    file = sheet(("打卡时间 " + TITLE[0],), (*WHO, "4", "5", "6"), (*CHEN, "", "08:01", "次日00:12"))

    assert check_ins(counter.plan(CHECK_INS, file)) == [
        (date(2020, 5, 5), time(8, 1), False),
        (MAY_7, time(0, 12), False),
    ]


def test_a_row_for_each_person_and_day_with_several_times_is_read(counter: Desk) -> None:
    file = sheet(("姓名", "日期", "打卡时间"), ("陈思远", "2020-05-06", "08:05\n12:01\n17:30"))
    plan = counter.plan(CHECK_INS, file)

    assert outcomes(plan) == [RECORD]
    assert check_ins(plan) == [(MAY_6, time(8, 5), False)]


@pytest.mark.parametrize(
    ("labels", "day"),
    [
        ((4, 5, 7), "2020-05-06"),
        ((4, "六"), "2020-05-05"),
        (range(4, 12), "2020-05-11"),
        ((4, "日"), "2020-05-05"),
    ],
)
def test_labels_that_are_not_the_days_of_the_period_are_refused(
    counter: Desk, labels: Sequence[Cell], day: str
) -> None:
    with pytest.raises(FileRefused, match=day):
        counter.plan(CHECK_INS, book(by_day(*["08:05"] * len(labels), labels=labels)))


def test_a_table_of_days_without_a_period_is_refused(counter: Desk) -> None:
    table = by_day("08:05")
    bare = Sheet(table.name, table.rows[2:])

    with pytest.raises(FileRefused, match="统计日期"):
        counter.plan(CHECK_INS, book(bare))


# 每日统计


def test_the_first_of_the_punches_due_on_a_day_counts(counter: Desk) -> None:
    plan = counter.plan(CHECK_INS, book(daily("08:05", "正常", "17:30", "外勤", "")))

    assert outcomes(plan) == [RECORD]
    assert check_ins(plan) == [(MAY_6, time(8, 5), False)]


def test_a_header_whose_merged_cells_were_parted_is_read_alike(counter: Desk) -> None:
    header = (*DAILY_HEADER[:8], "上班1", "", "下班1", "", "关联的审批单")
    plan = counter.plan(CHECK_INS, book(daily("08:05", "缺卡", "17:30", "外勤", "", header=header)))

    assert check_ins(plan) == [(MAY_6, time(17, 30), True)]


def test_a_header_of_one_row_is_read_alike(counter: Desk) -> None:
    header = ("工号", "日期", "上班1打卡时间", "上班1打卡结果", "下班1打卡时间", "下班1打卡结果")
    file = sheet(header, (STAFF_NUMBER, "2020-05-06", "", "缺卡", "次日00:12", "正常"))

    assert check_ins(counter.plan(CHECK_INS, file)) == [(MAY_7, time(0, 12), False)]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("", "缺卡", "", "缺卡"), "缺卡"),
        (("09:00", "缺卡", "17:00", "缺卡"), "缺卡"),
        (("", "请假", "", "请假"), "审批"),
        (("", "", "", ""), "没有打卡"),
    ],
)
def test_a_day_without_a_punch_is_passed(counter: Desk, cells: tuple[str, ...], said: str) -> None:
    line = only(counter.plan(CHECK_INS, book(daily(*cells, ""))))

    assert line.outcome is PASSED
    assert [said in reason.zh for reason in line.reasons] == [True]


# Together


def export(book: Any) -> None:
    """Write the three sheets with DingTalk's merged cells."""
    times = book.add_worksheet("打卡时间")
    times.merge_range(0, 0, 0, 12, "打卡时间 " + TITLE[0])
    times.merge_range(1, 0, 1, 12, "报表生成时间:2020-05-11 09:00")
    times.merge_range(2, 6, 2, 12, "打卡时间")
    times.write_row(3, 6, ("4", "5", "6", "7", "8", "六", "日"))
    times.write_row(4, 0, (*CHEN, "", "", "08:05  \n17:30  ", "", "", "", "次日00:12"))
    statistics = book.add_worksheet("每日统计")
    statistics.merge_range(0, 0, 0, 11, "每日统计表 " + TITLE[0])
    statistics.merge_range(2, 8, 2, 9, "上班1")
    statistics.merge_range(2, 10, 2, 11, "下班1")
    statistics.write_row(3, 8, ("打卡时间", "打卡结果") * 2)
    for place, heading in enumerate((*WHO, "日期", "班次")):
        statistics.merge_range(2, place, 3, place, heading)
        if place < len(WHO):
            times.merge_range(2, place, 3, place, heading)
    statistics.write_row(4, 0, (*CHEN, "20-05-06 星期三", "驻村", "08:06", "范围外", "17:30", "正常"))


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("打卡时间", [(MAY_6, time(8, 5), False), (date(2020, 5, 11), time(0, 12), False)]),
        ("每日统计", [(MAY_6, time(8, 6), True)]),
    ],
)
def test_a_workbook_with_merged_headers_is_read(
    counter: Desk, first: str, found: list[tuple[date, time, bool]]
) -> None:
    file = read_bytes("考勤报表.xlsx", xlsx(export))
    (kept,) = (each for each in file.sheets if each.name == first)

    assert check_ins(counter.plan(CHECK_INS, book(kept))) == found


def test_of_the_exported_sheets_the_times_come_before_the_statistics(counter: Desk) -> None:
    plan = counter.plan(CHECK_INS, read_bytes("考勤报表.xlsx", xlsx(export)))

    assert [page.layout.sheet.name for page in plan.pages] == ["打卡时间"]


def test_of_several_layouts_in_a_workbook_the_records_themselves_are_read(counter: Desk) -> None:
    records = Sheet("原始记录", [RAW_HEADER, raw("2020-05-06 07:59")])
    statistics = daily("08:05", "正常", "", "", "")
    times = by_day("", "", "08:05", "", "", "", "")

    assert check_ins(counter.plan(CHECK_INS, book(statistics, times, records))) == [
        (MAY_6, time(7, 59), False)
    ]
    assert [page.layout.sheet.name for page in counter.plan(CHECK_INS, book(statistics, times)).pages] == [
        "打卡时间"
    ]


def test_a_day_brought_in_another_layout_says_nothing_new(desk: Desk) -> None:
    desk.take(CHECK_INS, raw_file(raw()))

    assert outcomes(desk.plan(CHECK_INS, book(daily("08:06", "正常", "17:30", "正常", "")))) == [ALREADY]
    assert outcomes(desk.plan(CHECK_INS, book(by_day("", "", "07:50", "", "", "", "")))) == [ALREADY]


def test_a_day_that_was_entered_by_hand_is_on_record(desk: Desk) -> None:
    desk.enter(CheckIn(instructor_id=PERSON, at=time(8, 0), place="村部"), MAY_6)

    assert outcomes(desk.plan(CHECK_INS, raw_file(raw()))) == [ALREADY]


def test_a_voided_punch_does_not_come_back_and_another_of_the_day_counts(desk: Desk) -> None:
    taken = desk.take(CHECK_INS, raw_file(raw()))
    assert taken is not None
    version = taken.plan.events[0].originator_version
    desk.enter(VoidInstructorEvent(instructor_id=PERSON, version=version, reason="代打卡"), MAY_7)

    plan = desk.plan(CHECK_INS, raw_file(raw(), raw("2020-05-06 17:30")))
    assert outcomes(plan) == [PASSED, RECORD]
    assert check_ins(plan) == [(MAY_6, time(17, 30), False)]


def test_a_check_in_voided_on_another_road_does_not_come_back_with_its_minute(desk: Desk) -> None:
    from_api = CheckIn(instructor_id=PERSON, at=time(8, 5, 31), place="村部", source_record="dingtalk/1")
    version = desk.enter(from_api, MAY_6).originator_version
    desk.enter(VoidInstructorEvent(instructor_id=PERSON, version=version, reason="代打卡"), MAY_7)

    plan = desk.plan(CHECK_INS, raw_file(raw(), raw("2020-05-06 17:30")))
    assert outcomes(plan) == [PASSED, RECORD]
    assert "作废" in plan.lines[0].reasons[0].zh


def test_a_check_in_that_was_corrected_on_another_road_stands(desk: Desk) -> None:
    wrong = CheckIn(instructor_id=PERSON, at=time(8, 5), place="县城", source_record="dingtalk/1")
    version = desk.enter(wrong, MAY_6).originator_version
    desk.enter(VoidInstructorEvent(instructor_id=PERSON, version=version, reason="自动作废"), MAY_7)
    desk.enter(CheckIn(instructor_id=PERSON, at=time(8, 5), place="村部", source_record="dingtalk/1"), MAY_6)

    assert outcomes(desk.plan(CHECK_INS, raw_file(raw()))) == [ALREADY]


def test_refused_rows_of_a_table_of_days_come_back_as_rows_that_can_be_brought(
    counter: Desk, tmp_path: Path
) -> None:
    refused = tmp_path / "refused.xlsx"
    write_refused(counter.plan(CHECK_INS, book(by_day("", "", "早上", "8:05", "", "", ""))), refused)
    again = counter.plan(CHECK_INS, read_bytes(refused.name, refused.read_bytes()))

    line = only(again)
    assert (line.outcome, line.reasons[0].value) == (REFUSED, "早上")


def test_a_file_without_any_layout_says_what_is_missing(counter: Desk) -> None:
    with pytest.raises(FileRefused, match="打卡时间"):
        counter.plan(CHECK_INS, sheet(("姓名", "出勤天数"), ("陈思远", "22")))
