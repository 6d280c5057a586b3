"""The language of the API's tests: a county served by the real server, on the loopback, over real HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, cast

import httpx
import uvicorn
from starlette.applications import Starlette
from websockets.sync.client import ClientConnection, connect

from api.access.principal import Principal
from api.app import create_app
from api.context import Services
from api.county import County, signer_of
from api.dingtalk.callback import Pushes
from api.exposure import Exposure
from api.guard.protocol import config_of
from api.limits import Limits
from api.settings import DingTalk, Oidc
from domain.programme import Programme
from ledger import database
from tests import postgres
from tests.api.bearers import DEPARTMENT, authorized
from tests.scenario import TODAY

LIMITS: Final = Limits(cost=100_000_000)
"""The oracle's questions ask for everything at once; what each limit does has tests of its own."""
EXPOSURE: Final = Exposure()


class Served:
    """A county that is being served, and somebody who asks it.

    Attributes:
        record: where it is put on record that somebody looked who asks without HTTP: the county itself.
    """

    def __init__(self, app: Starlette, county: County, port: int, who: Principal = DEPARTMENT) -> None:
        self.app = app
        self.county = county
        self.record = county.programme
        self.port = port
        self.url = f"http://127.0.0.1:{port}/graphql"
        self.authorization = authorized(county.conninfo, who)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=self.authorization, timeout=30)
        self._everybody: dict[Principal, Served] = {who: self}

    def as_(self, who: Principal) -> Served:
        """Return the county as somebody else asks it."""
        if who not in self._everybody:
            other = Served(self.app, self.county, self.port, who)
            self._everybody[who], other._everybody = other, self._everybody
        return self._everybody[who]

    def close(self) -> None:
        """Hang up."""
        for it in self._everybody.values():
            it.http.close()

    @property
    def services(self) -> Services:
        return cast("Services", self.app.state.services)

    def post(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send a query and return the response, errors and all."""
        response = self.http.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        return cast("dict[str, Any]", response.json())

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a query that has no errors."""
        response = self.post(query, **variables)
        assert "errors" not in response, json.dumps(response["errors"], ensure_ascii=False, indent=1)
        return response["data"]

    def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the one error of a query."""
        (error,) = self.post(query, **variables)["errors"]
        return cast("dict[str, Any]", error)

    def refused(self, query: str, **variables: Any) -> tuple[str, str]:
        """Return the code and the message of a query's one error."""
        error = self.error(query, **variables)
        return error["extensions"]["code"], error["message"]

    @contextmanager
    def subscribed(self, query: str, **variables: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """Lend what a subscription sends, in the protocol graphql-transport-ws."""
        with self.socket() as socket_:
            socket_.send(json.dumps({"type": "connection_init", "payload": self.authorization}))
            assert json.loads(socket_.recv(timeout=10)) == {"type": "connection_ack"}
            payload = {"query": query, "variables": variables}
            socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            yield _messages(socket_)

    @contextmanager
    def socket(self, protocol: str = "graphql-transport-ws") -> Iterator[ClientConnection]:
        """Lend an open socket."""
        url = self.url.replace("http", "ws", 1)
        # A client that leaves messages unread cannot see the server's farewell: do not wait long for it.
        with connect(url, subprotocols=[cast("Any", protocol)], close_timeout=0.2) as socket_:
            yield socket_


def _messages(socket_: ClientConnection) -> Iterator[dict[str, Any]]:
    while True:
        message = json.loads(socket_.recv(timeout=10))
        if message["type"] != "next":
            yield message
            return
        yield message["payload"]


@contextmanager
def process_serving(conninfo: str, *args: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a command that serves in a process of its own; lend its address and the process."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from api.cli import main; main()", *args, "--port", "0"],
        env=os.environ | postgres.environment(conninfo),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = iter(process.stderr.readline, "")
        url = next(word for line in said for word in line.split() if word.startswith("http://"))
        yield url, process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@contextmanager
def serving(
    conninfo: str,
    dingtalk: DingTalk | None = None,
    *,
    who: Principal = DEPARTMENT,
    oidc: Oidc | None = None,
    limits: Limits = LIMITS,
    exposure: Exposure = EXPOSURE,
) -> Iterator[Served]:
    """Serve the county of a database whose ledger is founded, to a DingTalk as well if there is one."""
    with database.connect(conninfo) as conn:
        identity = database.identity(conn)
    assert identity is not None
    env = postgres.programme_of(conninfo)
    signer = signer_of(conninfo, identity, postgres.keys_of(conninfo))
    programme = Programme(identity.county, lambda: TODAY, env)
    county = County(conninfo, programme, identity, signer, postgres.imports_of(conninfo))
    pushes = Pushes.of(county.programme, dingtalk or DingTalk())
    app = create_app(county, pushes, oidc, limits=limits, exposure=exposure)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        config_of(app, limits, exposure, log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        with closing(Served(app, county, listening.getsockname()[1], who)) as served:
            yield served
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        county.programme.close()
