"""Files become sheets of cells as a person sees them, whatever program wrote them."""

from __future__ import annotations

import csv
import hashlib
import os
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.papers.delimited import read_delimited
from api.papers.grid import read_bytes, read_file
from api.papers.source import MAX_COLUMNS, MAX_ROWS, Cell, FileRefused, Merge
from tests.api.papers.books import SHARED, SHEET_1, ods, part, read, refused, repacked, rows, with_sheet, xlsx

ROLL = "姓名{0}工号{0}打卡时间\r\n张三{0}00012{0}2020年3月17日\r\n{0}{0}\r\n李四{0}00013{0}8:05\r\n"


def cells_of(content: bytes, name: str = "名单.xlsx") -> list[list[Cell]]:
    """Return the cells of a file's one sheet."""
    (sheet,) = read(content, name).sheets
    return [list(row) for row in sheet.rows]


def test_a_file_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_bytes(rows(("姓名",), ("张三",)))
    found = read_file(path)
    assert (found.name, found.size) == ("名单.csv", path.stat().st_size)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [list(row) for row in found.sheets[0].rows] == [["姓名"], ["张三"]]


# Workbooks


def test_rows_have_the_numbers_that_a_person_sees_and_empty_ones_are_passed_over() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        sheet.write("B3", "姓名")
        sheet.write("B4", "   ")
        sheet.write("B6", "张三")
        sheet.write("C9", " \n")

    (sheet,) = read(xlsx(fill)).sheets
    assert sheet.first_row == 1
    assert [(number, list(row)) for number, row in sheet.numbered()] == [
        (3, [None, "姓名", None]),
        (6, [None, "张三", None]),
    ]


def test_a_merged_heading_stands_above_each_of_its_columns() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        sheet.merge_range("A1:C1", "湘阴县党建指导员考核表")
        sheet.merge_range("A2:A3", "姓名")
        sheet.merge_range("B2:C2", "考核")
        sheet.write_row("B3", ["德", "能"])
        sheet.write_row("A4", ["张三", 9, 8.5])

    (sheet,) = read(xlsx(fill)).sheets
    assert [list(row) for row in sheet.rows] == [
        ["湘阴县党建指导员考核表"] * 3,
        ["姓名", "考核", "考核"],
        ["姓名", "德", "能"],
        ["张三", 9, 8.5],
    ]
    assert set(sheet.merged) == {Merge(0, 0, 0, 2), Merge(1, 0, 2, 0), Merge(1, 1, 1, 2)}


def test_a_merged_area_that_goes_on_beyond_what_is_written_ends_there() -> None:
    workbook = rows(("张三",))
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    data = part(workbook, SHEET_1).replace(b"</sheetData>", merged)
    (sheet,) = read(repacked(workbook, {SHEET_1: data})).sheets
    assert (list(sheet.rows), sheet.merged) == ([["张三"]], (Merge(0, 0, 0, 0),))


def test_dates_and_times_are_what_the_cells_show() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        moment = datetime(2020, 3, 17, 8, 5, 30)  # noqa: DTZ001 - workbooks know no time zone
        for column, (value, form) in enumerate(
            [
                (moment.date(), "yyyy-mm-dd"),
                (moment.date(), 'yyyy"年"m"月"d"日"'),
                (moment, "yyyy/m/d hh:mm:ss"),
                (time(8, 5), "h:mm"),
                (timedelta(hours=30), "[h]:mm"),
            ]
        ):
            sheet.write_datetime(0, column, value, book.add_format({"num_format": form}))

    moment = datetime(2020, 3, 17, 8, 5, 30)  # noqa: DTZ001 - a cell has no zone
    expected = [date(2020, 3, 17), date(2020, 3, 17), moment, time(8, 5)]
    assert cells_of(xlsx(fill)) == [[*expected, timedelta(hours=30)]]
    assert cells_of(xlsx(fill, date_1904=True)) == [[*expected, timedelta(hours=30)]]


def test_a_workbook_that_counts_from_1904_is_said_to() -> None:
    assert not read(rows(("张三",))).remarks
    (remark,) = read(rows(("张三",), date_1904=True)).remarks
    assert "1904" in remark.zh


def test_whole_numbers_are_whole_and_texts_stay_as_written() -> None:
    assert cells_of(rows(("00012", 12, 1.5, True, "2020年3月17日", "12"))) == [
        ["00012", 12, 1.5, True, "2020年3月17日", "12"]
    ]


def test_a_formula_is_read_by_the_value_that_was_calculated() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        sheet.write_formula("A1", "=1+1", None, 2)
        sheet.write_formula("B1", '="张"&"三"', None, "张三")
        sheet.write_formula("C1", "=1/0", None, "#DIV/0!")

    (sheet,) = read(xlsx(fill)).sheets
    assert list(sheet.rows) == [[2, "张三", "#DIV/0!"]]
    assert not sheet.skipped


