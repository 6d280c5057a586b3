"""The workbook of refused rows: as they came, with reasons, harmless, and fit to be brought again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import ZipFile

from api.papers.grid import read_file
from api.papers.plans import Outcome
from api.papers.refused import write_refused
from api.papers.source import MAX_TEXT, Cell, Sheet, SourceFile
from tests.api.papers.desk import Desk, only, outcomes, sheet
from tests.api.papers.diary import DIARY
from tests.facts import MAY_3
from tests.scenario import STAFF_NUMBER

HEADER = ["干部编号", "日期", "工作内容", "户编号", "备注"]


def workbook(*rows: Sequence[Cell], name: str = "日志", second: str = "") -> SourceFile:
    sheets = [Sheet(name, [HEADER, *rows])]
    if second:
        sheets.append(replace(sheets[0], name=second))
    return replace(sheet(HEADER, name="日志.xlsx"), sheets=tuple(sheets))


def test_only_refused_rows_are_written_with_reason_and_place(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    good, bad = [STAFF_NUMBER, "2020-05-03", "宣讲", None, ""], [STAFF_NUMBER, "某日", "党课", None, "见面"]
    assert write_refused(desk.plan(DIARY, workbook(good, bad)), file) == 1
    (found,) = read_file(file).sheets
    header, row = found.rows
    assert list(header[:5]) == HEADER
    assert list(row[:3]) == [STAFF_NUMBER, "某日", "党课"]
    assert row[4] == "见面"
    assert "【日期】“某日”" in str(row[5])
    assert row[6] == "日志.xlsx#日志!3"


def test_a_row_corrected_in_the_workbook_is_taken_in(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    write_refused(desk.plan(DIARY, workbook([STAFF_NUMBER, "某日", "党课", None, None])), file)
    refused = read_file(file)
    (found,) = refused.sheets
    rows = [list(row) for row in found.rows]
    rows[1][1] = "2020年5月3日"
    assert outcomes(desk.plan(DIARY, refused)) == [Outcome.REFUSED]
    corrected = replace(refused, sheets=(replace(found, rows=rows),))
    assert outcomes(desk.plan(DIARY, corrected)) == [Outcome.RECORD]


def test_what_looks_like_a_formula_stays_text(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    hostile = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1"]
    write_refused(desk.plan(DIARY, workbook(hostile)), file)
    (found,) = read_file(file).sheets
    assert [str(cell).strip() for cell in found.rows[1][:5]] == [cell.strip() for cell in hostile]
    with ZipFile(file) as parts:
        inside = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in inside
    assert "hyperlink" not in inside


def test_cells_of_every_kind_can_be_read_again_as_what_they_were(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    kinds: list[Cell] = ["XY-404", datetime(2020, 5, 3, 8, 5), 20.5, True, 12345678901234567]  # noqa: DTZ001 - a cell
    write_refused(desk.plan(DIARY, workbook(kinds, ["XY-404", MAY_3, 7, None, time(8, 5)])), file)
    (found,) = read_file(file).sheets
    assert list(found.rows[1][:5]) == ["XY-404", "2020-05-03 08:05:00", 20.5, True, "12345678901234567"]
    assert list(found.rows[2][:5]) == ["XY-404", "2020-05-03", 7, None, "08:05:00"]


def test_names_that_a_workbook_forbids_or_that_come_twice_are_told_apart(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    long = "石塘镇[五月]" + "长" * 40
    bad: list[Cell] = [STAFF_NUMBER, date(2019, 1, 1), "宣讲", None, None]
    plan = desk.plan(DIARY, workbook(bad, name=long, second=long.upper() + "?"))
    assert write_refused(plan, file) == 2
    names = [it.name for it in read_file(file).sheets]
    assert len(set(names)) == 2
    assert all(name.startswith("石塘镇_五月_长") for name in names)


def test_a_reason_names_the_clause_that_turned_a_row_down(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    plan = desk.plan(DIARY, workbook([STAFF_NUMBER, date(2020, 3, 20), "宣讲", None, None]))
    write_refused(plan, file)
    clause = only(plan).reasons[0].clause
    (found,) = read_file(file).sheets
    assert f"〔{clause}〕" in str(found.rows[1][5])


def test_a_time_after_midnight_is_written_as_people_write_it(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    punched = datetime(2020, 5, 3, 8, 4, 59, 999_999)  # noqa: DTZ001 - a cell
    plan = desk.plan(DIARY, workbook(["XY-404", timedelta(days=1, minutes=12), punched, None, None]))
    write_refused(plan, file)
    (found,) = read_file(file).sheets
    assert list(found.rows[1][1:3]) == ["24:12:00", "2020-05-03 08:05:00"]


def test_reasons_are_no_longer_than_a_cell_may_be(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "拒绝.xlsx"
    plan = desk.plan(DIARY, workbook([STAFF_NUMBER, "某日", "党课", None, None]))
    line = only(plan)
    many = replace(line, reasons=line.reasons * 1000)
    told: list[tuple[int, int]] = []

    write_refused(replace(plan, lines=[many]), file, lambda done, of: told.append((done, of)))

    (found,) = read_file(file).sheets
    assert len(str(found.rows[1][5])) == MAX_TEXT
    assert told == [(0, 1)]
