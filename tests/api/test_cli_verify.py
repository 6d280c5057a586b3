"""`zhucun verify`: what it prints, and when it exits with 0."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from ledger.keys import key_history
from ledger.notes import SigningKey
from tests import facts
from tests.ledger.tampering import owner, rewrite_tree
from tests.projections.readside import ReadSide

EVENTS = len(facts.POSTED)
Run = Callable[..., Result]


@pytest.fixture
def zhucun(zhucun: Run) -> Run:
    """The command line on a county with some events; it signed once."""
    assert zhucun("checkpoint").exit_code == 0
    return zhucun


def test_a_ledger_that_nobody_touched_is_verified(zhucun: Run) -> None:
    result = zhucun("verify")
    assert result.exit_code == 0, result.output
    assert f"{EVENTS} events and 2 checkpoints verified" in result.stdout
    assert "读库已由事件重算" in result.stdout
    assert "✓ 未发现差异。 Nothing differs." in result.stdout


def test_json_tells_the_same_to_programs(zhucun: Run) -> None:
    told = verified(zhucun("verify", "--json"))
    assert (told["clean"], told["findings"], told["size"], told["agreed"]) == (True, [], EVENTS, EVENTS)
    assert (told["read_position"], told["head"]) == (EVENTS, EVENTS)
    assert told["against"] == ["签署者的记录 the signer's memory"]
    assert zhucun("checkpoint").stdout.splitlines()[2] == told["root"]


def test_the_read_side_can_be_left_out(zhucun: Run, side: ReadSide) -> None:
    side.conn.execute("update read.appointment set batch_year = 2021")
    assert verified(zhucun("verify", "--skip-read-side", "--json"))["read_position"] is None
    result = zhucun("verify")
    assert result.exit_code == 1
    assert "读表 appointment 与由事件重算的不同" in result.stdout
    assert "Differences found: 1." in result.stdout


def test_a_changed_event_is_told_and_fails(zhucun: Run, side: ReadSide) -> None:
    with owner(side.conninfo) as conn:
        conn.execute("update ledger.events set recorded_at = '2020-01-01Z' where position = 2")
    result = zhucun("verify", "--skip-read-side")
    assert result.exit_code == 1
    assert "✗ 位置 2:事件入账后被改动,改的是记录时间,原为 2020-" in result.stdout
    assert "Position 2: changed after it was recorded: its recording time, from 2020-" in result.stdout
    (found,) = json.loads(zhucun("verify", "--skip-read-side", "--json").stdout)["findings"]
    assert (found["code"], found["first"], found["field"]) == ("CHANGED", 2, "time")


def test_a_checkpoint_that_somebody_kept_is_compared(zhucun: Run, side: ReadSide, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    assert zhucun("checkpoint", "-o", str(kept)).exit_code == 0
    told = verified(zhucun("verify", "--against", str(kept), "--json"))
    assert told["against"][0] == "kept.txt"
    assert zhucun("verify", "--against", "-", typed=kept.read_text(encoding="utf-8")).exit_code == 0
    with owner(side.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position = 2")
        rewrite_tree(conn)
        conn.execute("delete from ledger.signature")
        conn.execute("delete from ledger.checkpoint")
    result = zhucun("verify", "--skip-read-side", "--against", str(kept))
    assert result.exit_code == 1
    assert f"kept.txt与本日志不符:长度 {EVENTS} 处其根为" in result.stdout


def test_a_key_that_is_known_from_elsewhere_is_compared(zhucun: Run, side: ReadSide) -> None:
    (record,) = key_history(side.conn)
    assert zhucun("verify", "--key", record.vkey).exit_code == 0
    other = SigningKey.generate().verifier("zhucun.example/430624/simulated").text
    result = zhucun("verify", "--key", other)
    assert result.exit_code == 1
    assert "密钥被替换" in result.stdout
    assert other in result.stdout


def test_with_nothing_to_resume_it_begins_at_the_beginning(zhucun: Run) -> None:
    assert verified(zhucun("verify", "--resume", "--json"))["size"] == EVENTS


@pytest.mark.parametrize("text", ["", "not a checkpoint", "a\n1\nb\n\n— a b\n"])
def test_a_file_that_is_no_checkpoint_is_refused(zhucun: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "kept.txt"
    file.write_text(text, encoding="utf-8")
    refused(zhucun("verify", "--against", str(file)), "不是本系统的检查点", "is not a checkpoint")


def test_a_file_that_is_no_text_is_refused(zhucun: Run, tmp_path: Path) -> None:
    file = tmp_path / "kept.txt"
    file.write_bytes("驻村".encode("gb18030"))
    refused(zhucun("verify", "--against", str(file)), "不是UTF-8文本", "is no text in UTF-8")


@pytest.mark.parametrize(("begin", "end"), [("\ufeff", "\n"), ("", ""), ("", "\n\n")])
def test_a_checkpoint_is_compared_whatever_an_editor_did_to_its_ends(
    zhucun: Run, tmp_path: Path, begin: str, end: str
) -> None:
    note = zhucun("checkpoint").stdout
    file = tmp_path / "kept.txt"
    for newline in ("\n", "\r\n"):
        file.write_bytes(f"{begin}{note.rstrip()}{end}".replace("\n", newline).encode())
        verified(zhucun("verify", "--skip-read-side", "--json", "--against", str(file)))


def test_a_file_that_is_not_there_and_a_key_that_is_none_are_refused(zhucun: Run, tmp_path: Path) -> None:
    refused(zhucun("verify", "--against", str(tmp_path / "none")), "无法读取", "No such file")
    refused(zhucun("verify", "--against", str(tmp_path)), "无法读取", "Is a directory")
    refused(zhucun("verify", "--key", "nonsense"), "不是可用的公钥", "is not a verifier key")


def test_without_anything_from_elsewhere_it_says_what_it_cannot_tell(zhucun: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    assert zhucun("checkpoint", "-o", str(kept)).exit_code == 0
    assert "没有他处保存的检查点可比" not in zhucun("verify", "--against", str(kept)).stdout
    result = zhucun("verify")
    assert "没有他处保存的检查点可比" in result.stdout
    assert "There was no checkpoint from elsewhere" in result.stdout


def verified(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr
