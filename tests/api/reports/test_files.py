"""A report as a file: over HTTP, the same to the byte, with a cover that is signed."""

from __future__ import annotations

import csv
from datetime import date
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import httpx
import pytest

from api.papers.source import Sheet
from api.papers.workbook import read_packed
from api.reports.registry import REPORTS
from api.reports.statement import Statement
from ledger.checkpoints import Checkpoint
from ledger.errors import NoteInvalid
from ledger.notes import Note, VerifierKey, verified_by
from tests import facts
from tests.api.server import Served
from tests.facts import MAY_3
from tests.projections.readside import ReadSide

PAST = {"asOf": "2020-05-31", "knownAt": "2020-06-15T00:00:00Z"}


def asked(served: Served, file: str = "attendance.zip", **parameters: object) -> httpx.Response:
    return served.http.get(f"/reports/{file}", params={name: str(it) for name, it in parameters.items()})


def report(served: Served, file: str = "attendance.zip", **parameters: object) -> bytes:
    response = asked(served, file, **parameters)
    assert response.status_code == 200, response.text
    return response.content


def members(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def cover(content: bytes) -> dict[str, str]:
    lines = csv.reader(StringIO(members(content)["封面.csv"].decode("utf-8-sig"), newline=""), strict=True)
    return {line[0]: line[1] for line in lines}


def sheets(content: bytes) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in read_packed(content)[0]}


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["message"]


# What is in it


@pytest.mark.parametrize("name", [it.name for it in REPORTS])
def test_both_forms_of_every_report_say_the_same_of_themselves(story: Served, name: str) -> None:
    archive = report(story, f"{name}.zip", asOf="2021-12-31", knownAtPosition=34)
    book = sheets(report(story, f"{name}.xlsx", asOf="2021-12-31", knownAtPosition=34))

    told = [[str(cell or "") for cell in row[:2]] for row in book["封面"].rows[1:]]
    lines = csv.reader(StringIO(members(archive)["封面.csv"].decode("utf-8-sig"), newline=""))
    assert told == list(lines)[1:]
    assert {f"{sheet}.csv" for sheet in book} == members(archive).keys()


def test_the_statement_names_each_table_with_the_hash_of_its_file_and_its_rows(story: Served) -> None:
    content = report(story, asOf="2020-05-31", knownAtPosition=34, fromMonth="2020-04")
    said = Note.parse(cover(content)["报表声明"]).text

    files = members(content)
    rows = {name: file.count(b"\r\n") - 1 for name, file in files.items()}
    assert said.splitlines() == [
        "zhucun report v1",
        f"origin {story.county.identity.origin}/simulated",
        "county 430624",
        "data simulated",
        "report attendance",
        "as-of 2020-05-31",
        "position 34",
        "known-at 2020-06-10T12:00:00.000000Z",
        "parameter from_month 2020-04",
        "parameter to_month 2020-05",
        *(
            f"table {sha256(files[f'{name}.csv']).hexdigest()} {rows[f'{name}.csv']} {name}"
            for name in ("乡镇汇总", "个人明细")
        ),
    ]


def test_the_logs_key_signed_the_statement_and_the_checkpoint_of_its_position(story: Served) -> None:
    told = cover(report(story, knownAtPosition=17))
    keys = [
        VerifierKey.parse(it["vkey"]) for it in story.ask("{ ledger { keys { vkey } } }")["ledger"]["keys"]
    ]

    statement, checkpoint = Note.parse(told["报表声明"]), Note.parse(told["账本检查点"])
    assert verified_by(statement, keys) == verified_by(checkpoint, keys) == keys[-1:]
    assert Checkpoint.parse(checkpoint.text).size == Statement.parse(statement.text).position == 17


def test_the_cover_says_for_people_what_is_signed(story: Served) -> None:
    content = report(story, asOf="2020-05-31", knownAtPosition=34)
    told = cover(content)

    digest = sha256(members(content)["个人明细.csv"]).hexdigest()
    assert {name: told[name] for name in list(told)[1:9]} == {
        "报表": "到村打卡考勤 Monthly attendance",
        "依据": "三(一)1",
        "县": "湖南省岳阳市湘阴县(430624)",
        "数据": "模拟数据:并非真实记录",
        "截至日期": "2020-05-31",
        "所知至": "2020-06-10 20:00:00(北京时间)",
        "账本位置": "34",
        "起始月份(默认当年1月)": "2020-01",
    }
    assert told["表 个人明细"].endswith(f"行 SHA-256 {digest}")


def test_a_sheet_begins_with_its_title_and_says_of_when_it_is(story: Served) -> None:
    sheet = sheets(report(story, "roll.xlsx", **PAST))["在任"]

    assert [row[0] for row in sheet.rows[:2]] == [
        "党建指导员花名册(在任)",
        "截至2020-05-31 · 所知至2020-06-10 20:00:00 · 账本位置34 · 模拟数据:并非真实记录",
    ]
    assert sheet.rows[3][:4] == ["序号", "姓名", "性别", "干部编号"]


