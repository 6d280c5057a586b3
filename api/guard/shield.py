"""What every response says to browsers, and for which names the server answers at all."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLOSED: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": _CLOSED,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_STRICT: Final = {"strict-transport-security": "max-age=31536000"}
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
"""What a browser runs or applies; a script with a type of its own is but text."""
_MISDIRECTED: Final = 421


class Page(HTMLResponse):
    """A page of ours: it runs the scripts and styles that stand in it, and no others."""

    def __init__(self, content: str) -> None:
        super().__init__(content, headers={"content-security-policy": policy_of(content)})


@lru_cache(maxsize=16)
def policy_of(page: str) -> str:
    """Return the content security policy of a page: its inline scripts and styles by their SHA-256."""
    found: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(page):
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        found[kind].append(f"'sha256-{digest}'")
    return "; ".join(
        (
            _CLOSED,
            *(f"{kind}-src {' '.join(hashes)}" for kind, hashes in found.items() if hashes),
            "img-src data:",
            "connect-src 'self'",
        )
    )


class Shield:
    """Stands before the application.

    Args:
        app: the application.
        hosts: names that requests may be for, without the port; none given, any may.
        encrypted: whether the server speaks TLS itself, and browsers shall ask for nothing else.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = (), *, encrypted: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._headers = _HEADERS | (_STRICT if encrypted else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers, if the request is for us."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if self._is_for_us(scope):
            await self._app(scope, receive, telling)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _misdirected()(scope, receive, telling)

    def _is_for_us(self, scope: Scope) -> bool:
        if not self._hosts:
            return True
        named = Headers(scope=scope).getlist("host")
        return len(named) == 1 and re.sub(r":\d*$", "", named[0].lower()) in self._hosts


def _misdirected() -> JSONResponse:
    return JSONResponse(
        {
            "errors": [
                {
                    "message": "本服务不以此主机名提供服务;请由管理员在ZHUCUN_HOSTS中列出。 "
                    "This server does not answer under this name; its names are listed in ZHUCUN_HOSTS.",
                    "extensions": {"code": "MISDIRECTED"},
                }
            ]
        },
        _MISDIRECTED,
    )
