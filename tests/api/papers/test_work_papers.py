"""Projects, appraisals and inspections: one row each, of people named by number or by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from api.papers.plans import Outcome, columns_read
from api.papers.sheets.appraisals import APPRAISALS
from api.papers.sheets.inspections import INSPECTIONS
from api.papers.sheets.projects import PROJECTS
from domain.commands import Score
from domain.ids import project_id
from domain.instructor import Instructor
from domain.terms import AppraisalKind, Grade, InspectionKind
from tests.api.papers.desk import DEPARTMENT, Desk, only, outcomes, sheet
from tests.scenario import PERSON, STAFF_NUMBER

PROJECT_HEADER = ("干部编号", "年度", "名称", "启动日期", "办结日期", "成效", "受益户数")
APPRAISAL_HEADER = ("序号", "干部编号", "考核方式", "时段", "考勤", "考绩(百分制)", "等次", "日期", "备注")
INSPECTION_HEADER = ("姓名", "方式", "日期", "结论", "发现问题")

LAMPS = (STAFF_NUMBER, "2020", "安装路灯", "2020.5.3", "", "", "")
LAMPS_DONE = (*LAMPS[:4], "2020.8.1", "全村亮化", "86")


def test_a_project_under_way_is_started_and_no_more(counter: Desk) -> None:
    (started,) = counter.plan(PROJECTS, sheet(PROJECT_HEADER, LAMPS)).events

    assert isinstance(started, Instructor.ProjectStarted)
    assert (started.title, started.year, started.occurred_on) == ("安装路灯", 2020, date(2020, 5, 3))


def test_a_project_that_is_done_is_started_and_completed_by_one_row(counter: Desk) -> None:
    plan = counter.plan(PROJECTS, sheet(PROJECT_HEADER, LAMPS_DONE))

    assert outcomes(plan) == [Outcome.RECORD]
    _, completed = plan.events
    assert isinstance(completed, Instructor.ProjectCompleted)
    assert completed.project_id == project_id(PERSON, 2020, "安装路灯")
    assert (completed.outcome, completed.households_served) == ("全村亮化", 86)
    assert completed.occurred_on == date(2020, 8, 1)


def test_a_started_project_brought_again_when_done_is_completed_and_not_started_twice(desk: Desk) -> None:
    desk.take(PROJECTS, sheet(PROJECT_HEADER, LAMPS))
    taken = desk.take(PROJECTS, sheet(PROJECT_HEADER, LAMPS_DONE))

    assert taken is not None
    assert [type(event) for event in taken.plan.events] == [Instructor.ProjectCompleted]
    assert outcomes(desk.plan(PROJECTS, sheet(PROJECT_HEADER, LAMPS_DONE))) == [Outcome.ALREADY]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ((*LAMPS[:4], "", "全村亮化", ""), "办结日期"),
        ((*LAMPS[:4], "", "", "86"), "办结日期"),
        ((*LAMPS[:4], "2020.8.1", "", "86"), "成效"),
        ((*LAMPS[:4], "2020.8.1", "全村亮化", "八十六"), "受益户数"),
    ],
)
def test_an_outcome_and_its_day_come_together(counter: Desk, row: tuple[str, ...], column: str) -> None:
    line = only(counter.plan(PROJECTS, sheet(PROJECT_HEADER, row)))

    assert line.outcome is Outcome.REFUSED
    assert [reason.column for reason in line.reasons] == [column]


def test_a_project_completed_before_its_start_leaves_neither(counter: Desk) -> None:
    row = (*LAMPS[:4], "2020.4.30", "全村亮化", "86")
    plan = counter.plan(PROJECTS, sheet(PROJECT_HEADER, row))

    assert only(plan).reasons[0].code == "OUT_OF_ORDER"
    assert not plan.events


def test_an_appraisal_has_a_score_for_each_further_column(counter: Desk) -> None:
    row = ("1", STAFF_NUMBER, "年度考核", "2020年度", "92.5", "88", "优秀", "2021-01-10", "全县第三")
    (appraised,) = counter.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row), by=DEPARTMENT).events

    assert isinstance(appraised, Instructor.Appraised)
    assert (appraised.kind, appraised.period) == (AppraisalKind.YEARLY, "2020")
    assert appraised.grade is Grade.EXCELLENT
    assert appraised.scores == (
        Score(part="考勤", points=Decimal("92.5")),
        Score(part="考绩(百分制)", points=Decimal(88)),
    )


def test_the_preview_of_an_appraisal_says_which_columns_are_scored_and_which_are_not(counter: Desk) -> None:
    row = ("1", STAFF_NUMBER, "年度考核", "2020年度", "92.5", "88", "优秀", "2021-01-10", "全县第三")
    (page,) = counter.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row), by=DEPARTMENT).pages
    read = {it.heading: it.column for it in columns_read(APPRAISALS, page.layout)}
    assert (read["考勤"], read["考绩(百分制)"]) == ("评分项目", "评分项目")
    assert (read["序号"], read["备注"], read["等次"]) == ("", "", "等次")


@pytest.mark.parametrize(
    ("kind", "written", "period"),
    [
        ("日常考核", "2020年5月", "2020-05"),
        ("日常考核", "2020.05", "2020-05"),
        ("年度考核", "2020", "2020"),
        ("期满考核", "2020-2023", "2020-2023"),
        ("期满考核", "2020年至2023年", "2020-2023"),
        ("期满考核", "2020——2023", "2020-2023"),
    ],
)
def test_a_period_is_a_month_a_year_or_a_term(counter: Desk, kind: str, written: str, period: str) -> None:
    row = ("1", STAFF_NUMBER, kind, written, "", "90", "称职", "2023-04-10", "")
    (appraised,) = counter.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row), by=DEPARTMENT).events

    assert isinstance(appraised, Instructor.Appraised)
    assert appraised.period == period
    assert appraised.scores == (Score(part="考绩(百分制)", points=Decimal(90)),)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("1", STAFF_NUMBER, "年度考核", "五月", "", "", "称职", "2021-01-10", ""), "时段"),
        (("1", STAFF_NUMBER, "期满考核", "2020", "", "", "称职", "2023-04-10", ""), "时段"),
        (("1", STAFF_NUMBER, "年度考核", "2020", "良", "", "称职", "2021-01-10", ""), "考勤"),
        (("1", STAFF_NUMBER, "年度考核", "2020", "", "", "良好", "2021-01-10", ""), "等次"),
    ],
)
def test_an_appraisal_that_cannot_be_read_names_its_column(
    counter: Desk, row: tuple[str, ...], column: str
) -> None:
    line = only(counter.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row), by=DEPARTMENT))

    assert line.outcome is Outcome.REFUSED
    assert [reason.column for reason in line.reasons] == [column]


def test_a_period_appraised_with_another_grade_contradicts_the_record(desk: Desk) -> None:
    row = ("1", STAFF_NUMBER, "年度考核", "2020", "92", "88", "优秀", "2021-01-10", "")
    desk.take(APPRAISALS, sheet(APPRAISAL_HEADER, row), by=DEPARTMENT)
    other = ("1", STAFF_NUMBER, "年度考核", "2020", "92", "88", "称职", "2021-01-10", "")
    plan = desk.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row, other), by=DEPARTMENT)

    assert outcomes(plan) == [Outcome.ALREADY, Outcome.REFUSED]


def test_an_appraisal_is_for_the_department_to_bring(counter: Desk) -> None:
    row = ("1", STAFF_NUMBER, "年度考核", "2020", "92", "88", "优秀", "2021-01-10", "")

    assert only(counter.plan(APPRAISALS, sheet(APPRAISAL_HEADER, row))).reasons[0].code == "NOT_YOUR_OFFICE"


def test_an_inspection_names_somebody_who_serves_by_name(counter: Desk) -> None:
    rows = [
        ("陈思远", "巡回督查", "2020年6月2日", "台账齐全", ""),
        ("陈思远", "季调度", "2020年6月30日", "走访记录不全", "有"),
    ]
    first, second = counter.plan(INSPECTIONS, sheet(INSPECTION_HEADER, *rows)).events

    assert isinstance(first, Instructor.Inspected)
    assert isinstance(second, Instructor.Inspected)
    assert (first.kind, first.conclusion, first.problems_found) == (InspectionKind.TOUR, "台账齐全", False)
    assert (second.kind, second.problems_found) == (InspectionKind.QUARTERLY, True)
    assert first.originator_id == second.originator_id == PERSON


def test_two_inspections_of_a_day_are_two_and_a_repeat_is_none(counter: Desk) -> None:
    one = ("陈思远", "巡回督查", "2020-06-02", "台账齐全", "否")
    two = ("陈思远", "巡回督查", "2020-06-02", "走访记录不全", "是")

    assert outcomes(counter.plan(INSPECTIONS, sheet(INSPECTION_HEADER, one, two, one))) == [
        Outcome.RECORD,
        Outcome.RECORD,
        Outcome.ALREADY,
    ]
