"""Batches side by side for whoever asks: over GraphQL, in the terminal, and as a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.types.comparison import BatchFigureName
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.facts import SUCCESSOR, recalled
from tests.projections.readside import ReadSide
from tests.scenario import PERSON
from tests.two_batches import STORY

SVG = "{http://www.w3.org/2000/svg}"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def two_batches(server: str, template: str) -> Iterator[str]:
    """A database with the batches of 2020 and 2021; the person of 2020 is recalled on 1 February 2022."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.enter(*STORY, recalled(on=date(2022, 2, 1)))
        side.project()
        side.close()
        yield conninfo


@pytest.fixture(scope="module")
def compared(two_batches: str) -> Iterator[Served]:
    """The two batches, served."""
    with serving(two_batches) as it:
        yield it


@pytest.fixture
def compare(two_batches: str) -> Run:
    """The command `zhucun compare` on the two batches."""
    return lambda *args: _run(two_batches, *args)


# Over GraphQL

FIGURES = """
query ($years: [Int!], $day: Int, $asOf: Date) {
  programme(asOf: $asOf) {
    batches(years: $years, atServiceDay: $day) {
      year asOf knownAtPosition dayOne reached
      figures { figure part value before difference }
    }
  }
}
"""


def test_batches_are_compared_at_the_same_day_of_service(compared: Served) -> None:
    first, second = compared.ask(FIGURES, day=40)["programme"]["batches"]
    assert (first["year"], first["asOf"], first["dayOne"]) == (2020, "2020-05-10", "2020-04-01")
    assert (second["year"], second["asOf"], second["dayOne"]) == (2021, "2021-04-30", "2021-03-22")
    assert int(first["knownAtPosition"]) < int(second["knownAtPosition"])
    assert first["reached"] is second["reached"] is True
    shown = {(it["figure"], it["part"]): it for it in second["figures"]}
    assert shown["COVERAGE", None] == {
        "figure": "COVERAGE",
        "part": None,
        "value": "0.3333",
        "before": "0.2500",
        "difference": "0.0833",
    }
    assert shown["REJECTED_UNDER", "二(三)"]["difference"] == "-1"


def test_one_batch_alone_is_compared_with_the_year_before_all_the_same(compared: Served) -> None:
    (both,) = [it for it in compared.ask(FIGURES)["programme"]["batches"] if it["year"] == 2021]
    assert compared.ask(FIGURES, years=[2021])["programme"]["batches"] == [both]
    query = "{ programme { batch(year: 2021) { figures { figure part value before difference } } } }"
    assert compared.ask(query)["programme"]["batch"]["figures"] == both["figures"]


def test_every_figure_is_stated_of_every_batch(compared: Served) -> None:
    for batch in compared.ask(FIGURES)["programme"]["batches"]:
        stated = list(dict.fromkeys(it["figure"] for it in batch["figures"]))
        assert stated == [name.name for name in BatchFigureName]


def test_everything_below_a_batch_stands_on_the_batchs_clocks(compared: Served) -> None:
    query = """
    query ($day: Int) {
      programme {
        batch(year: 2020, atServiceDay: $day) {
          daysPresent villages { nodes { householdCount } }
          instructors { nodes { stage daysPresent batch { daysPresent } projects { title } } }
        }
      }
    }
    """
    now, then = (compared.ask(query, day=day)["programme"]["batch"] for day in (None, 10))
    (person,) = now["instructors"]["nodes"]
    assert (person["stage"], person["daysPresent"], len(person["projects"])) == ("RECALLED", 39, 1)
    (person,) = then["instructors"]["nodes"]
    assert (person["stage"], person["daysPresent"], person["projects"]) == ("SERVING", 10, [])
    assert then["daysPresent"] == person["batch"]["daysPresent"] == 10


def test_a_persons_batch_can_be_asked_for_at_a_day_of_service(compared: Served) -> None:
    query = "query ($id: UUID) { programme { instructor(id: $id) { batch(atServiceDay: 3) { asOf } } } }"
    days = [compared.ask(query, id=str(who))["programme"]["instructor"] for who in (PERSON, SUCCESSOR)]
    assert [it["batch"]["asOf"] for it in days] == ["2020-04-03", "2021-03-24"]


@pytest.mark.parametrize("day", [0, -1])
def test_there_is_no_day_of_service_before_the_first(compared: Served, day: int) -> None:
    code, message = compared.refused(FIGURES, day=day)
    assert code == "BAD_REQUEST"
    assert "不小于1" in message
    assert f"1 or more, not {day}" in message


