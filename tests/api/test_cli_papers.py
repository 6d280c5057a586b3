"""`zhucun papers`, `zhucun template`, `zhucun import-paper`: a county with one instructor in service."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.papers.grid import read_file
from api.papers.registry import PAPERS
from ledger.database import connect
from tests import facts, postgres
from tests.projections.readside import ReadSide
from tests.scenario import STAFF_NUMBER

Run = Callable[..., Result]

HEADER = ("干部编号", "方式", "日期", "结论", "发现问题")
GOOD = (STAFF_NUMBER, "巡回督查", "2020年5月5日", "在岗", "否")
UNREADABLE = (STAFF_NUMBER, "月例会", "五月", "=1+1", "否")
TOO_EARLY = (STAFF_NUMBER, "季调度", "2020.3.20", "在岗", "")
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Whoever runs the tests in the background of a shell leaves their children deaf to an interruption."""
APPENDING = """
select pid from pg_locks
where relation = 'ledger.identity'::regclass and mode = 'ExclusiveLock' and not granted
"""
BY = ("--actor-id", "t-1", "--role", "township", "--organisation", "石塘镇")


@pytest.fixture
def county(simulated_ledger: str) -> str:
    """The database of a county with one instructor in service."""
    side = ReadSide(simulated_ledger)
    side.enter(*facts.POSTED)
    side.close()
    return simulated_ledger


