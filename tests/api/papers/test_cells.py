"""Cells are read as a person reads them, and what cannot be read says what to write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.papers import cells
from api.papers.cells import CellUnreadable
from api.papers.source import Cell
from domain.terms import Grade, HouseholdCategory, Route

MARCH_17 = date(2020, 3, 17)
FIVE_PAST_EIGHT = time(8, 5)
MOMENT = datetime(2020, 3, 17, 8, 5)  # noqa: DTZ001 - papers say local time, without a zone


def full_width(words: str) -> str:
    """Return words as a Chinese input method writes them when it is set to full width."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in words)


@pytest.mark.parametrize(
    "cell",
    [
        "2020年3月17日",
        "2020年03月17",
        "2020 年 3 月 17 日",
        "2020.3.17",
        "2020/3/17",
        "2020-03-17",
        "2020. 3. 17",
        "20200317",
        full_width("2020年3月17日"),
        full_width("2020-3-17"),
        " 2020-3-17 \u3000",
        "2020-03-17 星期二",
        "20-03-17 星期二",
        "2020年3月17日(周二)8时5分",
        full_width("2020/3/17 (周二)"),
        "2020-03-17T08:05:30",
        "43907",
        20_200_317,
        43_907,
        43_907.5,
        MARCH_17,
        datetime(2020, 3, 17, 23, 59, 59),  # noqa: DTZ001 - a cell has no zone
    ],
)
def test_a_day_is_read_however_it_is_written(cell: Cell) -> None:
    assert cells.day(cell) == MARCH_17


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        "2020",
        2020,
        2020.3,
        "2020.3",
        "20.3.17",
        "20-03-17",
        "3月17日",
        "2020-02-30",
        "20201317",
        "2020-03/17",
        "2020-03-17至2020-03-20",
        "2020-03-17 25:00",
        "202003171",
        9_999,
        73_051,
        -1,
        True,
        time(8, 5),
        timedelta(days=43_907),
        "明天",
    ],
)
def test_what_is_no_day_is_refused_with_the_way_to_write_one(cell: Cell) -> None:
    with pytest.raises(CellUnreadable) as refused:
        cells.day(cell)
    assert "2020-03-17" in refused.value.message_zh
    assert "2020-03-17" in refused.value.message_en


@given(st.dates(date(1927, 5, 18), date(2099, 12, 31)))
def test_the_number_behind_a_date_is_that_date(day: date) -> None:
    assert cells.day((day - date(1899, 12, 30)).days) == day


@given(
    st.dates(date(1000, 1, 1)),
    st.sampled_from(["%Y年%m月%d日", "%Y.%m.%d", "%Y/%m/%d", "%Y-%m-%d", "%Y%m%d"]),
)
def test_every_day_of_the_calendar_is_read_in_every_way_of_writing(day: date, form: str) -> None:
    assert cells.day(day.strftime(form)) == day


@pytest.mark.parametrize(
    "cell",
    [
        "2020年3月17日8:05",
        "2020年3月17日 8时5分",
        "2020-03-17 08:05:00",
        "2020.3.17 08:05",
        "2020/3/17 周二 上午8:05",
        "2020-03-17T08:05:00.000",
        43_907 + 485 / 1440,
        MOMENT,
        datetime(2020, 3, 17, 8, 4, 59, 999_999),  # noqa: DTZ001 - what a fraction of a day may come to
    ],
)
def test_a_day_with_a_time_is_read_however_it_is_written(cell: Cell) -> None:
    assert cells.moment(cell) == MOMENT


@pytest.mark.parametrize("cell", [None, "2020-03-17", MARCH_17, "08:05", "2020-03-17 8", time(8, 5), 8.5])
def test_a_day_without_a_time_is_no_moment(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="2020-03-17 08:05"):
        cells.moment(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "8:05",
        "08:05",
        "08:05:00",
        "8时5分",
        "8点05",
        full_width("8:05"),
        "上午8:05",
        "8:05 AM",
        485 / 1440,
        FIVE_PAST_EIGHT,
        timedelta(minutes=485),
        MOMENT,
    ],
)
def test_a_time_is_read_however_it_is_written(cell: Cell) -> None:
    assert cells.clock(cell) == FIVE_PAST_EIGHT


def test_halves_of_the_day_are_counted_as_people_do() -> None:
    read = [
        cells.clock(each) for each in ("下午2:30", "2:30 PM", "中午12:10", "中午1时", "凌晨12:10", "晚上9点")
    ]
    assert read == [time(14, 30), time(14, 30), time(12, 10), time(13), time(0, 10), time(21)]


