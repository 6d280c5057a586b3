"""`zhucun forget` and `zhucun personal`: somebody's data is destroyed, and the keys of all are kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.personal import tell_unusable
from api.county import existing_county
from api.settings import Settings
from ledger.records import Record
from projections.projector import Projector
from tests import facts, postgres
from tests.api.server import serving
from tests.ledger.logs import grow, lines_of
from tests.ledger.people import files_in, forms, keys_of, master_of
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER

Run = Callable[..., Result]
FORGET = ("forget", STAFF_NUMBER, "--reason", "本人申请")
BY = ("--actor-id", "430624-zzb-1", "--actor-organisation", "湘阴县委组织部")


@pytest.fixture
def out(side: ReadSide) -> ReadSide:
    """The county after its instructor was recalled."""
    side.enter(*facts.RECALLED[len(facts.POSTED) :])
    return side


def at(conninfo: str, *args: str) -> Result:
    """Run a command on another county."""
    return CliRunner().invoke(app, args, env=postgres.environment(conninfo))


def name_of(side: ReadSide) -> object:
    return side.value("select name from read.nomination")


def test_somebody_is_forgotten_once_they_are_out_and_somebody_agreed(zhucun: Run, out: ReadSide) -> None:
    assert zhucun(*FORGET, *BY, typed="n\n").exit_code == 1
    assert name_of(out) == facts.FORM.name
    result = zhucun(*FORGET, *BY, typed="y\n")
    assert result.exit_code == 0, result.output
    assert f"删除{facts.FORM.name}({STAFF_NUMBER})的个人信息?" in result.output
    for words in ("Gone: the key", "What stays: the staff number", "zhucun personal rotate"):
        assert words in result.stdout
    assert name_of(out) == "已删除"
    assert set(forms(out.conninfo, out.keys).values()) == {None}
    events = out.value("select count(*) from ledger.events")
    again = zhucun(*FORGET, *BY)
    assert again.exit_code == 0
    assert "已经删除,无须再办" in again.output
    assert out.value("select count(*) from ledger.events") == events
    verified = zhucun("verify")
    assert verified.exit_code == 0, verified.output


def test_while_the_read_side_stands_nobody_is_told_that_it_shows_nothing_any_more(
    zhucun: Run, out: ReadSide
) -> None:
    out.project()
    out.append_stored([Record(uuid4(), 1, "Instructor.CheckedIn", b"{}", None)])
    for _ in range(2):
        result = zhucun(*FORGET, *BY, "--yes")
        assert (result.exit_code, "Gone" in result.stdout) == (1, False)
        assert "The key is destroyed. But the read side does not follow" in result.stderr
    assert name_of(out) == facts.FORM.name
    assert set(forms(out.conninfo, out.keys).values()) == {None}


def test_whoever_serves_is_not_forgotten(zhucun: Run, side: ReadSide) -> None:
    result = zhucun(*FORGET, *BY, "--yes")
    assert result.exit_code == 1
    assert "不能删除个人信息" in result.stderr
    assert forms(side.conninfo, side.keys)[facts.nominated().whose, 1] is not None


def test_somebody_unknown_is_told_so(zhucun: Run) -> None:
    result = zhucun("forget", "SIM-1", "--reason", "本人申请", *BY, "--yes")
    assert result.exit_code == 1
    assert "没有“SIM-1”的任何记录" in result.stderr


def test_the_master_key_is_replaced_and_the_keys_stand_as_told(zhucun: Run, side: ReadSide) -> None:
    before = master_of(side.conninfo)
    assert zhucun("personal", "rotate", typed="n\n").exit_code == 1
    assert master_of(side.conninfo) == before
    result = zhucun("personal", "rotate", "--yes")
    assert result.exit_code == 0, result.output
    assert f"personal-{master_of(side.conninfo)}.key" in result.stderr
    assert master_of(side.conninfo) != before
    told = json.loads(zhucun("personal", "status", "--json").stdout)
    assert (told["state"], told["master"], told["keys"]) == ("ready", master_of(side.conninfo), 1)
    assert (told["destroyed"], told["left_over"], told["trouble"]) == (0, 0, None)
    assert "可用 ready" in zhucun("personal", "status").stdout


def test_a_key_that_came_back_is_told_and_goes_with_the_next_rotation(zhucun: Run, out: ReadSide) -> None:
    wrapped = out.value("select wrapped from personal.key")
    assert zhucun(*FORGET, *BY, "--yes").exit_code == 0
    out.conn.execute("update personal.key set wrapped = %s, destroyed_at = null", (wrapped,))
    told = zhucun("personal", "status")
    assert told.exit_code == 1
    assert "日志载明已销毁的密钥仍有 1 个" in told.stdout
    assert "另销毁 1 个" in zhucun("personal", "rotate", "--yes").stderr
    assert zhucun("personal", "status").exit_code == 0


def test_without_the_master_key_the_log_is_verified_and_the_rest_is_said(zhucun: Run, side: ReadSide) -> None:
    side.project()
    assert zhucun("checkpoint").exit_code == 0
    for file in postgres.keys_of(side.conninfo).rglob("personal-*"):
        file.unlink()
    missing = f"personal-{master_of(side.conninfo)}.key"
    told = json.loads(zhucun("verify", "--json").stdout)
    assert told["clean"] is True
    assert [it["code"] for it in told["findings"]] == ["FORMS_SEALED"]
    side.conn.execute("update read.nomination set sending_unit = 'x'")
    told = json.loads(zhucun("verify", "--json").stdout)
    assert [it["code"] for it in told["findings"]] == ["READ_TABLE", "FORMS_SEALED"]
    standing = zhucun("status")
    assert standing.exit_code == 0
    assert missing in standing.stdout
    assert zhucun("personal", "status").exit_code == 1
    assert missing in zhucun("personal", "rotate", "--yes").stderr
    assert files_in(postgres.keys_of(side.conninfo)) == []
    assert zhucun("personal", "rotate", "--lost", "--yes").exit_code == 0
    assert zhucun("personal", "status").exit_code == 0


def test_a_projection_without_the_master_key_says_why_it_stands_and_goes_on_with_it(
    zhucun: Run, side: ReadSide, tmp_path: Path
) -> None:
    root = postgres.keys_of(side.conninfo)
    shutil.copytree(root, tmp_path / "copy")
    for file in root.rglob("personal-*"):
        file.unlink()
    with keys_of(side.conninfo) as fresh:  # one that has read no master key yet
        projector = Projector(side.conninfo, fresh)
        assert projector.catch_up() < len(facts.POSTED)
        standing = zhucun("status")
        assert standing.exit_code == 1
        assert f"personal-{master_of(side.conninfo)}.key" in standing.stdout
        shutil.copytree(tmp_path / "copy", root, dirs_exist_ok=True)
        assert projector.catch_up() == len(facts.POSTED)
    assert zhucun("status").exit_code == 0


def test_a_server_says_at_once_that_the_master_key_is_missing(
    side: ReadSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in postgres.environment(side.conninfo).items():
        monkeypatch.setenv(name, value)
    said: list[str] = []
    with existing_county(Settings.from_env()) as county:
        tell_unusable(county, said.append)
        assert said == []
        for file in postgres.keys_of(side.conninfo).rglob("personal-*"):
            file.unlink()
        tell_unusable(county, said.append)
    (line,) = said
    assert f"personal-{master_of(side.conninfo)}.key" in line
    assert "nothing be entered of anybody" in line


def test_a_server_without_the_master_key_answers_and_enters_nothing_of_anybody(
    side: ReadSide, caplog: pytest.LogCaptureFixture
) -> None:
    side.project()
    for file in postgres.keys_of(side.conninfo).rglob("personal-*"):
        file.unlink()
    forget = f"""mutation {{ forget(input: {{instructorId: "{PERSON}", reason: "本人申请",
        entry: {{commandId: "{uuid4()}", occurredOn: "2021-04-03"}}}}) {{ __typename }} }}"""
    with serving(side.conninfo) as served:
        code, message = served.refused(forget)
        found = served.ask("{ programme { instructors { nodes { name } } } }")["programme"]["instructors"]
    assert code == "KEYS_UNUSABLE"
    assert "zhucun personal status" in message
    assert "personal-" not in message  # which file, and where, is not for whoever asks
    assert f"personal-{master_of(side.conninfo)}.key" in caplog.text
    assert found["nodes"] == [{"name": facts.FORM.name}]
    assert files_in(postgres.keys_of(side.conninfo)) == []


def test_a_ledger_moves_with_its_keys(
    zhucun: Run, side: ReadSide, empty_database: str, tmp_path: Path
) -> None:
    grow(side.conninfo)
    log, keys = tmp_path / "log.jsonl", tmp_path / "keys.jsonl.gz"
    log.write_bytes(b"".join(lines_of(side.conninfo)))
    result = zhucun("personal", "export", str(keys))
    assert "1 keys exported" in result.stderr
    assert at(empty_database, "import", str(log)).exit_code == 0
    refused = at(empty_database, "personal", "import", str(keys))
    assert refused.exit_code == 1
    assert f"personal-{master_of(side.conninfo)}.key" in refused.stderr
    shutil.copytree(postgres.keys_of(side.conninfo), postgres.keys_of(empty_database), dirs_exist_ok=True)
    taken = at(empty_database, "personal", "import", str(keys))
    assert taken.exit_code == 0, taken.output
    assert "1 导入 taken in" in taken.stdout
    again = at(empty_database, "personal", "import", str(keys))
    assert "1 原已存在" in again.stdout
    assert at(empty_database, "verify").exit_code == 0
    replayed = at(empty_database, "replay", STAFF_NUMBER, "--json").stdout
    assert replayed == zhucun("replay", STAFF_NUMBER, "--json").stdout
