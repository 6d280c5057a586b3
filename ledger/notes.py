"""Signed notes, as C2SP's signed-note and tlog-cosignature have them: texts that name who signed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import KeyUnusable, NoteInvalid
from ledger.textual import base64_bytes, base64_of

DASH: Final = "— "
"""What a signature's line begins with."""

MUCH: Final = 64 * 1024
"""Characters of a note, at most: room for a checkpoint and some hundred signatures."""

_TIMESTAMP: Final = 8
_SIGNATURE: Final = 64


class Kind(IntEnum):
    """What a key signs: the text as it is, or the text as a witness saw it at a time."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True)
class Signature:
    """A signature on a note.

    Attributes:
        name: of the key, a schema-less URL.
        key_id: 4 bytes that tell which of the name's keys it is.
        value: the signature proper; a cosignature's begins with its time (8 bytes, seconds since 1970).
    """

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """Its line in a note."""
        return f"{DASH}{self.name} {base64_of(self.key_id + self.value)}\n"

    @property
    def timestamp(self) -> int | None:
        """When it was given, in seconds since 1970, if it has the form of a cosignature."""
        if len(self.value) != _TIMESTAMP + _SIGNATURE:
            return None
        seconds = int.from_bytes(self.value[:_TIMESTAMP], "big")
        return seconds if 0 < seconds < 1 << 63 else None

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a signature's line, without its end.

        Raises:
            NoteInvalid: it is not one.
        """
        name, _, value = line.removeprefix(DASH).partition(" ")
        data = base64_bytes(value)
        if not line.startswith(DASH) or not is_key_name(name) or len(data) <= 4:
            raise NoteInvalid(zh="签名行无法读取", en=f"this is not a signature line: {line[:80]!r}")
        return cls(name, data[:4], data[4:])


@dataclass(frozen=True)
class Note:
    """A text with its signatures. The text ends with a line's end, which is signed too."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    @classmethod
    def parse(cls, full: str) -> Self:
        """Read a signed note.

        Raises:
            NoteInvalid: it is not one. Whether its signatures are good, `verified_by` says.
        """
        if len(full) > MUCH:
            raise NoteInvalid(zh=f"超过{MUCH}个字符", en=f"it has more than {MUCH} characters")
        if any(character < " " and character != "\n" for character in full):
            raise NoteInvalid(zh="含控制字符", en="it has control characters in it")
        text, gap, signatures = full.rpartition("\n\n")
        if not gap or not signatures.endswith("\n"):
            raise NoteInvalid(
                zh="应为文本、空行和签名行", en="a text, an empty line and signature lines are expected"
            )
        lines = signatures[:-1].split("\n")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))


@dataclass(frozen=True)
class VerifierKey:
    """A public key that notes are checked with.

    Attributes:
        name: whose it is.
        kind: what it signs.
        public: the Ed25519 key, 32 bytes.
    """

    name: str
    kind: Kind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which signatures name it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """Its text form, the `vkey`."""
        return f"{self.name}+{self.key_id.hex()}+{base64_of(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a `vkey`.

        Raises:
            KeyUnusable: it is not one, or is of a kind unknown here.
        """
        name, key_id, material = (*text.split("+", 2), "", "")[:3]
        try:
            data = base64_bytes(material)
        except NoteInvalid as error:
            raise KeyUnusable(key=text) from error
        if not is_key_name(name) or len(data) != 33 or data[0] not in tuple(Kind):
            raise KeyUnusable(key=text)
        key = cls(name, Kind(data[0]), data[1:])
        if key_id != key.key_id.hex():
            raise KeyUnusable(key=text)
        return key

    def signed(self, signature: Signature) -> bool:
        """Tell whether a signature claims to be this key's."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verify(self, text: str, signature: Signature) -> None:
        """Check a signature of this key on a text.

        Raises:
            NoteInvalid: it is not this key's signature on this text.
        """
        message, value = text.encode(), signature.value
        try:
            if self.kind is Kind.COSIGNATURE:
                message, value = cosigned(text, signature), value[_TIMESTAMP:]
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError) as error:
            raise NoteInvalid(
                zh=f"{self.name} 的签名与文本不符", en=f"the signature of {self.name} is not on this text"
            ) from error


class SigningKey:
    """A private Ed25519 key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> Self:
        """Return a new one."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read one from PEM (PKCS #8).

        Raises:
            ValueError: it is not one.
        """
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")  # noqa: TRY004 - what was read is wrong, not what was passed
        return cls(private)

    @property
    def pem(self) -> bytes:
        """The key as PEM (PKCS #8), unencrypted: its file's rights protect it."""
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def verifier(self, name: str) -> VerifierKey:
        """Return the public key under a name."""
        return VerifierKey(name, Kind.ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, name: str, text: str) -> Signature:
        """Sign a text, which ends with a line's end; the same text always gives the same signature."""
        return Signature(name, self.verifier(name).key_id, self._private.sign(text.encode()))


def verified_by(note: Note, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Return those of the keys that signed a note, in the order of its signatures.

    Signatures of other keys are passed over, as the specification wants.

    Raises:
        NoteInvalid: a signature claims to be that of one of the keys, and is not.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            key.verify(note.text, signature)
            found[key] = None
    return list(found)


def cosigned(text: str, signature: Signature) -> bytes:
    """Return what a witness signs, who saw a checkpoint's text at a time.

    Raises:
        ValueError: its signature tells no time.
    """
    if signature.timestamp is None:
        raise ValueError("a cosignature has a time")
    return f"cosignature/v1\ntime {signature.timestamp}\n{text}".encode()


def is_key_name(name: str) -> bool:
    """Tell whether a key may have this name: signature lines and vkeys have to be told apart by it."""
    return bool(name) and not any(c.isspace() or c < " " or c == "+" for c in name)
