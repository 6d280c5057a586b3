"""Household registers, which must hold no name and no identity number, and visits of households."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from api.papers.plans import Outcome
from api.papers.sheets.households import HOUSEHOLDS
from api.papers.sheets.visits import VISITS
from api.papers.source import FileRefused, Sheet, SourceFile
from domain.commands import Household
from domain.instructor import Instructor
from domain.terms import HouseholdCategory
from domain.village import Village
from tests.api.papers.desk import Desk, only, outcomes, sheet
from tests.facts import HOUSEHOLD
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE

RECORD, ALREADY, PASSED, REFUSED = Outcome
HEADER = ("村", "户编号", "类别", "日期")
PLACE = "芙蓉园村"
ROW = (PLACE, "H-101", "五保户", "2020-05-06")

IDENTITY = "11010519491231002X"
"""The example of GB 11643."""
ANOTHER = "440524188001010014"
"""The standard's other example; nobody born in 1880 is in a register."""
MISTYPED = IDENTITY[:-1] + "1"


def with_column(heading: str, *values: object) -> SourceFile:
    """A register with one more column."""
    rows = [(PLACE, f"H-{101 + at}", "一般", "2020-05-06", value) for at, value in enumerate(values)]
    return sheet((*HEADER, heading), *rows)


# Registers


def test_a_row_registers_a_household_of_its_village(desk: Desk) -> None:
    taken = desk.take(HOUSEHOLDS, sheet(HEADER, ROW))

    assert taken is not None
    (event,) = taken.plan.events
    assert isinstance(event, Village.HouseholdsRegistered)
    assert (event.originator_id, event.occurred_on) == (VILLAGE, date(2020, 5, 6))
    assert event.households == (Household(code="H-101", category=HouseholdCategory.FIVE_GUARANTEES),)
    assert outcomes(desk.plan(HOUSEHOLDS, sheet(HEADER, ROW))) == [ALREADY]


def test_a_village_may_be_named_by_its_code(counter: Desk) -> None:
    file = sheet(("村代码", *HEADER[1:]), ("430624105201", *ROW[1:]), ("430624999999", *ROW[1:]))
    plan = counter.plan(HOUSEHOLDS, file)

    assert outcomes(plan) == [RECORD, REFUSED]
    assert plan.refused[0].reasons[0].column == "村代码"


def test_a_household_on_record_says_nothing_new_and_under_another_category_is_refused(counter: Desk) -> None:
    same = (PLACE, HOUSEHOLD.code, HOUSEHOLD.category.zh, "2020-05-06")
    other = (PLACE, HOUSEHOLD.code, "一般", "2020-05-07")
    plan = counter.plan(HOUSEHOLDS, sheet(HEADER, same, other))

    assert outcomes(plan) == [ALREADY, REFUSED]
    assert plan.refused[0].reasons[0].code == "HOUSEHOLD_ALREADY_REGISTERED"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ((PLACE, "", "一般", "2020-05-06"), "户编号"),
        ((PLACE, "H-101", "富裕户", "2020-05-06"), "类别"),
        ((PLACE, "H-101", "一般", "五月"), "日期"),
        (("桃花源村", "H-101", "一般", "2020-05-06"), "村(社区)"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_column(counter: Desk, row: tuple[str, ...], column: str) -> None:
    line = only(counter.plan(HOUSEHOLDS, sheet(HEADER, row)))

    assert line.outcome is REFUSED
    assert [reason.column for reason in line.reasons] == [column]


@pytest.mark.parametrize(
    "heading",
    [
        "姓名",
        "户主",
        "户主姓名",
        "户主(姓名)",
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "证件号码",
        "联系人",
        "家庭成员",
    ],
)
def test_a_column_headed_as_a_name_or_an_identity_number_is_refused_even_if_empty(
    counter: Desk, heading: str
) -> None:
    with pytest.raises(FileRefused, match="姓名或身份证号码"):
        counter.plan(HOUSEHOLDS, with_column(heading, ""))


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("备注", (IDENTITY,)),
        ("备注", (IDENTITY.lower(),)),
        ("备注", ("", "", f"证号{IDENTITY}已核")),
        ("", ("", IDENTITY)),
        ("备注", ("11010519491231002X",)),
    ],
    ids=["alone", "small x", "among words", "no heading", "full-width"],
)
def test_an_identity_number_in_any_column_is_refused(
    counter: Desk, heading: str, values: Sequence[str]
) -> None:
    with pytest.raises(FileRefused, match="身份证号码"):
        counter.plan(HOUSEHOLDS, with_column(heading, *values))


