"""uvicorn's protocols, with limits to what the application never sees.

That is what stands before a body, how many connections an address has, and who takes in nothing of what is
sent to them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.exposure import Exposure
from api.guard.crowd import RETRY_AFTER, Crowd, TooMany, neighbourhood
from api.guard.frames import Socket
from api.limits import Limits

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_MANY: Final = (
    f"HTTP/1.1 429 Too Many Requests\r\nretry-after: {RETRY_AFTER}\r\n"
    "content-length: 0\r\nconnection: close\r\n\r\n"
).encode()
_USER_TIMEOUT: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
"""By which Linux gives up a peer that takes in nothing, even when we have closed; others take longer."""


class _HeadersTooLarge(Exception):  # noqa: N818 - caught by the parser, which ends with it
    """A request's first line and headers are over the limit."""


class Protocol(HttpToolsProtocol):
    """Speaks HTTP with clients whose headers are neither endless nor slow."""

    limits: Limits
    crowd: Crowd
    proxies: Sequence[str]
    _deadline: asyncio.TimerHandle | None = None
    _in_headers = True
    _heard = 0
    _too_large = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a request's headers, not for long, if the address has not too many connections."""
        super().connection_made(transport)
        self._place = ExitStack()
        _give_up_on_the_stalled(transport, self.limits.stalled_seconds)
        host = self.client[0] if self.client else ""
        if not _is_among(host, self.proxies):
            try:
                self._place.enter_context(self.crowd.joined(neighbourhood(host)))
            except TooMany:
                transport.write(_TOO_MANY)
                transport.close()
                return
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._headers_came()
        self._place.close()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over; sockets are counted for whoever opens them."""
        self._place.close()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        if self.transport.is_closing():
            return
        if self._in_headers:
            self._heard += len(data)
        super().data_received(data)
        if self._in_headers and self._heard > self.limits.header_bytes and not self.transport.is_closing():
            self._refuse_headers()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        if not self._in_headers:
            self._heard = 0
            self._wait_for_headers()

    def on_headers_complete(self) -> None:
        """Go on with a request whose headers are here.

        Raises:
            _HeadersTooLarge: they are over the limit.
        """
        self._headers_came()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.header_bytes:
            self._too_large = True
            raise _HeadersTooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request of HTTP."""
        if self._too_large:
            self._refuse_headers()
        else:
            super().send_400_response(msg)

    def _wait_for_headers(self) -> None:
        self._in_headers = True
        self._deadline = self.loop.call_later(self.limits.header_seconds, self._too_slow)

    def _headers_came(self) -> None:
        self._in_headers = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self.transport.close()

    def _refuse_headers(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()


def _give_up_on_the_stalled(transport: asyncio.Transport, seconds: int) -> None:
    wire = transport.get_extra_info("socket")
    if _USER_TIMEOUT is not None and wire is not None and wire.family != getattr(socket, "AF_UNIX", None):
        wire.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, min(seconds, 1_000_000) * 1_000)


def _is_among(host: str, networks: Sequence[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(it) for it in networks)


def config_of(app: Any, limits: Limits, exposure: Exposure, **more: Any) -> uvicorn.Config:
    """Return uvicorn's settings for an application: its limits, its TLS, and which proxies are believed."""
    return uvicorn.Config(
        app,
        http=type(
            "Protocol",
            (Protocol,),
            {"limits": limits, "crowd": Crowd(limits.connections), "proxies": exposure.proxies},
        ),
        ws=Socket,
        ws_max_size=limits.request_bytes,
        server_header=False,
        proxy_headers=bool(exposure.proxies),
        forwarded_allow_ips=list(exposure.proxies),
        ssl_certfile=exposure.certificate,
        ssl_keyfile=exposure.key,
        **more,
    )
