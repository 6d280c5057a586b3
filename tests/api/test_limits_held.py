"""What can be held open for nothing: connections, sockets, places for uploads, and answers nobody reads."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest
from starlette.routing import Route
from starlette.types import Message
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from api.exposure import Exposure
from api.guard import receiving
from api.guard.receiving import steady
from api.http import Endpoint
from api.limits import Limits
from tests.api.bearers import CHIEF
from tests.api.server import Served, serving

WATCHDOG = 60.0
ALL_OF_THE_SCHEMA = "{ __schema { types { name description fields { name description } } } }"
"""It answers with hundreds of kilobytes, and asks no database."""


@pytest.fixture(scope="module")
def tight(idle: Served) -> Iterator[Served]:
    """A county where little can be held."""
    limits = Limits(sockets=2, connections=9, stalled_seconds=1, upload_rate=1_000)
    with serving(idle.county.conninfo, limits=limits) as it:
        yield it


def _wire(served: Served) -> socket.socket:
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    wire.settimeout(10)
    wire.connect(("127.0.0.1", served.port))
    return wire


def _init(client: ClientConnection, served: Served) -> None:
    client.send(json.dumps({"type": "connection_init", "payload": served.authorization}))
    assert json.loads(client.recv(timeout=10)) == {"type": "connection_ack"}


def _endpoint(served: Served) -> Endpoint:
    (found,) = (it.endpoint for it in served.app.routes if isinstance(it, Route) and it.path == "/graphql")
    assert isinstance(found, Endpoint)
    return found


def _until(what: str, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WATCHDOG
    while not is_so():
        assert time.monotonic() < until, f"never {what}"
        time.sleep(0.01)


def _sockets_end(served: Served) -> None:
    """Wait until the server holds no socket any more."""
    _until("without a socket", lambda: not _endpoint(served).sockets._under_way)


def test_somebody_may_have_so_many_sockets_open_even_with_nothing_on_them(tight: Served) -> None:
    with tight.socket() as one, tight.socket() as another:
        for it in (one, another):
            _init(it, tight)
        with tight.socket() as third:
            _init(third, tight)
            with pytest.raises(ConnectionClosed) as closed:
                third.recv(timeout=10)
        with tight.socket() as of_somebody_else:
            _init(of_somebody_else, tight.as_(CHIEF))
    _sockets_end(tight)
    with tight.socket() as again:
        _init(again, tight)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


def test_an_address_may_have_so_many_sockets_open_that_do_not_say_who_asks(tight: Served) -> None:
    _sockets_end(tight)
    with tight.socket() as one, tight.socket():
        with pytest.raises(InvalidStatus) as refused, tight.socket():
            pass
        _init(one, tight)  # from now on it is theirs and not the address's
        with tight.socket() as third:
            _init(third, tight)

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["retry-after"] == "1"


def test_a_client_that_takes_in_nothing_is_cut_off(tight: Served) -> None:
    _sockets_end(tight)
    with closing(_wire(tight)) as wire:
        _upgrade(wire, tight)
        for id_ in range(30):
            payload = {"query": ALL_OF_THE_SCHEMA}
            wire.sendall(_frame({"id": str(id_), "type": "subscribe", "payload": payload}))
        _sockets_end(tight)


def test_pings_are_not_answered_to_one_who_does_not_read_the_answers(tight: Served) -> None:
    ping = bytes([0x89, 0x80 | 125]) + bytes(4) + b"p" * 125
    with closing(_wire(tight)) as wire:
        _upgrade(wire, tight)
        with pytest.raises(OSError, match=r"reset|pipe"):
            wire.sendall(ping * 250_000)  # 33 MB; the wire alone holds some
    _sockets_end(tight)


def test_a_message_may_come_in_so_many_pieces(tight: Served) -> None:
    _sockets_end(tight)
    with tight.socket() as client:
        _init(client, tight)
        client.send(iter(['{"type": ', '"ping"}', *[" "] * 900]))
        assert json.loads(client.recv(timeout=10)) == {"type": "pong"}
        with suppress(ConnectionClosed):
            client.send(iter(['{"type": ', '"ping"}', *[" "] * 1_500]))
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)


def test_an_address_may_have_so_many_connections(idle: Served) -> None:
    with serving(idle.county.conninfo, limits=Limits(connections=3)) as narrow, ExitStack() as open_:
        for _ in range(3):
            open_.enter_context(closing(_wire(narrow)))
        with closing(_wire(narrow)) as one_more:
            assert one_more.recv(12) == b"HTTP/1.1 429"
        open_.close()
        _until("free again", lambda: narrow.http.get("/health").status_code == 200)


def test_a_proxy_that_is_believed_may_have_as_many_as_it_needs(idle: Served) -> None:
    exposure, limits = Exposure(proxies=("10.0.0.0/8", "127.0.0.1")), Limits(connections=1)
    with serving(idle.county.conninfo, limits=limits, exposure=exposure) as behind, ExitStack() as open_:
        for _ in range(3):
            wire = open_.enter_context(closing(_wire(behind)))
            wire.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert wire.recv(12) == b"HTTP/1.1 200"


def test_an_upload_that_trickles_is_not_waited_for(tight: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "WINDOW", 0.4)
    with _upload(tight) as wire:
        answer = b""
        while b"\r\n\r\n" not in answer:
            wire.sendall(b"x")
            wire.settimeout(0.05)
            try:
                answer += wire.recv(4_096)
            except TimeoutError:
                continue
        wire.settimeout(10)

    assert answer.startswith(b"HTTP/1.1 408")


def test_an_upload_that_keeps_its_pace_is_waited_for_and_what_we_take_ourselves_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "WINDOW", 0.2)

    async def fast() -> Message:
        await asyncio.sleep(0.01)
        return {"body": b"x" * 100}

    async def bring() -> int:
        receive = steady(fast, 1_000)
        got = 0
        for _ in range(30):
            got += len((await receive())["body"])
            await asyncio.sleep(0.02)
        return got

    assert asyncio.run(bring()) == 3_000


def test_nobody_holds_all_places_for_uploads(tight: Served) -> None:
    with _upload(tight), _upload(tight), _upload(tight.as_(CHIEF)):
        statuses = [_bring(tight), _bring(tight.as_(CHIEF))]

    assert statuses == [429, 400]  # the other one's is received, and there is nothing in it


def _bring(served: Served) -> int:
    return served.http.post(
        "/graphql",
        data={"operations": "{}", "map": "{}"},
        files={"0": ("a.csv", b"x")},
        headers={"x-zhucun-upload": "1"},
    ).status_code


@contextmanager
def _upload(served: Served) -> Iterator[socket.socket]:
    """Lend the connection of an upload that has begun."""
    head = (
        "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nx-zhucun-upload: 1\r\ncontent-length: 90000\r\n"
        f"authorization: {served.authorization['authorization']}\r\n"
        "content-type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\ncontent-disposition: form-data; name="0"; filename="a.csv"\r\n\r\n'
    )
    with closing(_wire(served)) as wire:
        uploads = _endpoint(served)._uploads
        before = uploads._under_way
        wire.sendall(head.encode())
        _until("received", lambda: uploads._under_way > before)
        yield wire


def _upgrade(wire: socket.socket, served: Served) -> None:
    """Open a socket by hand, and say who asks."""
    key = base64.b64encode(os.urandom(16)).decode()
    wire.sendall(
        "GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    assert wire.recv(12) == b"HTTP/1.1 101"
    wire.sendall(_frame({"type": "connection_init", "payload": served.authorization}))


def _frame(message: object) -> bytes:
    data = json.dumps(message).encode()
    return bytes([0x81, 0x80 | 126]) + len(data).to_bytes(2, "big") + bytes(4) + data
