"""The public keys of an OpenID Connect issuer: read by discovery, kept for a while, read with restraint."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from threading import Lock
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.settings import is_safe_url

KEPT: Final = 600.0
"""Seconds for which keys are taken as they were read."""

PAUSE: Final = 30.0
"""Seconds from one reading to the next, at least, whatever key ids tokens come with."""

PATIENCE: Final = 5.0
"""Seconds that the issuer has to answer, and to say all of its answer."""

MUCH: Final = 1_000_000
"""Bytes of an answer, at most."""

_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_BY_CURVE: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
ALGORITHMS: Final = frozenset({*_RSA, *_BY_CURVE.values(), "EdDSA"})
"""What an issuer may sign with: never nothing, and never a secret that both sides know."""

_SMALLEST: Final = 2048  # bits of an RSA key
_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "RSA": RSAAlgorithm.from_jwk,
    "EC": ECAlgorithm.from_jwk,
    "OKP": OKPAlgorithm.from_jwk,
}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """A public key of the issuer, and the algorithms that it may be used with."""

    id: str | None
    public: Any
    algorithms: frozenset[str]


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the settings say where the issuer is."""

    def redirect_request(self, *_: Any) -> None:
        """Let the redirection be the answer."""


class Keys:
    """The keys of an issuer. Any thread may ask; one at a time reads.

    Args:
        issuer: its address; discovery is at `/.well-known/openid-configuration` below it.
        clock: tells seconds that never go back.
    """

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        self._opener = build_opener(_NoRedirect)
        self._reading = Lock()
        self._tried_at = self._read_at = float("-inf")
        self._keys: tuple[Key, ...] | None = None

    @property
    def known(self) -> bool:
        """Whether keys were ever read."""
        return self._keys is not None

    def should_read(self, key_id: str | None, algorithm: str) -> bool:
        """Tell whether to wait for `read` before a token's key is looked for."""
        rested = self._clock() - self._tried_at >= PAUSE
        if self.find(key_id, algorithm) is None:
            return rested or self._reading.locked()
        return rested and self._clock() - self._read_at >= KEPT and not self._reading.locked()

    def find(self, key_id: str | None, algorithm: str) -> Key | None:
        """Return the key of an id that goes with an algorithm.

        A token that names none is taken where there is no choice; an id that stands twice names none.
        """
        fitting = [it for it in self._keys or () if algorithm in it.algorithms]
        found = fitting if key_id is None else [it for it in fitting if it.id == key_id]
        return found[0] if len(found) == 1 else None

    def read(self) -> None:
        """Read the keys, unless that was tried just now; what goes wrong is logged, and the old ones stay."""
        with self._reading:
            if self._clock() - self._tried_at < PAUSE:
                return
            self._tried_at = self._clock()
            try:
                self._keys = self._fetched()
                self._read_at = self._clock()
            except (OSError, HTTPException, ValueError) as error:
                reason = getattr(error, "reason", None) or error
                _logger.warning("The issuer %s does not give its keys: %s", self._issuer, reason)

    def _fetched(self) -> tuple[Key, ...]:
        about = self._json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self._issuer:
            raise ValueError(f"its discovery says that it is {about.get('issuer')!r}")
        url = about.get("jwks_uri")
        if not isinstance(url, str) or not is_safe_url(url):
            raise ValueError("its discovery names no address of keys that begins with https://")
        listed = self._json(url).get("keys")
        if not isinstance(listed, list):
            raise ValueError("its keys are not a JWK set")  # noqa: TRY004 - what was read is wrong
        return tuple(key for it in listed if (key := key_of(it)) is not None)

    def _json(self, url: str) -> dict[str, Any]:
        request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - the settings looked
        try:
            response = self._opener.open(request, timeout=PATIENCE)
        except HTTPError as error:
            with error:
                raise ValueError(f"HTTP {error.code} at {url}") from None
        with response:
            if response.status != HTTPStatus.OK:
                raise ValueError(f"HTTP {response.status} at {url}")
            value = orjson.loads(_all_of(response))
        if not isinstance(value, dict):
            raise ValueError(f"{url} is no JSON object")  # noqa: TRY004 - what was read is wrong
        return value


def key_of(jwk: Any) -> Key | None:
    """Return a key that a token can be verified with; None for any other that a JWK set may have."""
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None
    operations, key_id, named = jwk.get("key_ops", ["verify"]), jwk.get("kid"), jwk.get("alg")
    read = _READ.get(jwk["kty"]) if isinstance(jwk.get("kty"), str) else None
    if read is None or not isinstance(key_id, str | None) or not isinstance(named, str | None):
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        public = read(jwk)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    algorithms = _algorithms(public)
    return Key(key_id, public, algorithms if named is None else algorithms & {named})


def _algorithms(public: object) -> frozenset[str]:
    """Return what a key may be used with, by what it is: what a token says does not come into it."""
    match public:
        case RSAPublicKey() if public.key_size >= _SMALLEST:
            return _RSA
        case EllipticCurvePublicKey() if public.curve.name in _BY_CURVE:
            return frozenset({_BY_CURVE[public.curve.name]})
        case Ed25519PublicKey() | Ed448PublicKey():
            return frozenset({"EdDSA"})
        case _:
            return frozenset()


def _all_of(response: Any) -> bytes:
    """Return an answer, which neither takes long nor is long."""
    data, patience = bytearray(), time.monotonic() + PATIENCE
    while piece := response.read1(1 << 16):
        data += piece
        if len(data) > MUCH or time.monotonic() > patience:
            raise TimeoutError("its answer does not end")
    return bytes(data)