@pytest.mark.parametrize(
    "cell", [None, "", "25:00", "8:60", "8:5", "缺卡", 1.5, 8, timedelta(days=1), MARCH_17]
)
def test_what_is_no_time_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="8:05"):
        cells.clock(cell)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (None, ""),
        ("  张三\u3000\u200b\n", "张三"),
        (full_width("AB12"), "AB12"),
        (430_624_101_201, "430624101201"),
        (10086.0, "10086"),
        (0.1 + 0.2, "0.3"),
        (True, "是"),
        (False, "否"),
        (MARCH_17, "2020-03-17"),
        (MOMENT, "2020-03-17 08:05:00"),
        (FIVE_PAST_EIGHT, "08:05:00"),
    ],
)
def test_the_words_of_a_cell_are_half_width_and_without_blanks_around_them(cell: Cell, words: str) -> None:
    assert cells.text(cell) == words


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", " #REF! ", "Err:502"])
def test_the_error_of_a_formula_is_never_taken_for_words(cell: str) -> None:
    with pytest.raises(CellUnreadable, match="公式"):
        cells.text(cell)


@pytest.mark.parametrize("cell", [430_624_199_001_011_234, 4.30624199001011e17])
def test_a_number_whose_last_digits_a_spreadsheet_has_lost_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="15"):
        cells.text(cell)
    assert cells.shown(cell).startswith("4")


@pytest.mark.parametrize("cell", [12, 12.0, "12", " 12 ", full_width("12"), "12.0", "+12"])
def test_a_whole_number_is_read(cell: Cell) -> None:
    assert cells.whole(cell) == 12


@pytest.mark.parametrize("cell", [None, "", 1.5, "十二", "12户", True, MARCH_17, float("nan"), "1e999"])
def test_what_is_no_whole_number_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable):
        cells.whole(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3,000.50", "3000.50"),
        ("3,000", "3000"),
        (86.5, "86.5"),
        (0.1, "0.1"),
        (full_width("86.5"), "86.5"),
        (0, "0"),
    ],
)
def test_an_amount_is_exact(cell: Cell, number: str) -> None:
    assert cells.amount(cell) == Decimal(number)


@pytest.mark.parametrize("cell", [None, "3,00", "约3000", "3000元", "--1", "1.2.3", True, "Infinity", "NaN"])
def test_what_is_no_number_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match=r"86\.5"):
        cells.amount(cell)


def test_yes_and_no_are_read_in_all_their_signs() -> None:
    said_yes: list[Cell] = ["是", "√", "1", 1, 1.0, full_width("1"), "有", True, "☑", "yes"]
    said_no: list[Cell] = ["否", "×", "0", 0, "无", False, None, "", "  ", "x"]
    assert [cells.yes(each) for each in said_yes] == [True] * len(said_yes)
    assert [cells.yes(each) for each in said_no] == [False] * len(said_no)
    with pytest.raises(CellUnreadable, match="是或否"):
        cells.yes("也许")


@pytest.mark.parametrize(
    "cell", ["2021-05", "2021年5月", "2021.5", "2021/05", "202105", 202_105, date(2021, 5, 1)]
)
def test_a_month_is_read_as_the_record_has_it(cell: Cell) -> None:
    assert cells.month(cell) == "2021-05"


@pytest.mark.parametrize("cell", [None, "2021", "2021-13", "5月", "202100", 2021, 2021.1])
def test_what_is_no_month_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="2021-05"):
        cells.month(cell)


@pytest.mark.parametrize("cell", ["2021", "2021年", "2021年度", full_width("2021"), 2021, date(2021, 5, 1)])
def test_a_year_is_read(cell: Cell) -> None:
    assert cells.year(cell) == 2021


@pytest.mark.parametrize("cell", [None, "21", "去年", 20_210])
def test_what_is_no_year_is_refused(cell: Cell) -> None:
    with pytest.raises(CellUnreadable, match="2021"):
        cells.year(cell)


def test_a_word_of_the_programme_is_read_by_its_term_or_its_stored_value() -> None:
    assert cells.term("优秀", Grade) is Grade.EXCELLENT
    assert cells.term(" 优 秀\n", Grade) is Grade.EXCELLENT
    assert cells.term("EXCELLENT", Grade) is Grade.EXCELLENT
    assert cells.term("乡镇\uff08街道\uff09推荐", Route) is Route.TOWNSHIP
    assert cells.term("五保户", HouseholdCategory) is HouseholdCategory.FIVE_GUARANTEES


def test_a_word_that_is_none_of_the_programme_is_refused_with_all_that_are() -> None:
    with pytest.raises(CellUnreadable) as refused:
        cells.term("良好", Grade)
    assert "优秀、称职、基本称职、不称职" in refused.value.message_zh


def test_a_message_shows_the_beginning_of_a_long_cell_on_one_line() -> None:
    assert cells.shown("一\n" * 100) == "一 " * 19 + "一…"


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.dates(),
        st.times(),
        st.datetimes(),
        st.timedeltas(),
    )
)
def test_no_cell_whatever_breaks_a_reader(cell: Cell) -> None:
    readers: list[Callable[[Cell], object]] = [
        cells.text,
        cells.day,
        cells.moment,
        cells.clock,
        cells.whole,
        cells.amount,
        cells.yes,
        cells.month,
        cells.year,
        lambda it: cells.term(it, Grade),
        cells.shown,
    ]
    for read in readers:
        with suppress(CellUnreadable):
            assert read(cell) is not None
