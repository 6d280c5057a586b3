"""`zhucun export` and `zhucun import`: a whole ledger through a file or a pipe."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.demo.daily import EXAMPLE
from ledger.database import connect
from tests import postgres

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo county, with its key."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(server: str, template: str, data: Path) -> Iterator[Run]:
    """The command line on the small demo county."""
    with postgres.database_from(server, template) as conninfo:
        run = runner(conninfo, data)
        assert run("demo", "--small").exit_code == 0
        yield run


@pytest.fixture(scope="module")
def exported(demo: Run) -> bytes:
    """What it exports."""
    return done(demo("export")).stdout_bytes


@pytest.fixture
def zhucun(database: str, tmp_path: Path) -> Run:
    """The command line on an empty database."""
    return runner(database, tmp_path / "data")


def runner(conninfo: str, data: Path) -> Run:
    def run(*args: object, stdin: bytes | None = None) -> Result:
        env = {"DATABASE_URL": conninfo, "ZHUCUN_DATA": str(data)}
        return CliRunner().invoke(app, [str(arg) for arg in args], env=env, input=stdin)

    return run


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def failed(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def test_an_export_through_a_pipe_is_nothing_but_lines(exported: bytes) -> None:
    head, *lines = [json.loads(line) for line in exported.splitlines()]
    assert head["format"] == "zhucun-log-v1"
    assert head["size"] == len(lines)
    assert head["checkpoint"].startswith(f"{head['log_origin']}\n{head['size']}\n{head['root']}\n")
    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_file_has_the_same_bytes_and_says_how_many_events(
    demo: Run, exported: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "county.jsonl"
    result = done(demo("export", "-o", file))
    assert file.read_bytes() == exported
    assert result.stdout == ""
    assert f"{json.loads(exported.splitlines()[0])['size']:,} events exported" in result.stderr
    assert list(tmp_path.iterdir()) == [file]


def test_a_packed_file_has_the_same_bytes_each_time(demo: Run, exported: bytes, tmp_path: Path) -> None:
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    done(demo("export", "-o", first))
    done(demo("export", "-o", second))
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes()) == exported


def test_an_export_can_end_at_a_position(demo: Run, exported: bytes) -> None:
    lines = done(demo("export", "--upto", 7)).stdout_bytes.splitlines()
    assert lines[1:] == exported.splitlines()[1:8]


def test_an_export_beyond_the_end_is_refused_and_leaves_no_file(demo: Run, tmp_path: Path) -> None:
    for upto in (10**9, 10**22):
        failed(demo("export", "--upto", upto, "-o", tmp_path / "log.jsonl"), "日志尚不足", "does not have")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(demo: Run, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "log.jsonl"
    failed(demo("export", "-o", target), f"无法写入 {target}", "No such file")


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz", "packed-by-another-name"])
def test_an_imported_county_answers_as_the_other(
    demo: Run, zhucun: Run, exported: bytes, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(exported if name == "log.jsonl" else gzip.compress(exported))
    result = done(zhucun("import", file))
    head = json.loads(exported.splitlines()[0])
    assert f"{head['size']:,} events imported" in result.stderr
    again = done(zhucun("export")).stdout_bytes.splitlines()
    assert again[1:] == exported.splitlines()[1:]
    assert json.loads(again[0]) | {"checkpoint": None} == head | {"checkpoint": None}
    ask = ("replay", EXAMPLE.staff_number, "--json")
    assert done(zhucun(*ask)).stdout == done(demo(*ask)).stdout


def test_an_export_can_be_piped_into_an_import(zhucun: Run, exported: bytes) -> None:
    done(zhucun("import", "-", stdin=exported))
    assert done(zhucun("export")).stdout_bytes.splitlines()[1:] == exported.splitlines()[1:]


def test_a_county_that_lost_its_database_signs_on_with_its_key(
    database: str, data: Path, exported: bytes
) -> None:
    zhucun = runner(database, data)
    assert "警报" not in done(zhucun("import", "-", stdin=exported)).stderr
    assert done(zhucun("export")).stdout_bytes == exported


def test_importing_again_imports_nothing_more(zhucun: Run, exported: bytes) -> None:
    done(zhucun("import", "-", stdin=exported))
    assert "已导入 0 个事件" in done(zhucun("import", "-", stdin=exported)).stderr


def test_nothing_is_imported_into_a_ledger_that_is_there(demo: Run, exported: bytes) -> None:
    failed(demo("import", "-", stdin=exported), "此数据库中已有账本", "ZHUCUN_DATA")


def test_half_an_import_is_no_county_until_it_is_finished(
    database: str, zhucun: Run, exported: bytes
) -> None:
    lines = exported.splitlines(keepends=True)
    failed(zhucun("import", "-", stdin=b"".join(lines[:9])), "不完整", "8 events of")
    failed(zhucun("status"), "没有账本")
    failed(zhucun("demo", "--small"), "zhucun import", "not finished")
    with connect(database) as conn:
        assert conn.execute("select count(*) from ledger.events").fetchone() == (8,)
    assert f"{len(lines) - 9:,} events imported" in done(zhucun("import", "-", stdin=exported)).stderr


def test_a_line_that_is_wrong_is_named(zhucun: Run, exported: bytes) -> None:
    lines = exported.splitlines(keepends=True)
    lines[4] = lines[4].replace(b"2020", b"2021", 1)
    failed(
        zhucun("import", "-", stdin=b"".join(lines)), "导出文件第 5 行有误", "Line 5 of the export is wrong"
    )


@pytest.mark.parametrize("content", [b"", b"{}\n", b"PK\3\4", b"\x1f\x8b"])
def test_what_is_no_export_is_refused(zhucun: Run, content: bytes) -> None:
    assert zhucun("import", "-", stdin=content).exit_code == 1


def test_a_packed_file_that_is_cut_short_is_refused(zhucun: Run, exported: bytes, tmp_path: Path) -> None:
    file = tmp_path / "log.gz"
    file.write_bytes(gzip.compress(exported)[:-100])
    failed(zhucun("import", file), "压缩数据已损坏或不完整", "is not whole, or damaged")


def test_a_file_that_is_not_there_is_named(zhucun: Run, tmp_path: Path) -> None:
    failed(zhucun("import", tmp_path / "log.jsonl"), "无法读取", "No such file")
    failed(zhucun("import", tmp_path), "无法读取", "Is a directory")


def test_a_file_that_is_not_there_starts_no_database(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "", "ZHUCUN_DATA": str(tmp_path / "data")}
    failed(CliRunner().invoke(app, ["import", str(tmp_path / "log.jsonl")], env=env), "无法读取")
    assert not (tmp_path / "data").exists()