def test_a_formula_that_nobody_calculated_is_empty_and_said_to_be() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表")
        sheet.write("A1", "张三")
        sheet.write_formula("B1", "=1+1")  # its writer calculates nothing, and writes 0

    (sheet,) = read(xlsx(fill)).sheets
    assert list(sheet.rows) == [["张三", None]]
    (remark,) = sheet.skipped
    assert "B1" in remark.zh


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_a_formula_without_any_value_is_empty_and_said_to_be(value: str) -> None:
    (sheet,) = read(
        with_sheet(f'<row r="7"><c r="A7"><v>1</v></c><c r="AB7"><f>A1</f>{value}</c></row>')
    ).sheets
    assert [number for number, _ in sheet.numbered()] == [7]
    assert "(AB7)" in sheet.skipped[0].en


def test_a_formula_that_comes_to_nothing_is_an_empty_cell_like_any_other() -> None:
    (sheet,) = read(
        with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>""</f><v></v></c></row>')
    ).sheets
    assert not sheet.skipped


def test_hidden_and_empty_sheets_are_passed_over_and_hidden_ones_said_to_be() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("名单").write("A1", "姓名")
        book.add_worksheet("空")
        for name, hide in (("旧名单", "hide"), ("参数", "very_hidden")):
            sheet = book.add_worksheet(name)
            sheet.write("A1", "藏")
            getattr(sheet, hide)()
        book.add_chartsheet("图")

    found = read(xlsx(fill))
    assert [sheet.name for sheet in found.sheets] == ["名单"]
    assert ["旧名单" in found.remarks[0].zh, "参数" in found.remarks[1].zh] == [True, True]
    assert len(found.remarks) == 2


def test_what_is_found_in_a_sheet_is_told_of_that_sheet() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("一").write("A1", "甲")
        book.add_chartsheet("图")
        second = book.add_worksheet("二")
        second.write_row("A1", ["乙", "丙"])
        second.write_formula("B1", "=NA()", None, "#N/A")

    first, second = read(xlsx(fill)).sheets
    assert (list(first.rows), list(second.rows)) == ([["甲"]], [["乙", "#N/A"]])


