"""Sockets: what may come over one, how many operations somebody may have, and how long one may be idle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.exposure import Exposure
from api.limits import Limits
from tests.api.server import Served, serving

EVENTS = "subscription { events { position } }"


@pytest.fixture(scope="module")
def tight(idle: Served) -> Iterator[Served]:
    """A county served within narrow limits, under one name alone."""
    limits = Limits(subscriptions=2, idle_seconds=1, request_bytes=2_000, header_seconds=1, characters=500)
    with serving(idle.county.conninfo, limits=limits, exposure=Exposure(hosts=("127.0.0.1",))) as it:
        yield it


@contextmanager
def _open(served: Served) -> Iterator[ClientConnection]:
    with served.socket() as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": served.authorization}))
        assert json.loads(socket.recv(timeout=10)) == {"type": "connection_ack"}
        yield socket


def _begin(socket: ClientConnection, id_: str, query: str = EVENTS) -> None:
    socket.send(json.dumps({"id": id_, "type": "subscribe", "payload": {"query": query}}))


def _next(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return message


def test_somebody_may_follow_so_much_on_all_their_sockets_and_again_when_they_have_stopped(
    tight: Served,
) -> None:
    with _open(tight) as one, _open(tight) as other:
        _begin(one, "1")
        _begin(one, "2")
        one.send('{"type": "ping"}')
        assert _next(one) == {"type": "pong"}  # what came before it is under way by now
        _begin(other, "3")
        refused = _next(other)
        one.send(json.dumps({"id": "1", "type": "complete"}))
        one.send('{"type": "ping"}')
        assert _next(one) == {"type": "pong"}
        answered = refused
        while answered["type"] == "error":  # until what was stopped has come to its end
            _begin(other, "4", "{ __typename }")
            answered = _next(other)

    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert answered["type"] == "next"


def test_a_socket_that_nobody_uses_is_closed_even_with_a_subscription(tight: Served) -> None:
    with _open(tight) as socket:
        _begin(socket, "1")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4408, "idle for 1 seconds")


def test_a_socket_that_says_nothing_at_first_is_closed(tight: Served) -> None:
    with tight.socket() as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4408


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        "1",
        "{}",
        '{"type": 1}',
        '{"type": "what"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{ __typename }"}}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
        '{"type": "complete", "id": []}',
        b"\xff",
        "x" * 2_001,
    ],
)
def test_a_message_that_is_none_ends_the_socket_and_nothing_else(
    tight: Served, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with _open(tight) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in {4400, 1009}
    assert not caplog.records


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ " + "__typename " * 100 + "}", "500"),
        ("{" + "a{" * 30 + "b" + "}" * 30 + "}", "levels"),
        ("subscription { nothing }", "Cannot query"),
    ],
    ids=["long", "deep", "unknown"],
)
def test_what_is_asked_over_a_socket_is_measured_as_over_http(
    tight: Served, query: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with _open(tight) as socket:
        _begin(socket, "1", query)
        refused = _next(socket)

    assert refused["type"] == "error"
    assert said in refused["payload"][0]["message"]
    assert not caplog.records


def test_a_document_that_cannot_be_read_ends_the_socket_as_the_protocol_has_it(
    tight: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with _open(tight) as socket:
        _begin(socket, "1", "{ programme { ")
        with pytest.raises(ConnectionClosed, match="Syntax Error"):
            socket.recv(timeout=10)

    assert not caplog.records


def test_a_socket_for_another_name_or_from_a_page_elsewhere_is_not_opened(tight: Served) -> None:
    url = tight.url.replace("http", "ws", 1)
    for header in ({"Host": "elsewhere.example"}, {"Origin": "https://elsewhere.example"}):
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=header):
            pass
        assert refused.value.response.status_code == 403
