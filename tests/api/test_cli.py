"""The command line: help, results, errors without tracebacks, and exit codes."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.data import COUNTY
from api.demo.daily import EXAMPLE
from domain.ids import instructor_id
from ledger.database import connect
from tests import postgres
from tests.api.server import process_serving

WHOM = EXAMPLE.staff_number
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def demo_database(server: str, template: str) -> Iterator[str]:
    """A database that `zhucun demo --small` filled."""
    with postgres.database_from(server, template) as conninfo:
        assert _run(conninfo, "demo", "--small").exit_code == 0
        yield conninfo


@pytest.fixture
def zhucun(database: str) -> Run:
    """The command line on an empty database."""
    return lambda *args: _run(database, *args)


@pytest.fixture
def demo(demo_database: str) -> Run:
    """The command line on the filled demo county."""
    return lambda *args: _run(demo_database, *args)


# Help and wrong usage


def test_help_names_every_command_and_where_to_begin(zhucun: Run) -> None:
    result = zhucun("--help")
    assert result.exit_code == 0
    commands = (
        "serve",
        "demo",
        "status",
        "rebuild",
        "schema",
        "replay",
        "changes",
        "compare",
        "dossier",
        "export",
        "import",
        "verify",
        "papers",
        "template",
        "import-paper",
    )
    for command in commands:
        assert command in result.stdout
    assert "zhucun demo --serve" in result.stdout
    assert "DATABASE_URL" in result.stdout


def test_without_a_command_help_is_shown(zhucun: Run) -> None:
    result = zhucun()
    assert result.exit_code == 2
    assert "replay" in result.output


@pytest.mark.parametrize(
    "args", [("nonsense",), ("demo", "--nonsense"), ("serve", "--port", "70000"), ("replay",)]
)
def test_wrong_usage_exits_with_2(zhucun: Run, args: tuple[str, ...]) -> None:
    assert zhucun(*args).exit_code == 2


# Errors


def test_without_a_ledger_the_way_to_one_is_shown(zhucun: Run) -> None:
    for command in (("status",), ("replay", WHOM)):
        _failed(zhucun(*command), "还没有账本", "zhucun demo")


def test_without_a_data_folder_looking_makes_none(tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = CliRunner().invoke(app, ["status"], env={"DATABASE_URL": "", "ZHUCUN_DATA": str(data)})
    _failed(result, "还没有账本", "zhucun serve")
    assert not data.exists()


def test_an_unreachable_database_is_named_without_a_traceback() -> None:
    result = _run("postgresql://nobody@127.0.0.1:1/nothing", "status")
    _failed(result, "无法连接数据库", "cannot be reached")


def test_debug_shows_the_traceback() -> None:
    result = _run("postgresql://nobody@127.0.0.1:1/nothing", "--debug", "status")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(("name", "value"), [("ZHUCUN_PORT", "eight"), ("ZHUCUN_COUNTY", "湘阴")])
def test_an_unusable_setting_is_named(database: str, name: str, value: str) -> None:
    result = CliRunner().invoke(app, ["status"], env={"DATABASE_URL": database, name: value})
    _failed(result, name, "is not usable")


def test_an_error_nobody_foresaw_is_told_in_a_line(demo_database: str, tmp_path: Path) -> None:
    result = _run(demo_database, "schema", "--check", "--file", str(tmp_path))
    _failed(result, "意外错误", "--debug")


# The demo


def test_a_second_demo_changes_nothing(demo: Run, demo_database: str) -> None:
    before = _count(demo_database)
    result = demo("demo", "--small")
    assert result.exit_code == 0
    assert _count(demo_database) == before > 500
    assert "已记录" not in result.stderr


def test_a_demo_of_another_seed_or_size_needs_another_database(demo: Run) -> None:
    _failed(demo("demo", "--small", "--seed", "7"), "另一账本", "another ledger")
    _failed(demo("demo"), "另一账本", "another ledger")


def test_a_real_ledger_never_becomes_a_demo(real_ledger: str) -> None:
    _failed(_run(real_ledger, "demo", "--small"), "真实账本", "a real one")
    assert _count(real_ledger) == 0


# How it stands


def test_status_tells_where_ledger_and_read_side_stand(demo: Run, demo_database: str) -> None:
    result = demo("status", "--json")
    assert result.exit_code == 0
    status = json.loads(result.stdout)
    assert status["head"] == status["position"] == _count(demo_database)
    assert (status["lag"], status["state"], status["schema_current"]) == (0, "running", True)
    assert (status["county"], status["simulated"]) == (COUNTY, True)
    assert status["last_event"]["recorded_at"].startswith("2020-07-05")


def test_status_is_a_table_for_people(demo: Run) -> None:
    table = demo("status").stdout
    for word in ("模拟 simulated", "滞后 Lag", "正常 running", "2020-07-05"):
        assert word in table


def test_status_exits_with_1_when_the_read_side_has_stopped(database: str) -> None:
    assert _run(database, "demo", "--small").exit_code == 0
    with connect(database) as conn:
        conn.execute("update read.projector set state = 'stopped', stopped_position = 9, error = '看不懂'")
    result = _run(database, "status")
    assert result.exit_code == 1
    assert "9: 看不懂" in result.stdout


def test_a_rebuild_that_agrees_takes_over(demo: Run, demo_database: str) -> None:
    result = demo("rebuild")
    assert result.exit_code == 0
    assert f"{_count(demo_database)}" in result.stdout
    assert "swapped" in result.stdout


def test_a_rebuild_that_differs_is_shown_and_swapped_only_on_demand(database: str) -> None:
    assert _run(database, "demo", "--small").exit_code == 0
    with connect(database) as conn:
        conn.execute("update read.check_in set place = '别处' where occurred_on = '2020-04-20'")
    result = _run(database, "rebuild")
    assert result.exit_code == 1
    assert "check_in" in result.stdout
    assert _run(database, "rebuild", "--accept-difference").exit_code == 0
    assert _run(database, "rebuild").exit_code == 0


# A life


@pytest.mark.parametrize(
    ("known_at", "present", "voided"),
    [("2020-06-05", False, False), ("2020-06-15", True, False), ("2020-07-05T12:00", True, True)],
)
def test_replay_answers_on_both_clocks(demo: Run, known_at: str, *, present: bool, voided: bool) -> None:
    result = demo("replay", WHOM, "--as-of", "2020-05-31", "--known-at", known_at, "--json")
    on_the_day = [event for event in _events(result) if event["occurred_on"] == str(EXAMPLE.day)]
    assert bool(on_the_day) is present
    assert any(event["voided_by"] for event in on_the_day) is voided


def test_a_voided_check_in_no_longer_counts_in_the_state_after_it(demo: Run) -> None:
    def days(known_at: str) -> int:
        result = demo("replay", WHOM, "--as-of", "2020-05-31", "--known-at", known_at, "--json")
        return int(_events(result)[-1]["state"]["days_present"])

    check_ins = {
        event["version"]
        for event in _events(demo("replay", WHOM, "--as-of", "2020-05-31", "--json"))
        if event["type"] == "Instructor.CheckedIn" and not event["voided_by"]
    }
    assert days("2020-07-05T12:00") == len(check_ins)


def test_replay_knows_nothing_later_than_the_position_asked_for(demo: Run) -> None:
    everything = _events(demo("replay", WHOM, "--json"))
    position = everything[10]["position"]
    assert [event["version"] for event in everything] == list(range(1, len(everything) + 1))
    known = _events(demo("replay", WHOM, "--known-at", str(position), "--json"))
    assert known == everything[:11]


def test_replay_takes_an_id_as_well_as_a_staff_number(demo: Run) -> None:
    person = str(instructor_id(COUNTY, WHOM))
    assert demo("replay", person, "--json").stdout == demo("replay", WHOM, "--json").stdout


def test_json_lines_carry_the_stored_data_and_the_state_after_it(demo: Run) -> None:
    first, second, third, *_ = _events(demo("replay", WHOM, "--json"))
    assert first["data"]["staff_number"] == WHOM
    assert [it["state"]["stage"] for it in (first, second, third)] == ["nominated", "approved", "serving"]
    assert third["state"]["village_name"] == "旭东社区"


def test_a_life_is_a_table_a_person_can_read(demo: Run) -> None:
    lines = demo("replay", WHOM).stdout.splitlines()
    assert [
        word for word in ("记录", "发生", "迟", "事件", "详情", "经办", "其后") if word not in lines[0]
    ] == []
    assert any("任命" in line and "在任 旭东社区" in line for line in lines)
    assert any("到村打卡" in line and " 38 " in line and "2020-05-03" in line for line in lines)


def test_ordinary_work_is_folded_by_the_month_unless_all_is_wanted(demo: Run) -> None:
    folded, full = demo("replay", WHOM).stdout, demo("replay", WHOM, "--full").stdout
    assert "日常工作" in folded
    assert "日常工作" not in full
    assert len(folded.splitlines()) < 40
    assert len(full.splitlines()) > len(_events(demo("replay", WHOM, "--json")))


def test_an_unknown_person_is_refused_with_a_hint(demo: Run) -> None:
    _failed(demo("replay", "SIM-1999-0001"), "没有", "staff number")
    _failed(demo("replay", WHOM, "--known-at", "2020-03-01"), "没有", "by then")


@pytest.mark.parametrize("option", [("--known-at", "yesterday"), ("--as-of", "2020-13-01")])
def test_a_day_that_is_none_is_wrong_usage(demo: Run, option: tuple[str, str]) -> None:
    result = demo("replay", WHOM, *option)
    assert result.exit_code == 2
    assert option[0] in result.output
    assert "写作" in result.output
    assert "2021-06-05" in result.output


# The GraphQL schema


def test_the_schema_is_printed_and_checks_against_itself(zhucun: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(zhucun("schema").stdout, encoding="utf-8")
    assert "type Query" in file.read_text(encoding="utf-8")
    assert zhucun("schema", "--check", "--file", str(file)).exit_code == 0


def test_a_change_that_breaks_clients_is_named(zhucun: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    promised = zhucun("schema").stdout + "\nextend type Query { promised: Int }\n"
    file.write_text(promised, encoding="utf-8")
    result = zhucun("schema", "--check", "--file", str(file))
    _failed(result, "zhucun schema >", "not up to date")
    assert "Query.promised was removed" in result.stdout


def test_an_addition_breaks_nobody_but_has_to_be_committed(zhucun: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    before = zhucun("schema").stdout.replace("union ", "# A word\nunion ", 1)
    file.write_text(before, encoding="utf-8")
    result = zhucun("schema", "--check", "--file", str(file))
    _failed(result, "不一致", "not up to date")
    assert "breaking" not in result.stdout


def test_a_missing_schema_file_is_named(zhucun: Run, tmp_path: Path) -> None:
    _failed(zhucun("schema", "--check", "--file", str(tmp_path / "none")), "没有文件", "zhucun schema >")


# Serving


def test_the_demo_is_served_until_it_is_told_to_stop(demo_database: str) -> None:
    with process_serving(demo_database, "demo", "--small", "--serve") as (url, process):
        assert httpx.get(f"{url}/health").json() == {"alive": True}
        ready = httpx.get(f"{url}/ready").json()
        assert (ready["ready"], ready["simulated"]) == (True, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_serving_an_empty_database_founds_a_real_ledger(database: str) -> None:
    with process_serving(database, "serve") as (url, process):
        answer = httpx.get(f"{url}/ready").json()
        assert (answer["origin"], answer["simulated"]) == (f"zhucun.example/{COUNTY}", False)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_a_port_that_is_taken_is_named(demo: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        _failed(demo("serve", "--port", port), f"127.0.0.1:{port}", "--port")


def _run(conninfo: str, *args: str) -> Result:
    return CliRunner().invoke(app, args, env=postgres.environment(conninfo))


def _failed(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def _events(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def _count(conninfo: str) -> int:
    with connect(conninfo) as conn:
        (count,) = conn.execute("select count(*) from ledger.events").fetchone() or (0,)
    return int(count)
