"""Clients that hardly read or hardly write: the server holds little for them, and serves the others."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from websockets.sync.client import ClientConnection, connect

from api.subscriptions import BATCH
from tests import facts
from tests.api.server import Served
from tests.api.test_following import positions
from tests.faults.telling import Teller, goes_on
from tests.faults.whole import nothing_lost_and_nothing_twice
from tests.projections.readside import ReadSide

BATCHES = 10
LONG = "very_" * 20
WORDS = " ".join(f"{LONG}{n}: __typename" for n in range(55))
WORDY = f"subscription {{ events(after: 0) {{ position {WORDS} }} }}"
"""An event comes to kilobytes, and all of them to far more than what sockets hold."""

TRICKLING = 200


def test_a_client_that_does_not_read_is_not_read_for(served: Served, teller: Teller) -> None:
    conninfo = served.county.conninfo
    a_long_log(conninfo, BATCH * BATCHES)
    goes_on(served, teller)
    before = served.services.database.statements
    with narrow_socket(served) as idler:
        follow(served, idler)
        read_for = standing_still(lambda: served.services.database.statements) - before
        assert read_for < BATCHES
        goes_on(served, teller)

        seen = positions(payloads(idler), BATCH * BATCHES + 2)
    assert seen == list(range(1, BATCH * BATCHES + 3))
    nothing_lost_and_nothing_twice(conninfo, teller.acknowledged)


def test_requests_that_trickle_in_keep_nobody_waiting(served: Served, teller: Teller) -> None:
    with ExitStack() as trickling:
        for _ in range(TRICKLING):
            wire = trickling.enter_context(socket.create_connection(address(served)))
            wire.sendall(
                b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                b'content-length: 1000000\r\n\r\n{"query": "'
            )
        goes_on(served, teller)
    goes_on(served, teller)
    nothing_lost_and_nothing_twice(served.county.conninfo, teller.acknowledged)


def a_long_log(conninfo: str, events: int) -> None:
    """Let somebody have recorded very many duties."""
    side = ReadSide(conninfo)
    duties = [facts.duty_recorded().as_version(version) for version in range(1, events + 1)]
    side.append([replace(duty, command_id=uuid4()) for duty in duties])
    side.project()
    side.close()


@contextmanager
def narrow_socket(served: Served) -> Iterator[ClientConnection]:
    """Lend a socket that takes in as little as can be."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(address(served))
    protocol: Any = "graphql-transport-ws"
    url = served.url.replace("http", "ws", 1)
    with connect(
        url, sock=wire, subprotocols=[protocol], compression=None, max_queue=1, close_timeout=0.2
    ) as it:
        yield it


def address(served: Served) -> tuple[str, int]:
    """Where a county is served."""
    return str(served.http.base_url.host), int(served.http.base_url.port or 0)


def follow(served: Served, client: ClientConnection) -> None:
    """Subscribe, and read nothing of it."""
    client.send(json.dumps({"type": "connection_init", "payload": served.authorization}))
    assert json.loads(client.recv(timeout=10)) == {"type": "connection_ack"}
    client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": WORDY}}))


def payloads(client: ClientConnection) -> Iterator[Any]:
    """Read what was subscribed to."""
    while True:
        yield json.loads(client.recv(timeout=10))["payload"]


def standing_still(count: Any) -> int:
    """Return a count once it has not moved for a while."""
    last = -1
    while last != (last := count()):
        time.sleep(0.7)
    return int(last)
