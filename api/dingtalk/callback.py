"""What DingTalk pushes: `POST /dingtalk/callback`, for the event `attendance_check_record`.

It is answered with an encrypted "success" once what it says is on record, so that DingTalk pushes again what
could not be recorded. A rule that turns a record down is logged: pushing it again would not help.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
import psycopg
from anyio import CapacityLimiter, fail_after, to_thread
from eventsourcing.persistence import PersistenceError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.dingtalk.crypto import Envelope, Forged
from api.dingtalk.fates import Fate
from api.dingtalk.records import Record, RecordUnreadable, of_push
from api.dingtalk.taking import take
from api.dingtalk.users import UsersUnusable, read_users
from api.settings import DingTalk
from domain.programme import Programme
from domain.refusals import ConflictingChange
from ledger.errors import LedgerError

WINDOW: Final = 600
"""Seconds that a push may be old, or ahead of our clock."""

MUCH: Final = 1_000_000
"""Bytes of a push, at most."""

PATIENCE: Final = 10.0
"""Seconds that a push may take to arrive: whoever is slower would keep a connection for nothing."""

_EVENT: Final = "attendance_check_record"
_MILLISECONDS: Final = 10**11
"""From here on a timestamp is in milliseconds: DingTalk sends either."""
_DIGITS: Final = 20

_logger: Final = logging.getLogger(__name__)


class _Malformed(Exception):  # noqa: N818 - named as what is wrong
    """A push is not of the form that DingTalk documents."""


@dataclass
class Pushes:
    """Receives pushes for a county.

    Attributes:
        programme: whose commands are asked.
        envelope: opens them.
        users: tells staff numbers by DingTalk's userid, as of now.
        clock: tells the seconds of Unix time.
        patience: seconds that a push may take to arrive.
    """

    programme: Programme
    envelope: Envelope
    users: Callable[[], Mapping[str, str]]
    clock: Callable[[], float] = time.time
    patience: float = PATIENCE
    _handled: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    @classmethod
    def of(cls, programme: Programme, settings: DingTalk) -> Pushes | None:
        """Return what receives the pushes that the settings speak of, if they do.

        Raises:
            UsersUnusable: the file of users cannot be read.
        """
        if not settings.is_pushed or settings.users is None:
            return None
        path = settings.users
        read_users(path)
        receivers = {it for it in (settings.corp_id, settings.app_key) if it}
        envelope = Envelope.of(settings.token, settings.aes_key, receivers)
        return cls(programme, envelope, lambda: read_users(path))

    async def answer(self, request: Request) -> Response:
        """Answer a push."""
        try:
            body = await _body(request, self.patience)
            return await to_thread.run_sync(
                self._answer, dict(request.query_params), body, limiter=self._limiter
            )
        except _Malformed as error:
            return _refusal(HTTPStatus.BAD_REQUEST, f"请求不合要求。 The request is malformed: {error}.")
        except Forged as error:
            _logger.warning("A push was refused: %s", error)
            return _refusal(HTTPStatus.FORBIDDEN, "验证未通过。 The request is not accepted.")
        except (ConflictingChange, LedgerError, PersistenceError, psycopg.Error, UsersUnusable) as error:
            _logger.error("A push could not be recorded: %s", error)  # noqa: TRY400 - the reason is enough
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "暂时无法记录。 It cannot be recorded now.")

    def _answer(self, query: Mapping[str, str], body: bytes) -> Response:
        signature = query.get("msg_signature") or query.get("signature") or ""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        encrypted = _json(body).get("encrypt")
        if not isinstance(encrypted, str):
            raise _Malformed("there is no encrypt")
        self.envelope.check(signature, timestamp, nonce, encrypted)
        self._check_age(timestamp)
        message, receiver = self.envelope.open(encrypted)
        with self._lock:
            repeated = signature in self._handled
        if not repeated:
            self._handle(_json(message))
            self._remember(signature)
        return self._success(receiver)

    def _check_age(self, timestamp: str) -> None:
        """Refuse what is too old to be told from a replay, or too new."""
        if not timestamp.isdecimal() or len(timestamp) > _DIGITS:
            raise _Malformed("the timestamp is no number")
        sent = int(timestamp)
        if sent >= _MILLISECONDS:
            sent //= 1000
        if abs(self.clock() - sent) > WINDOW:
            raise Forged("it was sent too long ago, or one of the clocks is wrong")

    def _remember(self, signature: str) -> None:
        """Keep a signature for as long as its timestamp can pass, so that a replay has no effect."""
        now = self.clock()
        with self._lock:
            self._handled = {it: until for it, until in self._handled.items() if until > now}
            self._handled[signature] = now + 2 * WINDOW

    def _handle(self, event: Mapping[str, Any]) -> None:
        if event.get("EventType") != _EVENT:
            return  # `check_url`, and events that nobody here asked for
        rows = event.get("DataList") or event.get("dataList") or []
        records = list(_readable(rows if isinstance(rows, list) else []))
        taken = take(self.programme, self.users(), records)
        for one in taken:
            if one.fate is Fate.REFUSED:
                _logger.warning("A pushed record was refused: %s %s", one.zh, one.en)
        if any(one.again for one in taken):
            raise ConflictingChange  # the others stay recorded; DingTalk sends all of them again

    def _success(self, receiver: str) -> Response:
        encrypted = self.envelope.seal(b"success", receiver)
        timestamp, nonce = str(int(self.clock() * 1000)), secrets.token_hex(8)
        return JSONResponse(
            {
                "msg_signature": self.envelope.signature(timestamp, nonce, encrypted),
                "timeStamp": timestamp,
                "nonce": nonce,
                "encrypt": encrypted,
            }
        )


def _readable(rows: list[Any]) -> list[Record]:
    records: list[Record] = []
    for row in rows:
        try:
            records.append(of_push(row if isinstance(row, dict) else {}))
        except RecordUnreadable as error:
            _logger.warning("A pushed record was refused: %s", error)
    return records


async def _body(request: Request, patience: float) -> bytes:
    body = bytearray()
    try:
        with fail_after(patience):
            async for piece in request.stream():
                body += piece
                if len(body) > MUCH:
                    raise _Malformed("it is too large")
    except (ClientDisconnect, TimeoutError) as error:
        raise _Malformed("it did not arrive in full") from error
    return bytes(body)


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _Malformed("it is no JSON") from error
    if not isinstance(content, dict):
        raise _Malformed("it is no JSON object")
    return content


def _refusal(status: HTTPStatus, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status_code=status)
