"""The push callback: DingTalk's own example, what is forged, replays, and the real server behind it."""

from __future__ import annotations

import base64
import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.requests import Request

from api.dingtalk.callback import MUCH, WINDOW, Pushes
from api.dingtalk.crypto import Envelope, Forged
from api.dingtalk.users import UsersUnusable
from api.settings import DingTalk
from domain.programme import Programme
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.dingtalk.conftest import breaking, check_ins, life, put_in_service
from tests.api.dingtalk.server import millis, shanghai
from tests.api.dingtalk.test_taking import MAY_3
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.scenario import STAFF_NUMBER

MAY_4 = date(2020, 5, 4)
TOKEN = "123456"  # noqa: S105 - of DingTalk's own example
KEY = "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
RECEIVER = "suite4xxxxxxxxxxxxxxx"
ENVELOPE = Envelope.of(TOKEN, KEY, {RECEIVER})
EXAMPLE = (
    "1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUBmfxjZ8Ej23JV"
    "Ya9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSBdHlegK+AGGanfwjXuQ9+0pZc"
    "y0w9lQ=="
)
"""The ciphertext of the example in DingTalk's documentation, with the values above."""

EXAMPLE_SIGNED = ("5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0", "1445827045067", "nEXhMP4r")


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text(f"UserId,干部编号\nuser1,{STAFF_NUMBER}\n", encoding="utf-8")
    return path


@pytest.fixture
def pushed(simulated_ledger: str, users: Path) -> Iterator[Served]:
    """A served county with one person in service, to which DingTalk pushes."""
    settings = DingTalk(token=TOKEN, aes_key=KEY, corp_id=RECEIVER, users=users)
    with serving(simulated_ledger, settings) as it:
        put_in_service(it.county.programme)
        yield it


