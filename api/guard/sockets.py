"""Sockets: what may come over one, how long it may be held for nothing, and how much may be asked by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    SubscribeMessage,
)

from api.access.socket import Identified
from api.context import Services
from api.guard.crowd import Crowd, TooMany, caller, neighbourhood
from api.problems import Problem

if TYPE_CHECKING:
    from api.http import Endpoint

IDLE: Final = 4408
"""With this code a socket is closed that nobody used for long."""
TOO_MANY: Final = 4429
"""With this one, whoever has as many as they may."""
_PLACE: Final = "zhucun.place"


@contextmanager
def place(crowd: Crowd, scope: Scope) -> Iterator[None]:
    """Count a socket to its address, and from when it has said who asks, to whom that is.

    Raises:
        TooMany: the address has as many as it may.
    """
    with ExitStack() as taken:
        host = (scope.get("client") or ("",))[0]
        taken.enter_context(crowd.joined(neighbourhood(host)))
        scope[_PLACE] = taken
        yield


class Adapter(ASGIWebSocketAdapter):
    """A socket over which well-formed messages come, and which is closed when nobody uses it."""

    def __init__(self, view: Endpoint, request: WebSocket, response: WebSocket) -> None:
        super().__init__(cast("Any", view), request, response)
        self._idle_seconds = view.limits.idle_seconds
        self._used = 0.0
        self._use()

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Yield messages until the socket is closed."""
        watching = asyncio.create_task(self._close_when_idle())
        try:
            async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
                self._use()
                if not _is_well_formed(message):
                    raise NonJsonMessageReceived
                yield message
        finally:
            watching.cancel()

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message."""
        self._use()
        await super().send_json(message)

    def _use(self) -> None:
        self._used = asyncio.get_running_loop().time()

    async def _close_when_idle(self) -> None:
        now = asyncio.get_running_loop().time
        while (left := self._used + self._idle_seconds - now()) > 0:  # noqa: ASYNC110 - until a known time
            await asyncio.sleep(left)
        if self.ws.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError):  # it is being closed from the other side
                await self.close(IDLE, f"idle for {self._idle_seconds} seconds")


class Handler(Identified):
    """Runs operations by the policy, and only so many for one who asks."""

    _counted = False

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Begin, if whoever asks has not too many sockets."""
        await super().handle_connection_init(message)
        if not self.connection_acknowledged or self._counted:
            return
        self._counted = True
        view, socket = cast("Endpoint", self.view), cast("Adapter", self.websocket).ws
        taken: ExitStack = socket.scope[_PLACE]
        taken.close()
        try:
            taken.enter_context(view.sockets.joined(caller(self.context.principal, socket)))
        except TooMany as problem:
            await self.websocket.close(TOO_MANY, problem.message_en)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, if it may be asked for."""
        try:
            payload: dict[str, Any] = cast("Any", message["payload"])
            payload["query"] = self.context.policy.text_of(payload.get("query"), payload.get("extensions"))
        except Problem as problem:
            await self.send_message({"id": message["id"], "type": "error", "payload": [problem.formatted]})
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Services, None]) -> None:
        """Run an operation to its end."""
        socket = cast("Adapter", self.websocket).ws
        try:
            with cast("Endpoint", self.view).followers.joined(caller(self.context.principal, socket)):
                await super().run_operation(operation)
        except TooMany as problem:
            await operation.send_initial_errors([problem])
            self.operations.pop(operation.id, None)


def _is_well_formed(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in {"subscribe", "complete"}:
        return True
    if not isinstance(message.get("id"), str):
        return False
    return message["type"] == "complete" or _is_request(message.get("payload"))


def _is_request(payload: Any) -> bool:
    return isinstance(payload, dict) and all(
        isinstance(payload.get(name), kind | None)
        for name, kind in (("query", str), ("variables", dict), ("operationName", str), ("extensions", dict))
    )
