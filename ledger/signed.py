"""The checkpoints that were signed, as the database keeps them, each with all its signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import Connection

from ledger.checkpoints import Checkpoint, log_origin
from ledger.database import identity
from ledger.errors import NotFounded
from ledger.notes import Note, Signature


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint as it is handed out.

    Attributes:
        checkpoint: what was signed.
        signatures: the log's own first, then those of witnesses in the order they came.
        signed_at: when it was kept.
    """

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]
    signed_at: datetime

    @property
    def note(self) -> str:
        """Its full text, with all signatures."""
        return str(Note(self.checkpoint.text, self.signatures))


_READ: Final = """
select c.body, c.signed_at, s.name, s.key_id, s.signature
from ({}) c left join ledger.signature s using (size) order by s.added_at, s.name, s.key_id
"""
_AT: Final = _READ.format("select * from ledger.checkpoint where size = %s")
_LATEST: Final = _READ.format("select * from ledger.checkpoint order by size desc limit 1")
_COVERING: Final = _READ.format("select * from ledger.checkpoint where size >= %s order by size limit 1")


def signed_checkpoint(conn: Connection[Any], size: int) -> SignedCheckpoint | None:
    """Return the checkpoint of a size, if it was signed."""
    return _read(conn, _AT, size)


def latest(conn: Connection[Any]) -> SignedCheckpoint | None:
    """Return the checkpoint of the greatest size."""
    return _read(conn, _LATEST)


def covering(conn: Connection[Any], position: int) -> SignedCheckpoint | None:
    """Return the first checkpoint that has the event at a position in it."""
    return _read(conn, _COVERING, position)


def keep(conn: Connection[Any], note: Note) -> None:
    """Add a signed checkpoint; what the database has of it already stays as it is."""
    checkpoint = Checkpoint.parse(note.text)
    with conn.transaction():
        conn.execute(
            "insert into ledger.checkpoint (size, root, body) values (%s, %s, %s) on conflict do nothing",
            (checkpoint.size, checkpoint.root, note.text),
        )
        keep_signatures(conn, checkpoint.size, note.signatures)


def keep_signatures(conn: Connection[Any], size: int, signatures: Iterable[Signature]) -> list[Signature]:
    """Add signatures to a checkpoint, and return those that are new to it."""
    return [
        one
        for one in signatures
        if conn.execute(
            "insert into ledger.signature (size, name, key_id, signature) values (%s, %s, %s, %s) "
            "on conflict do nothing",
            (size, one.name, one.key_id, one.value),
        ).rowcount
    ]


def log_name(conn: Connection[Any]) -> str:
    """Return the origin of the ledger's log.

    Raises:
        NotFounded: there is no ledger yet.
    """
    found = identity(conn)
    if found is None:
        raise NotFounded
    return log_origin(found.origin, simulated=found.simulated)


def _read(conn: Connection[Any], query: LiteralString, *params: int) -> SignedCheckpoint | None:
    rows = conn.execute(query, params).fetchall()
    if not rows:
        return None
    body, signed_at = rows[0][:2]
    signatures = tuple(Signature(*one) for _, _, *one in rows if one[0] is not None)
    return SignedCheckpoint(Checkpoint.parse(body), signatures, signed_at)