@pytest.fixture
def zhucun(county: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on that county, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(app, [*map(str, args)], env=postgres.environment(county))


def written(file: Path, *rows: Sequence[str]) -> Path:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows((HEADER, *rows))
    return file


def events(county: str) -> int:
    with connect(county) as conn:
        ((count,),) = conn.execute("select count(*) from ledger.events").fetchall()
    return int(count)


def test_papers_lists_every_paper_with_its_columns(zhucun: Run) -> None:
    result = zhucun("papers")
    assert result.exit_code == 0
    for kind in PAPERS.values():
        assert kind.name in result.stdout
        assert kind.zh in result.stdout


@pytest.mark.parametrize("paper", PAPERS)
def test_a_template_of_every_paper_is_written_and_never_over_a_file(
    zhucun: Run, tmp_path: Path, paper: str
) -> None:
    file = tmp_path / f"{paper}.xlsx"
    assert zhucun("template", paper, "-o", file).exit_code == 0
    assert read_file(file).sheets
    before = file.read_bytes()
    again = zhucun("template", paper, "-o", file)
    assert again.exit_code == 2
    assert file.read_bytes() == before


def test_a_dry_run_shows_how_columns_are_read_and_records_nothing(
    zhucun: Run, county: str, tmp_path: Path
) -> None:
    before = events(county)
    result = zhucun("import-paper", "inspections", written(tmp_path / "督查.csv", GOOD), *BY)
    assert result.exit_code == 0, result.output
    for words in ("督查.csv", "发现问题", "2020年5月5日", "将记录 record 1", "预览"):
        assert words in result.output
    assert events(county) == before


def test_the_preview_says_how_people_of_an_export_were_found(
    zhucun: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, export = tmp_path / "users.csv", tmp_path / "原始记录.csv"
    users.write_text(f"UserId,干部编号\nuser1,{STAFF_NUMBER}\n", "utf-8")
    export.write_text("姓名,工号,UserId,打卡时间\n陈思远,,user1,2020-05-06 08:05\n", "utf-8")
    monkeypatch.setenv("ZHUCUN_DINGTALK_USERS", str(users))
    shown = zhucun("import-paper", "check-ins", export, *BY)
    assert shown.exit_code == 0, shown.output
    assert f"UserId“user1” → {STAFF_NUMBER} 陈思远" in shown.stdout
    told = json.loads(zhucun("import-paper", "check-ins", export, *BY, "--json").stdout)
    assert told["people"] == [
        {"by": "UserId", "value": "user1", "staff_number": STAFF_NUMBER, "name": "陈思远"}
    ]
    users.write_text("nothing", "utf-8")
    broken = zhucun("import-paper", "check-ins", export, *BY)
    assert broken.exit_code == 1
    assert "users.csv" in broken.stderr
    assert zhucun("import-paper", "inspections", written(tmp_path / "督查.csv", GOOD), *BY).exit_code == 0


def test_a_named_pipe_is_refused_and_not_waited_for(zhucun: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "督查.csv"
    os.mkfifo(pipe)
    result = zhucun("import-paper", "inspections", pipe, *BY)
    assert result.exit_code == 1
    for words in ("督查.csv", "管道", "a pipe"):
        assert words in result.stderr


def test_what_is_committed_is_recorded_and_a_repeat_is_not(zhucun: Run, county: str, tmp_path: Path) -> None:
    before = events(county)
    file = written(tmp_path / "督查.csv", GOOD)
    done = zhucun("import-paper", "inspections", file, *BY, "--commit")
    assert done.exit_code == 0, done.output
    assert "1 event recorded" in done.output
    assert events(county) == before + 2
    again = zhucun("import-paper", "inspections", file, *BY, "--commit")
    assert again.exit_code == 0
    assert "没有新的内容" in again.output
    assert events(county) == before + 2


def test_refused_rows_are_shown_and_keep_everything_from_being_recorded(
    zhucun: Run, county: str, tmp_path: Path
) -> None:
    before = events(county)
    file = written(tmp_path / "督查.csv", GOOD, UNREADABLE, TOO_EARLY)
    result = zhucun("import-paper", "inspections", file, *BY, "--commit")
    assert result.exit_code == 1
    for words in ("五月", "2020-03-20", "拒绝 refused 2", "--accept-valid"):
        assert words in result.output
    assert "Traceback" not in result.output
    assert events(county) == before


def test_a_dry_run_with_refused_rows_exits_with_1(zhucun: Run, tmp_path: Path) -> None:
    assert (
        zhucun("import-paper", "inspections", written(tmp_path / "督查.csv", TOO_EARLY), *BY).exit_code == 1
    )


def test_the_refused_rows_can_be_corrected_in_their_workbook_and_brought_again(
    zhucun: Run, county: str, tmp_path: Path
) -> None:
    before = events(county)
    file = written(tmp_path / "督查.csv", GOOD, UNREADABLE)
    result = zhucun("import-paper", "inspections", file, *BY, "--commit", "--accept-valid")
    assert result.exit_code == 0, result.output
    assert events(county) == before + 2
    workbook = tmp_path / "督查-refused.xlsx"
    (sheet,) = read_file(workbook).sheets
    header, row = sheet.rows
    assert tuple(header[:5]) == HEADER
    assert tuple(row[:5]) == UNREADABLE
    assert "五月" in str(row[5])
    again = zhucun("import-paper", "inspections", workbook, *BY, "--json")
    assert json.loads(again.stdout)["counts"] == {"RECORD": 0, "ALREADY": 0, "PASSED": 0, "REFUSED": 1}
    assert zhucun("import-paper", "inspections", file, *BY, "--accept-valid").exit_code == 0
    assert (tmp_path / "督查-refused-2.xlsx").exists()


def test_nothing_is_recorded_when_the_refused_rows_cannot_be_written(
    zhucun: Run, county: str, tmp_path: Path
) -> None:
    before = events(county)
    file, nowhere = written(tmp_path / "督查.csv", GOOD, UNREADABLE), tmp_path / "拒绝.xlsx"
    nowhere.symlink_to(tmp_path / "没有" / "拒绝.xlsx")
    brought = ("import-paper", "inspections", file, *BY, "--commit", "--accept-valid")

    result = zhucun(*brought, "--refused", nowhere)

    assert result.exit_code == 1
    assert "--refused" in result.output
    assert events(county) == before


def test_a_workbook_of_refused_rows_is_never_written_over_a_file(zhucun: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "督查.csv", GOOD)
    before = file.read_bytes()
    result = zhucun("import-paper", "inspections", file, *BY, "--refused", file)
    assert result.exit_code == 2
    assert file.read_bytes() == before


def test_json_says_file_by_file_and_row_by_row_what_becomes_of_them(zhucun: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "督查.csv", GOOD, TOO_EARLY)
    result = zhucun("import-paper", "inspections", file, *BY, "--json", "--commit", "--accept-valid")
    found = json.loads(result.stdout)
    (described,) = found["files"]
    assert described["name"] == "督查.csv"
    assert described["columns"][0] == {"heading": "干部编号", "column": "干部编号", "sample": STAFF_NUMBER}
    assert found["counts"] == {"RECORD": 1, "ALREADY": 0, "PASSED": 0, "REFUSED": 1}
    (row,) = found["rows"]
    assert (row["row"], row["outcome"], row["reasons"][0]["code"]) == (3, "REFUSED", "NOT_YET_APPOINTED")
    assert found["recorded"]["events"] == 1


def test_json_names_the_rows_that_keep_everything_from_being_recorded(
    zhucun: Run, county: str, tmp_path: Path
) -> None:
    before = events(county)
    file = written(tmp_path / "督查.csv", GOOD, TOO_EARLY)
    result = zhucun("import-paper", "inspections", file, *BY, "--json", "--commit")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert [row["row"] for row in found["rows"]] == [3]
    assert found["recorded"] is None
    assert "--accept-valid" in result.stderr
    assert events(county) == before


@pytest.mark.parametrize("name", ["没有/样表.xlsx", "样表.csv"])
def test_a_workbook_is_written_to_a_folder_there_is_and_under_its_own_ending(
    zhucun: Run, county: str, tmp_path: Path, name: str
) -> None:
    before = events(county)
    file = written(tmp_path / "督查.csv", GOOD, TOO_EARLY)
    to_file = tmp_path / name
    brought = ("import-paper", "inspections", file, *BY, "--commit", "--accept-valid", "--refused", to_file)
    for args in (("template", "visits", "-o", to_file), brought):
        assert zhucun(*args).exit_code == 2
        assert not to_file.exists()
    assert events(county) == before


def test_a_folder_is_taken_in_file_by_file_without_lock_files(zhucun: Run, tmp_path: Path) -> None:
    folder = tmp_path / "督查"
    folder.mkdir()
    written(folder / "甲.csv", GOOD)
    written(folder / "乙.csv", (STAFF_NUMBER, "月例会", "2020-05-06", "已整改", "是"))
    written(folder / "~$甲.csv", UNREADABLE)
    found = json.loads(zhucun("import-paper", "inspections", folder, *BY, "--json").stdout)
    assert [it["name"] for it in found["files"]] == ["乙.csv", "甲.csv"]
    assert found["counts"]["RECORD"] == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("import-paper", "nonsense", "x.csv", *BY), "inspections"),
        (
            (
                "import-paper",
                "inspections",
                "x.csv",
                "--actor-id",
                "t",
                "--role",
                "king",
                "--organisation",
                "x",
            ),
            "--role",
        ),
        (("template", "nonsense", "-o", "x.xlsx"), "inspections"),
    ],
)
def test_wrong_usage_says_what_to_choose_from(zhucun: Run, args: tuple[str, ...], words: str) -> None:
    result = zhucun(*args)
    assert result.exit_code == 2
    assert words in result.output


