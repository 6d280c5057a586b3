"""The public keys of the log, and how each took over from the one before (docs/proofs.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final, NamedTuple, Self

from psycopg import Connection
from psycopg.rows import class_row

from ledger.errors import KeyUnusable, NoteInvalid
from ledger.notes import Kind, Note, VerifierKey, verified_by
from ledger.textual import base64_of, counted, hash_bytes

HEADING: Final = "zhucun key v1"
NONE: Final = "none"
_FIELDS: Final = ("origin", "old", "new", "size", "root")


@dataclass(frozen=True)
class Takeover:
    """What is signed when a key takes over.

    Attributes:
        origin: the log's name.
        old: the vkey of the key before, `none` for the first.
        new: that of the key that takes over.
        size: of the log at that moment.
        root: of the log at that moment.
        lost: why the old key could not sign this, if it could not.
    """

    origin: str
    old: str
    new: str
    size: int
    root: bytes
    lost: str | None = None

    @property
    def text(self) -> str:
        """What is signed."""
        values = (self.origin, self.old, self.new, str(self.size), base64_of(self.root))
        lines = [HEADING, *(f"{field} {value}" for field, value in zip(_FIELDS, values, strict=True))]
        if self.lost is not None:
            lines.append(f"lost {self.lost}")
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a key's note.

        Raises:
            NoteInvalid: it is not one.
        """
        words = dict(line.split(" ", 1) for line in text.split("\n")[1:] if " " in line)
        origin, old, new, size, root = (words.get(field, "") for field in _FIELDS)
        found = cls(origin, old, new, counted(size), hash_bytes(root), words.get("lost"))
        if found.text != text:
            raise NoteInvalid(zh="不是密钥更替的声明", en=f"this does not tell of a key ({HEADING})")
        return found


@dataclass(frozen=True)
class KeyRecord:
    """A key of the log as the database keeps it.

    Attributes:
        number: from 1; the last one signs.
        vkey: the key.
        note: the signed note by which it took over.
        registered_at: when that was kept.
    """

    number: int
    vkey: str
    note: str
    registered_at: datetime

    @property
    def takeover(self) -> Takeover:
        """What its note says; whether that is signed, `faults` tells."""
        return Takeover.parse(Note.parse(self.note).text)


class KeyFault(NamedTuple):
    """What is wrong with the record of a key."""

    number: int
    zh: str
    en: str


def key_history(conn: Connection[Any]) -> list[KeyRecord]:
    """Return all keys of the log, the last one signs."""
    with conn.cursor(row_factory=class_row(KeyRecord)) as cursor:
        return cursor.execute(
            "select number, vkey, note, registered_at from ledger.signing_key order by number"
        ).fetchall()


def keys_for(records: Sequence[KeyRecord], size: int) -> list[VerifierKey]:
    """Return the keys that count for a checkpoint: those not replaced at a smaller size."""
    return [
        VerifierKey.parse(record.vkey)
        for record, successor in zip_longest(records, records[1:])
        if successor is None or size <= successor.takeover.size
    ]


def faults(records: Sequence[KeyRecord], origin: str) -> Iterator[KeyFault]:
    """Yield what is wrong with the keys of a log: each has to have taken over from the one before it."""
    before: KeyRecord | None = None
    for record in records:
        due = 1 if before is None else before.number + 1
        if record.number != due:
            yield KeyFault(record.number, f"缺第{due}号密钥", f"key {due} is missing")
        try:
            wrong = _wrong(record, before, origin)
        except (NoteInvalid, KeyUnusable) as error:
            wrong = error.message_zh, error.message_en
        if wrong is not None:
            yield KeyFault(record.number, *wrong)
        before = record


def _wrong(record: KeyRecord, before: KeyRecord | None, origin: str) -> tuple[str, str] | None:
    """Return the first thing that is wrong with a key's note."""
    note, says, key = Note.parse(record.note), record.takeover, VerifierKey.parse(record.vkey)
    signers = [key]
    if before is not None and says.lost is None:
        signers.append(VerifierKey.parse(before.vkey))
    if (key.name, key.kind, says.origin) != (origin, Kind.ED25519, origin):
        return "属于另一日志", f"it is of another log, not of {origin}"
    if says.new != record.vkey:
        return "声明所称的不是这把密钥", "its note speaks of another key"
    if says.old != (NONE if before is None else before.vkey) or (before is None and says.lost is not None):
        return "声明所称的前一把密钥不符", "its note names another key before it"
    if before is not None and says.size < before.takeover.size:
        return "更替时的日志比前一次更短", "the log was shorter at its takeover than at the one before"
    if set(verified_by(note, signers)) != set(signers):
        return "声明缺少应有的签名", "its note lacks a signature"
    return None
