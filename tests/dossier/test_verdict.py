"""The verdict: what the reader kept decides whether a dossier holds, contradicts it, or leaves it open."""

from __future__ import annotations

import ast
import gzip
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from api.dossier import verify_dossier
from ledger.notes import Note, SigningKey
from tests import facts
from tests.api.server import serving
from tests.dossier.language import (
    FAILS,
    HOLDS,
    MANIFEST,
    OPEN,
    WRONG_USAGE,
    Log,
    Opened,
    files_of,
    judged,
)
from tests.facts import SUCCESSOR
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

PROGRAM = Path(verify_dossier.__file__)
OLDEST = (3, 9)


@pytest.fixture
def young(simulated_ledger: str) -> Iterator[Log]:
    """A short log of its own, to do with as a test likes."""
    side = ReadSide(simulated_ledger)
    side.enter(*facts.POSTED, facts.checked_in())
    side.project()
    with serving(simulated_ledger) as served:
        yield Log(served, side)
    side.close()


def rotate(log: Log) -> SigningKey:
    """Replace the key of a log that has signed with it, let something happen, and return the old key."""
    log.dossier()
    old = log.key
    log.served.county.signer.rotate()
    log.side.enter(facts.checked_in(on=date(2020, 5, 4)))
    log.side.project()
    return old


# What the reader kept


def test_with_the_logs_key_it_holds(log: Log) -> None:
    verdict = judged(log.dossier(), key=log.vkey)

    assert verdict.code == HOLDS
    assert "陈思远(XY-0001),芙蓉园村" in verdict.said
    assert "[!!]" not in verdict.said
    assert "[??]" not in verdict.said


def test_a_dossier_of_any_day_and_position_holds(log: Log) -> None:
    for position in range(8, log.size, 5):
        for day in ("2020-04-20", "2020-07-02", "2022-02-01"):
            assert judged(log.dossier(knownAtPosition=position, asOf=day), key=log.vkey).code == HOLDS


def test_with_nothing_kept_it_is_consistent_and_no_more(log: Log) -> None:
    verdict = judged(log.dossier())

    assert verdict.code == OPEN
    assert "尚未确认签名密钥属于该日志" in verdict.said


def test_a_key_of_somebody_else_contradicts_it(log: Log) -> None:
    stranger = SigningKey.generate().verifier(log.name).text

    verdict = judged(log.dossier(), key=stranger)
    assert verdict.code == FAILS
    assert "您给出的公钥从来不是该日志的密钥" in verdict.said


def test_a_dossier_signed_throughout_by_a_stranger_needs_the_readers_key_to_be_found_out(log: Log) -> None:
    forged = log.opened()
    forged.key = SigningKey.generate()
    vkey = forged.key.verifier(log.name).text
    root = forged.text("checkpoint.txt").splitlines()[2]
    note = f"zhucun key v1\norigin {log.name}\nold none\nnew {vkey}\nsize {log.size}\nroot {root}\n"
    forged.sign("note", note)
    forged.put("keys.json", [{"vkey": vkey, "note": forged.files.pop("note").decode()}])
    forged.sign("checkpoint.txt", forged.text("checkpoint.txt"))
    forged.sign_again()

    assert judged(forged.packed()).code == OPEN
    assert judged(forged.packed(), key=log.vkey).code == FAILS
    assert judged(forged.packed(), checkpoints=[("kept.txt", log.checkpoint(log.size))]).code == FAILS


def test_a_kept_checkpoint_of_the_same_size_confirms_it(log: Log) -> None:
    kept = ("kept.txt", log.checkpoint(log.size))

    verdict = judged(log.dossier(), checkpoints=[kept])
    assert verdict.code == HOLDS
    assert "与您留存的检查点 kept.txt 一致" in verdict.said


@pytest.mark.parametrize(("begin", "end"), [(b"\xef\xbb\xbf", b"\r\n"), (b"", b""), (b"", b"\n\n")])
def test_what_editors_do_to_the_ends_of_a_kept_checkpoint_does_not_count(
    log: Log, begin: bytes, end: bytes
) -> None:
    kept = log.checkpoint(log.size)
    for newline in (b"\n", b"\r\n"):
        text = begin + kept.rstrip(b"\n").replace(b"\n", newline) + end
        assert judged(log.dossier(), checkpoints=[("kept.txt", text)]).code == HOLDS


