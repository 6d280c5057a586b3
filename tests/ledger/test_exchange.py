"""A log as JSON Lines: every member of a line stands for itself, and none can be changed alone."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.root import Event
from ledger.checkpoints import Checkpoint
from ledger.database import Identity
from ledger.errors import ExportWrong, UnreadableEvent
from ledger.exchange import Head, event_line, told_by, written
from ledger.leaf import leaf_data
from ledger.mapper import EventMapper
from ledger.merkle import leaf_hash
from ledger.notes import Note, SigningKey
from ledger.records import LedgerRow
from tests.conftest import COUNTY, ORIGIN
from tests.keyring import FIXED
from tests.strategies import events

STATE: Final = (
    b'{"occurred_on":"2020-05-03","actor":{"id":"4306240001","role":"township","organisation":"\xe6\xb9\x98'
    b'\xe6\xbb\xa8\xe9\x95\x87"},"basis":null,"command_id":"00000000-0000-0000-0000-000000000001",'
    b'"command_digest":"00000000000000000000000000000000","place":null,"at":"08:30:00"}'
)
ROW: Final = LedgerRow(
    position=7,
    originator_id=UUID("638c16bf-60a7-5f02-968e-30443486ab84"),
    originator_version=3,
    topic="Instructor.CheckedIn",
    state=STATE,
    recorded_at=datetime(2020, 5, 4, 0, 0, 0, 120, tzinfo=timezone(timedelta(hours=8))),
)
LINE: Final = (
    '{"position":7,"recorded_at":"2020-05-03T16:00:00.000120Z","occurred_on":"2020-05-03",'
    '"aggregate":"638c16bf-60a7-5f02-968e-30443486ab84","version":3,"type":"Instructor.CheckedIn",'
    '"actor":{"id":"4306240001","role":"township","organisation":"湘滨镇"},'
    '"command_id":"00000000-0000-0000-0000-000000000001",'
    '"data":{"basis":null,"command_digest":"00000000000000000000000000000000","place":null,"at":"08:30:00"},'
    '"raw":"'
    "eyJvY2N1cnJlZF9vbiI6IjIwMjAtMDUtMDMiLCJhY3RvciI6eyJpZCI6IjQzMDYyNDAwMDEiLCJyb2xlIjoidG93bnNoaXAi"
    "LCJvcmdhbmlzYXRpb24iOiLmuZjmu6jplYcifSwiYmFzaXMiOm51bGwsImNvbW1hbmRfaWQiOiIwMDAwMDAwMC0wMDAwLTAw"
    "MDAtMDAwMC0wMDAwMDAwMDAwMDEiLCJjb21tYW5kX2RpZ2VzdCI6IjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"
    "IiwicGxhY2UiOm51bGwsImF0IjoiMDg6MzA6MDAifQ=="
    '","leaf":"hvtig5lryWabxoktBFZOIw/25DxRS0b+SJdtBZ9RtDc="}'
)

FOUNDED: Final = datetime(2020, 3, 17, 1, 2, 3, 4, tzinfo=UTC)
HEAD: Final = Head(Identity(ORIGIN, COUNTY, simulated=True, created_at=FOUNDED), 7, bytes(32), None)


def line_of(row: LedgerRow) -> bytes:
    return orjson.dumps(event_line(row, leaf_hash(leaf_data(row))))


def changed(line: bytes, **members: Any) -> bytes:
    return orjson.dumps(orjson.loads(line) | members)


# An event's line


def test_an_event_is_one_line_for_readers_and_checkers_alike() -> None:
    assert line_of(ROW).decode() == LINE


def test_a_moment_is_written_in_utc_with_six_decimals() -> None:
    assert written(datetime(2020, 6, 1, tzinfo=timezone(timedelta(hours=8)))) == "2020-05-31T16:00:00.000000Z"


@given(
    event=events(),
    position=st.integers(1, 2**63 - 1),
    recorded_at=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 - bounds
)
def test_a_line_tells_what_is_stored(event: Event, position: int, recorded_at: datetime) -> None:
    stored = EventMapper(FIXED).to_stored_event(event)
    # In UTC: an hour that a zone has twice equals no moment of another zone.
    recorded_at = recorded_at.astimezone(UTC)
    row = LedgerRow(position, event.originator_id, 5, stored.topic, stored.state, recorded_at)
    told = told_by(line_of(row), 1)
    assert told.row == row
    assert told.leaf == leaf_hash(leaf_data(row))
    assert told.command == stored.command_id


@pytest.mark.parametrize("state", [b"", b"[]", b"7", b"\xff", b'{"place":'])
def test_a_state_that_is_no_object_cannot_be_told(state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="Unreadable event: position 7"):
        line_of(ROW._replace(state=state))


def test_spaces_and_the_order_of_members_do_not_matter() -> None:
    told = orjson.loads(line_of(ROW))
    backwards = {name: told[name] for name in reversed(told)}
    assert told_by(orjson.dumps(backwards, option=orjson.OPT_INDENT_2) + b"\r\n", 1).row == ROW


@pytest.mark.parametrize(
    ("member", "value", "blamed"),
    [
        ("position", 8, "leaf"),
        ("recorded_at", "2020-05-03T16:00:00.000121Z", "leaf"),
        ("occurred_on", "2020-05-04", "occurred_on"),
        ("aggregate", "638c16bf-60a7-5f02-968e-30443486ab85", "leaf"),
        ("aggregate", "638C16BF-60A7-5F02-968E-30443486AB84", "aggregate"),
        ("version", 4, "leaf"),
        ("type", "Instructor.Recalled", "leaf"),
        ("actor", {"id": "4306240001", "role": "county", "organisation": "湘滨镇"}, "actor"),
        ("actor", None, "actor"),
        ("command_id", "00000000-0000-0000-0000-000000000002", "command_id"),
        ("data", {}, "data"),
        ("data", {"basis": None, "command_digest": "0" * 32, "place": None, "at": "08:31:00"}, "data"),
        ("raw", "e30=", "leaf"),
        ("leaf", "AAAA", "leaf"),
        ("remark", "added by nobody", "remark"),
    ],
)
def test_no_member_can_be_changed_alone(member: str, value: Any, blamed: str) -> None:
    with pytest.raises(ExportWrong, match="not what raw says") as refused:
        told_by(changed(line_of(ROW), **{member: value}), 12)
    assert refused.value.facts["line"] == 12
    assert blamed in str(refused.value.facts["en"]).partition(":")[0].split(", ")
    assert refused.value.message_zh.startswith("导出文件第 12 行有误:")


@pytest.mark.parametrize("member", list(event_line(ROW, bytes(32))))
def test_no_member_can_be_left_out(member: str) -> None:
    told = orjson.loads(line_of(ROW))
    del told[member]
    with pytest.raises(ExportWrong, match=member):
        told_by(orjson.dumps(told), 12)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        line_of(ROW)[:-1] + b',"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        line_of(ROW).replace(b'"raw":"', b'"raw":"' + b64encode(b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}")),
        changed(line_of(ROW), position=0),
        changed(line_of(ROW), position=7.5),
        changed(line_of(ROW), version=2**63),
        changed(line_of(ROW), recorded_at="2020-05-03T16:00:00Z"),
        changed(line_of(ROW), recorded_at="2020-05-03T16:00:00.000120"),
        changed(line_of(ROW), recorded_at="today"),
        changed(line_of(ROW), type=""),
        changed(line_of(ROW), type="Instructor\0"),
        changed(line_of(ROW), raw="!"),
        changed(line_of(ROW), raw=""),
        changed(line_of(ROW), aggregate="nobody"),
        line_of(ROW).replace(b"Instructor.CheckedIn", b"\\ud800"),
        line_of(ROW._replace(state=b'{"command_id":7}')),
        line_of(ROW._replace(state=b'{"command_id":"none"}')),
    ],
)
def test_what_is_no_event_is_refused_with_its_line(line: bytes) -> None:
    with pytest.raises(ExportWrong) as refused:
        told_by(line, 12)
    assert refused.value.facts["line"] == 12


# The first line


def signed(checkpoint: Checkpoint) -> str:
    key = SigningKey.generate()
    return str(Note(checkpoint.text, (key.sign(checkpoint.origin, checkpoint.text),)))


def test_the_first_line_says_whose_log_it_is_and_how_far() -> None:
    assert HEAD.line.decode() == (
        '{"format":"zhucun-log-v1","origin":"zhucun.example/430624",'
        '"log_origin":"zhucun.example/430624/simulated","county":"430624","simulated":true,'
        '"founded_at":"2020-03-17T01:02:03.000004Z","size":7,'
        '"root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","checkpoint":null}\n'
    )
    assert Head.parse(HEAD.line) == HEAD


def test_a_checkpoint_of_the_size_goes_with_it() -> None:
    note = signed(Checkpoint(f"{ORIGIN}/simulated", 7, bytes(32), 2, bytes(32)))
    head = Head(HEAD.identity, 7, bytes(32), note)
    assert Head.parse(head.line) == head


@pytest.mark.parametrize(
    "other",
    [
        Checkpoint(ORIGIN, 7, bytes(32), 2, bytes(32)),
        Checkpoint(f"{ORIGIN}/simulated", 8, bytes(32), 2, bytes(32)),
        Checkpoint(f"{ORIGIN}/simulated", 7, bytes(31) + b"\1", 2, bytes(32)),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(other: Checkpoint) -> None:
    with pytest.raises(ExportWrong, match="the checkpoint is of another log, size or root"):
        Head.parse(changed(HEAD.line, checkpoint=signed(other)))


@pytest.mark.parametrize(
    "members",
    [
        {"format": "zhucun-log-v2"},
        {"origin": ""},
        {"log_origin": ORIGIN},
        {"simulated": False},
        {"county": None},
        {"founded_at": "2020-03-17"},
        {"founded_at": "2020-03-17T01:02:03+00:00"},
        {"size": -1},
        {"size": "7"},
        {"root": "AAAA"},
        {"checkpoint": "signed"},
        {"remark": "added by nobody"},
    ],
)
def test_a_first_line_that_makes_no_sense_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ExportWrong, match="Line 1 of the export"):
        Head.parse(changed(HEAD.line, **members))


@pytest.mark.parametrize("line", [b"", b"\n", b"{}", b"[]", b"\x1f\x8b\x08", line_of(ROW)])
def test_what_is_no_export_is_refused(line: bytes) -> None:
    with pytest.raises(ExportWrong, match="不是 zhucun export 所写的文件"):
        Head.parse(line)
