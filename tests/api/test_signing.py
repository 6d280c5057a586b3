"""What is signed of a county's log, at the web and at the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg.sql import SQL
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.console import once
from api.cli.serving import sign_log
from api.county import open_county
from api.settings import Settings, SettingUnusable
from ledger import signed
from ledger.database import connect
from ledger.keys import key_history
from ledger.notes import Note, VerifierKey, verified_by
from tests import facts, postgres
from tests.api.server import Served, serving
from tests.conftest import ORIGIN
from tests.ledger.witness import Cosigner, Witness, asked_at
from tests.projections.readside import ReadSide

POSTED = len(facts.POSTED)
LOG = f"{ORIGIN}/simulated"
Run = Callable[..., Result]


def done(result: Result) -> str:
    """Return what a command printed."""
    assert result.exit_code == 0, result.output
    return result.stdout


def failed(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def keys(side: ReadSide, count: int | None = None) -> list[VerifierKey]:
    """The keys of the log, or the first few of them."""
    return [VerifierKey.parse(record.vkey) for record in key_history(side.conn)[:count]]


def older(side: ReadSide) -> None:
    """Put the database back to an older state, as a superuser can."""
    for table in ("signature", "checkpoint", "tree_node", "events"):
        side.conn.execute(SQL("alter table ledger.{} disable trigger only_appended").format(SQL(table)))
    side.conn.execute("delete from ledger.signature")
    side.conn.execute("delete from ledger.checkpoint")
    side.conn.execute("delete from ledger.tree_node where index = %s", (POSTED - 1,))
    side.conn.execute("delete from ledger.events where position = %s", (POSTED,))


# At the web


def test_the_last_checkpoint_is_at_the_web_for_everybody_to_keep(side: ReadSide) -> None:
    side.project()
    with serving(side.conninfo) as served:
        before = served.http.get("/checkpoint")
        checkpoint = served.county.signer.sign()
        after = served.http.get("/checkpoint")

    assert (before.status_code, after.status_code) == (404, 200)
    assert after.headers["content-type"] == "text/plain; charset=utf-8"
    assert after.text == checkpoint.note
    assert verified_by(Note.parse(after.text), keys(side)) == keys(side)


def test_a_server_that_stops_signs_what_came_last(side: ReadSide) -> None:
    side.project()
    with serving(side.conninfo):
        side.enter(facts.checked_in())
        side.project()

    last = signed.latest(side.conn)
    assert last is not None
    assert last.checkpoint.size == POSTED + 1


def test_without_a_database_that_is_told_instead_of_a_checkpoint(side: ReadSide) -> None:
    with serving(side.conninfo) as served:
        side.conn.execute("alter table ledger.checkpoint rename to elsewhere")
        side.conn.execute("alter table ledger.signature rename column size to length")
        missing = served.http.get("/checkpoint")
        side.conn.execute("alter table ledger.elsewhere rename to checkpoint")
        broken = served.http.get("/checkpoint")

    assert (missing.status_code, broken.status_code) == (404, 503)
    assert "cannot be used" in broken.text


def test_readiness_tells_the_last_checkpoint(side: ReadSide) -> None:
    side.project()
    with serving(side.conninfo) as served:
        assert ready(served)["checkpoint"] is None
        served.county.signer.sign()
        told = ready(served)

    assert told["checkpoint"]["size"] == POSTED
    assert told["checkpoint"]["signed_at"].endswith("+08:00")
    assert told["alarm"] is None


def test_an_alarm_is_told_and_the_county_can_still_be_asked(side: ReadSide) -> None:
    side.project()
    with serving(side.conninfo) as served:
        served.county.signer.sign()
        older(side)
        with pytest.raises(Exception, match="ALARM"):
            served.county.signer.sign()
        told = ready(served)

    assert told["ready"]
    assert f"the log now has {POSTED - 1} events only" in told["alarm"]


def ready(served: Served) -> dict[str, Any]:
    response = served.http.get("/ready")
    told: dict[str, Any] = response.json()
    return told


# zhucun checkpoint


def test_a_checkpoint_is_signed_on_demand(side: ReadSide, zhucun: Run) -> None:
    note = done(zhucun("checkpoint"))

    assert note.split("\n")[:2] == [LOG, str(POSTED)]
    assert verified_by(Note.parse(note), keys(side)) == keys(side)
    assert done(zhucun("checkpoint")) == note


def test_a_checkpoint_of_an_earlier_size_is_written_to_a_file(zhucun: Run, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.txt"
    done(zhucun("checkpoint", "--size", "3", "-o", str(file)))

    assert file.read_bytes().decode().split("\n")[:2] == [LOG, "3"]
    assert done(zhucun("checkpoint", "--size", "3")) == file.read_text(encoding="utf-8")


def test_what_the_log_does_not_have_yet_is_told(zhucun: Run) -> None:
    failed(zhucun("checkpoint", "--size", str(POSTED + 1)), str(POSTED + 1))


def test_a_file_that_cannot_be_written_is_told(zhucun: Run, tmp_path: Path) -> None:
    failed(zhucun("checkpoint", "-o", str(tmp_path / "no" / "file")), "无法写入", "cannot be written")


def test_without_the_key_what_was_signed_can_be_had_and_nothing_is_signed(
    side: ReadSide, zhucun: Run, tmp_path: Path
) -> None:
    note = done(zhucun("checkpoint"))
    env = {"DATABASE_URL": side.conninfo, "ZHUCUN_KEYS": str(tmp_path)}

    kept = CliRunner().invoke(app, ["checkpoint", "--size", str(POSTED)], env=env)
    assert done(kept) == note
    failed(CliRunner().invoke(app, ["checkpoint"], env=env), "私钥", "ZHUCUN_KEYS")


def test_status_tells_the_last_checkpoint_and_an_alarm(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))
    assert re.search(rf"Last checkpoint +{POSTED}, ", done(zhucun("status")))
    older(side)
    failed(zhucun("checkpoint"), "警报", "ALARM")

    told = zhucun("status")
    assert told.exit_code == 1
    assert "警报 Alarm" in told.stdout
    as_json = zhucun("status", "--json")
    assert as_json.exit_code == 1
    assert "ALARM" in json.loads(as_json.stdout)["alarm"]


# zhucun key


def test_the_keys_are_shown_with_the_size_from_which_each_counts(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))
    done(zhucun("key", "rotate", "--yes"))
    told = json.loads(done(zhucun("key", "show", "--json")))

    assert [(it["number"], it["vkey"], it["from_size"]) for it in told] == [
        (1, keys(side)[0].text, POSTED),
        (2, keys(side)[1].text, POSTED),
    ]
    shown = done(zhucun("key", "show"))
    assert all(key.text in shown for key in keys(side))


def test_a_new_key_takes_over_after_a_question(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))
    assert zhucun("key", "rotate", typed="n\n").exit_code == 1
    assert len(keys(side)) == 1

    assert keys(side)[0].text not in done(zhucun("key", "rotate", typed="y\n"))
    assert len(keys(side)) == 2


def test_a_key_that_is_not_lost_is_not_replaced_as_if_it_were(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))

    failed(zhucun("key", "rotate", "--yes", "--lost", "fire"), "--lost")
    assert zhucun("key", "rotate", "--yes", "--lost", "two\nlines").exit_code == 2
    assert len(keys(side)) == 1


def test_a_broken_chain_of_keys_is_told(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))
    side.conn.execute("insert into ledger.signing_key (number, vkey, note) values (2, 'a', 'b')")

    for told in (zhucun("key", "show"), zhucun("key", "show", "--json")):
        assert told.exit_code == 1
        assert "✗ 2" in told.stderr
        assert keys(side, 1)[0].text in told.stdout


# zhucun witness


def test_a_witness_is_registered_asked_and_listed(side: ReadSide, zhucun: Run) -> None:
    done(zhucun("checkpoint"))
    witness = Witness("witness.example/w1", keys(side)[0].text)
    with asked_at(witness) as url:
        done(zhucun("witness", "add", witness.key.text, "--url", url))
        asked = zhucun("witness", "ask")
        done(asked)

    assert "witness.example/w1: 已附签 cosigned" in asked.stderr
    listed = json.loads(done(zhucun("witness", "list", "--json")))
    assert [(it["name"], it["size"]) for it in listed] == [("witness.example/w1", POSTED)]
    assert witness.key.text in done(zhucun("witness", "list"))
    failed(zhucun("witness", "ask"), "witness.example/w1", "cannot be reached")


def test_cosignatures_are_taken_from_a_file(zhucun: Run, tmp_path: Path) -> None:
    note = done(zhucun("checkpoint"))
    witness = Cosigner("witness.example/w1")
    cosigned = note + witness.line(Note.parse(note).text)
    file = tmp_path / "cosigned.txt"
    file.write_text(cosigned, encoding="utf-8")

    failed(zhucun("witness", "cosign", str(file)), "没有已登记见证方的附签")
    done(zhucun("witness", "add", witness.key.text))
    done(zhucun("witness", "cosign", str(file)))
    assert done(zhucun("checkpoint")) == cosigned
    done(zhucun("witness", "cosign", "-", typed=cosigned))


def test_witnesses_that_are_not_there_are_told(zhucun: Run, tmp_path: Path) -> None:
    failed(zhucun("witness", "ask"), "没有登记了地址的见证方", "zhucun witness add")
    failed(zhucun("witness", "ask", "nobody"), "nobody")
    failed(zhucun("witness", "add", "nobody"), "nobody")
    failed(zhucun("witness", "cosign", str(tmp_path / "none")), "none")


# Settings


def test_the_keys_have_a_folder_of_their_own() -> None:
    assert Settings.from_env({}).keys == Path(".data/keys")
    assert Settings.from_env({"ZHUCUN_DATA": "/data"}).keys == Path("/data/keys")
    assert Settings.from_env({"ZHUCUN_DATA": "/data", "ZHUCUN_KEYS": "/keys"}).keys == Path("/keys")


def test_an_origin_has_to_be_fit_for_a_keys_name() -> None:
    for origin in ("our county", "a+b"):
        with pytest.raises(SettingUnusable, match="ZHUCUN_ORIGIN"):
            Settings.from_env({"ZHUCUN_ORIGIN": origin})


def test_each_ledger_has_its_own_key(server: str, template: str, tmp_path: Path) -> None:
    found = []
    for origin in ("a.example/1", "b.example/1"):
        with postgres.database_from(server, template) as conninfo:
            env = {"DATABASE_URL": conninfo, "ZHUCUN_KEYS": str(tmp_path), "ZHUCUN_ORIGIN": origin}
            done(CliRunner().invoke(app, ["rebuild"], env=env))
            done(CliRunner().invoke(app, ["checkpoint"], env=env))
            with connect(conninfo) as conn:
                found += [record.vkey for record in key_history(conn)]

    assert [vkey.split("+")[0] for vkey in found] == ["a.example/1", "b.example/1"]
    assert len({vkey.rsplit("+", 1)[1] for vkey in found}) == 2


def test_a_server_that_cannot_sign_says_so_once_when_it_starts(side: ReadSide) -> None:
    settings = Settings(database_url=side.conninfo, keys_at=postgres.keys_of(side.conninfo))
    told: list[str] = []
    with open_county(settings, told.append) as county:
        (county.signer.folder / "signing-key.pem").unlink()
    tell = once(told.append)
    with open_county(settings, tell) as county:
        sign_log(county, tell)

    assert len(told) == 1
    assert "Checkpoints cannot be signed here" in told[0]