def test_a_kept_checkpoint_of_another_history_contradicts_it(log: Log) -> None:
    other = log.opened()
    lines = other.text("checkpoint.txt").splitlines()
    other.sign("checkpoint.txt", "\n".join([*lines[:2], lines[3][-44:], *lines[3:], ""]))

    verdict = judged(log.dossier(), key=log.vkey, checkpoints=[("kept.txt", other.files["checkpoint.txt"])])
    assert verdict.code == FAILS
    assert "日志签过两种历史" in verdict.said


def test_two_kept_checkpoints_of_one_size_that_differ_contradict_each_other(log: Log) -> None:
    one, other = log.checkpoint(40), log.opened(knownAtPosition=40)
    lines = other.text("checkpoint.txt").splitlines()
    other.sign("checkpoint.txt", "\n".join([*lines[:2], lines[3][-44:], *lines[3:], ""]))
    kept = [("one.txt", one), ("other.txt", other.files["checkpoint.txt"])]

    verdict = judged(log.dossier(), key=log.vkey, checkpoints=kept)
    assert verdict.code == FAILS
    assert "日志签过两种历史" in verdict.said


def test_a_kept_checkpoint_of_another_size_leaves_it_open_without_the_log(log: Log) -> None:
    verdict = judged(log.dossier(), key=log.vkey, checkpoints=[("kept.txt", log.checkpoint(30))])

    assert verdict.code == OPEN
    assert "kept.txt 的条数(30)" in verdict.said


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_with_an_export_of_the_log_kept_checkpoints_of_any_size_confirm_it(
    log: Log, tmp_path: Path, name: str
) -> None:
    plain = log.exported(tmp_path / "plain")
    path = tmp_path / name
    path.write_bytes(gzip.compress(plain.read_bytes()) if path.suffix == ".gz" else plain.read_bytes())
    kept = [("old.txt", log.checkpoint(30)), ("new.txt", log.checkpoint(log.size))]
    dossier = log.dossier(knownAtPosition=40)

    verdict = judged(dossier, checkpoints=kept, log=path)
    assert verdict.code == HOLDS
    assert "与导出的整部日志一致" in verdict.said


def test_an_export_that_ends_before_the_dossier_leaves_it_open(log: Log, tmp_path: Path) -> None:
    verdict = judged(log.dossier(), key=log.vkey, log=log.exported(tmp_path / "log.jsonl", upto=20))

    assert verdict.code == OPEN
    assert "导出未到档案所述位置" in verdict.said


def test_an_export_that_lacks_or_changes_an_event_contradicts_it(log: Log, tmp_path: Path) -> None:
    honest = log.exported(tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    dossier = log.dossier()
    for number, lines in enumerate(
        [
            [*honest[:-1]],
            [*honest[:9], *honest[10:]],
            [*honest[:9], honest[10], honest[9], *honest[11:]],
            [*honest, honest[-1]],
            [*honest, b"\n", b"more\n"],
            [honest[0].replace(b'"size":', b'"size":1'), *honest[1:]],
            [
                *honest[:20],
                honest[20].replace(b"simulated", b"actual").replace(b"2020-", b"2021-"),
                *honest[21:],
            ],
        ]
    ):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(lines))
        assert judged(dossier, key=log.vkey, log=path).code == FAILS, number


def test_an_export_of_another_log_contradicts_it(log: Log, young: Log, tmp_path: Path) -> None:
    other = young.exported(tmp_path / "log.jsonl")

    assert judged(log.dossier(knownAtPosition=8), key=log.vkey, log=other).code == FAILS


@pytest.mark.parametrize(
    ("position", "as_of", "known_at"),
    [
        (40, "2022-01-31", "2022-01-30T16:00:00.000000Z"),  # a year after the next event was recorded
        (77, "2025-06-30", "2025-06-29T17:00:00.000000Z"),  # an hour after that day began
    ],
)
def test_a_lie_about_what_was_known_when_is_found_out_by_the_log(
    log: Log, tmp_path: Path, position: int, as_of: str, known_at: str
) -> None:
    honest, path = log.opened(knownAtPosition=position), log.exported(tmp_path / "log.jsonl")
    lie = _said_of(honest, as_of, known_at)

    assert judged(honest.packed(), key=log.vkey, log=path).code == HOLDS
    assert judged(lie, key=log.vkey).code == HOLDS
    verdict = judged(lie, key=log.vkey, log=path)
    assert verdict.code == FAILS
    assert "清单所称的日期或知晓时刻" in verdict.said


