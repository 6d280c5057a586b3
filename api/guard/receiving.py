"""Receiving a request before anything is done for it, and reading its JSON strictly."""

from __future__ import annotations

import json
from typing import Any, Final

import anyio
import orjson
from cross_web import HTTPException
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

WINDOW: Final = 10.0
"""Seconds over which the pace of an upload is looked at."""


async def received(scope: Scope, receive: Receive, most: int, seconds: float) -> Receive:
    """Return what hands over a request's body, of which all has arrived.

    Args:
        scope: of the request.
        receive: receives it.
        most: bytes that it may have.
        seconds: that it may take.

    Raises:
        HTTPException: it is too large, or took too long.
    """
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise too_large(most)
    pieces: list[Message] = []
    size, more = 0, True
    with anyio.move_on_after(seconds) as patience:
        while more:
            message = await receive()
            pieces.append(message)
            size += len(message.get("body", b""))
            if size > most:
                raise too_large(most)
            more = message.get("more_body", False)
    if patience.cancelled_caught:
        raise HTTPException(
            408, f"请求未在{seconds}秒内收全。 The request did not arrive within {seconds} seconds."
        )
    arrived = iter(pieces)

    async def hand_over() -> Message:
        return next(arrived, None) or await receive()

    return hand_over


def limited(receive: Receive, most: int) -> Receive:
    """Return what receives a request's body as it arrives, up to a size."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise too_large(most)
        return message

    return counting


def steady(receive: Receive, rate: int) -> Receive:
    """Return what receives a request's body as long as it does not trickle.

    Whoever sends one byte now and then would hold a place for as long as an upload may take.

    Args:
        receive: receives it.
        rate: bytes that have to arrive in a second, on an average of `WINDOW` of them.
    """
    size, waited = 0, 0.0

    async def timing() -> Message:
        nonlocal size, waited
        began = anyio.current_time()
        with anyio.move_on_after(WINDOW - waited) as patience:
            message = await receive()
        if patience.cancelled_caught:
            raise HTTPException(
                408,
                f"上传太慢,每秒不足{rate}字节,请换较快的网络。 "
                f"The upload is too slow, less than {rate} bytes a second; use a faster line.",
            )
        # Only what is waited for counts, and not what it takes us to put it away.
        size, waited = size + len(message.get("body", b"")), waited + anyio.current_time() - began
        if size >= rate * WINDOW:
            size, waited = 0, 0.0
        return message

    return timing


def too_large(most: int) -> HTTPException:
    """Return the refusal of a request that is too large."""
    return HTTPException(413, f"请求超过{most}字节。 The request is larger than {most} bytes.")


def read_json(data: str | bytes) -> Any:
    """Read JSON, in which no name may stand twice: whoever looked at it before us may have read the other.

    Raises:
        HTTPException: a name stands twice.
        json.JSONDecodeError: it is no JSON.
    """
    content = orjson.loads(data)
    try:
        json.loads(data, object_pairs_hook=_unique)
    except RecursionError as error:
        raise HTTPException(400, "JSON嵌套过深。 The JSON is nested too deeply.") from error
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise HTTPException(400, "JSON中有重复的名称。 A name stands twice in an object of the JSON.")
    return content