def test_macros_and_links_to_other_files_are_left_alone_and_said_to_be() -> None:
    more = {"xl/vbaProject.bin": b"\xd0\xcf", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    found = read(repacked(rows(("张三",)), more))
    assert [list(row) for row in found.sheets[0].rows] == [["张三"]]
    assert ["宏" in found.remarks[0].zh, "链接" in found.remarks[1].zh] == [True, True]


def test_cells_without_places_of_their_own_stand_one_after_another() -> None:
    assert cells_of(with_sheet("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>")) == [
        [1, 2],
        [3, None],
    ]


def test_formatted_empty_cells_far_out_do_not_count() -> None:
    data = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert cells_of(with_sheet(data)) == [[1]]


def test_a_sheet_may_claim_any_dimension() -> None:
    workbook = rows(("张三",))
    sheet = part(workbook, SHEET_1).replace(b'ref="A1"', b'ref="A1:XFD1048576"')
    assert cells_of(repacked(workbook, {SHEET_1: sheet})) == [["张三"]]


def test_the_table_of_texts_may_count_wrong() -> None:
    workbook = rows(("张三",))
    shared = part(workbook, SHARED).replace(b'ount="1"', b'ount="2000"')
    assert cells_of(repacked(workbook, {SHARED: shared})) == [["张三"]]


def test_an_ods_workbook_is_read_with_its_repeats_and_without_its_hidden_sheets() -> None:
    cell = "<table:table-cell office:value-type="
    text = cell + '"string" table:number-columns-repeated="{}"><text:p>{}</text:p></table:table-cell>'
    day = cell + '"date" office:date-value="2020-03-17"><text:p>17.3.</text:p></table:table-cell>'
    lone = '<table:table-cell table:formula="of:=[.A1]"/>'
    far = '<table:table-cell table:number-columns-repeated="16384"/>'
    found = read(
        ods(
            '<table:table table:name="名单">'
            f"<table:table-row>{text.format(2, '姓名')}</table:table-row>"
            f'<table:table-row table:number-rows-repeated="2">{text.format(1, "张三")}{day}</table:table-row>'
            f"<table:table-row>{text.format(1, '李四')}{lone}</table:table-row>"
            f'<table:table-row table:number-rows-repeated="1048570">{far}</table:table-row></table:table>'
            '<table:table table:name="旧" table:style-name="hidden">'
            f"<table:table-row>{day}</table:table-row></table:table>"
        )
    )
    (sheet,) = found.sheets
    third = ["张三", date(2020, 3, 17)]
    assert [list(row) for row in sheet.rows] == [["姓名", "姓名"], third, third, ["李四", None]]
    assert "B4" in sheet.skipped[0].en
    assert "旧" in found.remarks[0].zh


# Delimited texts


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_is_read_in_each_encoding_and_with_each_delimiter(encoding: str, delimiter: str) -> None:
    found = read_bytes("打卡.csv", ROLL.format(delimiter).encode(encoding))
    (sheet,) = found.sheets
    assert sheet.name == "打卡"
    assert [(number, list(row)) for number, row in sheet.numbered()] == [
        (1, ["姓名", "工号", "打卡时间"]),
        (2, ["张三", "00012", "2020年3月17日"]),
        (4, ["李四", "00013", "8:05"]),
    ]
    assert ["GB18030" in remark.zh for remark in found.remarks] == [True] * (encoding == "gb18030")


def test_a_rare_character_of_gb18030_is_read() -> None:
    assert cells_of("姓名\n\U00020bb7㐂".encode("gb18030"), "名单.csv") == [["姓名"], ["\U00020bb7㐂"]]


def test_a_quoted_cell_may_have_line_breaks_quotes_and_delimiters() -> None:
    assert cells_of('姓名,说明\r\n张三,"一,\n""二"""\r\n李四,三'.encode(), "名单.csv") == [
        ["姓名", "说明"],
        ["张三", '一,\n"二"'],
        ["李四", "三"],
    ]


def test_a_title_and_remarks_with_commas_do_not_hide_the_delimiter() -> None:
    text = "名单;\n填表说明:甲,乙,丙,丁\n姓名;工号\n张三;1\n李四;2\n"
    assert cells_of(text.encode(), "名单.csv")[2:] == [["姓名", "工号"], ["张三", "1"], ["李四", "2"]]


def test_what_keeps_a_spreadsheet_from_taking_zeros_away_is_no_part_of_the_value() -> None:
    assert cells_of('sep=;\n工号;姓名\n="0012";张三'.encode(), "名单.csv") == [
        ["工号", "姓名"],
        ["0012", "张三"],
    ]


@given(
    st.lists(st.lists(st.text(st.characters(codec="gb18030", categories=["L", "N", "P", "Zs"])), min_size=2))
)
def test_whatever_a_spreadsheet_program_writes_as_csv_is_read_back(table: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [["甲", "乙"], *table]]
    found = read_bytes("表.csv", "\r\n".join(quoted).encode("utf-8-sig"))
    filled = [[cell if cell.strip() else None for cell in row] for row in [["甲", "乙"], *table]]
    while not any(filled[-1]):
        filled.pop()
    assert [list(row) for row in found.sheets[0].rows] == filled


@given(st.text('甲1,"\r\n \u2028\x85\x0c'))
def test_lines_end_where_csv_has_them_end(text: str) -> None:
    try:
        expected = list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        with pytest.raises(FileRefused):
            read_delimited("表.csv", text.encode())
        return
    filled = [[cell if cell.strip() else None for cell in row] for row in expected]
    while filled and not any(filled[-1]):
        filled.pop()
    sheets, _ = read_delimited("表.csv", text.encode())
    assert [list(row) for sheet in sheets for row in sheet.rows] == filled


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b" \r\n", "空"),
        (b"%PDF-1.7\n\x00\x01", "U+0000"),
        ("姓名\x00,工号".encode(), "U+0000"),
        ("姓名,工号".encode("utf-16"), "UTF-16"),
        ("姓名,工号\n".encode() * 9 + "张".encode()[:2], "编码"),
        ("姓名,工号\n".encode() * 9 + b"\xff\n", "编码"),
        ("姓名,工号\n张".encode("gb18030")[:-1], "编码"),
        ('姓名,工号\n"张三,1\n李四,2'.encode(), "引号"),
        ('姓名,工号\n"张"三,1'.encode(), "第2行"),
        ("姓名,工号\n张三,".encode() + b"1" * 40_000, "过长"),
        (",".join(["列"] * (MAX_COLUMNS + 1)).encode(), f"{MAX_COLUMNS}列"),
        ("姓名\n".encode() + b"1\n" * MAX_ROWS, f"{MAX_ROWS}行"),
    ],
)
def test_a_text_that_cannot_be_read_for_sure_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with refused(words):
        read(content, "名单.csv")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path, kind: str) -> None:
    path = {"folder": tmp_path, "pipe": tmp_path / "pipe", "device": Path(os.devnull)}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(FileRefused, match="no file"):
        read_file(path)


def test_a_sheet_as_long_as_we_read_is_read_in_full() -> None:
    content = BytesIO()
    content.write("编号,天\n".encode())
    content.writelines(b"%d,2020-03-17\n" % number for number in range(1, MAX_ROWS))
    (sheet,) = read(content.getvalue(), "名单.csv").sheets
    assert len(sheet.rows) == MAX_ROWS
    assert list(sheet.rows[-1]) == [str(MAX_ROWS - 1), "2020-03-17"]
