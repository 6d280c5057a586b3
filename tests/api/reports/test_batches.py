"""The report of batches: every figure as the API answers it, at one moment and at the same day of service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from api.types.comparison import BatchFigureName
from domain.terms import Grade
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.reports.archived import Row, Stand, tables_of
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.facts import recalled
from tests.projections.readside import ReadSide
from tests.two_batches import STORY

THEMES = ("选派", "在村工作", "考核与去留")
PARTS = {None: "", "mean": "·平均", "median": "·中位数"} | {it.name: f"·{it.zh}" for it in Grade}
STANDS = [Stand("2021-06-30", 70), Stand()]
BATCHES = """
query ($asOf: Date, $knownAtPosition: ID, $day: Int) {
  programme(asOf: $asOf, knownAtPosition: $knownAtPosition) {
    asOf
    batches(atServiceDay: $day) {
      year asOf knownAtPosition dayOne reached
      figures { figure part value difference }
    }
  }
}
"""


@pytest.fixture(scope="module")
def compared(server: str, template: str) -> Iterator[Served]:
    """The batches of 2020 and 2021, served; the person of 2020 is recalled on 1 February 2022."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.enter(*STORY, recalled(on=date(2022, 2, 1)))
        side.project()
        side.close()
        with serving(conninfo) as it:
            yield it


def answered(served: Served, stand: Stand, day: int | None = None) -> list[dict[str, Any]]:
    """The batches as GraphQL answers them."""
    batches = served.ask(BATCHES, **stand.asked, day=day)["programme"]["batches"]
    assert isinstance(batches, list)
    return batches


def rows_of(served: Served, stand: Stand, suffix: str = "", **given: str) -> list[Row]:
    """What the three tables of a mode say of each batch, in one row."""
    tables = tables_of(served, "batches", stand, **given)
    themes = [tables[theme + suffix] for theme in THEMES]
    return [
        {name: cell for part in parts for name, cell in part.items()} for parts in zip(*themes, strict=True)
    ]


def figures_of(batch: dict[str, Any]) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """The figures that GraphQL answers, and their differences, under the headings of the report."""
    return {
        BatchFigureName[it["figure"]].zh + PARTS[it["part"]]: (number(it["value"]), number(it["difference"]))
        for it in batch["figures"]
        if it["figure"] != "REJECTED_UNDER"
    }


def said_of(row: Row) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """The figures that a row states: each column with a difference next to it."""
    values = {name.rpartition("(")[0]: cell for name, cell in row.items()}
    return {
        name: (number(values[name]), number(row[f"{name}较上年"].removeprefix("'")))
        for name in values
        if f"{name}较上年" in row
    }


def number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def rejected_under(batch: dict[str, Any]) -> str:
    """The clauses that people failed, each with how many and the difference."""
    signs = {None: ""}
    told = []
    for it in batch["figures"]:
        if it["figure"] == "REJECTED_UNDER":
            difference = it["difference"]
            if difference is not None:
                signs[difference] = f"(较上年{'±0' if difference == '0' else f'{int(difference):+}'})"
            told.append(f"{it['part']}:{it['value']}{signs[difference]}")
    return ";".join(told)


def same(row: Row, batch: dict[str, Any]) -> None:
    """Assert that a row states what GraphQL does: a grade that nobody got, which it leaves out, is 0."""
    nobody = {f"{BatchFigureName.GRADE.zh}·{it.zh}": (Decimal(0), None) for it in Grade}
    assert said_of(row) == nobody | figures_of(batch)
    assert row["退回所依条款(人次)"] == rejected_under(batch)
    assert (row["批次"], row["首批任职日"]) == (str(batch["year"]), batch["dayOne"] or "")


@pytest.mark.parametrize("stand", STANDS)
def test_every_figure_of_every_batch_is_what_the_api_answers(compared: Served, stand: Stand) -> None:
    batches = answered(compared, stand)

    rows = rows_of(compared, stand)
    assert len(rows) == len(batches) == 2
    for row, batch in zip(rows, batches, strict=True):
        same(row, batch)


@pytest.mark.parametrize("stand", STANDS)
@pytest.mark.parametrize("day", [40, 300])
def test_batches_stand_at_the_same_day_of_service(compared: Served, stand: Stand, day: int) -> None:
    batches = answered(compared, stand, day)

    rows = rows_of(compared, stand, "(同一任职日)", serviceDay=str(day))
    for row, batch in zip(rows, batches, strict=True):
        same(row, batch)
        assert (row["所处日期"], row["所知位置"]) == (batch["asOf"], batch["knownAtPosition"])
        assert row["已到该任职日"] == ("是" if batch["reached"] else "否")


def test_left_out_the_day_of_service_is_the_last_that_all_batches_have_reached(compared: Served) -> None:
    stand = Stand("2021-06-30")

    first, second = rows_of(compared, stand, "(同一任职日)")
    assert first["任职第几天"] == second["任职第几天"] == "101"
    assert (first["所处日期"], second["所处日期"]) == ("2020-07-10", "2021-06-30")
    for row, batch in zip((first, second), answered(compared, stand, 101), strict=True):
        same(row, batch)


@pytest.mark.parametrize("day", ["0", "1099", "-3", "forty", "４０"])
def test_a_day_of_service_that_cannot_be_is_refused_in_words(compared: Served, day: str) -> None:
    response = compared.http.get("/reports/batches.zip", params={"serviceDay": day})

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert "任职第几天应为1至1098的整数" in error["message"]


def test_before_the_first_batch_the_tables_are_empty(compared: Served) -> None:
    assert rows_of(compared, Stand("2020-03-16", 0)) == []


def test_the_workbook_draws_the_figures(compared: Served) -> None:
    response = compared.http.get("/reports/batches.xlsx")

    assert response.status_code == 200
    with ZipFile(BytesIO(response.content)) as book:
        charts = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 14
    assert sum("各批次推荐、退回与任命" in chart for chart in charts) == 2
    assert all("<c:f>" in chart for chart in charts)