@pytest.fixture(scope="module")
def wary(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Another, by the application's key, to which nothing is ever pushed that it takes."""
    path = tmp_path_factory.mktemp("dingtalk") / "users.csv"
    path.write_text(f"UserId,干部编号\nuser1,{STAFF_NUMBER}\n", encoding="utf-8")
    settings = DingTalk(token=TOKEN, aes_key=KEY, app_key=RECEIVER, users=path)
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        with serving(conninfo, settings) as it:
            put_in_service(it.county.programme)
            yield it


def event(**fields: Any) -> dict[str, Any]:
    """A push of one punch of 3 May."""
    row = {
        "userId": "user1",
        "bizId": "FF62",
        "checkTime": millis(shanghai(MAY_3)),
        "address": "芙蓉园村村部",
        "corpId": RECEIVER,
        "locationMethod": "MAP",
        "checkByUser": True,
        **fields,
    }
    return {"EventType": "attendance_check_record", "DataList": [row]}


def push(
    served: Served,
    content: object,
    *,
    envelope: Envelope = ENVELOPE,
    receiver: str = RECEIVER,
    at: float | None = None,
    name: str = "msg_signature",
    **replaced: str,
) -> httpx.Response:
    """Push as DingTalk does."""
    encrypted = envelope.seal(json.dumps(content).encode(), receiver)
    timestamp, nonce = str(int((time.time() if at is None else at) * 1000)), os.urandom(4).hex()
    signed = {
        name: envelope.signature(timestamp, nonce, encrypted),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt": encrypted,
        **replaced,
    }
    body = {"encrypt": signed.pop("encrypt")}
    return served.http.post("/dingtalk/callback", params=signed, json=body)


def is_success(response: httpx.Response) -> bool:
    """Tell whether an answer is the encrypted success that DingTalk wants."""
    if response.status_code != 200:
        return False
    answer = response.json()
    ENVELOPE.check(answer["msg_signature"], answer["timeStamp"], answer["nonce"], answer["encrypt"])
    return ENVELOPE.open(answer["encrypt"]) == (b"success", RECEIVER)


# Envelopes


def test_dingtalks_own_example_is_opened() -> None:
    ENVELOPE.check(*EXAMPLE_SIGNED, EXAMPLE)
    message, receiver = ENVELOPE.open(EXAMPLE)
    assert receiver == RECEIVER
    assert json.loads(message) == {
        "EventType": "check_create_suite_url",
        "Random": "LPIdSnlF",
        "TestSuiteKey": RECEIVER,
    }


@pytest.mark.parametrize("size", [0, 1, 11, 12, 31, 32, 33, 1000])
def test_what_is_sealed_can_be_opened(size: int) -> None:
    message = os.urandom(size)
    sealed = ENVELOPE.seal(message, RECEIVER)
    assert ENVELOPE.open(sealed) == (message, RECEIVER)
    assert len(base64.b64decode(sealed)) % 32 == 0


def test_a_signature_holds_for_one_message_alone() -> None:
    signature, timestamp, nonce = EXAMPLE_SIGNED
    for wrong in (
        ("0" * 40, timestamp, nonce, EXAMPLE),
        (signature, "1445827045068", nonce, EXAMPLE),
        (signature, timestamp, "another", EXAMPLE),
        (signature, timestamp, nonce, EXAMPLE[4:]),
        ("", timestamp, nonce, EXAMPLE),
        ("签名", timestamp, nonce, EXAMPLE),
    ):
        with pytest.raises(Forged):
            ENVELOPE.check(*wrong)


@pytest.mark.parametrize(
    "encrypted", ["", "!", "AAAA", EXAMPLE[:-4], EXAMPLE[4:], base64.b64encode(bytes(32)).decode()]
)
def test_what_is_not_encrypted_for_us_is_not_opened(encrypted: str) -> None:
    with pytest.raises(Forged):
        ENVELOPE.open(encrypted)


def test_neither_token_nor_key_is_shown() -> None:
    assert TOKEN not in repr(ENVELOPE)
    assert "key" not in repr(ENVELOPE)


# The server


def test_the_address_is_confirmed(wary: Served) -> None:
    assert is_success(push(wary, {"EventType": "check_url"}))


def test_a_pushed_punch_is_on_record_when_it_is_answered(pushed: Served) -> None:
    assert is_success(push(pushed, event()))
    assert check_ins(pushed.county.programme) == [("2020-05-03 08:30", False)]


def test_the_list_may_be_written_in_either_way_and_the_signature_named_so(pushed: Served) -> None:
    content = event(locationResult="Outside")
    content["dataList"] = content.pop("DataList")
    assert is_success(push(pushed, content, name="signature"))
    assert check_ins(pushed.county.programme) == [("2020-05-03 08:30", True)]


def test_other_events_are_answered_and_change_nothing(wary: Served) -> None:
    assert is_success(push(wary, {"EventType": "user_add_org", "UserId": ["user1"]}))
    assert is_success(push(wary, {"EventType": "attendance_check_record", "DataList": None}))
    assert life(wary.county.programme) == []


def test_a_push_that_comes_twice_counts_once(pushed: Served) -> None:
    for _ in range(2):
        assert is_success(push(pushed, event()))
    assert life(pushed.county.programme) == ["CheckedIn"]


def test_a_replay_has_no_effect(pushed: Served, users: Path) -> None:
    answer = push(pushed, event(userId="user2"))
    assert is_success(answer)
    users.write_text(f"UserId,干部编号\nuser2,{STAFF_NUMBER}\n", encoding="utf-8")
    replayed = pushed.http.post(answer.request.url, content=answer.request.read())
    assert is_success(replayed)
    assert life(pushed.county.programme) == []


@pytest.mark.parametrize("seconds", [-WINDOW - 60, WINDOW + 60])
def test_what_was_signed_at_another_time_is_refused(wary: Served, seconds: int) -> None:
    assert push(wary, event(), at=time.time() + seconds).status_code == 403
    assert life(wary.county.programme) == []


def test_what_was_not_signed_or_encrypted_by_dingtalk_is_refused(wary: Served) -> None:
    other_token = Envelope.of("another", KEY, {RECEIVER})
    other_key = Envelope.of(TOKEN, "A" * 43, {RECEIVER})
    for response in (
        push(wary, event(), envelope=other_token),
        push(wary, event(), envelope=other_key),
        push(wary, event(), receiver="dinganothercorp"),
        push(wary, event(), nonce="changed"),
        push(wary, event(), msg_signature=""),
        push(wary, event(), encrypt=EXAMPLE),
    ):
        assert response.status_code == 403
        assert "not accepted" in response.text
    assert life(wary.county.programme) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"encrypt": 1}', b"\xff", b"{" * 1000])
