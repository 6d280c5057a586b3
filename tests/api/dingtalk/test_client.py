"""The client of DingTalk's API: pages, tokens, limits, errors, and what it never tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.dingtalk.answers import DingTalkFailed
from api.dingtalk.client import ATTEMPTS, Client, periods
from api.settings import DingTalk
from tests.api.dingtalk.server import (
    APP_SECRET,
    BUSY,
    BUSY_BEHIND_88,
    EXPIRED,
    DingTalkServer,
    Fault,
    dingtalk,
    shanghai,
)

MAY_3 = date(2020, 5, 3)
MAY_9 = date(2020, 5, 9)


class Patience:
    """Waits no time, and remembers how long it would have."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def client(settings: DingTalk, patience: Patience) -> Client:
    return Client(settings, sleep=patience)


def paths(ding: DingTalkServer) -> list[str]:
    return [path for path, _ in ding.asked]


def failed(client: Client) -> DingTalkFailed:
    with pytest.raises(DingTalkFailed) as error:
        client.details(["user1"], MAY_3, MAY_9)
    return error.value


def test_punches_of_seven_whole_days_are_asked_for(client: Client, ding: DingTalkServer) -> None:
    for day, minute in ((MAY_3, 0), (MAY_9, 59), (MAY_9 + timedelta(1), 0), (MAY_3 - timedelta(1), 59)):
        ding.punch(day.day, shanghai(day, 0 if minute == 0 else 23, minute))
    assert [row["id"] for row in client.details(["user1"], MAY_3, MAY_9)] == [3, 9]


def test_results_are_read_to_the_last_page(client: Client, ding: DingTalkServer) -> None:
    for number in range(101):
        ding.punch(number + 1, shanghai(MAY_3 + timedelta(number % 7)))
    rows = list(client.results(["user1"], MAY_3, MAY_9))
    assert [row["recordId"] for row in rows] == list(range(1, 102))
    assert [body["offset"] for path, body in ding.asked if path == "/attendance/list"] == [0, 50, 100]


def test_pages_that_never_end_are_noticed(client: Client, ding: DingTalkServer) -> None:
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.append({"errcode": 0, "errmsg": "ok", "recordresult": [], "hasMore": True})
    with pytest.raises(DingTalkFailed, match="attendance/list"):
        list(client.results(["user1"], MAY_3, MAY_9))


def test_periods_cover_every_day_once_and_none_is_too_long() -> None:
    spans = list(periods(date(2020, 2, 20), date(2020, 3, 31)))
    assert spans[0][0] == date(2020, 2, 20)
    assert spans[-1][1] == date(2020, 3, 31)
    assert all(until - since <= timedelta(6) for since, until in spans)
    assert all(before[1] + timedelta(1) == after[0] for before, after in pairwise(spans))
    assert list(periods(MAY_9, MAY_3)) == []


# Tokens


def test_one_token_serves_many_requests(client: Client, ding: DingTalkServer) -> None:
    for _ in range(3):
        client.details(["user1"], MAY_3, MAY_9)
    assert paths(ding).count("/gettoken") == 1


def test_a_token_is_renewed_before_its_time_is_over(settings: DingTalk, ding: DingTalkServer) -> None:
    now = 0.0
    client = Client(settings, clock=lambda: now)
    client.details(["user1"], MAY_3, MAY_9)
    now = 7200.0 - 60
    client.details(["user1"], MAY_3, MAY_9)
    assert ding.tokens == 2


@pytest.mark.parametrize(
    "refusal",
    [
        EXPIRED,
        {"errcode": "40014", "errmsg": "不合法的access_token"},
        {"errcode": 88, "sub_code": "40014", "sub_msg": "不合法的access_token", "errmsg": "ding talk error"},
    ],
)
def test_an_expired_token_is_renewed_and_the_request_sent_again(
    client: Client, ding: DingTalkServer, refusal: dict[str, Any]
) -> None:
    ding.punch(1, shanghai(MAY_3))
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.append(refusal)
    assert len(client.details(["user1"], MAY_3, MAY_9)) == 1
    assert ding.tokens == 2


