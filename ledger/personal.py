"""The persons' keys: one each, in a table of their own, wrapped by a master key outside the database.

A key is fetched anew for every sealed text that is opened, and nothing of it is kept: from the moment at
which one is destroyed, no process opens anything with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import tuple_row

from ledger.checkpoints import log_origin
from ledger.custody import folder_of
from ledger.errors import MasterKeyMissing, MasterKeyReplaced, NotFounded, refusals
from ledger.masters import Master, Masters
from ledger.recorder import retried
from ledger.sealing import DataKey

ATTEMPTS: Final = 20
"""How often a key is kept anew while the master key is being replaced."""

IDENTITY: Final = "select origin, simulated from ledger.identity"
MASTER: Final = "select id from personal.master"
_FOUND: Final = "select personal.found_master(%s)"
_IN_USE: Final = (
    "select id, person, master, wrapped from personal.key where person = %s and wrapped is not null"
)
_KEEP: Final = "select id, master, wrapped from personal.keep(%s, %s, %s, %s)"
_BY_ID: Final = "select id, person, master, wrapped from personal.key where id = %s and wrapped is not null"


class PersonalKeys:
    """The keys of all persons of a ledger.

    Args:
        datastore: of the ledger, its own alone: keys are asked for while connections of another are held.
        root: folder of the keys of all logs; the ledger's own is made in it when the first key is.
    """

    def __init__(self, datastore: PostgresDatastore, root: Path) -> None:
        self._datastore = datastore
        self._root = root
        self._found: Masters | None = None
        self._new: Callable[[UUID], DataKey] = _random

    @property
    def root(self) -> Path:
        """Folder of the keys of all logs."""
        return self._root

    @contextmanager
    def drawing(self, new: Callable[[UUID], DataKey]) -> Iterator[None]:
        """Let new keys be other than random: those of people who are made up, as their ledger is.

        Args:
            new: returns the key of a person, who has none.
        """
        self._new = new
        try:
            yield
        finally:
            self._new = _random

    def close(self) -> None:
        """Close its connections."""
        self._datastore.close()

    @property
    def masters(self) -> Masters:
        """The master keys of this ledger.

        Raises:
            NotFounded: it has not been founded.
        """
        if self._found is None:
            self._found = masters_of(self._root, self._ask(IDENTITY))
        return self._found

    def key_for(self, person: UUID) -> DataKey:
        """Return the key under which a person's fields are sealed now; make one if there is none.

        Raises:
            MasterKeyMissing, MasterKeyDamaged, PersonalKeyDamaged, CannotSign: the keys cannot be used.
            Unavailable: the database does not answer.
        """
        for _ in range(ATTEMPTS):
            found = self._unwrapped(_IN_USE, person)
            if found is not None:
                return found
            with suppress(MasterKeyReplaced):
                master, fresh = self._master(), self._new(person)
                self._ask(_KEEP, fresh.id, person, master.id, master.wrap(fresh, person))
        raise MasterKeyReplaced

    def secret_of(self, key: UUID) -> bytes | None:
        """Return a key's secret; None where it was destroyed, or never was here. Raises as `key_for`."""
        found = self._unwrapped(_BY_ID, key)
        return None if found is None else found.secret

    def _unwrapped(self, query: LiteralString, whose: UUID) -> DataKey | None:
        row = self._ask(query, whose)
        while row:
            ((key, person, name, wrapped),) = row
            try:
                return self.masters.get(name).unwrap(key, person, wrapped)
            except MasterKeyMissing:
                before, row = row, self._ask(query, whose)
                if row == before:  # it was not replaced just now
                    raise
        return None

    def _master(self) -> Master:
        """Return the master key that wraps new keys; the first time it is made.

        Raises:
            MasterKeyReplaced: by another, just now.
        """
        found = self._ask(MASTER)
        if not found:
            with self.masters.folder.locked():
                made = self.masters.make()
                found = self._ask(_FOUND, made.id)
                if found != [(made.id,)]:  # another machine was quicker
                    self.masters.destroy(made.id)
        ((name,),) = found
        try:
            return self.masters.get(name)
        except MasterKeyMissing:
            if self._ask(MASTER) != found:
                raise MasterKeyReplaced from None
            raise

    @retried
    def _ask(self, query: LiteralString, *params: object) -> list[tuple[Any, ...]]:
        with (
            self._datastore.get_connection() as conn,
            refusals(),
            conn.cursor(row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(query, params).fetchall()


def _random(_person: UUID) -> DataKey:
    return DataKey(uuid4(), secrets.token_bytes(32))


def masters_of(root: Path, identity: list[tuple[Any, ...]]) -> Masters:
    """Return the master keys of the ledger with an identity: the one row of its origin and what it is."""
    if not identity:
        raise NotFounded
    ((origin, simulated),) = identity
    return Masters(folder_of(root, log_origin(origin, simulated=simulated)))
