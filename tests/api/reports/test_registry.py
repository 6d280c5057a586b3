"""All reports, as their definitions stand: what a workbook, an archive and a cover ask of each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

import pytest

from api.clock import Asked, Clock
from api.problems import Problem
from api.reports.cover import SHEET
from api.reports.definition import Column, Kind, Report, Table
from api.reports.parameters import FROM_MONTH, TO_MONTH, in_order
from api.reports.registry import REPORTS, report_named

DAY = date(2021, 5, 31)
CLOCK = Clock(DAY, 9, datetime(2021, 6, 1, tzinfo=UTC), Asked(), DAY, DAY, in_future=False, first_at=None)
TABLES = [(report, table) for report in REPORTS for table in report.tables]
NARROWEST: Final = {Kind.DAY: 11, Kind.MOMENT: 20, Kind.TIME: 9, Kind.MONEY: 10, Kind.RATIO: 8}
"""A number or a day that has no room shows as ####."""


def test_reports_are_found_by_either_name_and_a_wrong_one_is_told_which_there_are() -> None:
    for report in REPORTS:
        assert report_named(report.name) is report_named(report.zh) is report
    with pytest.raises(Problem, match=r"没有报表“rolls”;可用roll、attendance.*There is no report 'rolls'"):
        report_named("rolls")


@pytest.mark.parametrize("report", REPORTS, ids=lambda it: it.name)
def test_a_report_has_names_that_addresses_and_files_can_have(report: Report) -> None:
    names = [table.name for table in report.tables]

    assert re.fullmatch("[a-z]+", report.name)
    assert report.zh
    assert report.en
    assert report.clause
    assert len({name.casefold() for name in [*names, SHEET]}) == len(names) + 1
    for name in names:
        assert re.fullmatch(r"[^\[\]:*?/\\'\s]{1,31}", name)


@pytest.mark.parametrize("report", REPORTS, ids=lambda it: it.name)
def test_what_a_parameter_shows_it_reads_again(report: Report) -> None:
    for parameter in report.parameters:
        for text in (None, parameter.example, *parameter.choices):
            value = parameter.read(text, CLOCK)
            shown = parameter.shown(value)
            assert shown
            assert "\n" not in shown
            assert parameter.read(shown, CLOCK) == value


@pytest.mark.parametrize(("report", "table"), TABLES, ids=lambda it: it.name)
def test_a_table_has_different_headings_and_room_for_what_is_below_them(report: Report, table: Table) -> None:
    assert report.tables.count(table) == 1
    headings = [column.name for column in table.columns]
    assert len(set(headings)) == len(headings)
    for column in table.columns:
        assert column.width >= NARROWEST.get(column.kind, 1), column.name


@pytest.mark.parametrize(("report", "table"), TABLES, ids=lambda it: it.name)
def test_a_statement_orders_its_rows_and_a_chart_draws_columns_that_there_are(
    report: Report, table: Table
) -> None:
    assert report.tables.count(table) == 1
    assert "order by" in table.statement
    columns: dict[str, Column] = {column.of: column for column in table.columns}
    for chart in table.charts:
        assert chart.categories in columns
        assert chart.values
        assert all(columns[of].kind is not Kind.TEXT for of in chart.values)


def test_months_begin_with_the_year_of_the_day_and_end_with_its_month() -> None:
    assert FROM_MONTH.read(None, CLOCK) == date(2021, 1, 1)
    assert TO_MONTH.read(None, CLOCK) == date(2021, 5, 1)
    assert FROM_MONTH.read("2020-04", CLOCK) == date(2020, 4, 1)


@pytest.mark.parametrize("text", ["2021", "2021-13", "2021-00", "2021-5", "0021-05", "2021-05-01", "5月", ""])
def test_what_is_no_month_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(Problem, match=r"写作 2021-05。.*write it as 2021-05"):
        FROM_MONTH.read(text, CLOCK)


def test_a_first_month_after_the_last_is_refused() -> None:
    in_order({"from_month": date(2021, 5, 1), "to_month": date(2021, 5, 1)})
    with pytest.raises(Problem, match="起始月份2021-06晚于终止月份2021-05"):
        in_order({"from_month": date(2021, 6, 1), "to_month": date(2021, 5, 1)})
