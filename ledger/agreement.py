"""Whether the log, as it would be signed, agrees with all that was signed of it before."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from ledger import signed
from ledger.checkpoints import Checkpoint
from ledger.errors import KeyUnusable, LogContradictsSigned, LogDamaged, NoteInvalid, NotInLog
from ledger.keys import key_history, keys_for
from ledger.memory import Memory, digest
from ledger.merkle import ProofInvalid, verify_consistency
from ledger.notes import Note, verified_by
from ledger.signed import SignedCheckpoint
from ledger.streams import streams_at, streams_root
from ledger.tree import consistency_proof, root_at, tree_size


def checkpoint_of(conn: Connection[Any], origin: str, size: int | None) -> Checkpoint:
    """Return what there is to sign: the log at a size, or as it is now.

    Raises:
        NotInLog: the log is not that long.
        LogDamaged: it is, and its tree lacks nodes.
    """
    now = tree_size(conn)
    size = now if size is None else size
    if size > now:
        raise NotInLog(size=size)
    streams = streams_at(conn, size)
    try:
        root = root_at(conn, size)
    except NotInLog as error:
        raise LogDamaged(size=size) from error
    return Checkpoint(origin, size, root, len(streams), streams_root(streams))


def agree(conn: Connection[Any], memory: Memory, checkpoint: Checkpoint) -> None:
    """Check that a checkpoint continues what was signed, or is continued by it.

    What the database lacks of the memory, since a crash came between, is added to it.

    Raises:
        LogContradictsSigned: it does not.
    """
    remembered, kept = memory.last(), signed.latest(conn)
    if kept is not None:
        _consistent(conn, checkpoint, kept.checkpoint)
    if remembered is None:
        return
    before = Checkpoint.parse(remembered.text)
    _consistent(conn, checkpoint, before)
    if checkpoint.size <= before.size and memory.digests(checkpoint.size) - {digest(checkpoint.text)}:
        raise two_texts(checkpoint.size)
    if signed.signed_checkpoint(conn, before.size) is None:
        signed.keep(conn, remembered)


def is_signed(conn: Connection[Any], checkpoint: SignedCheckpoint) -> bool:
    """Tell whether a checkpoint has a signature of the log that counts.

    Raises:
        LogContradictsSigned: it has one that pretends to be, and is not.
    """
    size = checkpoint.checkpoint.size
    try:
        keys = keys_for(key_history(conn), size)
        return bool(verified_by(Note(checkpoint.checkpoint.text, checkpoint.signatures), keys))
    except (NoteInvalid, KeyUnusable) as error:
        zh, en = error.message_zh.rstrip("。"), error.message_en.rstrip(".")
        raise LogContradictsSigned(size=size, zh=zh, en=en) from error


def two_texts(size: int) -> LogContradictsSigned:
    """Return what to raise where there would be two texts for a size."""
    return LogContradictsSigned(
        size=size,
        zh="同一长度已签署另一文本,或库中存有另一文本",
        en="another text was signed for this size, or is in the database",
    )


def _consistent(conn: Connection[Any], one: Checkpoint, before: Checkpoint) -> None:
    """Check that the shorter of two checkpoints is the beginning of the longer one."""
    if one.origin != before.origin:
        raise LogContradictsSigned(
            size=before.size, zh=f"它属于 {before.origin}", en=f"that is one of {before.origin}"
        )
    old, new = sorted((one, before), key=lambda checkpoint: checkpoint.size)
    try:
        proof = consistency_proof(conn, old.size, new.size)
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except NotInLog as error:
        now = tree_size(conn)
        raise LogContradictsSigned(
            size=before.size,
            zh=f"日志现在只有{now}个事件(若这是另一个新账本,请以 ZHUCUN_KEYS 另设密钥目录)",
            en=f"the log now has {now} events only (if this is another, new ledger, "
            "give it a key folder of its own by ZHUCUN_KEYS)",
        ) from error
    except ProofInvalid as error:
        raise LogContradictsSigned(
            size=before.size,
            zh=f"长度{one.size}的日志与其不一致",
            en=f"the log of size {one.size} is not consistent with it",
        ) from error
