"""Before there is any token: this machine alone looks, whatever a request says of where it comes from."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from api.access.principal import OPERATOR
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide

COUNT = {"query": "{ events { totalCount } }"}


@pytest.fixture(scope="module")
def open_to_here(server: str, template: str) -> Iterator[Served]:
    """An empty county without tokens, served."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.project()
        side.close()
        with serving(conninfo, who=OPERATOR) as it:
            yield it


def looks(served: Served, *headers: tuple[str, str]) -> bool:
    """Tell whether a request with these headers, and no others, is answered as one from this machine."""
    body = json.dumps(COUNT).encode()
    lines = [
        "POST /graphql HTTP/1.0",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()
    assert ('"totalCount":0' in answer) != ("NOT_SIGNED_IN" in answer), answer
    return '"totalCount":0' in answer


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LocalHost", "[::1]:8000"])
def test_this_machine_looks_under_its_own_names(open_to_here: Served, host: str) -> None:
    assert looks(open_to_here, ("host", host))
    assert looks(open_to_here, ("host", host), ("origin", f"http://{host}"))


@pytest.mark.parametrize(
    "host",
    [
        "zhucun.example",
        "a_b.example",
        "a!b.example",  # a browser looks such names up, though they are no host names by the book
        "127.0.0.1.example",
        "localhost.example",
        "127.0.0.1@example",
        "localhost:8000@example",
        "[::1]example",
        "localhost:8000#.example",
        "127.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "localhost:80:80",
        "",
    ],
)
def test_a_page_that_had_its_name_lead_here_does_not_look(open_to_here: Served, host: str) -> None:
    assert not looks(open_to_here, ("host", host))


def test_a_request_for_no_name_or_for_two_does_not_look(open_to_here: Served) -> None:
    assert not looks(open_to_here)
    assert not looks(open_to_here, ("host", "127.0.0.1"), ("host", "zhucun.example"))


@pytest.mark.parametrize("origin", ["https://zhucun.example", "null", "http://a_b.example", "127.0.0.1", ""])
def test_a_page_of_somewhere_else_does_not_look(open_to_here: Served, origin: str) -> None:
    assert not looks(open_to_here, ("host", "127.0.0.1"), ("origin", origin))


@pytest.mark.parametrize(
    "name",
    [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-server",
        "x-forwarded-port",
        "x-real-ip",
        "x-client-ip",
        "true-client-ip",
    ],
)
def test_whoever_asks_for_another_does_not_look(open_to_here: Served, name: str) -> None:
    assert not looks(open_to_here, ("host", "127.0.0.1"), (name, "127.0.0.1"))


def test_a_page_of_somewhere_else_is_given_no_socket(open_to_here: Served) -> None:
    handshake = [
        "GET /graphql HTTP/1.1",
        f"host: 127.0.0.1:{open_to_here.port}",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: graphql-transport-ws",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    said = {}
    for origin in ("https://zhucun.example", f"http://127.0.0.1:{open_to_here.port}"):
        with socket.create_connection(("127.0.0.1", open_to_here.port), timeout=10) as connection:
            connection.sendall("\r\n".join([*handshake, f"origin: {origin}", "", ""]).encode())
            said[origin] = connection.recv(12).decode()

    assert list(said.values()) == ["HTTP/1.1 403", "HTTP/1.1 101"]
