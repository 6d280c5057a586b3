"""Hostile files: whatever is handed in, there is a verdict, soon, and never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tracemalloc
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dossier import verify_dossier
from tests.dossier.language import DAY, FAILS, READABLE, WRONG_USAGE, Log, files_of, judged, packed
from tests.dossier.tampering import hashed
from tests.scenario import PERSON

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


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = 0o120777 << 16


def _bzip(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


@pytest.mark.parametrize("change", [_place, _extra, _later, _link, _bzip])
def test_nothing_is_hidden_in_what_describes_a_file(
    honest: bytes, change: Callable[[zipfile.ZipInfo], None]
) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as file:
        for name, content in files_of(honest).items():
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, READABLE
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


def test_a_directory_of_very_many_files_is_not_read() -> None:
    count = 50_000
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, *[0] * 10)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, count * len(entry), 0, 0)
    content = entry * count + end

    tracemalloc.start()
    verdict = judged(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verdict.code == FAILS
    assert peak < len(content)


@given(data=st.binary(max_size=300))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert judged(data).code == FAILS


def test_any_byte_turned_is_refused(honest: bytes, log: Log) -> None:
    key, directory = log.vkey, honest.index(b"PK\1\2")
    places = [*range(60), *range(60, directory, directory // 150), *range(directory, len(honest))]
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


@pytest.mark.parametrize("name", ["keys.json", "rules.json", "streams.json", "claims.json", "events.jsonl"])
def test_json_that_would_be_many_times_as_large_in_memory_is_not_read(log: Log, name: str) -> None:
    changed = log.opened()
    changed.files[name] = b"[" + b"{}," * 3_000_000 + b"{}]\n"
    changed.sign_again()

    tracemalloc.start()
    verdict = judged(changed.packed(), key=log.vkey)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verdict.code == FAILS
    assert peak < 10 * len(changed.files[name])


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


def test_a_made_up_life_that_would_take_for_ever_to_compute_from_is_refused(log: Log) -> None:
    """Each of a thousand postings would be looked at again for each finding at each position."""
    lines = {it["type"]: it for it in log.opened().events}
    changes = (lines["Instructor.Appointed"], lines["Instructor.Recalled"])
    life = [lines["Instructor.Nominated"], *(changes * 1000)]
    events = [
        verify_dossier.event_of([*hashed({**line, "position": place, "version": place}).values()][:-1])
        for place, line in enumerate(life, start=1)
    ]
    at = verify_dossier.Moment(date(2022, 2, 1), len(events))

    with pytest.raises(verify_dossier.Doubt, match="too many to compute"):
        verify_dossier.instructor_at(verify_dossier.Record(events, {}, {}), str(PERSON), at)


def test_an_aggregate_that_has_two_leaves_in_the_tree_of_streams_is_refused() -> None:
    """Whoever makes up the tree could show one of the counts to one reader, and the other to another."""
    leaves = [verify_dossier.leaf_hash(PERSON.bytes + struct.pack(">Q", count)) for count in (1, 2)]
    root = verify_dossier.node_hash(*leaves)
    checkpoint = verify_dossier.Checkpoint("a", 3, bytes(32), 2, root)
    streams = [
        {"aggregate": str(PERSON), "index": index, "count": index + 1, "proof": [b64encode(other).decode()]}
        for index, other in enumerate(reversed(leaves))
    ]

    assert verify_dossier.streams_of(json.dumps(streams[1:]).encode(), checkpoint) == {str(PERSON): 2}
    with pytest.raises(verify_dossier.Doubt):
        verify_dossier.streams_of(json.dumps(streams).encode(), checkpoint)


# The command line


def test_a_file_that_is_not_there_is_a_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_dossier.main(["nowhere.zip"]) == WRONG_USAGE
    assert "nowhere.zip" in capsys.readouterr().out


@pytest.mark.parametrize(
    "kept", [b"", b"\xff", b"a\n\n", b"a\n1\nAAAA\nstreams 1 AAAA\n\n\xe2\x80\x94 a AAAAAA==\n"]
)
def test_a_kept_checkpoint_that_is_none_says_nothing_of_the_dossier(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: bytes
) -> None:
    dossier, checkpoint = tmp_path / "dossier.zip", tmp_path / "kept.txt"
    dossier.write_bytes(honest)
    checkpoint.write_bytes(kept)

    assert verify_dossier.main([str(dossier), "--checkpoint", str(checkpoint)]) == WRONG_USAGE
    said = capsys.readouterr().out
    assert "您给出的 kept.txt 不符合格式" in said
    assert "结论 VERDICT: 没有结论" in said


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{}", b'{"format":"zhucun-log-v1"}', b"\xff", b""])
def test_an_export_that_is_none_is_refused(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes
) -> None:
    dossier, export = tmp_path / "dossier.zip", tmp_path / "log.jsonl"
    dossier.write_bytes(honest)
    export.write_bytes(line + b"\n")

    assert verify_dossier.main([str(dossier), "--log", str(export)]) == FAILS
    assert "结论 VERDICT: 不可信" in capsys.readouterr().out


def test_an_export_that_is_not_packed_as_its_name_says_is_refused(
    honest: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, export = tmp_path / "dossier.zip", tmp_path / "log.jsonl.gz"
    dossier.write_bytes(honest)
    whole = gzip.compress(b"{}\n")

    for content in (whole[:-9], whole[:-8] + bytes(8), b"not packed"):
        export.write_bytes(content)
        assert verify_dossier.main([str(dossier), "--log", str(export)]) == FAILS
        assert "结论 VERDICT: 不可信" in capsys.readouterr().out


def test_a_file_that_is_too_large_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dossier = tmp_path / "dossier.zip"
    with dossier.open("wb") as file:
        file.truncate(verify_dossier.MOST_BYTES + 1)

    assert verify_dossier.main([str(dossier)]) == FAILS
    assert "dossier.zip 过大" in capsys.readouterr().out


@pytest.mark.parametrize("vkey", ["", "a", "a+00000000+AAAA", "a+b+c", "名+" * 50, "a+530d903a+" + "A" * 44])
def test_a_key_that_is_none_says_nothing_of_the_dossier(log: Log, vkey: str) -> None:
    for verdict in (judged(log.dossier(), key=vkey), judged(log.dossier(), witnesses=[vkey])):
        assert verdict.code == WRONG_USAGE
        assert "which you gave, is malformed" in verdict.said