def test_a_file_that_cannot_be_read_is_named(zhucun: Run, tmp_path: Path) -> None:
    missing = zhucun("import-paper", "inspections", tmp_path / "无此文件.xlsx", *BY)
    assert missing.exit_code == 1
    assert "无此文件.xlsx" in missing.stderr
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04broken")
    broken = zhucun("import-paper", "inspections", tmp_path / "坏.xlsx", *BY)
    assert broken.exit_code == 1
    assert "坏.xlsx" in broken.stderr
    assert "Traceback" not in broken.output


def test_a_folder_with_nothing_to_take_in_is_named(zhucun: Run, tmp_path: Path) -> None:
    result = zhucun("import-paper", "inspections", tmp_path, *BY)
    assert result.exit_code == 1
    assert "没有可导入的文件" in result.stderr


def test_an_interrupted_import_has_recorded_nothing_and_says_so(county: str, tmp_path: Path) -> None:
    file, before = written(tmp_path / "督查.csv", GOOD), events(county)
    command = [sys.executable, "-c", f"{HEEDING}; from api.cli import main; main()"]
    command += ["import-paper", "inspections"]

    with connect(county) as asking, connect(county) as conn:
        with conn.transaction():
            conn.execute("lock table ledger.identity in exclusive mode")
            process = subprocess.Popen(
                [*command, file, *BY, "--commit"],
                env=os.environ | postgres.environment(county),
                stderr=subprocess.PIPE,
                text=True,
            )
            while not (appending := asking.execute(APPENDING).fetchall()):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            # Whoever asks then what became of it waits for the same lock, in another session.
            while asking.execute(APPENDING).fetchall() == appending:
                assert process.poll() is None
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert "Interrupted: nothing was recorded" in said
    assert "Traceback" not in said
    assert events(county) == before
