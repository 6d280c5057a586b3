"""A server on the loopback that behaves as DingTalk documents its API: limits, pages, tokens and errors."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from api.county import SHANGHAI

APP_KEY = "dingappkey"
APP_SECRET = "s3cret-of-the-application"  # noqa: S105 - of a server of our own
BUSY = {"errcode": 90018, "errmsg": "每个企业的每个appkey调用单个接口的频率不可超过40次/秒"}
BUSY_BEHIND_88 = {
    "errcode": 88,
    "sub_code": "90002",
    "sub_msg": "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    "errmsg": "ding talk error[subcode=90002]",
}
EXPIRED = {"errcode": 42001, "errmsg": "access_token超时"}


class Fault:
    """An answer that is not DingTalk's: a status, or none at all."""

    def __init__(self, status: int | None, body: bytes = b"", **headers: str) -> None:
        self.status, self.body, self.headers = status, body, headers


class DingTalkServer:
    """What the organisation's DingTalk has, and what was asked of it."""

    def __init__(self) -> None:
        self.url = ""
        self.punches: list[dict[str, Any]] = []
        self.missed: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens = 0
        self.lasts = 7200
        self.faults: deque[dict[str, Any] | Fault] = deque()
        """What is answered instead, one request each."""
        self.blocked = ""
        """What begins at this time is refused."""

    def punch(self, record_id: int, at: datetime, user: str = "user1", **fields: Any) -> dict[str, Any]:
        """Let somebody punch, and return the record, which may be changed."""
        row = {
            "id": record_id,
            "bizId": f"BIZ{record_id}",
            "userId": user,
            "userCheckTime": millis(at),
            "workDate": millis(datetime.combine(at.date(), datetime.min.time(), SHANGHAI)),
            "gmtCreate": millis(at),
            "gmtModified": millis(at),
            "timeResult": "Normal",
            "locationResult": "Normal",
            "isLegal": "Y",
            "sourceType": "USER",
            "checkType": "OnDuty",
            "userAddress": "湖南省岳阳市湘阴县石塘镇芙蓉园村村部",
            **fields,
        }
        self.punches.append(row)
        return row

    def miss(self, result_id: int, day: date, user: str = "user1") -> None:
        """Let a punch that was due be missed: the system makes a result with the time it was due."""
        due = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
        self.missed.append(
            {
                "id": result_id,
                "userId": user,
                "userCheckTime": millis(due),
                "baseCheckTime": millis(due),
                "workDate": millis(due.replace(hour=0)),
                "timeResult": "NotSigned",
                "locationResult": "NotSigned",
                "sourceType": "SYSTEM",
                "checkType": "OnDuty",
                "planId": 1,
            }
        )

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any] | Fault:
        self.asked.append((path, body or query))
        if self.faults:
            return self.faults.popleft()
        if self.blocked in body.values():
            return {"errcode": 60020, "errmsg": "访问ip不在白名单之中"}
        if path == "/gettoken":
            return self._new_token(query)
        # A token that somebody else was given meanwhile does not end the others.
        if query.get("access_token") not in {f"token-{number + 1}" for number in range(self.tokens)}:
            return {"errcode": 40014, "errmsg": f"不合法的access_token {query.get('access_token')}"}
        asked_for = {"/attendance/listRecord": self._details, "/attendance/list": self._results}
        return asked_for[path](body)

    def _new_token(self, query: dict[str, str]) -> dict[str, Any]:
        if (query.get("appkey"), query.get("appsecret")) != (APP_KEY, APP_SECRET):
            return {"errcode": 40089, "errmsg": f"不合法的appkey或appsecret {query.get('appsecret')}"}
        self.tokens += 1
        token = f"token-{self.tokens}"
        return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": self.lasts}

    def _details(self, body: dict[str, Any]) -> dict[str, Any]:
        users, first, last = body["userIds"], _time(body["checkDateFrom"]), _time(body["checkDateTo"])
        if len(users) > 50 or last - first >= timedelta(days=7):
            return {"errcode": 41063, "errmsg": "参数错误"}
        begin, end = millis(first), millis(last)
        rows = [
            row
            for row in self.punches
            if row["userId"] in users and begin <= row["userCheckTime"] < end + 1000
        ]
        return {"errcode": 0, "errmsg": "ok", "recordresult": rows}

    def _results(self, body: dict[str, Any]) -> dict[str, Any]:
        users, first, last = body["userIdList"], _time(body["workDateFrom"]), _time(body["workDateTo"])
        offset, limit = body["offset"], body["limit"]
        if len(users) > 50 or limit > 50 or (last.date() - first.date()).days > 6:
            return {"errcode": 41063, "errmsg": "参数错误"}
        begin, end = millis(first), millis(last + timedelta(days=1))

        def due(row: dict[str, Any]) -> bool:
            return row["userId"] in users and begin <= row["workDate"] < end

        rows = [*map(_result_of, filter(due, self.punches)), *filter(due, self.missed)]
        page = rows[offset : offset + limit]
        more = offset + limit < len(rows)
        return {"errcode": 0, "errmsg": "ok", "recordresult": page, "hasMore": more}


@contextmanager
def dingtalk() -> Iterator[DingTalkServer]:
    """Lend a DingTalk."""
    it = DingTalkServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            url = urlsplit(self.path)
            answer = it.answer(url.path, dict(parse_qsl(url.query)), body)
            if isinstance(answer, Fault):
                if answer.status is None:
                    return  # hangs up
                status, content, headers = answer.status, answer.body, answer.headers
            else:
                status, content, headers = 200, json.dumps(answer).encode(), {}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def millis(at: datetime) -> int:
    """Return a moment as DingTalk writes it."""
    return int(at.timestamp() * 1000)


def shanghai(day: date, hour: int = 8, minute: int = 30) -> datetime:
    """Return a time of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def _result_of(punch: dict[str, Any]) -> dict[str, Any]:
    """Return what `attendance/list` tells of a punch."""
    told = {key: value for key, value in punch.items() if key not in {"userAddress", "gmtModified", "bizId"}}
    return {**told, "id": 10**9 + punch["id"], "recordId": punch["id"]}


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
