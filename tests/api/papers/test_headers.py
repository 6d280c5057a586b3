"""Headers as people make them: in any row, in two rows, under a title, with blanks and remarks."""

from __future__ import annotations

import pytest

from api.papers import cells
from api.papers.columns import Column, plain
from api.papers.headers import HeaderNotFound, find_header
from api.papers.source import Cell, Merge, Sheet

NUMBER = Column("number", ("工号",), cells.text, needed=True)
IN = Column("in", ("上班1打卡时间",), cells.text, needed=True)
OUT = Column("out", ("下班1打卡时间",), cells.text)
COLUMNS = (NUMBER, IN, OUT)


def test_groups_over_their_columns_are_read_together() -> None:
    rows: list[list[Cell]] = [
        ["工号", "上班1", "上班1", "下班1"],
        ["工号", "打卡时间", "打卡结果", "打卡时间"],
        ["A-1", "08:05", "正常", "17:30"],
    ]
    found = find_header(Sheet("每日统计", rows, merged=(Merge(0, 0, 1, 0), Merge(0, 1, 0, 2))), COLUMNS)
    assert found.places == {"number": 0, "in": 1, "out": 3}
    assert found.headings == ("工号", "上班1打卡时间", "上班1打卡结果", "下班1打卡时间")
    (row,) = found.rows()
    assert (row.number, row[NUMBER], row[IN], row.get(OUT)) == (3, "A-1", "08:05", "17:30")
    assert row.others() == {"上班1打卡结果": "正常"}


def test_a_title_above_is_no_part_of_the_header() -> None:
    rows: list[list[Cell]] = [
        ["五月考勤", "五月考勤"],
        ["工号", "上班1打卡时间"],
        ["A-1", "08:05"],
    ]
    found = find_header(Sheet("表", rows, first_row=4, merged=(Merge(0, 0, 0, 1),)), COLUMNS)
    assert (found.header, found.body) == (5, 6)
    assert found.headings == ("工号", "上班1打卡时间")


def test_the_first_of_two_columns_of_one_name_is_read() -> None:
    rows: list[list[Cell]] = [["工号", "上班1打卡时间", "工号"]]
    found = find_header(Sheet("表", rows), COLUMNS)
    assert found.places["number"] == 0
    assert found.unread == ("工号",)


def test_of_a_group_one_column_is_enough_and_none_is_missing() -> None:
    rows: list[list[Cell]] = [["上班1打卡时间", "下班1打卡时间"]]
    found = find_header(Sheet("表", rows), (IN, OUT), either=((NUMBER, OUT),))
    assert set(found.places) == {"in", "out"}
    with pytest.raises(HeaderNotFound) as caught:
        find_header(Sheet("表", [["上班1打卡时间"]]), (IN, OUT), either=((NUMBER, OUT),))
    assert caught.value.missing == ("工号/下班1打卡时间",)


def test_an_empty_sheet_misses_everything_that_is_needed() -> None:
    with pytest.raises(HeaderNotFound) as caught:
        find_header(Sheet("表", []), COLUMNS)
    assert caught.value.missing == ("工号", "上班1打卡时间")


@pytest.mark.parametrize(
    "written", ["户编号", " 户 编\n号 ", "户编号(必填)", "户编号(如 H-001)", "户编号【必填】", "户编号[1]"]
)
def test_blanks_line_breaks_and_remarks_in_brackets_do_not_matter(written: str) -> None:
    assert plain(written) == "户编号"


def test_full_width_and_capital_letters_do_not_matter() -> None:
    assert plain("UserId") == plain("USERID") == "userid"


def test_what_is_nothing_but_a_remark_is_compared_as_it_is() -> None:
    assert plain("(备注)") == "(备注)"