def _said_of(honest: Opened, as_of: str, known_at: str) -> bytes:
    """Let whoever has the log's key say of a position that it was known at another moment."""
    lie = honest.copy()
    text = re.sub("(?m)^as-of .*", f"as-of {as_of}", lie.text(MANIFEST))
    lie.sign(MANIFEST, re.sub("(?m)^known-at .*", f"known-at {known_at}", text))
    note = verify_dossier.note_of(lie.files["checkpoint.txt"].decode(), "")
    events = verify_dossier.events_of(lie.files["events.jsonl"], verify_dossier.checkpoint_of(note, ""))
    forms = verify_dossier.openings_of(lie.files["openings.json"], events, str(PERSON)).forms
    record = verify_dossier.Record(events, verify_dossier.voided_by(events), forms)
    claims = lie.json("claims.json")
    programme = claims["answer"]["programme"]
    at = verify_dossier.Moment(date.fromisoformat(as_of), int(programme["position"]))
    claims["variables"]["asOf"] = programme["asOf"] = as_of
    programme["knownAt"] = verify_dossier.moment_of(known_at, "").isoformat()
    programme["instructor"] = verify_dossier.instructor_at(record, str(PERSON), at)
    lie.put("claims.json", claims)
    lie.sign_again()
    return lie.packed()


# Keys that were replaced


def test_an_old_key_vouches_for_the_one_that_took_over(young: Log) -> None:
    rotate(young)
    old, new = young.vkeys

    for position in (8, young.size):
        dossier = young.dossier(knownAtPosition=position)
        assert [judged(dossier, key=key).code for key in (old, new)] == [HOLDS, HOLDS]


def test_an_old_key_counts_for_no_checkpoint_after_it_was_replaced(young: Log) -> None:
    old = rotate(young)
    forged = young.opened()
    forged.key = old
    forged.sign("checkpoint.txt", forged.text("checkpoint.txt"))
    forged.key = young.key
    forged.sign_again()

    verdict = judged(forged.packed(), key=young.vkey)
    assert verdict.code == FAILS
    assert "没有该日志有效密钥的签名" in verdict.said


def test_a_key_that_was_lost_does_not_vouch_for_the_next(young: Log) -> None:
    young.dossier()
    signer = young.served.county.signer
    (signer.folder / "signing-key.pem").unlink()
    signer.rotate(lost="硬盘损坏")
    dossier = young.dossier()

    lost = judged(dossier, key=young.vkeys[0])
    assert lost.code == OPEN
    assert "您给出的密钥后来遗失" in lost.said
    assert judged(dossier, key=young.vkey).code == HOLDS


def test_a_key_that_its_predecessor_did_not_sign_for_is_refused(young: Log) -> None:
    rotate(young)
    forged = young.opened()
    chain = forged.json("keys.json")
    for note in (chain[1]["note"].rsplit("— ", 1)[0], chain[0]["note"]):
        forged.put("keys.json", [chain[0], {**chain[1], "note": note}])
        forged.sign_again()
        verdict = judged(forged.packed(), key=young.vkey)
        assert (verdict.code, "交接说明不成立" in verdict.said) == (FAILS, True)


def test_a_kept_checkpoint_does_not_vouch_for_a_stranger_who_says_the_key_was_lost(
    log: Log, tmp_path: Path
) -> None:
    forged, stranger = log.opened(), SigningKey.generate()
    vkey, root = stranger.verifier(log.name).text, forged.text("checkpoint.txt").splitlines()[2]
    place = f"size {log.size}\nroot {root}"
    note = f"zhucun key v1\norigin {log.name}\nold {log.vkey}\nnew {vkey}\n{place}\nlost x\n"
    link = {"vkey": vkey, "note": str(Note(note, (stranger.sign(log.name, note),)))}
    forged.put("keys.json", [*forged.json("keys.json"), link])
    forged.files["index.html"] = "<h1>一切正常</h1>".encode()
    forged.key = stranger
    forged.sign_again()
    kept, path = [("kept.txt", log.checkpoint(log.size))], log.exported(tmp_path / "log.jsonl")

    for exported in (None, path):
        verdict = judged(forged.packed(), checkpoints=kept, log=exported)
        assert verdict.code == OPEN
        assert "据称后来遗失" in verdict.said
    assert judged(forged.packed(), checkpoints=kept, key=vkey).code == HOLDS


