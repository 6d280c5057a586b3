"""Keyrings for tests."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

from ledger.personal import PersonalKeys
from ledger.sealing import DataKey
from ledger.store import Datastore
from tests import postgres


class FixedKeys:
    """Keys made of their names: every person has one, and it is always there."""

    def key_for(self, person: UUID) -> DataKey:
        """Return the person's key."""
        key = uuid5(NAMESPACE_OID, str(person))
        return DataKey(key, self.secret_of(key))

    def secret_of(self, key: UUID) -> bytes:
        """Return the key's secret."""
        return sha256(key.bytes).digest()


FIXED: Final = FixedKeys()


def keys_in(conninfo: str) -> PersonalKeys:
    """Return the keys of the persons in a test's ledger, to be closed."""
    return PersonalKeys(Datastore(conninfo, pool_size=0), postgres.keys_of(conninfo))
