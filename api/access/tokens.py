"""Who somebody is: from the token that a request or a socket carries to the principal."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf
from typing import Final

from starlette.requests import HTTPConnection

from api.access.compact import read
from api.access.oidc import Issuer
from api.access.own import OwnTokens, Verified
from api.access.principal import OPERATOR, PUBLIC
from api.access.refusals import TokenRefused
from api.access.register import InForce
from api.county import County
from api.database import Database
from api.settings import Oidc
from ledger.errors import CannotSign

_BEARER: Final = re.compile("bearer +([^ ]+)", re.IGNORECASE)
_NOBODY: Final = Verified(PUBLIC, inf)
_OPERATOR: Final = Verified(OPERATOR, inf)
_RELAYED: Final = re.compile(
    "forwarded|via|x-forwarded.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip"
)
"""Headers by which somebody asks for another, as proxies write them."""
_AUTHORITY: Final = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)
"""A name or an address of this machine may be written so; nothing is guessed of any other writing."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tokens:
    """Knows tokens: our own, and those of the issuer if there is one.

    Attributes:
        own: verifies our own.
        issuer: verifies the issuer's.
        in_force: knows which of our own are.
    """

    own: OwnTokens
    issuer: Issuer | None
    in_force: InForce

    @classmethod
    def of(cls, county: County, database: Database, oidc: Oidc | None) -> Tokens:
        """Return what knows the tokens of a county.

        Args:
            county: whose.
            database: to look into the register with: who somebody is should not wait for what others ask.
            oidc: the issuer, if there is one.
        """
        return cls(own_tokens(county), None if oidc is None else Issuer(oidc), InForce(database))

    async def asker(self, authorization: str | None, connection: HTTPConnection) -> Verified:
        """Return who somebody is.

        Args:
            authorization: what they sent as `Authorization`, if anything.
            connection: by which they ask.

        Raises:
            TokenRefused: they sent a token that cannot be taken.
            Problem: whether it can be is not to be known now.
        """
        if authorization is None:
            return _OPERATOR if is_from_here(connection) and await self.is_in_force(_OPERATOR) else _NOBODY
        found = _BEARER.fullmatch(authorization.strip())
        if found is None:
            raise TokenRefused("应写作 Bearer 加令牌", "write `Bearer` and the token")
        written = read(found[1])
        if written.issuer != self.own.issuer:
            if self.issuer is None:
                raise TokenRefused("签发者不明", "nobody knows who issued it")
            return await self.issuer.verified(written)
        try:
            verified = self.own.verified(written)
        except CannotSign as error:
            _logger.error("No token of our own can be verified: %s", error)  # noqa: TRY400 - it says all
            raise TokenRefused(
                "本服务现在无法核验,请告知管理员", "it cannot be verified now; tell whoever runs this server"
            ) from None
        if not await self.is_in_force(verified):
            raise TokenRefused("已撤销", "it was revoked")
        return verified

    async def is_in_force(self, verified: Verified) -> bool:
        """Tell whether a token that was verified is still in force; when it expires is another question.

        Who looks without one, because there is none yet, is in force until there is one.
        """
        if verified is _OPERATOR:
            return await self._is_none_yet()
        return verified.digest is None or await self.in_force.has(verified.digest)

    async def _is_none_yet(self) -> bool:
        """Tell whether there cannot be a token: no issuer, no key, and none that was ever given out."""
        return self.issuer is None and not has_key(self.own) and not await self.in_force.any_ever()


def sent_with(connection: HTTPConnection) -> str | None:
    """Return what stands in the `Authorization` of a request, if it has one.

    Raises:
        TokenRefused: it has two.
    """
    sent = connection.headers.getlist("authorization")
    if len(sent) > 1:
        raise TokenRefused("Authorization 只能有一个", "there is more than one Authorization")
    return sent[0] if sent else None


def own_tokens(county: County) -> OwnTokens:
    """Return the tokens that a county signs itself."""
    return OwnTokens(county.signer.folder, county.log_origin)


def has_key(own: OwnTokens) -> bool:
    """Tell whether there is a key, even one that cannot be read."""
    try:
        return own.key() is not None
    except CannotSign:
        return True


def is_loopback(host: str) -> bool:
    """Tell whether an address, or a name, is this machine's own alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_from_here(connection: HTTPConnection) -> bool:
    """Tell whether somebody asks from this machine, for this machine, and not on behalf of another.

    A page of somewhere else may lead a browser here under a name of its own, or ask from where it is; a proxy
    asks for others. What the request says of it is read as it was sent: who makes a URL of it makes do.
    """
    headers = connection.headers
    origins = (it.partition("://")[2] for it in headers.getlist("origin"))
    return (
        connection.client is not None
        and is_loopback(connection.client.host)
        and len(headers.getlist("host")) == 1
        and all(_is_here(it) for it in (*headers.getlist("host"), *origins))
        and not any(_RELAYED.fullmatch(name) for name in headers)
    )


def _is_here(authority: str) -> bool:
    written = _AUTHORITY.fullmatch(authority)
    return written is not None and is_loopback(written[1])