def test_a_key_that_took_over_another_history_is_found_out_by_the_log(young: Log, tmp_path: Path) -> None:
    old = rotate(young)
    forged, path = young.opened(), young.exported(tmp_path / "log.jsonl")
    chain = forged.json("keys.json")
    text = Note.parse(chain[1]["note"]).text
    rewritten = re.sub("(?m)^root .*", f"root {b64encode(bytes(32)).decode()}", text)
    signatures = (old.sign(young.name, rewritten), young.key.sign(young.name, rewritten))
    forged.put("keys.json", [chain[0], {**chain[1], "note": str(Note(rewritten, signatures))}])
    forged.sign_again()

    assert judged(young.dossier(), key=young.vkey, log=path).code == HOLDS
    assert judged(forged.packed(), key=young.vkey, log=path).code == FAILS


# What it says beside the verdict


def test_it_says_what_a_key_alone_cannot_tell(log: Log) -> None:
    by_key = judged(log.dossier(), key=log.vkey).said
    by_checkpoint = judged(log.dossier(), checkpoints=[("kept.txt", log.checkpoint(log.size))]).said

    assert "该县自己是否重写过" in by_key
    assert "该县自己是否重写过" not in by_checkpoint
    for said in (by_key, by_checkpoint):
        assert "这是模拟账本" in said
        assert "index.html 的文字未逐字核对" in said


# Witnesses


def test_a_witness_that_has_to_have_cosigned_is_looked_for(log: Log) -> None:
    witness = SigningKey.generate()
    cosigned, vkey = _cosigned(log.opened(), witness, "witness.example/1")

    verdict = judged(cosigned, key=log.vkey, witnesses=[vkey])
    assert verdict.code == HOLDS
    assert "2021-01-01T00:00:00+00:00" in verdict.said
    assert judged(log.dossier(), key=log.vkey, witnesses=[vkey]).code == FAILS


def test_a_witness_who_signed_something_else_is_found_out(log: Log) -> None:
    witness = SigningKey.generate()
    _, vkey = _cosigned(log.opened(), witness, "witness.example/1")
    other, _ = _cosigned(log.opened(), witness, "witness.example/1", said="cosignature/v1\ntime 1\n")

    assert judged(other, key=log.vkey, witnesses=[vkey]).code == FAILS


def _cosigned(dossier: Opened, witness: SigningKey, name: str, said: str = "") -> tuple[bytes, str]:
    """Let a witness cosign the checkpoint at the beginning of 2021, and return the file and its key."""
    time = 1609459200
    vkey = verify_dossier.Key(name, verify_dossier.COSIGNATURE, witness.verifier(name).public)
    message = (said or f"cosignature/v1\ntime {time}\n") + dossier.text("checkpoint.txt")
    signature = time.to_bytes(8, "big") + witness.sign(name, message).value
    line = f"— {name} {b64encode(vkey.id + signature).decode()}\n"
    dossier.files["checkpoint.txt"] += line.encode()
    dossier.sign_again()
    return dossier.packed(), verify_dossier.vkey_of(vkey)


# The program by itself


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    imported = {name.name for it in ast.walk(tree) if isinstance(it, ast.Import) for name in it.names}
    imported |= {it.module or "." for it in ast.walk(tree) if isinstance(it, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_its_syntax_is_that_of_the_oldest_python_it_promises() -> None:
    assert ast.parse(PROGRAM.read_text(encoding="utf-8"), feature_version=OLDEST).body


def test_the_file_in_a_dossier_checks_that_dossier_anywhere(log: Log, tmp_path: Path) -> None:
    content = log.dossier()
    (tmp_path / "dossier.zip").write_bytes(content)
    (tmp_path / "verify_dossier.py").write_bytes(files_of(content)["verify_dossier.py"])
    command = [sys.executable, "-I", "-S", "verify_dossier.py", "dossier.zip"]

    def run(*kept: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *kept], cwd=tmp_path, capture_output=True, text=True, check=False)

    holds = run("--key", log.vkey)
    assert (holds.returncode, holds.stderr) == (HOLDS, "")
    assert holds.stdout.splitlines()[-2].startswith("结论 VERDICT: 核验通过。")
    assert run().returncode == OPEN
    assert run("--key", SigningKey.generate().verifier(log.name).text).returncode == FAILS
    assert run("--checkpoint", "nowhere.txt").returncode == WRONG_USAGE


def test_it_speaks_on_a_terminal_that_knows_no_chinese(log: Log, tmp_path: Path) -> None:
    (tmp_path / "dossier.zip").write_bytes(log.dossier(SUCCESSOR))
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "dossier.zip", "--key", log.vkey],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (HOLDS, b"")
    assert b"IT HOLDS." in done.stdout
