"""Witnesses: others who look on as the log grows, and say so by cosigning its checkpoints.

A cosignature says that the witness saw this checkpoint continue all that it saw before. It comes in a
file, or with the answer of a witness that is asked (`ledger.witnessing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from ledger import signed
from ledger.checkpoints import Checkpoint
from ledger.errors import CheckpointUnknown, WitnessUnusable
from ledger.notes import Kind, Note, VerifierKey, verified_by


@dataclass(frozen=True)
class Witness:
    """Who may cosign.

    Attributes:
        vkey: the witness's verifier key.
        url: its submission prefix, if it can be asked.
        added_at: since when it is known.
    """

    vkey: str
    url: str | None
    added_at: datetime

    @property
    def key(self) -> VerifierKey:
        """Its verifier key."""
        return VerifierKey.parse(self.vkey)


class Cosigned(NamedTuple):
    """What became of the signatures in a note.

    Attributes:
        size: of the checkpoint.
        added: names of the witnesses whose cosignatures are new.
        known: those whose cosignatures were there already.
        ignored: names of unknown keys.
    """

    size: int
    added: list[str]
    known: list[str]
    ignored: list[str]


def witnesses(conn: Connection[Any]) -> list[Witness]:
    """Return all witnesses, in the order in which they came."""
    with conn.cursor(row_factory=class_row(Witness)) as cursor:
        return cursor.execute(
            "select vkey, url, added_at from ledger.witness order by added_at, vkey"
        ).fetchall()


def add_witness(conn: Connection[Any], vkey: str, url: str | None = None) -> Witness:
    """Register a witness, for good; the same one again changes nothing.

    Raises:
        KeyUnusable: this is no key.
        WitnessUnusable: it is not for cosignatures, known with another address, or the address is none.
    """
    key = VerifierKey.parse(vkey)
    if key.kind is not Kind.COSIGNATURE:
        raise WitnessUnusable(
            witness=key.name,
            zh="这是签署日志的公钥(类型1);附签用的公钥是类型4",
            en="this key signs logs (type 1); the key of a witness is of type 4",
        )
    if url is not None:
        check_url(key.name, url)
    conn.execute("insert into ledger.witness (vkey, url) values (%s, %s) on conflict do nothing", (vkey, url))
    (found,) = (witness for witness in witnesses(conn) if witness.vkey == vkey)
    if url not in {None, found.url}:
        raise WitnessUnusable(
            witness=key.name,
            zh=f"已登记,地址为 {found.url or '(无)'},不能更改;询问时可用 --url 另给地址",
            en=f"it is known with the address {found.url or '(none)'}, which stays; "
            "give another when you ask it, with --url",
        )
    return found


def seen_by(conn: Connection[Any], key: VerifierKey) -> int:
    """Return the size of the longest checkpoint that a witness is known to have cosigned; 0 if none."""
    query = "select coalesce(max(size), 0) from ledger.signature where (name, key_id) = (%s, %s)"
    ((size,),) = conn.execute(query, (key.name, key.key_id)).fetchall()
    return int(size)


def add_cosignatures(conn: Connection[Any], note: str) -> Cosigned:
    """Keep what a checkpoint has of witnesses' cosignatures; signatures of anybody else are ignored.

    Args:
        conn: to the database.
        note: a checkpoint of this log, in full, as somebody cosigned it.

    Raises:
        NoteInvalid: it is no checkpoint, or a witness's signature on it is wrong.
        CheckpointUnknown: this log did not sign it.
    """
    given = Note.parse(note)
    size = Checkpoint.parse(given.text).size
    ours = signed.signed_checkpoint(conn, size)
    if ours is None or ours.checkpoint.text != given.text:
        raise CheckpointUnknown(size=size)
    trusted = verified_by(given, [witness.key for witness in witnesses(conn)])
    by_witness = [one for one in given.signatures if any(key.signed(one) for key in trusted)]
    added = signed.keep_signatures(conn, size, by_witness)
    own = {(one.name, one.key_id) for one in ours.signatures}
    return Cosigned(
        size,
        added=[one.name for one in added],
        known=[one.name for one in by_witness if one not in added],
        ignored=[
            one.name
            for one in given.signatures
            if one not in by_witness and (one.name, one.key_id) not in own
        ],
    )


def check_url(name: str, url: str) -> None:
    """Check that a witness can be asked at an address.

    Raises:
        WitnessUnusable: it is no address on the web.
    """
    if not url.startswith(("https://", "http://")):
        raise WitnessUnusable(
            witness=name,
            zh=f"地址应以 https:// 或 http:// 开头,而非“{url}”",
            en=f"an address begins with https:// or http://, not {url!r}",
        )
