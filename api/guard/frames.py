"""uvicorn's protocol of sockets, with limits to what is held for one that the application never sees."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

_MOST_PIECES: Final = 1_000
"""Of a message on a socket; empty ones have no bytes to be counted by."""
_MOST_UNREAD: Final = 1_000_000
"""Bytes of answers to pings, which nothing else holds up, that may wait for whoever sent these."""


class Socket(WebSocketsSansIOProtocol):
    """Speaks with those whose messages come in few pieces, and who hear what they ask for."""

    def handle_cont(self, event: Frame) -> None:
        """Take a further piece of a message."""
        super().handle_cont(event)
        if len(self.frames) > _MOST_PIECES:
            self.frames = []
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many pieces")
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer a ping."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > _MOST_UNREAD:
            self.transport.abort()
