"""Tokens of an OpenID Connect issuer: whose key signed one, and whose it then is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from anyio import CapacityLimiter, to_thread

from api.access.claims import NAMES, principal_of
from api.access.compact import Written
from api.access.jwks import ALGORITHMS, Keys
from api.access.own import Verified, decoded, good_until
from api.access.refusals import IssuerAway, TokenRefused
from api.settings import Oidc

LONGEST_LIFE: Final = 24 * 3600
"""Seconds: a token that is good for longer outlives what it says of its bearer."""

_NEEDED: Final = ("iss", "aud", "sub", "iat", "exp")


class Issuer:
    """An issuer whose tokens are taken.

    Args:
        settings: which, and what its claims are called.
        clock: tells seconds that never go back; for how long its keys are kept.
    """

    def __init__(self, settings: Oidc, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._keys = Keys(settings.issuer, clock)
        self._names = {**NAMES, **settings.claims}
        self._asking = CapacityLimiter(1)  # its own: a slow issuer holds up no other work

    async def verified(self, written: Written) -> Verified:
        """Return what a token says that claims to be this issuer's.

        Raises:
            TokenRefused: it is not, or it is not good now or here, or it makes no sense.
            IssuerAway: its keys were never had.
        """
        if written.algorithm not in ALGORITHMS:
            raise TokenRefused("签名算法不予接受", "its algorithm is not one that is taken")
        asked = written.key_id, written.algorithm
        if self._keys.should_read(*asked):
            await to_thread.run_sync(self._keys.read, limiter=self._asking)
        if not self._keys.known:
            raise IssuerAway
        key, settings = self._keys.find(*asked), self._settings
        if key is None:
            raise TokenRefused("签名密钥不明", "nobody knows the key that signed it")
        claims = decoded(written, key.public, written.algorithm, settings.issuer, settings.audience, _NEEDED)
        if claims["exp"] - claims["iat"] > LONGEST_LIFE:
            raise TokenRefused("有效期超过24小时", "it is good for more than 24 hours")
        return Verified(principal_of(claims, self._names), good_until(claims))