# The same question


@pytest.mark.parametrize("form", ["xlsx", "zip"])
def test_the_same_question_gives_the_same_bytes_however_it_is_asked(story: Served, form: str) -> None:
    by_moment = report(story, f"roll.{form}", **PAST)

    by_position = report(story, f"roll.{form}", asOf="2020-05-31", knownAtPosition=34)
    assert by_position == by_moment
    assert report(story, f"roll.{form}", asOf="2020-05-31", knownAtPosition=33) != by_moment


def test_it_stays_the_same_whatever_is_recorded_later(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    position = side.enter(*facts.POSTED, facts.checked_in(on=MAY_3))
    side.project()
    clocks: dict[str, Any] = {"asOf": MAY_3, "knownAtPosition": position}
    before = report(served, **clocks)

    side.enter(facts.checked_in(on=date(2020, 5, 4)), facts.voided(4, on=date(2020, 5, 5)))
    side.project()
    assert report(served, **clocks) == before
    assert report(served, asOf=MAY_3) != before


# Over HTTP


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("zip", "application/zip"),
    ],
)
def test_a_browser_is_given_a_file_with_a_name_of_its_own(story: Served, form: str, media: str) -> None:
    response = asked(story, f"roll.{form}", asOf="2020-04-20", knownAtPosition=25)

    name = quote(f"党建指导员花名册-2020-04-20-25.{form}")
    assert response.headers["content-type"] == media
    assert response.headers["content-disposition"] == f"attachment; filename*=utf-8''{name}"


def test_no_file_remains_when_one_was_given_or_could_not_be_made(
    story: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    report(story, "roll.xlsx")
    report(story, "roll.zip")
    assert asked(story, "roll.zip", knownAtPosition=9999).status_code == 409
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "parameters", "status", "code", "message"),
    [
        ("rolls.zip", {}, 404, "NOT_FOUND", "没有报表“rolls”"),
        ("roll.csv", {}, 404, "NOT_FOUND", "以 .xlsx 或 .zip 结尾"),
        ("roll", {}, 404, "NOT_FOUND", "以 .xlsx 或 .zip 结尾"),
        ("roll.zip", {"asof": "2021-01-01"}, 400, "BAD_REQUEST", "参数“asof”未知或重复"),
        ("roll.zip", {"fromMonth": "2021-01"}, 400, "BAD_REQUEST", "参数“fromMonth”未知或重复"),
        ("roll.zip", {"asOf": "2021-02-30"}, 400, "BAD_REQUEST", "2021-02-30"),
        ("roll.zip", {"knownAtPosition": "9999"}, 409, "NOT_YET_KNOWN", "位置9999尚未到达"),
        ("attendance.zip", {"fromMonth": "5"}, 400, "BAD_REQUEST", "“5”不是月份,写作 2021-05"),
        ("attendance.zip", {"fromMonth": "2031-01"}, 400, "BAD_REQUEST", "起始月份2031-01晚于终止月份"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(  # noqa: PLR0917 - what is asked, and the answer
    story: Served, file: str, parameters: dict[str, str], status: int, code: str, message: str
) -> None:
    told = refusal(asked(story, file, **parameters))

    assert told[:2] == (status, code)
    assert message in told[2]


def test_a_zone_may_be_written_in_an_address_as_it_is_everywhere_else(story: Served) -> None:
    plain = story.http.get("/reports/roll.zip?asOf=2020-05-31&knownAt=2020-06-15T08:00:00+08:00")

    assert (plain.status_code, plain.content) == (200, report(story, "roll.zip", **PAST))


def test_the_page_of_reports_is_served(story: Served) -> None:
    response = story.http.get("/reports")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert all(it.zh in response.text for it in REPORTS)


# What a report says of itself


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("zhucun report v1", "zhucun report v2"),
        ("county 430624\n", ""),
        ("position 7", "position seven"),
        ("position 7", "position 07"),
        ("as-of 2021-05-31", "as-of 31 May"),
        (" 3 在任", " 在任"),
        ("parameter a b", "parameter a"),
        ("ffff", "zzzz"),
        ("data recorded", "data real"),
    ],
)
def test_a_statement_that_is_not_written_as_ours_are_is_not_read(was: str, now: str) -> None:
    text = (
        "zhucun report v1\norigin a\ncounty 430624\ndata recorded\nreport roll\nas-of 2021-05-31\n"
        f"position 7\nknown-at 2021-06-01T00:00:00.000000Z\nparameter a b\ntable {'f' * 64} 3 在任\n"
    )
    assert Statement.parse(text).text == text

    with pytest.raises(NoteInvalid, match="报表声明"):
        Statement.parse(text.replace(was, now, 1))
