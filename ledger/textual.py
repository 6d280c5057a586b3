"""How bytes and numbers stand in the texts of the log: each in one form alone, so that a text has no twin."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence

from ledger.errors import NoteInvalid


def base64_of(data: bytes) -> str:
    """Return the one base64 form of bytes."""
    return b64encode(data).decode()


def base64_bytes(text: str) -> bytes:
    """Read base64, in its one form: standard, padded, without stray bits.

    Raises:
        NoteInvalid: it is not base64.
    """
    try:
        data = b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise NoteInvalid(zh=f"不是base64:{text[:80]}", en=f"not base64: {text[:80]!r}") from error
    if base64_of(data) != text:
        raise NoteInvalid(zh=f"不是base64:{text[:80]}", en=f"not base64: {text[:80]!r}")
    return data


def hash_bytes(text: str) -> bytes:
    """Read a SHA-256 hash from base64.

    Raises:
        NoteInvalid: it is not one.
    """
    data = base64_bytes(text)
    if len(data) != 32:
        raise NoteInvalid(zh=f"不是SHA-256:{text[:80]}", en=f"not a SHA-256: {text[:80]!r}")
    return data


def counted(text: str) -> int:
    """Read a number as these formats have it: decimal, without leading zeroes.

    Raises:
        NoteInvalid: it is not one.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and str(int(text)) == text):
        raise NoteInvalid(zh=f"不是数:{text[:80]}", en=f"not a number: {text[:80]!r}")
    return int(text)


def hashes_of(lines: Sequence[str]) -> list[bytes]:
    """Read the lines of a proof.

    Raises:
        NoteInvalid: one of them is not a hash.
    """
    return [hash_bytes(line) for line in lines]
