"""The private key of the log: which one signs, and how another takes over."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ledger.custody import KeyFolder
from ledger.errors import CannotSign, KeyNotLost
from ledger.keys import NONE, KeyRecord, Takeover, key_history
from ledger.notes import Note, SigningKey
from ledger.tree import root_at, tree_size


def held(conn: Connection[Any], folder: KeyFolder, origin: str) -> SigningKey:
    """Return the private key of the log's present key.

    Raises:
        CannotSign: the folder does not have it.
    """
    key = find(conn, folder, origin)
    if key is None:
        vkey = key_history(conn)[-1].vkey
        raise CannotSign(
            zh=f"{folder.path} 中没有本日志的私钥({vkey});请在保管私钥的机器上签署,或以 ZHUCUN_KEYS "
            "指明密钥目录;若私钥已丢失,请用 zhucun key rotate --lost",
            en=f"the log's private key ({vkey}) is not in {folder.path}; sign where it is kept, or name the "
            "folder of keys by ZHUCUN_KEYS; if the key is lost, use `zhucun key rotate --lost`",
        )
    return key


def find(conn: Connection[Any], folder: KeyFolder, origin: str) -> SigningKey | None:
    """Return the private key of the log's present key, if the folder has it."""
    before, last = [None, None, *(record.vkey for record in key_history(conn))][-2:]
    return None if last is None else folder.key(origin, last, before)


def begin(conn: Connection[Any], folder: KeyFolder, origin: str) -> None:
    """Register the log's first key: the one that the folder has, or a new one."""
    key = folder.present() or folder.generate()
    with conn.transaction():
        if not _history_locked(conn):
            _register(conn, _takeover(conn, origin, NONE, key, None), 1, [key])


def succeed(conn: Connection[Any], folder: KeyFolder, origin: str, lost: str | None) -> None:
    """Register a new key as the one that signs from now on, and destroy the old one.

    Args:
        conn: to the database.
        folder: that the new key is to be in.
        origin: of the log.
        lost: why the old key cannot sign this, in one line; it does sign, if not given.

    Raises:
        CannotSign: the old key is not in the folder.
        KeyNotLost: it is, though it is said to be lost.
    """
    with conn.transaction():
        records = _history_locked(conn)
        old = held(conn, folder, origin) if lost is None else find(conn, folder, origin)
        if lost is not None and old is not None:
            raise KeyNotLost(folder=folder.path)
        new = folder.generate()
        takeover = _takeover(conn, origin, records[-1].vkey, new, lost)
        _register(conn, takeover, len(records) + 1, [new] if old is None else [new, old])
    held(conn, folder, origin)


def _history_locked(conn: Connection[Any]) -> list[KeyRecord]:
    """Return the history of the keys, which nobody else adds to in this transaction."""
    conn.execute("lock table ledger.signing_key in share row exclusive mode")
    return key_history(conn)


def _takeover(conn: Connection[Any], origin: str, before: str, new: SigningKey, lost: str | None) -> Takeover:
    size = tree_size(conn)
    return Takeover(origin, before, new.verifier(origin).text, size, root_at(conn, size), lost)


def _register(conn: Connection[Any], takeover: Takeover, number: int, signers: list[SigningKey]) -> None:
    note = Note(takeover.text, tuple(key.sign(takeover.origin, takeover.text) for key in signers))
    conn.execute(
        "insert into ledger.signing_key (number, vkey, note) values (%s, %s, %s)",
        (number, takeover.new, str(note)),
    )
