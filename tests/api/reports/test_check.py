"""`zhucun report` and `zhucun check-report`: a file is made whole, and what was altered in it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.reports import whole_file
from api.reports.registry import REPORTS
from ledger.database import connect, found_ledger
from ledger.keys import key_history
from ledger.notes import SigningKey
from tests import facts, postgres
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide

Edit = Callable[[str, bytes], bytes]
CELL = re.compile(rb'(<c r="K6"[^>]*><v>)20(</v>)')
"""打卡天数 of the first month, in the sheet of attendance by person."""


class Zhucun(Protocol):
    def __call__(self, *args: object, ledger: bool = True) -> Result: ...


@pytest.fixture(scope="module")
def conninfo(server: str, template: str) -> Iterator[str]:
    """A county in which one person checked in on 20 days of April and on 19 of May 2020."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        with closing(ReadSide(conninfo)) as side:
            side.enter(*facts.POSTED)
            side.enter(*(facts.checked_in(on=date(2020, 4, day)) for day in range(2, 22)))
            side.enter(*(facts.checked_in(on=date(2020, 5, day)) for day in range(2, 21)))
        yield conninfo


@pytest.fixture(scope="module")
def zhucun(conninfo: str, tmp_path_factory: pytest.TempPathFactory) -> Zhucun:
    """The command line on that county, or on a machine that has no ledger."""
    nowhere = {"ZHUCUN_DATA": str(tmp_path_factory.mktemp("nowhere")), "DATABASE_URL": ""}

    def run(*args: object, ledger: bool = True) -> Result:
        env = postgres.environment(conninfo) if ledger else nowhere
        return CliRunner().invoke(app, [str(arg) for arg in args], env=env)

    return run