def test_what_is_malformed_is_refused_as_such(wary: Served, body: bytes) -> None:
    assert wary.http.post("/dingtalk/callback", content=body).status_code == 400


def test_what_is_too_large_is_refused(wary: Served) -> None:
    assert wary.http.post("/dingtalk/callback", content=b" " * (MUCH + 1)).status_code == 400


@pytest.mark.parametrize("then", ["silence", "gone"])
def test_what_does_not_arrive_in_full_is_refused_without_waiting_for_ever(
    programme: Programme, then: str
) -> None:
    came = [{"type": "http.request", "body": b'{"enc', "more_body": True}]

    async def receive() -> dict[str, Any]:
        if came:
            return came.pop()
        if then == "silence":
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    pushes = Pushes(programme, ENVELOPE, dict, patience=0.01)
    request = Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive)
    assert anyio.run(pushes.answer, request).status_code == 400


def test_a_timestamp_that_is_no_time_is_refused(wary: Served) -> None:
    assert push(wary, event(), at=float(10**25)).status_code == 400


def test_only_a_post_is_answered(wary: Served) -> None:
    assert wary.http.get("/dingtalk/callback").status_code == 405


def test_what_a_rule_turns_down_is_logged_and_answered(
    pushed: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "api.dingtalk"):
        content = event(userId="stranger")
        content["DataList"] += [{"userId": "user1"}, "no record at all", *event()["DataList"]]
        assert is_success(push(pushed, content))
    assert "stranger" in caplog.text
    assert "bizId" in caplog.text
    assert KEY not in caplog.text
    assert check_ins(pushed.county.programme) == [("2020-05-03 08:30", False)]


def test_what_cannot_be_recorded_now_is_not_confirmed_and_may_come_again(pushed: Served) -> None:
    with connect(pushed.county.conninfo) as conn:
        conn.execute("alter table ledger.events rename to elsewhere")
        conn.commit()
        first = push(pushed, event())
        conn.execute("alter table ledger.elsewhere rename to events")
        conn.commit()
    assert first.status_code == 503
    again = pushed.http.post(first.request.url, content=first.request.read())
    assert is_success(again)
    assert life(pushed.county.programme) == ["CheckedIn"]


def test_of_a_push_that_others_crowd_out_the_rest_is_recorded_and_all_of_it_may_come_again(
    pushed: Served,
) -> None:
    content = event()
    content["DataList"] += event(bizId="BIZ2", checkTime=millis(shanghai(MAY_4)))["DataList"]
    with breaking(pushed.county.programme, "convert_from(new.state, 'UTF8') like '%BIZ2%'", code="23505"):
        first = push(pushed, content)
    assert first.status_code == 503
    assert check_ins(pushed.county.programme) == [("2020-05-03 08:30", False)]
    assert is_success(pushed.http.post(first.request.url, content=first.request.read()))
    assert check_ins(pushed.county.programme) == [("2020-05-03 08:30", False), ("2020-05-04 08:30", False)]


def test_without_the_settings_there_is_no_such_address(idle: Served) -> None:
    assert idle.http.post("/dingtalk/callback", json={}).status_code == 404


def test_a_file_of_users_that_is_missing_stops_the_server_before_it_serves(
    simulated_ledger: str, tmp_path: Path
) -> None:
    settings = DingTalk(token=TOKEN, aes_key=KEY, corp_id=RECEIVER, users=tmp_path / "none.csv")
    with pytest.raises(UsersUnusable, match=r"none\.csv"), serving(simulated_ledger, settings):
        pass
