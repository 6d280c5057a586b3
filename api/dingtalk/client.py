"""DingTalk's attendance API: what was punched, what was missed, for up to 50 people and 7 days at a time.

An expired token is renewed; when DingTalk is busy, or says that too much was asked, the client waits longer
each time and asks again. Neither the secret nor the token appears in any message.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from api.dingtalk.answers import BUSY, OK, TOKEN, DingTalkFailed, Row, code_of, failed, rows_of
from api.settings import DingTalk

PEOPLE: Final = 50
"""Users of one request, at most."""

DAYS: Final = 7
"""Days of one request, at most, the first and the last included."""

ROWS: Final = 50
"""Rows of one page of `attendance/list`, at most."""

PATIENCE: Final = 15.0
"""Seconds that DingTalk has to answer, and to say all of its answer."""

MUCH: Final = 32_000_000
"""Bytes of an answer, at most."""

ATTEMPTS: Final = 8
"""How often one request is sent. The pauses between add up to some two minutes: the limits are per minute."""

_PAUSE: Final = 1.0
_EARLY: Final = 300.0  # seconds before its end at which a token is renewed


class _Later(Exception):  # noqa: N818 - named as what to do
    """It may answer later; says why it does not now."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the token in the address is for DingTalk alone."""

    def redirect_request(self, *_: Any) -> None:
        """Let the redirection be the answer."""


class Client:
    """Asks DingTalk for records of attendance.

    Args:
        settings: with the application's key and secret.
        sleep: waits some seconds.
        clock: tells seconds that never go back.
    """

    def __init__(
        self,
        settings: DingTalk,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._clock = clock
        self._opener = build_opener(_NoRedirect)
        self._token = ""
        self._token_until = 0.0
        self._hidden = {settings.app_secret} - {""}

    def details(self, users: Sequence[str], first: date, last: date) -> list[Row]:
        """Return each punch of some users from a day to a day (`attendance/listRecord`).

        Args:
            users: up to 50.
            first: the first day, in Asia/Shanghai.
            last: the last day, up to 6 days later.

        Raises:
            DingTalkFailed: it refuses, or does not answer for a long time.
        """
        asked = {
            "userIds": list(users),
            "checkDateFrom": f"{first} 00:00:00",
            "checkDateTo": f"{last} 23:59:59",
            "isI18n": False,
        }
        return rows_of("attendance/listRecord", self._ask("attendance/listRecord", asked))

    def results(self, users: Sequence[str], first: date, last: date) -> Iterator[Row]:
        """Yield the result of each punch that was due, missed ones too (`attendance/list`), page by page.

        Args and errors as for `details`.
        """
        offset, path = 0, "attendance/list"
        while True:
            answer = self._ask(
                path,
                {
                    "userIdList": list(users),
                    "workDateFrom": f"{first} 00:00:00",
                    "workDateTo": f"{last} 00:00:00",
                    "offset": offset,
                    "limit": ROWS,
                    "isI18n": False,
                },
            )
            rows = rows_of(path, answer)
            yield from rows
            if answer.get("hasMore") is not True:
                return
            if not rows:
                raise DingTalkFailed(
                    path, "称还有数据却返回空页,请稍后再试", "it has more, but sends nothing"
                )
            offset += ROWS

    def _ask(self, path: str, asked: Mapping[str, Any]) -> Row:
        """Send a request with a token, a new one if DingTalk does not take the one there is."""
        renewed = False
        while True:
            answer = self._answered(path, {"access_token": self._access()}, asked)
            code = code_of(answer)
            if code == OK:
                return answer
            if code in TOKEN and not renewed:
                self._token, renewed = "", True
                continue
            raise failed(path, code, answer, self._hidden)

    def _access(self) -> str:
        """Return a token that is still good, asking for one if there is none."""
        if not self._token or self._clock() >= self._token_until:
            query = {"appkey": self._settings.app_key, "appsecret": self._settings.app_secret}
            answer = self._answered("gettoken", query, None)
            token, lasts = answer.get("access_token"), answer.get("expires_in", 7200)
            if code_of(answer) != OK or not isinstance(token, str):
                raise failed("gettoken", code_of(answer), answer, self._hidden)
            self._token = token
            self._hidden.add(token)
            self._token_until = self._clock() + max(0.0, float(lasts) - _EARLY)
        return self._token

    def _answered(self, path: str, query: Mapping[str, str], asked: Mapping[str, Any] | None) -> Row:
        """Return an answer, sending the request again while DingTalk is busy."""
        for attempt in range(ATTEMPTS):
            try:
                return self._sent(path, query, asked)
            except _Later as reason:
                if attempt == ATTEMPTS - 1:
                    raise DingTalkFailed(
                        path,
                        f"多次重试仍不可用({reason})。已处理的保留,请稍后再运行一次",
                        f"it cannot be had after {ATTEMPTS} attempts ({reason}). What was done stays: "
                        "run it again later",
                    ) from None
                self._sleep(_PAUSE * 2**attempt * random.uniform(0.9, 1.1))  # noqa: S311 - not for secrecy
        raise AssertionError

    def _sent(self, path: str, query: Mapping[str, str], asked: Mapping[str, Any] | None) -> Row:
        url = f"{self._settings.url}/{path}?{urlencode(query)}"
        body = None if asked is None else orjson.dumps(asked)
        request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the settings looked
        try:
            try:
                response = self._opener.open(request, timeout=PATIENCE)
            except HTTPError as error:
                response = error
            with response:
                status, data = response.status, _read(response)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise _Later(str(reason) or type(reason).__name__) from None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Later(f"HTTP {status}")
        try:
            answer = orjson.loads(data)
        except orjson.JSONDecodeError:
            answer = None
        if status != HTTPStatus.OK or not isinstance(answer, dict):
            raise DingTalkFailed(
                path,
                f"回答不是钉钉的格式(HTTP {status}),请核对地址与代理",
                f"its answer is not DingTalk's (HTTP {status}); check the address and any proxy",
            )
        if (code := code_of(answer)) in BUSY:
            raise _Later(f"errcode {code}")
        return answer


def periods(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield spans of days, both ends included, that DingTalk answers in one request."""
    while first <= last:
        yield first, min(last, first + timedelta(days=DAYS - 1))
        first += timedelta(days=DAYS)


def _read(response: Any) -> bytes:
    """Return an answer, which neither takes long nor is long."""
    data, patience = bytearray(), time.monotonic() + PATIENCE
    while piece := response.read1(1 << 16):
        data += piece
        if len(data) > MUCH or time.monotonic() > patience:
            raise TimeoutError("its answer does not end")
    return bytes(data)