@pytest.fixture(scope="module")
def book(zhucun: Zhucun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(zhucun, tmp_path_factory.mktemp("book") / "attendance.xlsx")


@pytest.fixture(scope="module")
def archive(zhucun: Zhucun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(zhucun, tmp_path_factory.mktemp("archive") / "attendance.zip")


def made(zhucun: Zhucun, file: Path) -> Path:
    result = zhucun("report", "attendance", "-o", file, "--as-of", "2020-05-31", "--from-month=2020-04")
    assert (result.exit_code, result.stdout) == (0, f"{file}\n"), result.output
    return file


def altered(file: Path, to: Path, edit: Edit, more: tuple[str, ...] = (), without: str = "") -> Path:
    """A copy of a file, its members edited, some added or left out."""
    copy = to / file.name
    with ZipFile(file) as source, ZipFile(copy, "w") as target:
        for info in source.infolist():
            if info.filename != without:
                target.writestr(info, edit(info.filename, source.read(info)))
        for name in more:
            target.writestr(name, "x")
    assert copy.read_bytes() != file.read_bytes()
    return copy


def in_part(part: str, was: bytes, now: bytes) -> Edit:
    def edit(name: str, content: bytes) -> bytes:
        assert name != part or was in content
        return content.replace(was, now) if name == part else content

    return edit


def same(_name: str, content: bytes) -> bytes:
    return content


# Making one


def test_the_reports_are_listed_with_what_each_may_be_asked_for(zhucun: Zhucun) -> None:
    listed = zhucun("report").output

    for report in REPORTS:
        assert report.name in listed
        assert report.zh in listed
    assert "--from-month 2021-01" in listed


def test_a_report_goes_to_a_folder_under_its_own_name(zhucun: Zhucun, tmp_path: Path) -> None:
    result = zhucun("report", "roll", "-o", tmp_path, "--as-of", "2020-05-31", "--known-at", "20")

    assert result.exit_code == 0, result.output
    assert [it.name for it in tmp_path.iterdir()] == [Path(result.stdout.strip()).name]
    assert result.stdout.strip().endswith("党建指导员花名册-2020-04-15-20.xlsx")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("rolls",), 1, "没有报表“rolls”"),
        (("roll", "-o", "roll.pdf"), 2, "应以 .xlsx 或 .zip 结尾"),
        (("roll", "--from-month", "2020-04"), 1, "没有参数“fromMonth”"),
        (("attendance", "--from-month"), 2, "无法识别、重复或缺值"),
        (("attendance", "2020-04"), 2, "无法识别、重复或缺值"),
        (("attendance", "--to-month=2020-04", "--to-month=2020-05"), 2, "无法识别、重复或缺值"),
        (("attendance", "--from-month", "April"), 1, "“April”不是月份,写作 2021-05"),
        (("roll", "-o", "/nowhere/roll.zip"), 1, "无法写入 /nowhere/roll.zip"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(
    zhucun: Zhucun, args: tuple[str, ...], code: int, said: str
) -> None:
    result = zhucun("report", *args)

    assert result.exit_code == code
    assert said.replace(" ", "") in re.sub(r"[\s│]", "", result.output)


def test_nothing_half_written_remains_and_what_was_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "roll.xlsx"
    file.write_bytes(b"before")

    def interrupted() -> None:
        with whole_file(file) as draft:
            draft.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [it.name for it in tmp_path.iterdir()] == ["roll.xlsx"]
    assert file.read_bytes() == b"before"


# Checking one


@pytest.mark.parametrize("form", ["book", "archive"])
def test_a_report_as_it_was_made_is_confirmed(
    zhucun: Zhucun, form: str, request: pytest.FixtureRequest
) -> None:
    result = zhucun("check-report", request.getfixturevalue(form))

    assert result.exit_code == 0, result.output
    assert "按同一位置由账本重出,声明完全相同" in result.output
    assert "✓ 未发现改动。 Nothing in it was altered." in result.output


def test_a_cell_that_was_altered_is_named_with_both_values(
    zhucun: Zhucun, book: Path, tmp_path: Path
) -> None:
    def edit(name: str, content: bytes) -> bytes:
        return CELL.sub(rb"\g<1>22\2", content) if name == "xl/worksheets/sheet3.xml" else content

    result = zhucun("check-report", altered(book, tmp_path, edit))

    assert result.exit_code == 1
    assert "表“个人明细”已被改动:摘要与声明不符" in result.output
    assert "表“个人明细”第6行“打卡天数”:文件为“22”,账本为“20”。" in result.output
    assert "'个人明细', row 6, column '打卡天数': '22' in the file, '20' in the ledger." in result.output
    assert "乡镇汇总" not in result.output


def test_a_row_that_was_taken_out_of_a_csv_file_is_missed(
    zhucun: Zhucun, archive: Path, tmp_path: Path
) -> None:
    def edit(name: str, content: bytes) -> bytes:
        return content[: content[:-2].rfind(b"\r\n") + 2] if name == "个人明细.csv" else content

    result = zhucun("check-report", altered(archive, tmp_path, edit))

    assert result.exit_code == 1
    assert "表“个人明细”第3行缺失:2020-05," in result.output


def test_a_row_that_was_added_to_a_csv_file_is_told(zhucun: Zhucun, archive: Path, tmp_path: Path) -> None:
    def edit(name: str, content: bytes) -> bytes:
        return content + b"2020-06,more\r\n" if name == "个人明细.csv" else content

    result = zhucun("check-report", altered(archive, tmp_path, edit))

    assert result.exit_code == 1
    assert "表“个人明细”第4行为账本所无:2020-06,more" in result.output


@pytest.mark.parametrize(
    ("part", "was", "now", "said"),
    [
        ("xl/worksheets/sheet1.xml", "湘阴县", "湘潭县", "封面与其签名的声明不符"),
        ("xl/worksheets/sheet1.xml", "as-of 2020-05-31", "as-of 2020-05-30", "报表声明的签名不符"),
        ("xl/worksheets/sheet1.xml", "\nstreams ", "\nstreams 1", "账本检查点的签名不符"),
        ("xl/worksheets/sheet1.xml", "\nstreams ", "\nstreams 1", "账本检查点与账本在该位置上的不同"),
        ("xl/worksheets/sheet2.xml", "按乡镇", "按县", "表“乡镇汇总”上方的标题或说明已被改动"),
        ("xl/worksheets/sheet3.xml", "模拟数据", "真实数据", "表“个人明细”上方的标题或说明已被改动"),
        ("xl/worksheets/sheet3.xml", "打卡天数</t>", "天数</t>", "表“个人明细”已被改动"),
        ("xl/workbook.xml", "个人明细", "个人", "缺少表“个人明细”"),
    ],
)
def test_whatever_else_is_altered_in_a_workbook_is_found(  # noqa: PLR0917 - what is altered, and what is said
    zhucun: Zhucun, book: Path, tmp_path: Path, part: str, was: str, now: str, said: str
) -> None:
    file = altered(book, tmp_path, in_part(part, was.encode(), now.encode()))
    result = zhucun("check-report", file)

    assert result.exit_code == 1
    assert said in result.output


def test_a_table_that_is_no_part_of_the_report_or_is_missing_is_told(
    zhucun: Zhucun, archive: Path, tmp_path: Path
) -> None:
    file = altered(archive, tmp_path, same, more=("更多.csv",), without="乡镇汇总.csv")
    result = zhucun("check-report", file)

    assert result.exit_code == 1
    assert "文件“更多.csv”不属于本报表" in result.output
    assert "缺少表“乡镇汇总”" in result.output


def test_what_a_forger_writes_is_one_line_on_the_terminal(
    zhucun: Zhucun, archive: Path, tmp_path: Path
) -> None:
    def edit(name: str, content: bytes) -> bytes:
        return content + '"\x1b[2J\n✓ 未发现改动\u202e"\r\n'.encode() if name == "个人明细.csv" else content

    result = zhucun("check-report", altered(archive, tmp_path, edit))

    assert result.exit_code == 1
    assert "第4行为账本所无:\ufffd[2J\ufffd✓ 未发现改动\ufffd\n" in result.output


def test_who_puts_in_other_figures_and_digests_cannot_sign_them(
    zhucun: Zhucun, archive: Path, tmp_path: Path
) -> None:
    with ZipFile(archive) as zipped:
        was = zipped.read("个人明细.csv")
    now = was.replace(b",19,", b",21,")
    digests = [sha256(it).hexdigest().encode() for it in (was, now)]

    def edit(name: str, content: bytes) -> bytes:
        return now if name == "个人明细.csv" else content.replace(digests[0], digests[1])

    result = zhucun("check-report", altered(archive, tmp_path, edit))
    assert result.exit_code == 1
    assert "报表声明的签名不符" in result.output
    assert "声明与账本按同一位置重出者不同" in result.output
    assert "“打卡天数”:文件为“21”,账本为“19”" in result.output


def test_without_a_ledger_the_file_is_checked_by_itself(
    zhucun: Zhucun, conninfo: str, book: Path, archive: Path, tmp_path: Path
) -> None:
    with connect(conninfo) as conn:
        key = key_history(conn)[-1].vkey

    alone = zhucun("check-report", book, ledger=False)
    assert alone.exit_code == 0
    assert "未核验报表声明的签名" in alone.output
    assert "签名未核验" in alone.output
    known = zhucun("check-report", archive, "--key", key, ledger=False)
    assert known.exit_code == 0
    assert "未发现改动" in known.output
    another = SigningKey.generate().verifier("zhucun.example/another").text
    assert zhucun("check-report", archive, "--key", another, ledger=False).exit_code == 1
    forged = altered(archive, tmp_path, in_part("封面.csv", b"position", b"Position"))
    assert zhucun("check-report", forged, ledger=False).exit_code == 1


def test_where_the_ledgers_key_is_not_at_hand_the_file_is_not_compared_with_the_ledger(
    conninfo: str, book: Path, tmp_path: Path
) -> None:
    env = postgres.environment(conninfo) | {"ZHUCUN_KEYS": str(tmp_path)}
    result = CliRunner().invoke(app, ["check-report", str(book)], env=env)

    assert result.exit_code == 0, result.output
    assert "未与账本比对" in result.output
    assert "未发现改动" in result.output


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"a,b\r\n"])
def test_what_is_no_report_is_refused(zhucun: Zhucun, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.xlsx"
    file.write_bytes(content)
    result = zhucun("check-report", file)

    assert result.exit_code == 1
    assert "✗" in result.output
    assert "意外错误" not in result.output


def test_a_workbook_that_is_no_report_and_a_file_that_is_not_there_are_refused(
    zhucun: Zhucun, tmp_path: Path
) -> None:
    template = tmp_path / "visits.xlsx"
    assert zhucun("template", "visits", "-o", template).exit_code == 0

    assert "这不是 zhucun report 所出的报表" in zhucun("check-report", template).output
    assert "无法读取" in zhucun("check-report", tmp_path / "nothing.zip").output