EVIDENCE = """
query ($year: Int!, $figure: BatchFigureName!, $part: String, $day: Int) {
  programme {
    batch(year: $year, atServiceDay: $day) {
      evidence(figure: $figure, part: $part) { totalCount nodes { __typename occurredOn } }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("figure", "kinds", "count"),
    [
        ("VILLAGES", {"VillageApproved"}, 1),
        ("WEAK_SHARE", set(), 0),
        ("NOMINATED", {"InstructorNominated"}, 2),
        ("REJECTED", {"InstructorRejected"}, 1),
        ("REJECTED_UNDER", {"InstructorRejected"}, 1),
        ("APPOINTED", {"InstructorAppointed"}, 1),
        ("DAYS_TO_APPOINTMENT", {"InstructorAppointed", "InstructorNominated"}, 2),
        ("DAYS_PRESENT", {"InstructorCheckedIn"}, 39),
        ("SHORT_MONTHS", {"InstructorCheckedIn"}, 19),
        ("COVERAGE_AT_90_DAYS", {"InstructorHouseholdVisited"}, 2),
        ("COVERAGE", {"InstructorHouseholdVisited"}, 3),
        ("PROJECTS_PER_VILLAGE", {"InstructorProjectCompleted"}, 1),
        ("GRADE", {"InstructorAppraised"}, 1),
        ("PROMOTED", {"InstructorPromotedButRetained"}, 1),
        ("PROMOTED_AND_STAYED", set(), 0),
        ("RECALLED", {"InstructorRecalled"}, 1),
        ("REPLACEMENTS", set(), 0),
        ("LATE_SHARE", set(), 0),
    ],
)
def test_the_events_behind_a_figure_are_one_step_away(
    compared: Served, figure: str, kinds: set[str], count: int
) -> None:
    found = compared.ask(EVIDENCE, year=2020, figure=figure)["programme"]["batch"]["evidence"]
    assert found["totalCount"] == count
    assert {node["__typename"] for node in found["nodes"]} == kinds


def test_the_evidence_of_a_part_is_its_own_and_on_the_batchs_clocks(compared: Served) -> None:
    def count(figure: str, part: str, day: int | None = None) -> int:
        answer = compared.ask(EVIDENCE, year=2020, figure=figure, part=part, day=day)
        return int(answer["programme"]["batch"]["evidence"]["totalCount"])

    assert (count("REJECTED_UNDER", "二(三)"), count("REJECTED_UNDER", "二(二)")) == (1, 0)
    assert (count("GRADE", "EXCELLENT"), count("GRADE", "BASIC")) == (1, 0)
    assert count("DAYS_PRESENT", "mean") == 39
    assert count("GRADE", "EXCELLENT", day=200) == 0


# In the terminal


def test_the_table_has_figures_as_rows_and_batches_as_columns(compare: Run) -> None:
    result = compare("2020", "2021", "--as-of", "2021-05-01")
    assert result.exit_code == 0, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    (row,) = [line for line in lines if line.startswith("走访覆盖 ")]
    assert row.split()[-3:] == ["75.00%", "33.33%", "−41.67pp"]
    (row,) = [line for line in lines if "推荐至任命相隔 · 平均" in line]
    assert row.split()[-3:] == ["11.00", "20.00", "+9.00"]
    (row,) = [line for line in lines if "年度考核等次 · 优秀" in line]
    assert row.split()[-3:] == ["1", "0", "−1"]
    (row,) = [line for line in lines if "任职90天时走访覆盖" in line]
    assert row.split()[-2:] == ["50.00%", "—"]
    assert "截至 2021-05-01" in result.stdout
    assert "as of 2021-05-01" in result.stdout
    assert [line for line in lines if line.startswith("Days to appointment · mean ") and "days" in line]


def test_years_are_all_batches_unless_named(compare: Run) -> None:
    assert _years(compare("--json")) == [2020, 2021]
    assert _years(compare("2021", "--json")) == [2021]


def test_a_batch_that_has_not_got_there_is_marked_and_explained(compare: Run) -> None:
    result = compare("--at-service-day", "400", "--known-at", "2022-01-11")
    assert result.exit_code == 0, result.output
    assert "2021 *" in result.stdout
    assert "2021批次至2022-01-11尚未到任职第400天" in result.stdout
    assert "had not got to day 400" in result.stdout
    assert "较上年" not in result.stdout


def test_json_is_what_graphql_answers(compare: Run, compared: Served) -> None:
    answer = _json(compare("--at-service-day", "40", "--json"))
    assert answer["ledger"] == {"origin": ORIGIN, "simulated": True}
    assert answer["programme"]["batches"] == compared.ask(FIGURES, day=40)["programme"]["batches"]
    assert answer["programme"]["notes"] == []


@pytest.mark.parametrize(
    ("known_at", "shows"),
    [("8", "2020-04-01"), ("2020-04-01", "2020-04-01"), ("2020-04-05T12:00", "2020-04-05")],
)
def test_knowledge_is_named_by_position_day_or_moment(compare: Run, known_at: str, shows: str) -> None:
    assert _json(compare("--known-at", known_at, "--json"))["programme"]["asOf"] == shows


def test_an_unknown_year_is_told_with_those_there_are(compare: Run) -> None:
    _failed(
        compare("2020", "2019"), "没有“2019”批次", "2020、2021", "no batch of 2019; there are 2020, 2021."
    )
    _failed(compare("twenty"), "没有“twenty”批次", "no batch of twenty")
    _failed(compare("02020"), "没有“02020”批次")


def test_before_the_first_batch_there_is_nothing_to_compare(compare: Run) -> None:
    _failed(compare("--as-of", "2020-01-01"), "还没有任何批次", "no batch by then")


def test_a_position_that_is_not_reached_is_told(compare: Run) -> None:
    _failed(compare("--known-at", "99999"), "尚未到达", "not reached yet")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--as-of", "1 May"), ("不是日期", "is no date")),
        (("--as-of", "2021-02-30"), ("不是日期", "is no date")),
        (("--as-of", "2021-05-01", "--at-service-day", "3"), ("不能与", "not both")),
        (("--at-service-day", "0"), ("应从1起", "The first day is 1")),
        (("--known-at", "lately"), ("写作", "Write a day")),
        (("--chart", "batches.png"), ("应以", "has to end in .svg or .html")),
    ],
)
def test_wrong_usage_is_told_in_both_languages(
    compare: Run, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    result = compare(*args)
    assert result.exit_code == 2
    told = "".join(result.stderr.replace("│", "").split())
    for word in words:
        assert "".join(word.split()) in told


# As a picture


def test_the_picture_has_a_panel_a_figure_with_a_bar_a_batch_and_its_values(
    compare: Run, tmp_path: Path
) -> None:
    file = tmp_path / "batches.svg"
    result = compare("--at-service-day", "40", "--chart", str(file))
    assert result.exit_code == 0, result.output
    svg = ET.fromstring(file.read_bytes())  # noqa: S314 - ours
    panels = {it.attrib["aria-label"]: it for it in svg.iter(f"{SVG}g") if "aria-label" in it.attrib}
    assert {label.partition("(")[0].partition(" ·")[0] for label in panels} == (
        {name.zh for name in BatchFigureName} - {BatchFigureName.GRADE.zh}
    )
    coverage = _texts(panels["走访覆盖(占比)"])
    assert coverage == ["走访覆盖", "占比", "2020", "25.00%", "2021", "33.33%", "+8.33pp"]
    shorter, longer = (float(it.attrib["width"]) for it in panels["走访覆盖(占比)"].iter(f"{SVG}rect"))
    assert shorter / longer == pytest.approx(0.75, abs=0.001)
    assert "2021:33.33%(+8.33pp)" in [it.text for it in panels["走访覆盖(占比)"].iter(f"{SVG}title")]


def test_the_picture_says_what_it_shows_and_where_it_stands(compare: Run, tmp_path: Path) -> None:
    file = tmp_path / "batches.svg"
    compare("--at-service-day", "400", "--known-at", "2022-01-11", "--chart", str(file))
    svg = ET.fromstring(file.read_bytes())  # noqa: S314 - ours
    assert svg.findtext(f"{SVG}title") == "选派党建指导员批次比较:2020、2021"
    said = " ".join(_texts(svg))
    for words in (
        "截至 2022-01-11",
        "2022-01-11 23:59:59(上海时间)所知为准",
        "任职第 400 天",
        "2020:2021-05-05,位置",
        "2021批次至2022-01-11尚未到任职第400天",
        "模拟数据",
    ):
        assert words in said
        assert words in str(svg.findtext(f"{SVG}desc"))
    assert svg.findall(f".//{SVG}rect[@stroke-dasharray]")


def test_the_picture_needs_nothing_from_elsewhere(compare: Run, tmp_path: Path) -> None:
    drawn = []
    for name in ("batches.svg", "batches.HTML"):
        file = tmp_path / name
        assert compare("--chart", str(file)).exit_code == 0
        drawn.append(file.read_text(encoding="utf-8"))
    svg, html = drawn
    for outside in ("href", "url(", "<script", "@import"):
        assert outside not in svg + html
    assert html.startswith('<!doctype html>\n<html lang="zh">')
    assert "<title>选派党建指导员批次比较:2020、2021</title>" in html


def test_a_file_that_cannot_be_written_is_told(compare: Run, tmp_path: Path) -> None:
    _failed(compare("--chart", str(tmp_path / "no" / "batches.svg")), "无法写入", "cannot be written")


def _run(conninfo: str, *args: str) -> Result:
    return CliRunner().invoke(app, ["compare", *args], env=postgres.environment(conninfo))


def _json(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def _years(result: Result) -> list[int]:
    return [batch["year"] for batch in _json(result)["programme"]["batches"]]


def _failed(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def _texts(element: ET.Element) -> list[str]:
    return [str(it.text) for it in element.iter(f"{SVG}text")]
