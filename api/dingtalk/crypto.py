"""How DingTalk signs and encrypts what it pushes, and wants to be answered.

The signature is the SHA-1 of token, timestamp, nonce and ciphertext, sorted and joined. The ciphertext is
AES-256-CBC, its IV the key's first 16 bytes, padded as PKCS#7 to 32 bytes, of: 16 random bytes, the length of
the message in 4 bytes (big endian), the message, and the id of the receiver.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

_RANDOM: Final = 16
_LENGTH: Final = 4
_BITS_OF_BLOCK: Final = 256  # of the padding; the cipher's own blocks are half of that


class Forged(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """What was received was not signed or not encrypted for us. It says no more, for it may be an attack."""


@dataclass(frozen=True)
class Envelope:
    """Seals and opens messages.

    Attributes:
        token: that signatures are made with.
        key: 32 bytes.
        receivers: ids that a message may be for, the organisation's or the application's.
    """

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    receivers: Collection[str]

    @classmethod
    def of(cls, token: str, aes_key: str, receivers: Collection[str]) -> Envelope:
        """Return the envelope for a key as the developer console shows it: 43 characters of Base64."""
        return cls(token, b64decode(f"{aes_key}="), receivers)

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the signature of a ciphertext, in hexadecimal."""
        parts = sorted((self.token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324 - DingTalk's choice

    def check(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Check a signature.

        Raises:
            Forged: it is not DingTalk's.
        """
        expected = self.signature(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise Forged("the signature is wrong")

    def seal(self, message: bytes, receiver: str) -> str:
        """Encrypt a message for a receiver, and return the ciphertext in Base64."""
        plain = secrets.token_bytes(_RANDOM) + len(message).to_bytes(_LENGTH) + message + receiver.encode()
        padder = PKCS7(_BITS_OF_BLOCK).padder()
        padded = padder.update(plain) + padder.finalize()
        cipher = self._cipher().encryptor()
        return b64encode(cipher.update(padded) + cipher.finalize()).decode()

    def open(self, encrypted: str) -> tuple[bytes, str]:
        """Decrypt a ciphertext whose signature was checked; return the message and whom it is for.

        Raises:
            Forged: it is not encrypted with the key, or for somebody else.
        """
        try:
            cipher = self._cipher().decryptor()
            padded = cipher.update(b64decode(encrypted, validate=True)) + cipher.finalize()
            unpadder = PKCS7(_BITS_OF_BLOCK).unpadder()
            plain = unpadder.update(padded) + unpadder.finalize()
        except (binascii.Error, ValueError) as error:
            raise Forged("it cannot be decrypted") from error
        size = int.from_bytes(plain[_RANDOM : _RANDOM + _LENGTH])
        rest = plain[_RANDOM + _LENGTH :]
        receiver = rest[size:].decode(errors="replace")
        if size > len(rest) or receiver not in self.receivers:
            raise Forged("it is for somebody else")
        return rest[:size], receiver

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self.key), CBC(self.key[:16]))
