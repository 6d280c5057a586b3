"""How much one who asks may have under way at a time; the public is told apart by their addresses."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from api.access.gate import asker_of
from api.access.principal import PUBLIC, Principal
from api.problems import Problem

Answer = Callable[[Request], Awaitable[Response]]

RETRY_AFTER: Final = "1"
"""Seconds until whoever has too much under way may ask again."""
_NETWORK_BITS: Final = 64
"""Of an IPv6 address: a customer has all the addresses behind them."""


class TooMany(Problem):
    """Somebody has as much under way as they may."""

    def __init__(self, most: int) -> None:
        super().__init__(
            "TOO_MANY_REQUESTS",
            f"同时进行的请求已达上限{most}个,请等其中一些完成后再试。",
            f"{most} requests are under way already; try again when some have been answered.",
        )


class Crowd:
    """Counts what each has under way.

    Args:
        most: of one who asks.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = Counter[str]()

    @contextmanager
    def joined(self, who: str) -> Iterator[None]:
        """Count one more for as long as it is under way.

        Raises:
            TooMany: they have as many as they may.
        """
        if self._under_way[who] >= self._most:
            raise TooMany(self._most)
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]


def caller(principal: Principal, connection: HTTPConnection) -> str:
    """Return under which name somebody is counted."""
    if principal != PUBLIC:
        return f"{principal.office}:{principal.id}"
    return neighbourhood(connection.client.host if connection.client else "")


def neighbourhood(address: str) -> str:
    """Return under which name an address is counted, and whoever has it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address}"
    network = ipaddress.ip_network((found, _NETWORK_BITS), strict=False) if found.version == 6 else found
    return f"address:{network}"


def counted(crowd: Crowd, answer: Answer) -> Answer:
    """Return an endpoint that answers each who asks only so often at a time."""

    @wraps(answer)
    async def counting(request: Request) -> Response:
        asker = await asker_of(request)
        try:
            with crowd.joined(caller(asker.principal, request)):
                return await answer(request)
        except TooMany as problem:
            error = {"message": problem.message, "extensions": problem.extensions}
            return JSONResponse({"errors": [error]}, 429, {"retry-after": RETRY_AFTER})

    return counting
