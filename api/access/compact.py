"""A signed token as it is written (JWS compact serialisation), read before any of it is believed."""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from api.access.refusals import TokenRefused

LONGEST: Final = 8_192
"""Characters of a token, at most."""

LATEST: Final = 2**33
"""Seconds since 1970, beyond which no token speaks of time: the year 2242."""

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Written:
    """What a token says of itself; nobody has vouched for it yet.

    Attributes:
        text: the token.
        algorithm: by which it says it is signed.
        key_id: of the key by which it says it is signed, if it says so.
        issuer: who it says has signed it.
    """

    text: str
    algorithm: str
    key_id: str | None
    issuer: str


def read(text: str) -> Written:
    """Read a token.

    Raises:
        TokenRefused: it is too long, or no signed token, or says something twice.
    """
    if len(text) > LONGEST:
        raise TokenRefused(f"超过{LONGEST}个字符", f"it is longer than {LONGEST} characters")
    if not _SHAPE.fullmatch(text):
        raise _unreadable()
    header, claims, _ = text.split(".")
    said, claimed = _object(header), _object(claims)
    algorithm, key_id, issuer = said.get("alg"), said.get("kid"), claimed.get("iss")
    if "crit" in said or "b64" in said:  # rules that we do not know have to be kept, says RFC 7515
        raise _unreadable()
    if not (isinstance(algorithm, str) and isinstance(key_id, str | None) and isinstance(issuer, str)):
        raise _unreadable()
    for name in ("exp", "iat", "nbf"):
        if name in claimed and not _is_time(claimed[name]):
            raise _unreadable()
    return Written(text, algorithm, key_id, issuer)


def _object(part: str) -> dict[str, Any]:
    try:
        data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse)
    except (binascii.Error, ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(value, dict):
        raise _unreadable()
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object whose names are all different: of two claims of one name, each reader takes its own."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST


def _unreadable() -> TokenRefused:
    return TokenRefused(
        "格式有误,请完整复制,不含引号与空格",
        "it is not written as one; copy all of it, without quotes or spaces",
    )
