"""Annex 2: printed by us, filled in by people, and read back box by box."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.jobs.board import now
from api.jobs.job import Job, JobState, StagedFile
from api.jobs.settling import settled
from api.papers.annex2.found import find_form
from api.papers.annex2.layout import (
    ADDITION_AT,
    BOXES,
    PHOTO_AT,
    SCHOOLING_AT,
    TITLE_AT,
    Area,
)
from api.papers.annex2.layout import PRINTED as PRINTED_AREA
from api.papers.annex2.printed import print_form
from api.papers.grid import read_bytes, read_file
from api.papers.plans import Line, Outcome
from api.papers.refused import write_refused
from api.papers.sheets.forms import FORMS
from api.papers.source import Cell, FileRefused, SourceFile
from domain.commands import Form
from domain.instructor import Instructor
from domain.intake import Import
from domain.terms import Education, Employment, Gender, Route
from tests.api.bearers import TOWNSHIP as SEES_A_TOWNSHIP
from tests.api.papers.desk import Desk, only, outcomes, sheet
from tests.api.papers.filled import form_file, with_column, with_row, without_merges

CHEN = Form(
    name="陈思远",
    gender=Gender.FEMALE,
    born=date(1990, 6, 1),
    ethnicity="汉族",
    native_place="湖南湘阴",
    birthplace="湖南岳阳",
    party_joined=date(2012, 7, 1),
    work_started=date(2013, 8, 1),
    health="健康",
    specialities="农业经济",
    education=Education.BACHELOR,
    school="岳阳职业技术学院 农学",
    in_service_education="大学本科 农学学士",
    in_service_school="湖南农业大学 农学",
    employment=Employment.CIVIL_SERVANT,
    position="县农业农村局一级科员",
    clerk_since=date(2016, 1, 1),
    preferred_village="芙蓉园村",
    phone="13800000000",
    career="2013.08—2016.01 县农业农村局试用\n2016.01— 县农业农村局科员",
    full_time_education="大专",
)
"""What `FILLED` says."""


PRINTED = form_file()


def cells(file: SourceFile) -> Sequence[Cell]:
    """What stands in the boxes of a form."""
    form = find_form(file.sheets[0])
    assert form is not None
    return form.sheet.rows[0]


def read(desk: Desk, file: SourceFile) -> Form:
    """The form that would be recorded of a file."""
    plan = desk.plan(FORMS, file)
    assert outcomes(plan) == [Outcome.RECORD], plan.lines[0].reasons
    (nominated,) = plan.events
    assert isinstance(nominated, Instructor.Nominated)
    assert nominated.form is not None
    return nominated.form


def refused(desk: Desk, file: SourceFile) -> Line:
    """The one row of a file, which is refused."""
    line = only(desk.plan(FORMS, file))
    assert line.outcome is Outcome.REFUSED
    return line


def test_a_filled_form_becomes_a_nomination_with_every_box(desk: Desk) -> None:
    before = desk.head
    taken = desk.take(FORMS, form_file())

    assert taken is not None
    nominated, own_record = desk.events(after=before)
    assert isinstance(nominated, Instructor.Nominated)
    assert nominated.form == CHEN
    assert (nominated.staff_number, nominated.batch_year) == ("XY-0101", 2020)
    assert (nominated.route, nominated.sending_unit) == (Route.SENDING_UNIT, "县农业农村局")
    assert nominated.nominating_body == "县农业农村局党组"
    assert (nominated.collective_study_on, nominated.occurred_on) == (date(2020, 3, 24), date(2020, 3, 25))
    assert isinstance(own_record, Import.Taken)
    assert nominated.basis == f"{own_record.file_name}#1!2"


def test_the_record_calls_a_file_of_forms_by_no_name_and_by_no_digest_that_a_guess_could_be_tried_on(
    desk: Desk,
) -> None:
    file = form_file(file="孟祥云报名表.xlsx", name="孟 祥 云", staff_number="XY-0177")
    (form,) = file.sheets
    named = replace(file, sheets=(replace(form, name="孟祥云"),))
    before = desk.head
    desk.take(FORMS, named)
    own_records = [it for it in desk.events(after=before) if isinstance(it, Import.Taken)]

    for row in desk.programme.recorder.select_notifications(before + 1, 10):
        assert "孟祥云".encode() not in row.state
        assert file.sha256.encode() not in row.state
    ((name, digest, basis),) = [(it.file_name, it.file_sha256, it.basis) for it in own_records]
    assert (name, basis) == (f"forms-{digest[:8]}", name)
    assert digest not in {file.sha256, desk.intake(FORMS, named).label_of(named).sha256}


@pytest.mark.parametrize(("salt", "state"), [("its own", JobState.COMMITTED), ("another", JobState.PLANNED)])
def test_forms_that_were_recorded_before_the_server_was_killed_are_found_by_their_salt(
    desk: Desk, salt: str, state: JobState
) -> None:
    file, before = form_file(), desk.head
    intake = replace(desk.intake(FORMS, file), salt="its own")
    intake.commit(intake.plan())
    in_flight = Job(
        id="0" * 32,
        paper="forms",
        files=(StagedFile(file.name, file.sha256, file.size),),
        actor=intake.actor,
        principal=SEES_A_TOWNSHIP,
        created_at=now(),
        changed_at=now(),
        state=JobState.COMMITTING,
        after=before,
        salt=salt,
    )

    assert settled(in_flight, desk.programme, desk.conninfo).state is state


def test_the_same_form_again_says_nothing_new(desk: Desk) -> None:
    desk.take(FORMS, form_file())

    assert outcomes(desk.plan(FORMS, form_file(file="再交一次.xlsx"))) == [Outcome.ALREADY]


@pytest.mark.parametrize(
    "changed",
    [
        lambda file: with_row(file, 0),
        lambda file: with_column(file, 0),
        lambda file: with_row(with_column(file, 1), 4),
        without_merges,
    ],
    ids=["down", "right", "parted", "unmerged"],
)
def test_a_form_is_read_wherever_it_was_moved(
    counter: Desk, changed: Callable[[SourceFile], SourceFile]
) -> None:
    assert read(counter, changed(form_file())) == CHEN


@given(
    st.lists(st.integers(0, 17), max_size=4),
    st.lists(st.integers(0, 7), max_size=3),
    st.booleans(),
)
def test_rows_and_columns_put_in_anywhere_change_no_box(
    rows: list[int], columns: list[int], parted: bool
) -> None:
    file = without_merges(PRINTED) if parted else PRINTED
    for row in rows:
        file = with_row(file, row)
    for column in columns:
        file = with_column(file, column)

    assert cells(file) == cells(PRINTED)


def test_a_form_saved_as_text_is_read_alike(counter: Desk) -> None:
    text = StringIO()
    csv.writer(text).writerows(without_merges(form_file()).sheets[0].rows)

    assert read(counter, read_bytes("报名表.csv", text.getvalue().encode("gb18030"))) == CHEN


def test_a_career_that_goes_on_over_several_rows_is_read_whole(counter: Desk) -> None:
    (form,) = without_merges(form_file(career="2013.08 试用")).sheets
    rows = list(form.rows)
    rows[10:10] = [(None, "2016.01 科员"), (None, "2019.01 一级科员")]
    file = replace(form_file(), sheets=(replace(form, rows=rows),))

    assert read(counter, file).career == "2013.08 试用\n2016.01 科员\n2019.01 一级科员"


def test_cells_that_a_spreadsheet_made_dates_and_numbers_are_read(counter: Desk) -> None:
    (form,) = without_merges(form_file()).sheets
    rows = [list(row) for row in form.rows]
    rows[1][5] = date(1990, 6, 1)
    rows[3][3] = 2013.08
    rows[8][5] = 13800000000
    rows[14][1] = 2020
    file = replace(form_file(), sheets=(replace(form, rows=rows),))

    assert read(counter, file) == CHEN


def test_an_empty_printed_form_is_no_row(counter: Desk) -> None:
    target = BytesIO()
    print_form(target)

    assert not counter.plan(FORMS, read_bytes("空表.xlsx", target.getvalue())).lines


def test_a_form_that_was_only_begun_names_every_box_that_is_needed(counter: Desk) -> None:
    target = BytesIO()
    print_form(target, {"name": "陈思远"})

    line = refused(counter, read_bytes("空表.xlsx", target.getvalue()))

    assert [reason.column for reason in line.reasons] == [
        *("性别", "出生年月", "民族", "籍贯", "出生地", "参加工作时间", "健康状况", "现任职务"),
        *("干部编号", "身份", "批次年度", "推荐方式", "推荐日期", "推荐单位", "集体研究日期", "派出单位"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("name", "陈1", "姓名"),
        ("gender", "不详", "性别"),
        ("born", "九〇年", "出生年月"),
        ("born", "1990.13", "出生年月"),
        ("ethnicity", "火星族", "民族"),
        ("party_joined", "大学期间", "入党时间"),
        ("work_started", "2013", "参加工作时间"),
        ("full_time", "优秀", "全日制教育"),
        ("phone", "13800", "联系电话"),
        ("phone", "138000000001", "联系电话"),
        ("staff_number", "XY 1", "干部编号"),
        ("employment", "聘用", "身份"),
        ("clerk_since", "去年", "任科员时间"),
        ("batch_year", "第一批", "批次年度"),
        ("route", "抽签", "推荐方式"),
        ("nominated_on", "2020.03", "推荐日期"),
        ("collective_study_on", "三月底", "集体研究日期"),
        ("health", " ", "健康状况"),
    ],
)
def test_a_box_that_cannot_be_read_is_named(counter: Desk, field: str, value: str, column: str) -> None:
    line = refused(counter, form_file(**{field: value}))

    assert [reason.column for reason in line.reasons] == [column]
    assert line.reasons[0].zh
    assert line.reasons[0].en


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"party_joined": "2008.05"}, "入党时间"),
        ({"work_started": "1989.08"}, "参加工作时间"),
        ({"clerk_since": "2013.07"}, "任科员时间"),
        ({"clerk_since": "2021.07"}, "推荐日期"),
        ({"born": "1990.06(35岁)"}, "出生年月"),
        ({"in_service_school": ""}, "在职教育毕业院校及专业"),
        ({"full_time": ""}, "全日制教育"),
        ({"full_time": "", "full_time_school": "", "in_service": "", "in_service_school": ""}, "全日制教育"),
    ],
)
def test_boxes_that_contradict_each_other_are_refused(
    counter: Desk, changes: dict[str, str], column: str
) -> None:
    assert [reason.column for reason in refused(counter, form_file(**changes)).reasons] == [column]


def test_clerk_since_the_month_of_taking_up_work_is_no_contradiction(counter: Desk) -> None:
    file = form_file(work_started="2013年8月15日", clerk_since="2013.08")

    assert read(counter, file).clerk_since == date(2013, 8, 1)


def test_an_age_within_the_label_is_checked_against_the_birth_date(counter: Desk) -> None:
    (form,) = without_merges(form_file()).sheets

    def aged(age: int) -> SourceFile:
        rows = [list(row) for row in form.rows]
        rows[1][4] = f"出生年月\n( {age} 岁)"
        return replace(form_file(), sheets=(replace(form, rows=rows),))

    assert read(counter, aged(29)).born == date(1990, 6, 1)
    assert [reason.column for reason in refused(counter, aged(39)).reasons] == ["出生年月"]


@pytest.mark.parametrize(
    ("full_time", "in_service", "highest"),
    [
        ("研究生 工学博士", "", Education.DOCTOR),
        ("硕士研究生", "博士研究生", Education.DOCTOR),
        ("研究生", "", Education.MASTER),
        ("大学 法学硕士", "", Education.BACHELOR),
        ("大学专科", "", Education.COLLEGE),
        ("高职高专", "", Education.COLLEGE),
        ("中专", "党校大专", Education.COLLEGE),
        ("高中", "无", Education.SECONDARY_OR_LOWER),
    ],
)
def test_the_schooling_on_record_is_the_higher_of_the_two(
    counter: Desk, full_time: str, in_service: str, highest: Education
) -> None:
    studied = "某校" if in_service not in {"", "无"} else ""
    file = form_file(full_time=full_time, in_service=in_service, in_service_school=studied)

    assert read(counter, file).education is highest


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("138 0000 0000", "13800000000"),
        ("13800000000", "13800000000"),
        ("(0730)2221234", "0730-2221234"),
        ("13800000000/2221234", "13800000000、2221234"),
        ("无", ""),
    ],
)
def test_a_telephone_number_is_read_as_people_write_it(counter: Desk, written: str, recorded: str) -> None:
    assert read(counter, form_file(phone=written)).phone == recorded


def test_who_is_no_member_is_read_so_and_left_to_the_review(counter: Desk) -> None:
    assert read(counter, form_file(party_joined="无")).party_joined is None
    assert read(counter, form_file(party_joined="")).party_joined is None


def test_a_nomination_before_its_collective_study_names_the_clause(counter: Desk) -> None:
    reason = refused(counter, form_file(collective_study_on="2020-03-26")).reasons[0]

    assert (reason.code, reason.clause) == ("STUDY_AFTER_NOMINATION", "选派程序(一)")


def test_a_folder_of_forms_is_taken_in_together(counter: Desk) -> None:
    second = form_file(file="二.xlsx", name="李 文", staff_number="XY-0102")
    plan = counter.plan(FORMS, form_file(file="一.xlsx"), second)

    assert outcomes(plan) == [Outcome.RECORD, Outcome.RECORD]
    assert [event.basis for event in plan.events] == [f"{page.label.name}#1!2" for page in plan.pages]
    assert len({page.label.name for page in plan.pages}) == 2


def test_a_refused_form_comes_back_as_a_table_that_can_be_corrected(counter: Desk, tmp_path: Path) -> None:
    write_refused(counter.plan(FORMS, form_file(gender="不详")), tmp_path / "拒绝.xlsx")
    back = read_file(tmp_path / "拒绝.xlsx")
    (table,) = back.sheets
    rows = [list(row) for row in table.rows]
    rows[1][rows[0].index("性别")] = "女"

    assert read(counter, replace(back, sheets=(replace(table, rows=rows),))) == CHEN


def test_two_forms_on_one_sheet_are_refused_with_the_file(counter: Desk) -> None:
    (form,) = without_merges(form_file()).sheets
    file = replace(form_file(), sheets=(replace(form, rows=[*form.rows, *form.rows]),))

    with pytest.raises(FileRefused, match="一张工作表只放一份报名表"):
        counter.plan(FORMS, file)


def test_a_file_without_a_form_says_what_is_missing(counter: Desk) -> None:
    with pytest.raises(FileRefused, match="姓名"):
        counter.plan(FORMS, sheet(["编号", "备注"], ["1", "2"]))


def test_the_printed_form_is_one_page_of_a4_with_lists_to_choose_from() -> None:
    target = BytesIO()
    print_form(target)
    with ZipFile(target) as parts:
        page, book = (parts.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "workbook"))

    assert 'paperSize="9"' in page
    assert '<pageSetUpPr fitToPage="1"/>' in page
    assert "报名表!$A$1:$G$17" in book
    listed = re.findall(r'<dataValidation type="list"[^>]* sqref="([A-Z0-9]+)"', page)
    assert listed == ["D2", "B3", "F4", "C6", "C7", "D14", "D15"]


def test_every_cell_of_the_printed_form_belongs_to_one_box() -> None:
    areas = [area for box in BOXES for area in (box.label_at, box.value_at)]
    areas += [TITLE_AT, PHOTO_AT, SCHOOLING_AT, ADDITION_AT]
    taken = Counter(cell for area in areas for cell in _cells_of(area))

    assert taken == Counter(_cells_of(PRINTED_AREA))


def _cells_of(area: Area) -> list[tuple[int, int]]:
    rows, columns = range(area.row, area.last_row + 1), range(area.column, area.last_column + 1)
    return [(row, column) for row in rows for column in columns]
