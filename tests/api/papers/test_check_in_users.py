"""People in DingTalk's exports: found by staff number, else by its UserId, else by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.papers.plans import Found, Outcome, Plan
from api.papers.sheets.check_ins import CHECK_INS
from api.papers.source import SourceFile
from tests.api.papers.desk import Desk, only, outcomes, sheet
from tests.api.papers.test_check_ins import book, by_day, daily, raw, raw_file
from tests.scenario import STAFF_NUMBER

USER = "0956483708943925"
USERS = {USER: STAFF_NUMBER, "left": "XY-9999"}
BY_USER = (Found("UserId", USER, STAFF_NUMBER, "陈思远"),)
NO_NUMBER = 3
"""The place of 工号 in an export."""
NAMELESS = ("UserId", "打卡时间")


def plan(desk: Desk, file: SourceFile) -> Plan:
    """What a file would lead to with the file of users."""
    return replace(desk.intake(CHECK_INS, file), users=USERS).plan()


def without_number(file: SourceFile) -> SourceFile:
    """The same export, in which nobody has filled in 工号."""
    rows = (
        [
            tuple(
                None if cell == STAFF_NUMBER and place == NO_NUMBER else cell
                for place, cell in enumerate(row)
            )
            for row in page.rows
        ]
        for page in file.sheets
    )
    sheets = (replace(page, rows=cells) for page, cells in zip(file.sheets, rows, strict=True))
    return replace(file, sheets=tuple(sheets))


@pytest.mark.parametrize(
    "file",
    [raw_file(raw()), book(by_day(None, None, "08:05")), book(daily("08:05", "正常", None, None))],
    ids=["原始记录", "打卡时间", "每日统计"],
)
def test_without_a_number_the_userid_tells_who_it_is(counter: Desk, file: SourceFile) -> None:
    found = plan(counter, without_number(file))
    assert (outcomes(found), found.people) == ([Outcome.RECORD], BY_USER)


def test_the_userid_alone_is_enough(counter: Desk) -> None:
    found = plan(counter, sheet(NAMELESS, (USER, "2020-05-06 08:05")))
    assert (outcomes(found), found.people) == ([Outcome.RECORD], BY_USER)


def test_the_number_comes_before_the_userid(counter: Desk) -> None:
    found = plan(counter, sheet(("工号", *NAMELESS), (STAFF_NUMBER, "left", "2020-05-06 08:05")))
    assert found.people == (Found("干部编号", STAFF_NUMBER, STAFF_NUMBER, "陈思远"),)


def test_whoever_is_not_in_the_file_of_users_is_found_by_name(counter: Desk) -> None:
    found = plan(counter, sheet(("姓名", *NAMELESS), ("陈思远", "unknown", "2020-05-06 08:05")))
    assert found.people == (Found("姓名", "陈思远", STAFF_NUMBER, "陈思远"),)


@pytest.mark.parametrize(
    ("name", "user", "words"),
    [
        ("", "unknown", "不在人员对照表"),
        ("李四", USER, "与“李四”不符"),
        ("陈思远", "left", "没有此编号的干部"),
    ],
)
def test_a_userid_that_does_not_tell_who_it_is_is_refused(
    counter: Desk, name: str, user: str, words: str
) -> None:
    found = plan(counter, sheet(("姓名", *NAMELESS), (name, user, "2020-05-06 08:05")))
    (reason,) = only(found).reasons
    assert (reason.column, reason.value) == ("UserId", user)
    assert words in reason.zh
    assert found.people == ()
