"""Cells of attendance exports: one punch or several, the next day's, outside, or none."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.papers.cells import CellUnreadable
from api.papers.sheets.punches import Punch, read_punches
from api.papers.source import Cell

MAY_6 = date(2020, 5, 6)
EIGHT, HALF_PAST_FIVE, PAST_MIDNIGHT = time(8, 5), time(17, 30), time(0, 12)


@pytest.mark.parametrize(
    ("cell", "punches"),
    [
        ("8:05", [Punch(EIGHT)]),
        ("08:05:30", [Punch(time(8, 5, 30))]),
        ("08:05", [Punch(EIGHT)]),
        (time(8, 5), [Punch(EIGHT)]),
        (timedelta(hours=8, minutes=5), [Punch(EIGHT)]),
        (485 / 1440, [Punch(EIGHT)]),
        (datetime(1899, 12, 31, 8, 5), [Punch(EIGHT)]),  # noqa: DTZ001 - as spreadsheets have it
        ("2020-05-06 08:05", [Punch(EIGHT, MAY_6)]),
        ("2020/5/6 8:05:00", [Punch(EIGHT, MAY_6)]),
        ("20-05-06 星期三 08:05", [Punch(EIGHT, MAY_6)]),
        (datetime(2020, 5, 6, 8, 5), [Punch(EIGHT, MAY_6)]),  # noqa: DTZ001 - as spreadsheets have it
        ("08:05\n17:30", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("08:05  \n17:30  \n", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("08:05 17:30", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("08:05;17:30", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("8:05 ~ 17:30", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("8:05-17:30", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("08:05(正常)\n17:30 早退", [Punch(EIGHT), Punch(HALF_PAST_FIVE)]),
        ("2020-05-06 08:05 2020-05-06 17:30", [Punch(EIGHT, MAY_6), Punch(HALF_PAST_FIVE, MAY_6)]),
        ("2020-05-06 08:05,17:30", [Punch(EIGHT, MAY_6), Punch(HALF_PAST_FIVE)]),
    ],
    ids=repr,
)
def test_a_cell_has_one_punch_or_several(cell: Cell, punches: list[Punch]) -> None:
    assert list(read_punches(cell)) == punches


@pytest.mark.parametrize(
    ("cell", "day", "at"),
    [
        ("次日00:12", date(2020, 5, 7), PAST_MIDNIGHT),
        ("次日 00:12", date(2020, 5, 7), PAST_MIDNIGHT),
        ("00:12 次日", date(2020, 5, 7), PAST_MIDNIGHT),
        ("00:12(次日)", date(2020, 5, 7), PAST_MIDNIGHT),
        ("24:00", date(2020, 5, 7), time(0, 0)),
        ("24:12", date(2020, 5, 7), PAST_MIDNIGHT),
        ("2020-05-31 24:00", date(2020, 6, 1), time(0, 0)),
        (timedelta(hours=24, minutes=12), date(2020, 5, 7), PAST_MIDNIGHT),
        ("23:59:59", MAY_6, time(23, 59, 59)),
        ("08:24", MAY_6, time(8, 24)),
    ],
    ids=repr,
)
def test_a_punch_after_midnight_is_the_next_days(cell: Cell, day: date, at: time) -> None:
    (punch,) = read_punches(cell)

    assert (punch.on(MAY_6), punch.at) == (day, at)


@pytest.mark.parametrize(
    ("cell", "outside"),
    [
        ("外勤 08:05", [True]),
        ("08:05(外勤)", [True]),
        ("08:05 外勤", [True]),
        ("范围外08:05\n17:30", [True, False]),
        ("08:05\n17:30 外勤", [False, True]),
        ("08:05\n00:12 外勤 次日", [False, True]),
        ("外勤 08:05 外勤 17:30", [True, True]),
        ("外勤 次日00:12", [True]),
        ("08:05 外勤打卡", [True]),
        ("2020-05-06 08:05(外勤) 2020-05-06 17:30", [True, False]),
    ],
    ids=repr,
)
def test_a_mark_beside_a_time_is_that_punchs(cell: str, outside: list[bool]) -> None:
    assert [punch.outside for punch in read_punches(cell)] == outside


@pytest.mark.parametrize("cell", ["缺卡", "未打卡", "休息", "-", "--", "请假\n出差", "外勤"])
def test_words_where_nobody_punched_are_no_punch(cell: str) -> None:
    assert read_punches(cell) == ()


def test_a_missed_punch_beside_one_that_was_made_takes_nothing_from_it() -> None:
    assert read_punches("08:05\n缺卡") == (Punch(EIGHT),)


@pytest.mark.parametrize(
    "cell",
    ["早上", "25:70", "2020-05-06", "08:05\n下班", "8.05", 3, 43957, True, "次日", "08:05\n次日\n00:12"],
)
def test_what_is_no_time_is_refused_with_how_to_write_it(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="次日00:12"):
        read_punches(cell)


@given(st.from_regex(r"\A(20|19|00)[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-6][0-9](:[0-6][0-9])?\Z"))
@example("2020-05-06 24:00")
@example("0020-05-06 08:05")
@example("0000-05-06 08:05")
@example("2020-02-30 08:05")
def test_a_moment_in_the_usual_form_is_read_as_in_any_other(words: str) -> None:
    assert said(words) == said(f"{words} ") == said(words.replace("-", "/", 2))


def said(cell: str) -> tuple[Punch, ...] | None:
    """The punches in a cell, None if it cannot be read."""
    try:
        return read_punches(cell)
    except CellUnreadable:
        return None
