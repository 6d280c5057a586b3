"""What is signed of the log, and the texts in which proofs are handed out (docs/proofs.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from ledger.errors import NoteInvalid
from ledger.notes import Note
from ledger.textual import base64_of, counted, hash_bytes, hashes_of

SIMULATED: Final = "simulated"
PROOF: Final = "c2sp.org/tlog-proof@v1"


def log_origin(origin: str, *, simulated: bool) -> str:
    """Return the name of a ledger's log: the ledger's origin, which says so where it is simulated."""
    if simulated and SIMULATED not in origin:
        return f"{origin}/{SIMULATED}"
    return origin


@dataclass(frozen=True)
class Checkpoint:
    """The log at a size.

    Attributes:
        origin: the log's name.
        size: number of its leaves.
        root: of its tree.
        streams: number of aggregates that have an event in it.
        streams_root: of the tree over them.
    """

    origin: str
    size: int
    root: bytes
    streams: int
    streams_root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return (
            f"{self.origin}\n{self.size}\n{base64_of(self.root)}\n"
            f"streams {self.streams} {base64_of(self.streams_root)}\n"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint of ours.

        Raises:
            NoteInvalid: it is not one.
        """
        lines = text.split("\n")
        words = lines[3].split(" ") if len(lines) == 5 else []
        if len(words) != 3 or words[0] != "streams" or not lines[0] or lines[4]:
            raise NoteInvalid(
                zh="不是检查点:应有四行(名称、长度、根、streams)",
                en="this is not a checkpoint: four lines are expected (origin, size, root, streams)",
            )
        return cls(lines[0], counted(lines[1]), hash_bytes(lines[2]), counted(words[1]), hash_bytes(words[2]))


@dataclass(frozen=True)
class TlogProof:
    """That a leaf is in a checkpoint, as C2SP's tlog-proof tells it."""

    index: int
    hashes: list[bytes]
    note: Note


@dataclass(frozen=True)
class WitnessRequest:
    """That a checkpoint continues the log of size `old`, as C2SP's tlog-witness asks a witness to see."""

    old: int
    hashes: list[bytes]
    note: Note


def tlog_proof(index: int, hashes: Sequence[bytes], note: str) -> str:
    """Return the text that proves a leaf's inclusion.

    Args:
        index: of the leaf, from 0.
        hashes: of the proof, lowest first.
        note: the signed checkpoint, in full.
    """
    return f"{PROOF}\nindex {index}\n{_lines(hashes)}\n{note}"


def parse_tlog_proof(text: str) -> TlogProof:
    """Read the text that proves a leaf's inclusion; what is `extra` in it is passed over.

    Raises:
        NoteInvalid: it is not one. Whether the proof holds is another question.
    """
    lines, note = _parts(text)
    first, *rest = lines
    if rest and rest[0].startswith("extra "):
        del rest[0]
    if first != PROOF or not rest or not rest[0].startswith("index "):
        raise NoteInvalid(zh="不是 tlog-proof", en=f"this is not a proof ({PROOF})")
    return TlogProof(counted(rest[0].removeprefix("index ")), hashes_of(rest[1:]), note)


def witness_request(old: int, hashes: Sequence[bytes], note: str) -> str:
    """Return the text that proves that a checkpoint continues the log of an older size.

    Args:
        old: the older size.
        hashes: of the proof.
        note: the newer checkpoint, signed, in full.
    """
    return f"old {old}\n{_lines(hashes)}\n{note}"


def parse_witness_request(text: str) -> WitnessRequest:
    """Read the text that proves that a checkpoint continues the log of an older size.

    Raises:
        NoteInvalid: it is not one. Whether the proof holds is another question.
    """
    (first, *rest), note = _parts(text)
    if not first.startswith("old "):
        raise NoteInvalid(
            zh="不是一致性证明:首行应为 old", en="this is not a consistency proof: `old` is missing"
        )
    return WitnessRequest(counted(first.removeprefix("old ")), hashes_of(rest), note)


def _parts(text: str) -> tuple[list[str], Note]:
    head, _, note = text.partition("\n\n")
    return head.split("\n"), Note.parse(note)


def _lines(hashes: Sequence[bytes]) -> str:
    return "".join(f"{base64_of(hash_)}\n" for hash_ in hashes)