def test_an_identity_number_as_a_households_code_is_refused_and_not_quoted(counter: Desk) -> None:
    with pytest.raises(FileRefused) as refused:
        counter.plan(HOUSEHOLDS, sheet(HEADER, (PLACE, IDENTITY, "一般", "2020-05-06")))

    assert "户编号" in refused.value.message_zh
    assert IDENTITY not in str(refused.value)


def test_an_identity_number_that_a_spreadsheet_keeps_as_a_number_is_refused(counter: Desk) -> None:
    row = (PLACE, 430624198805123456.0, "一般", "2020-05-06")

    with pytest.raises(FileRefused, match="身份证号码"):
        counter.plan(HOUSEHOLDS, SourceFile("户.xlsx", "0" * 64, 1, (Sheet("户", [HEADER, row]),)))


@pytest.mark.parametrize(
    "value", [MISTYPED, ANOTHER, "430624105201000123", "2020050612345678901", "43062410"]
)
def test_other_long_numbers_are_no_identity_numbers(counter: Desk, value: str) -> None:
    assert outcomes(counter.plan(HOUSEHOLDS, with_column("备注", value))) == [RECORD]


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("备注", ("张建国", "李秀英", "王伟")),
        ("备注", ("张 伟", "欧阳春花", "一户两口")),
        ("", ("陈思远",)),
    ],
)
def test_a_column_in_which_most_are_names_is_refused(
    counter: Desk, heading: str, values: Sequence[str]
) -> None:
    with pytest.raises(FileRefused, match="姓名"):
        counter.plan(HOUSEHOLDS, with_column(heading, *values))


def test_names_as_households_codes_are_refused(counter: Desk) -> None:
    rows = [(PLACE, name, "一般", "2020-05-06") for name in ("张建国", "李秀英", "王伟")]

    with pytest.raises(FileRefused, match="户编号"):
        counter.plan(HOUSEHOLDS, sheet(HEADER, *rows))


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("组别", ("张家组", "李家湾组", "王家冲")),
        ("村民小组", ("第一组", "第二组", "第三组")),
        ("住房", ("安全", "安全", "安全")),
        ("备注", ("张建国介绍", "已核", "已核")),
        ("户主编号", ("001", "002", "003")),
    ],
)
def test_groups_and_remarks_are_no_names(counter: Desk, heading: str, values: Sequence[str]) -> None:
    assert outcomes(counter.plan(HOUSEHOLDS, with_column(heading, *values))) == [RECORD] * 3


# Visits

VISIT_HEADER = ("干部编号", "户编号", "日期")
VISIT = (STAFF_NUMBER, HOUSEHOLD.code, "2020-05-06")


def test_a_row_records_a_visit_of_a_household(desk: Desk) -> None:
    taken = desk.take(VISITS, sheet(VISIT_HEADER, VISIT))

    assert taken is not None
    (event,) = taken.plan.events
    assert isinstance(event, Instructor.HouseholdVisited)
    assert (event.originator_id, event.household, event.occurred_on) == (
        PERSON,
        HOUSEHOLD.code,
        date(2020, 5, 6),
    )
    assert outcomes(desk.plan(VISITS, sheet(VISIT_HEADER, VISIT))) == [ALREADY]


def test_a_household_visited_twice_a_day_is_visited_once_and_the_next_day_again(counter: Desk) -> None:
    tomorrow = (*VISIT[:2], "2020-05-07")

    assert outcomes(counter.plan(VISITS, sheet(VISIT_HEADER, VISIT, VISIT, tomorrow))) == [
        RECORD,
        ALREADY,
        RECORD,
    ]


def test_whoever_serves_on_the_day_may_be_named(counter: Desk) -> None:
    header = ("姓名", "户编号", "走访日期")
    rows = [("陈思远", HOUSEHOLD.code, "2020-05-06"), ("陈思远", HOUSEHOLD.code, "2020-03-06")]

    assert outcomes(counter.plan(VISITS, sheet(header, *rows))) == [RECORD, REFUSED]


def test_a_household_that_is_not_registered_is_refused(counter: Desk) -> None:
    line = only(counter.plan(VISITS, sheet(VISIT_HEADER, (STAFF_NUMBER, "H-404", "2020-05-06"))))

    assert [reason.code for reason in line.reasons] == ["HOUSEHOLD_UNKNOWN"]