def test_a_token_that_is_never_taken_is_not_renewed_for_ever(client: Client, ding: DingTalkServer) -> None:
    client.details(["user1"], MAY_3, MAY_9)
    renewed = {"errcode": 0, "access_token": "another", "expires_in": 7200}
    ding.faults.extend([EXPIRED, renewed, EXPIRED])
    assert "42001" in failed(client).message_en


# Limits and faults


@pytest.mark.parametrize(
    "fault",
    [
        BUSY,
        BUSY_BEHIND_88,
        {"errcode": -1, "errmsg": "系统繁忙"},
        Fault(429),
        Fault(502, b"<html>Bad Gateway</html>"),
        Fault(None),
    ],
)
def test_what_passes_is_waited_for_longer_each_time(
    client: Client, ding: DingTalkServer, patience: Patience, fault: dict[str, Any] | Fault
) -> None:
    ding.punch(1, shanghai(MAY_3))
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.extend([fault] * 3)
    assert len(client.details(["user1"], MAY_3, MAY_9)) == 1
    assert len(patience.pauses) == 3
    assert all(after > 1.5 * before for before, after in pairwise(patience.pauses))


def test_what_does_not_pass_is_given_up_in_both_languages(
    client: Client, ding: DingTalkServer, patience: Patience
) -> None:
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.extend([BUSY] * ATTEMPTS)
    error = failed(client)
    assert "90018" in error.message_zh
    assert "run it again" in error.message_en
    assert sum(patience.pauses) > 60  # the limits are per minute
    assert not ding.faults


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ({"errcode": 60020, "errmsg": "访问ip不在白名单之中"}, "白名单"),
        ({"errcode": 88, "sub_code": "60011", "sub_msg": "没有调用该接口的权限", "errmsg": "x"}, "读权限"),
        ({"errcode": 41063, "errmsg": "参数错误"}, "41063"),
        ({"message": "no code at all"}, "被拒绝"),
        (Fault(404, b"not found"), "HTTP 404"),
        (Fault(200, b"<html>sign in</html>"), "代理"),
        (Fault(200, b"[]"), "代理"),
        ({"errcode": 0, "recordresult": [1]}, "recordresult"),
    ],
)
def test_a_refusal_is_not_asked_for_again_and_says_what_to_do(
    client: Client, ding: DingTalkServer, patience: Patience, refusal: dict[str, Any] | Fault, words: str
) -> None:
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.append(refusal)
    assert words in failed(client).message_zh
    assert patience.pauses == []


def test_a_redirection_is_not_followed(client: Client, ding: DingTalkServer) -> None:
    client.details(["user1"], MAY_3, MAY_9)
    with dingtalk() as elsewhere:
        ding.faults.append(Fault(302, b"", Location=f"{elsewhere.url}/attendance/listRecord"))
        assert "HTTP 302" in failed(client).message_en
        assert elsewhere.asked == []


def test_nobody_there_is_told_as_such(settings: DingTalk, patience: Patience) -> None:
    error = failed(Client(replace(settings, url="http://127.0.0.1:1"), sleep=patience))
    assert "gettoken" in error.message_en


# What is never told


def test_neither_secret_nor_token_is_told(
    client: Client, settings: DingTalk, ding: DingTalkServer, patience: Patience
) -> None:
    wrong = replace(settings, app_secret="another-secret")  # noqa: S106 - of a server of our own
    errors = [failed(Client(wrong, sleep=patience))]
    client.details(["user1"], MAY_3, MAY_9)
    ding.faults.append({"errcode": 43008, "errmsg": "access_token=token-1 is not for this"})
    errors.append(failed(client))
    ding.faults.extend([{"errcode": 43008, "errmsg": f"{'x' * 190}{APP_SECRET}"}])
    errors.append(failed(client))
    for error in errors:
        for hidden in ("another-secret", APP_SECRET, APP_SECRET[:8], "token-1"):
            assert hidden not in str(error)
    assert APP_SECRET not in repr(settings)
