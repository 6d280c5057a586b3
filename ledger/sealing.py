"""Sealing: the personal fields of an event are stored so that without the person's key nobody reads them.

What is stored of them is a text under AES-256-GCM and, for each field, a commitment: the SHA-256 of its value
and a salt that only the sealed text tells. The log's proofs stand over both. So a field can be shown, with
its salt, and proved to be what was recorded, without another being shown; and when the key is destroyed,
nothing that is left tells even whether a guess is right (docs/proofs.md).

Sealing is deterministic: the same event under the same key has the same bytes, so an append can be repeated.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.textual import base64_of

DIGEST: Final = "command_digest"
"""The field that is sealed along with the personal ones: made of them, it would let a guess be tried."""

_FIELD: Final = b"zhucun field v1\n"
_SEAL: Final = b"zhucun seal v1\n"
_NONCE: Final = 12
_BLOCK: Final = 1024
"""Bytes that a sealed text has a multiple of: its length would tell that a guess is too long or too short."""

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class DataKey:
    """A person's key.

    Attributes:
        id: by which sealed texts name it.
        secret: 32 bytes.
    """

    id: UUID
    secret: bytes


class Keyring(Protocol):
    """The keys of all persons."""

    def key_for(self, person: UUID) -> DataKey:
        """Return the key under which a person's fields are sealed now; make one if there is none."""
        ...

    def secret_of(self, key: UUID) -> bytes | None:
        """Return a key's secret; None where it was destroyed, or never was here."""
        ...


class Opening(NamedTuple):
    """What shows a sealed field, and proves that it is what was recorded.

    Attributes:
        salt: 32 bytes, the field's own.
        value: as JSON has it.
    """

    salt: bytes
    value: Any


class Place(NamedTuple):
    """The event that a sealed text belongs to, and can be opened in alone."""

    topic: str
    originator_id: UUID
    originator_version: int


def seal(state: dict[str, Any], name: str, place: Place, key: DataKey) -> None:
    """Seal a field of a state, in place.

    Args:
        state: of an event, ready for JSON.
        name: of its field of personal data, an object.
        place: the event.
        key: the person's.
    """
    told = msgspec.to_builtins({DIGEST: state[DIGEST], name: state[name]})
    text = _encode(told)
    seed = _mac(key.secret, b"seed", place, key.id, text)
    plain = _padded(_encode({"seed": base64_of(seed), "told": told}))
    nonce = _mac(key.secret, b"nonce", place, key.id, plain)[:_NONCE]
    sealed = nonce + AESGCM(_part(key.secret, b"text")).encrypt(nonce, plain, _bound(place, key.id))
    commitments = {path: commitment(path, it) for path, it in _openings(seed, told)}
    state[DIGEST] = commitments.pop(DIGEST)
    state[name] = {
        "sealed": base64_of(sealed),
        "key": str(key.id),
        "fields": {path.partition(".")[2]: it for path, it in commitments.items()},
    }


def unseal(state: Mapping[str, Any], name: str, place: Place, keys: Keyring) -> dict[str, Any]:
    """Return what is sealed of a stored state: the field and the digest; nothing where the key is gone.

    Raises:
        ValueError: the text is not what was sealed for this event, or not what its commitments say.
    """
    found = _opened(state, name, place, keys)
    return {} if found is None else found[1]


def openings(state: Mapping[str, Any], name: str, place: Place, keys: Keyring) -> dict[str, Opening] | None:
    """Return what shows each sealed field of a stored state, by its path; None where the key is gone.

    Raises:
        ValueError: as `unseal`.
    """
    found = _opened(state, name, place, keys)
    return None if found is None else dict(_openings(*found))


def commitment(path: str, opening: Opening) -> str:
    """Return the commitment to a field, as 64 hex digits."""
    return sha256(_FIELD + path.encode() + b"\n" + opening.salt + _encode(opening.value)).hexdigest()


def _opened(
    state: Mapping[str, Any], name: str, place: Place, keys: Keyring
) -> tuple[bytes, dict[str, Any]] | None:
    """Return the seed and the sealed fields; None where the key is gone."""
    sealed = state[name]
    key = UUID(sealed["key"])
    secret = keys.secret_of(key)
    if secret is None:
        return None
    text = b64decode(sealed["sealed"], validate=True)
    try:
        plain = AESGCM(_part(secret, b"text")).decrypt(text[:_NONCE], text[_NONCE:], _bound(place, key))
    except InvalidTag as error:
        raise ValueError(f"{name} is not what was sealed for this event") from error
    content = msgspec.json.decode(plain)
    seed, told = b64decode(content["seed"]), content["told"]
    for path, it in _openings(seed, told):
        stated = state[DIGEST] if path == DIGEST else sealed["fields"].get(path.partition(".")[2])
        if stated != commitment(path, it):
            raise ValueError(f"{path} is not what its commitment says")
    return seed, told


def _openings(seed: bytes, told: Mapping[str, Any]) -> Iterator[tuple[str, Opening]]:
    """Yield the path and the opening of each sealed field, of objects one for each of theirs."""
    for name, value in told.items():
        if isinstance(value, dict):
            for part, inner in value.items():
                path = f"{name}.{part}"
                yield path, Opening(_salt(seed, path), inner)
        else:
            yield name, Opening(_salt(seed, name), value)


def _padded(text: bytes) -> bytes:
    """Return JSON with blanks at its end, which say nothing."""
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK)


def _salt(seed: bytes, path: str) -> bytes:
    return hmac.digest(seed, path.encode(), "sha256")


def _part(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for one purpose: no key serves two."""
    return hmac.digest(secret, b"zhucun " + purpose, "sha256")


def _mac(secret: bytes, purpose: bytes, place: Place, key: UUID, text: bytes) -> bytes:
    return hmac.digest(_part(secret, purpose), _bound(place, key) + text, "sha256")


def _bound(place: Place, key: UUID) -> bytes:
    """Return what a sealed text is bound to: moved to another event, it cannot be opened."""
    topic, whose, version = place
    return _SEAL + f"{topic}\n{whose}\n{version}\n{key}\n".encode()
