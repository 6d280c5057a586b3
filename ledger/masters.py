"""Master keys: files outside the database, in the folder of the log's keys, that wrap the persons' keys.

A file `personal-<id>.key` holds 32 bytes in base64; the id is the first 16 hex digits of their digest.
Several servers of a ledger each need a copy, and so does whoever keeps backups of the database: without it
they open nothing.
"""

from __future__ import annotations

import secrets
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.custody import KeyFolder, sync, write
from ledger.errors import MasterKeyDamaged, MasterKeyMissing, PersonalKeyDamaged
from ledger.sealing import DataKey
from ledger.textual import base64_of

_ID: Final = b"zhucun master key v1\n"
_WRAP: Final = b"zhucun personal key v1\n"
_NONCE: Final = 12


@dataclass(frozen=True)
class Master:
    """A master key.

    Attributes:
        secret: 32 bytes.
    """

    secret: bytes

    @property
    def id(self) -> str:
        """16 hex digits that name it and tell nothing of it."""
        return sha256(_ID + self.secret).hexdigest()[:16]

    def wrap(self, key: DataKey, person: UUID) -> bytes:
        """Return a person's key so that this one alone unwraps it, as theirs."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, key.secret, _bound(key.id, person))

    def unwrap(self, key: UUID, person: UUID, wrapped: bytes) -> DataKey:
        """Return a person's key.

        Raises:
            PersonalKeyDamaged: it was altered, or is another person's.
        """
        try:
            secret = AESGCM(self.secret).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(key, person))
        except (InvalidTag, ValueError) as error:
            raise PersonalKeyDamaged(id=key, master=self.id) from error
        return DataKey(key, secret)


class Masters:
    """The master keys of a ledger.

    Args:
        folder: of the log's keys.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = KeyFolder(folder)
        self._read: dict[str, Master] = {}

    def get(self, name: str) -> Master:
        """Return the master key with an id.

        Raises:
            MasterKeyMissing: the folder has no such file.
            MasterKeyDamaged: it has, and it is something else.
        """
        if name not in self._read:
            file = self._file(name)
            try:
                master = Master(b64decode(file.read_bytes().strip(), validate=True))
            except FileNotFoundError:
                raise MasterKeyMissing(id=name, folder=self.folder.path) from None
            except (OSError, ValueError) as error:
                raise MasterKeyDamaged(file=file) from error
            if master.id != name or len(master.secret) != 32:
                raise MasterKeyDamaged(file=file)
            self._read[name] = master
        return self._read[name]

    def make(self) -> Master:
        """Return a new master key, whose file is written; the folder has to be locked."""
        master = Master(secrets.token_bytes(32))
        write(self._file(master.id), f"{base64_of(master.secret)}\n".encode())
        return master

    def destroy(self, name: str) -> None:
        """Remove the file of a master key that wraps nothing; the folder has to be locked."""
        self._read.pop(name, None)
        self._file(name).unlink(missing_ok=True)
        sync(self.folder.path)

    def destroy_but(self, name: str) -> None:
        """Remove all master keys but one, and drafts of others; the folder has to be locked.

        Not only the one before it: a rotation that was killed may have left its own there.
        """
        for file in self.folder.path.glob("personal-*.key*"):
            if file != self._file(name):
                file.unlink(missing_ok=True)
        self._read = {it: master for it, master in self._read.items() if it == name}
        sync(self.folder.path)

    def _file(self, name: str) -> Path:
        return self.folder.path / f"personal-{name}.key"


def _bound(key: UUID, person: UUID) -> bytes:
    return _WRAP + key.bytes + person.bytes
