"""Hostile files: whatever is handed in, there is a verdict, soon, and never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dossier import verify_dossier
from tests.dossier.language import DAY, FAILS, WRONG_USAGE, Log, files_of, judged, packed
from tests.dossier.tampering import hashed

BOMB = 2**29
"""Bytes of a file that is packed into half a megabyte."""


@pytest.fixture(scope="module")
def honest(log: Log) -> bytes:
    return log.dossier()


# The ZIP


def _with(content: bytes, change: Callable[[list[tuple[str, bytes]]], object]) -> bytes:
    files = [*files_of(content).items()]
    change(files)
    return packed(files)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.pop(0),
        lambda files: files.pop(),
        lambda files: files.append(files[-1]),
        lambda files: files.append(("more.txt", b"")),
        lambda files: files.reverse(),
        lambda files: files.insert(3, files.pop(4)),
        lambda files: files.__setitem__(0, ("../index.html", files[0][1])),
        lambda files: files.__setitem__(0, ("INDEX.HTML", files[0][1])),
        lambda files: files.clear(),
    ],
)
def test_files_that_are_missing_doubled_renamed_or_out_of_order_are_refused(
    honest: bytes, change: Callable[[list[tuple[str, bytes]]], object]
) -> None:
    verdict = judged(_with(honest, change))

    assert verdict.code == FAILS
    assert "ZIP" in verdict.said


@pytest.mark.parametrize("name", ["index.html", "verify_dossier.py"])
def test_a_page_or_program_that_the_log_did_not_sign_is_refused(log: Log, name: str) -> None:
    changed = log.opened()
    changed.files[name] += b"\n"

    verdict = judged(changed.packed(), key=log.vkey)
    assert verdict.code == FAILS
    assert f"{name} 不是清单所签的那一份" in verdict.said


def _place(info: zipfile.ZipInfo) -> None:
    info.comment = b"hidden"


def _extra(info: zipfile.ZipInfo) -> None:
    info.extra = struct.pack("<HH4s", 0x7075, 4, b"hide")


def _later(info: zipfile.ZipInfo) -> None:
    info.date_time = (2026, 1, 1, 0, 0, 0)


def _bzip(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


@pytest.mark.parametrize("change", [_place, _extra, _later, _bzip])
def test_nothing_is_hidden_in_what_describes_a_file(
    honest: bytes, change: Callable[[zipfile.ZipInfo], None]
) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as file:
        for name, content in files_of(honest).items():
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            file.writestr(info, content)

    assert judged(changed.getvalue()).code == FAILS


def test_nothing_is_hidden_before_after_or_between_the_files(honest: bytes) -> None:
    name = honest.index(b"manifest.txt") - 30

    for changed in (b"\0" + honest, honest + b"\0", honest[:name] + b"\0" + honest[name:], honest[:-1]):
        assert judged(changed).code == FAILS


def test_a_bomb_is_not_unpacked(honest: bytes) -> None:
    bomb = _with(honest, lambda files: files.__setitem__(0, ("index.html", bytes(BOMB))))

    assert len(bomb) < 2**20
    assert judged(bomb).code == FAILS


@given(data=st.binary(max_size=300))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert judged(data).code == FAILS


def test_any_byte_turned_is_refused(honest: bytes, log: Log) -> None:
    key, directory = log.vkey, honest.index(b"PK\1\2")
    places = [*range(60), *range(60, directory, directory // 150)]
    accepted = [
        place
        for place in places
        if judged(honest[:place] + bytes([honest[place] ^ 1]) + honest[place + 1 :], key=key).code != FAILS
    ]
    assert accepted == []


# JSON


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        "9" * 5000,
        "-" + "9" * 40,
        "1e400",
        "NaN",
        "-Infinity",
        '{"a":1,"a":1}',
        '"\\ud800"',
        "\ufeff[]",
        "null",
        "[]",
        "{}",
        "",
    ],
)
@pytest.mark.parametrize("name", ["keys.json", "rules.json", "streams.json", "claims.json", "events.jsonl"])
def test_json_that_is_too_deep_too_large_or_ambiguous_is_refused(log: Log, name: str, text: str) -> None:
    changed = log.opened()
    changed.files[name] = text.encode("utf-8", "surrogatepass") + b"\n"
    changed.sign_again()

    assert judged(changed.packed(), key=log.vkey).code == FAILS


@pytest.mark.parametrize("value", [None, True, -1, 2**70, [], {}, "", "x" * 100_000, [[]], "\x1b[2J"])
def test_an_event_line_of_other_types_is_refused(log: Log, value: object) -> None:
    honest = log.opened()
    accepted = []
    for name in honest.events[0]:
        changed = honest.copy()
        lines = changed.events
        lines[0][name] = value
        changed.events = lines
        changed.sign_again()
        verdict = judged(changed.packed(), key=log.vkey)
        if verdict.code != FAILS:
            accepted.append(name)
        assert "\x1b" not in verdict.said
    assert accepted == []


# An insider who makes up a whole log


def test_a_log_of_events_that_nobody_can_replay_is_refused(log: Log) -> None:
    """Somebody with the key can put anything in a log of their own; a replay that cannot be made says so."""
    honest = log.opened(knownAtPosition=8)
    for state in (
        {},
        {"village_id": 7},
        {"village_id": "638c16bf-60a7-5f02-968e-30443486ab84", "until": "9999-12-31"},
        {"village_id": "638c16bf-60a7-5f02-968e-30443486ab84", "until": []},
    ):
        event = dict(honest.events[-1])
        told = {"occurred_on": "2020-04-01", "actor": {}, "command_id": "x"}
        raw = json.dumps({**told, **state}, separators=(",", ":")).encode()
        event.update(told, type="Instructor.Appointed", data=state, raw=b64encode(raw).decode())
        with pytest.raises(verify_dossier.Doubt):
            verify_dossier.check_content(
                verify_dossier.event_of([*hashed(event).values()][:-1]), verify_dossier.PERSON_EVENTS
            )


# The command line


def test_a_file_that_is_not_there_is_a_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_dossier.main(["nowhere.zip"]) == WRONG_USAGE
    assert "nowhere.zip" in capsys.readouterr().out


@pytest.mark.parametrize(
    "kept", [b"", b"\xff", b"a\n\n", b"a\n1\nAAAA\nstreams 1 AAAA\n\n\xe2\x80\x94 a AAAAAA==\n"]
)
def test_a_kept_checkpoint_that_is_none_is_refused(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: bytes
) -> None:
    dossier, checkpoint = tmp_path / "dossier.zip", tmp_path / "kept.txt"
    dossier.write_bytes(honest)
    checkpoint.write_bytes(kept)

    assert verify_dossier.main([str(dossier), "--checkpoint", str(checkpoint)]) == FAILS
    assert "结论 VERDICT: 不可信" in capsys.readouterr().out


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{}", b'{"format":"zhucun-log-v1"}', b"\xff", b""])
def test_an_export_that_is_none_is_refused(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes
) -> None:
    dossier, export = tmp_path / "dossier.zip", tmp_path / "log.jsonl"
    dossier.write_bytes(honest)
    export.write_bytes(line + b"\n")

    assert verify_dossier.main([str(dossier), "--log", str(export)]) == FAILS
    assert "结论 VERDICT: 不可信" in capsys.readouterr().out


def test_an_export_that_was_cut_off_while_it_was_packed_is_refused(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, export = tmp_path / "dossier.zip", tmp_path / "log.jsonl.gz"
    dossier.write_bytes(honest)
    export.write_bytes(gzip.compress(bytes(5000))[:-9])

    assert verify_dossier.main([str(dossier), "--log", str(export)]) == FAILS
    assert "结论 VERDICT: 不可信" in capsys.readouterr().out


@pytest.mark.parametrize("vkey", ["", "a", "a+00000000+AAAA", "a+b+c", "名+" * 50, "a+530d903a+" + "A" * 44])
def test_a_key_that_is_none_is_refused(log: Log, vkey: str) -> None:
    assert judged(log.dossier(), key=vkey).code == FAILS
    assert judged(log.dossier(), witnesses=[vkey]).code == FAILS
