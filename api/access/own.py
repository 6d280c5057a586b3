"""Tokens that Zhucun signs itself, for a county without an issuer of its own.

The key is a file of its own, `token-key.pem`, in the folder of the log's keys (`ledger.custody`), for its
owner's eyes alone. Servers of one county on several machines each need a copy of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from api.access.claims import NAMES, SCOPES, principal_of
from api.access.compact import Written
from api.access.principal import Principal
from api.access.refusals import TokenRefused
from ledger.custody import KeyFolder, write
from ledger.errors import CannotSign
from ledger.notes import SigningKey

ALGORITHM: Final = "EdDSA"
SKEW: Final = timedelta(seconds=60)
"""By which clocks may differ."""

_FILE: Final = "token-key.pem"
_NEEDED: Final = ("iss", "aud", "sub", "jti", "iat", "exp")


@dataclass(frozen=True)
class Issued:
    """A new token.

    Attributes:
        text: the token; nobody keeps it but whom it is for.
        id: its own, by which it can be revoked.
        until: when it expires.
    """

    text: str
    id: str
    until: datetime


@dataclass(frozen=True)
class Verified:
    """What a verified token says.

    Attributes:
        principal: whose it is.
        until: when it is no longer taken, in seconds since 1970.
        digest: of its id, by which a token of our own is registered; None of another's.
    """

    principal: Principal
    until: float
    digest: bytes | None = None


class OwnTokens:
    """The tokens of a ledger.

    Args:
        folder: of the log's keys.
        origin: the log's name; a token is good for this ledger alone.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self._folder = KeyFolder(folder)
        self._file = self._folder.path / _FILE
        self._origin = origin
        self._read: tuple[object, Ed25519PrivateKey] | None = None

    @property
    def issuer(self) -> str:
        """What these tokens say of who signed them."""
        return f"zhucun:{self._origin}"

    def key(self) -> Ed25519PrivateKey | None:
        """Return the key, if there is one; whoever makes one while a server runs need not start it anew.

        Raises:
            CannotSign: it is there and cannot be read.
        """
        try:
            found = self._file.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._read is None or self._read[0] != state:
                key = load_pem_private_key(self._file.read_bytes(), password=None)
                if not isinstance(key, Ed25519PrivateKey):
                    raise _unusable(self._file, "不是Ed25519私钥", "it is no Ed25519 key")
                self._read = state, key
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self._file, str(error.strerror), str(error.strerror)) from error
        except ValueError as error:
            raise _unusable(self._file, "不是私钥(PEM)", "it is no private key (PEM)") from error
        return self._read[1]

    def made_key(self) -> Ed25519PrivateKey:
        """Return the key, which is made if there is none.

        Raises:
            CannotSign: it cannot be read, or the folder cannot be written.
        """
        with self._folder.locked():
            if (key := self.key()) is not None:
                return key
            write(self._file, SigningKey.generate().pem)
        made = self.key()
        assert made is not None  # noqa: S101 - it was written just now
        return made

    def issue(self, principal: Principal, since: datetime, until: datetime) -> Issued:
        """Return a new token, which has to be registered to be taken.

        Raises:
            CannotSign: there is no key, and none can be made.
        """
        key, id_ = self.made_key(), secrets.token_hex(16)
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self._origin,
            "jti": id_,
            "iat": int(since.timestamp()),
            "exp": int(until.timestamp()),
            NAMES["id"]: principal.id,
            NAMES["role"]: principal.office.value,
            NAMES["organisation"]: principal.organisation,
        }
        if (scope := SCOPES.get(principal.office)) is not None:
            claims[NAMES[scope]] = getattr(principal, scope)
        principal_of(claims)  # what would not be taken is not given out
        text = jwt.encode(claims, key, ALGORITHM, headers={"kid": _key_id(key)})
        return Issued(text, id_, until)

    def verified(self, written: Written) -> Verified:
        """Return what a token says whose issuer we are; whether it is in force the register knows.

        Raises:
            TokenRefused: another key signed it, or none; it has expired; or it makes no sense.
            CannotSign: the key cannot be read.
        """
        key = self.key()
        if key is None or written.algorithm != ALGORITHM or written.key_id != _key_id(key):
            raise TokenRefused("不是本账本的密钥所签", "it was not signed with this ledger's key")
        claims = decoded(written, key.public_key(), ALGORITHM, self.issuer, self._origin, _NEEDED)
        return Verified(principal_of(claims), good_until(claims), digest_of(str(claims["jti"])))


def decoded(  # noqa: PLR0913, PLR0917 - what a token is held against
    written: Written, key: Any, algorithm: str, issuer: str, audience: str, needed: tuple[str, ...]
) -> dict[str, Any]:
    """Return the claims of a token that a key has signed.

    Args:
        written: the token.
        key: the public key.
        algorithm: the only one that is taken.
        issuer: who has to have signed it.
        audience: whom it has to be for.
        needed: the claims that it has to have.

    Raises:
        TokenRefused: it is not so, or it is not good now.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            written.text,
            key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            leeway=SKEW,
            options={"require": list(needed)},
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused("已到期,请重新申领", "it has expired; get another") from None
    except jwt.ImmatureSignatureError:
        raise TokenRefused(
            "尚未生效,请核对签发方与本机的时钟", "it is not good yet; check the clocks of issuer and server"
        ) from None
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(f"缺少 {error.claim}", f"it does not say {error.claim}") from None
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
        raise TokenRefused("不是发给本服务的", "it is not for this server") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise TokenRefused("签名不符", "its signature is wrong") from None
    return claims


def good_until(claims: Mapping[str, Any]) -> float:
    """Return until when a token is taken that has been verified, in seconds since 1970."""
    return float(claims["exp"]) + SKEW.total_seconds()


def digest_of(token_id: str) -> bytes:
    """Return what is kept of a token's id."""
    return sha256(token_id.encode()).digest()


def _key_id(key: Ed25519PrivateKey) -> str:
    return sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]


def _unusable(file: Path, zh: str, en: str) -> CannotSign:
    return CannotSign(
        zh=f"{file} 无法使用({zh});请从备份恢复", en=f"{file} cannot be used ({en}); put it back from a copy"
    )
