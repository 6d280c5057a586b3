"""What was signed: the checkpoints as they are kept, and whether their signatures and keys hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import Finding, finding
from ledger.checkpoints import Checkpoint
from ledger.errors import KeyUnusable, NoteInvalid
from ledger.keys import KeyRecord, faults, key_history, keys_for
from ledger.notes import Note, Signature, VerifierKey

_KEPT: Final = """
select c.size, c.root, c.body,
    coalesce(
        (
            select array_agg(s.name order by s.added_at, s.name, s.key_id)
            from ledger.signature s where s.size = c.size
        ), '{}'
    ),
    coalesce(
        (
            select array_agg(s.key_id || s.signature order by s.added_at, s.name, s.key_id)
            from ledger.signature s where s.size = c.size
        ), '{}'
    )
from ledger.checkpoint c
where c.size >= %s and c.size <= %s
order by c.size
"""


class Outside(NamedTuple):
    """A checkpoint that somebody else kept.

    Attributes:
        source: who or what, for the report.
        note: what they kept.
    """

    source: str
    note: Note


class Kept(NamedTuple):
    """A checkpoint as the database keeps it, or as somebody else does.

    Attributes:
        source: who else; None for the database.
        size: of the log.
        root: of the log.
        note: the text with its signatures.
    """

    source: str | None
    size: int
    root: bytes
    note: Note

    @property
    def digest(self) -> str:
        """SHA-256 of the whole note, its signatures included, in hex."""
        return sha256(str(self.note).encode()).hexdigest()


def kept_checkpoints(conn: Connection[Any], first: int, last: int) -> list[Kept]:
    """Return the checkpoints of the database between two sizes, both included."""
    with conn.cursor(binary=True) as cursor:
        return [
            Kept(
                None,
                size,
                root,
                Note(
                    body,
                    tuple(
                        Signature(name, value[:4], value[4:])
                        for name, value in zip(names, values, strict=True)
                    ),
                ),
            )
            for size, root, body, names, values in cursor.execute(_KEPT, (first, last))
        ]


@dataclass(frozen=True)
class Authority:
    """Whose signatures count on this log.

    Attributes:
        origin: the log's.
        records: its keys, as the database has them.
        witnesses: keys whose cosignatures are known.
    """

    origin: str
    records: Sequence[KeyRecord]
    witnesses: Sequence[VerifierKey]

    def findings(self, trusted: Sequence[tuple[str, VerifierKey]]) -> Iterator[Finding]:
        """Yield what is wrong with the history of keys.

        Args:
            trusted: keys that somebody has from elsewhere, each with who or what has it, for the report.
        """
        wrong = set()
        for fault in faults(self.records, self.origin):
            wrong.add(fault.number)
            yield finding(Code.KEY_HISTORY, number=fault.number, reason_zh=fault.zh, reason_en=fault.en)
        lost = [
            (record.number, record.takeover.lost)
            for record in self.records
            if record.number not in wrong and record.takeover.lost is not None
        ]
        for number, reason in lost:
            yield finding(Code.KEY_LOST, number=number, reason=reason)
        numbers = {record.vkey: record.number for record in self.records}
        for source, key in trusted:
            if key.text not in numbers:
                yield finding(Code.KEY_REPLACED, source=source, key=key.text)
                continue
            for number, reason in lost:
                if number > numbers[key.text]:
                    yield finding(Code.KEY_UNVOUCHED, key=key.text, number=number, reason=reason)

    def read(self, kept: Kept) -> Checkpoint | Finding:
        """Return what a checkpoint says, or what is wrong with its text."""
        try:
            checkpoint = Checkpoint.parse(kept.note.text)
        except NoteInvalid as error:
            reason = {"reason_zh": error.facts["zh"], "reason_en": error.facts["en"]}
            return finding(Code.UNREADABLE_CHECKPOINT, source=kept.source, size=kept.size, **reason)
        if checkpoint.origin != self.origin:
            return finding(
                Code.UNREADABLE_CHECKPOINT,
                source=kept.source,
                size=kept.size,
                reason_zh=f"它属于 {checkpoint.origin},而非 {self.origin}",
                reason_en=f"it is of {checkpoint.origin}, not of {self.origin}",
            )
        return checkpoint

    def signatures(self, kept: Kept) -> Iterator[Finding]:
        """Yield what is wrong with the signatures on a checkpoint."""
        ours = self._keys(kept.size)
        known = {(key.name, key.key_id): key for key in [*self.witnesses, *ours]}
        about: dict[str, Any] = {"source": kept.source, "size": kept.size}
        signed, strange = False, []
        for signature in kept.note.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                if signature.name == self.origin:
                    strange.append(f"{signature.name}+{signature.key_id.hex()}")
                continue
            try:
                key.verify(kept.note.text, signature)
                signed = signed or key in ours
            except NoteInvalid:
                signed = signed or key in ours  # it says whose it is, and that it is wrong is told
                yield finding(Code.BAD_SIGNATURE, name=key.name, **about)
        if not signed and strange and not self._had(strange[0]):
            yield finding(Code.KEY_REPLACED, key=strange[0], **about)
        elif not signed:
            yield finding(Code.UNSIGNED, **about)

    def _keys(self, size: int) -> list[VerifierKey]:
        try:
            return keys_for(self.records, size)
        except (NoteInvalid, KeyUnusable):  # told with the keys; then those count that can be read
            return list(_readable(record.vkey for record in self.records))

    def _had(self, key: str) -> bool:
        return any(record.vkey.startswith(f"{key}+") for record in self.records)


def authority(conn: Connection[Any], origin: str) -> Authority:
    """Return whose signatures count, as the database has them."""
    witnesses = [vkey for (vkey,) in conn.execute("select vkey from ledger.witness")]
    return Authority(origin, key_history(conn), list(_readable(witnesses)))


def _readable(vkeys: Iterable[str]) -> Iterator[VerifierKey]:
    for vkey in vkeys:
        try:
            yield VerifierKey.parse(vkey)
        except KeyUnusable:
            continue
