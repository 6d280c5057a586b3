"""A socket's token: sent once, when it is opened, and watched for as long as it is held."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    SubscribeMessage,
)

from api.access.own import Verified
from api.access.principal import PUBLIC
from api.access.refusals import TokenRefused
from api.access.register import FRESH
from api.access.tokens import Tokens, sent_with
from api.context import Services
from api.problems import Problem

FORBIDDEN: Final = 4403
"""How the protocol graphql-transport-ws says that whoever asks is not let in, or no longer."""
AWAY: Final = 4500
_LONGEST_REASON: Final = 123  # bytes, of a frame that closes a socket
_LOOK: Final = 2 * FRESH  # seconds from one look into the register to the next


class Identified(BaseGraphQLTransportWSHandler[Services, None]):
    """Answers a socket as whoever its `connection_init` says, until their token ends."""

    context: Services
    _asker: Verified | None = None
    _watching: asyncio.Task[None] | None = None

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Find out who asks, then go on as the protocol says."""
        if not self.connection_init_received and not self.connection_timed_out:
            socket, tokens = self._socket, self._tokens
            try:
                asker = await tokens.asker(_authorization(message, socket), socket)
            except Problem as problem:
                await self.websocket.close(
                    FORBIDDEN if isinstance(problem, TokenRefused) else AWAY, _brief(problem.message)
                )
                return
            self._asker = asker
            self.context = replace(self.context, principal=asker.principal)
            if asker.principal != PUBLIC:
                self._watching = asyncio.create_task(self._watch(asker), name="token")
        await super().handle_connection_init(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, unless the token has ended since it was looked at last."""
        if self._asker is not None and not await self._is_good(self._asker):
            await self._end()
            return
        await super().handle_subscribe(message)

    async def shutdown(self) -> None:
        """End what is under way."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await super().shutdown()

    async def _watch(self, asker: Verified) -> None:
        """Close the socket when its token expires or is revoked."""
        while await self._is_good(asker):  # noqa: ASYNC110 - the register is asked, and rings no bell
            await asyncio.sleep(max(0, min(_LOOK, asker.until - datetime.now(UTC).timestamp())))
        await self._end()

    async def _is_good(self, asker: Verified) -> bool:
        """Tell whether a token is still taken; an absent database revokes nothing."""
        if asker.until <= datetime.now(UTC).timestamp():
            return False
        try:
            return await self._tokens.is_in_force(asker)
        except Problem:
            return True

    async def _end(self) -> None:
        """Close the socket, with whatever is under way."""
        for operation in list(self.operations):
            await self.cleanup_operation(operation)
        if self._socket.application_state is WebSocketState.CONNECTED:  # who saw it first has closed it
            await self.websocket.close(FORBIDDEN, "令牌已到期或撤销。 The token has expired or was revoked.")

    @property
    def _socket(self) -> WebSocket:
        assert isinstance(self.websocket, ASGIWebSocketAdapter)  # noqa: S101 - the view's own
        return self.websocket.ws

    @property
    def _tokens(self) -> Tokens:
        tokens: Tokens = self._socket.app.state.tokens
        return tokens


def _authorization(message: ConnectionInitMessage, socket: WebSocket) -> str | None:
    """Return what a socket sends as `authorization`; programs may send it with the handshake as well.

    Raises:
        TokenRefused: it is no text.
    """
    payload: Any = message.get("payload", {})
    sent = payload.get("authorization") if isinstance(payload, dict) else None
    if sent is None:
        return sent_with(socket)
    if not isinstance(sent, str):
        raise TokenRefused("authorization 应为文字", "`authorization` is no text")
    return sent


def _brief(reason: str) -> str:
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
