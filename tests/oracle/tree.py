"""The log as anybody can recompute it: leaves of the stored rows, and the definitions of a root and a proof.

Written from docs/proofs.md and RFC 6962, section 2.1; nothing of the ledger's own code is in it.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from psycopg import connect

YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)


class Stored(NamedTuple):
    """A row of the ledger."""

    position: int
    aggregate: UUID
    version: int
    topic: str
    recorded_at: datetime
    state: bytes


class Signature(NamedTuple):
    """A signature of the log's own on a checkpoint, as it is kept."""

    name: str
    key: bytes
    value: bytes
    timestamp: None = None

    @property
    def key_id(self) -> str:
        return self.key.hex()

    @property
    def kind(self) -> str:
        return "LOG"

    @property
    def line(self) -> str:
        return f"— {self.name} {base64(self.key + self.value)}\n"


@dataclass(frozen=True)
class Checkpoint:
    """What was signed at a size: all of it recomputed, but the signatures and their time."""

    tree: Tree
    size: int
    signed_at: str
    signatures: list[Signature]

    @property
    def root(self) -> str:
        return self.tree.root(self.size)

    @property
    def streams(self) -> int:
        return len(self.tree.streams(self.size))

    @property
    def streams_root(self) -> str:
        counted = self.tree.streams(self.size).items()
        return base64(mth([aggregate.bytes + number(events, 8) for aggregate, events in counted]))

    @property
    def note(self) -> str:
        lines = [self.tree.origin, str(self.size), self.root, f"streams {self.streams} {self.streams_root}"]
        return "\n".join([*lines, "", ""]) + "".join(it.line for it in self.signatures)


class Tree:
    """All rows of a simulated ledger, and the checkpoints that were signed of them.

    Attributes:
        origin: the log's name.
        rows: in the order of the log.
    """

    def __init__(self, conninfo: str, simulated: str) -> None:
        self.origin = simulated if "simulated" in simulated else f"{simulated}/simulated"
        with connect(conninfo, options="-c timezone=UTC") as conn:
            rows = conn.execute(
                "select position, originator_id, originator_version, topic, recorded_at, state "
                "from ledger.events order by position"
            ).fetchall()
            self.rows = [Stored(*row) for row in rows]
            self.checkpoints = [
                Checkpoint(self, size, at, [Signature(*row) for row in conn.execute(_SIGNATURES, (size,))])
                for size, at in conn.execute(_CHECKPOINTS)
            ]
        self._roots: dict[int, str] = {}

    @cached_property
    def leaves(self) -> list[bytes]:
        return [leaf(row) for row in self.rows]

    def root(self, size: int) -> str:
        """Return the root of the first rows."""
        if size not in self._roots:
            self._roots[size] = base64(mth(self.leaves[:size]))
        return self._roots[size]

    def streams(self, size: int) -> Counter[UUID]:
        """Return how many of the first rows each aggregate has, in the order of their first ones."""
        return Counter(row.aggregate for row in self.rows[:size])

    def covering(self, position: int) -> Checkpoint | None:
        """Return the smallest checkpoint that has a position in it."""
        return next((it for it in self.checkpoints if it.size >= position), None)


_CHECKPOINTS = "select size, to_json(signed_at) #>> '{}' from ledger.checkpoint order by size"
_SIGNATURES = "select name, key_id, signature from ledger.signature where size = %s order by added_at"


def mth(data: Sequence[bytes]) -> bytes:
    """Return the Merkle Tree Hash of a list (RFC 6962, section 2.1)."""
    n = len(data)
    if n == 0:
        return sha256().digest()
    if n == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """Return the Merkle audit path of the leaf m (RFC 6962, section 2.1.1)."""
    n = len(data)
    if n == 1:
        return []
    k = 1
    while k * 2 < n:
        k *= 2
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def consistency(m: int, data: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """Return the Merkle consistency proof of the first m leaves (RFC 6962, section 2.1.2)."""
    n = len(data)
    if m == n:
        return [] if whole else [mth(data)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*consistency(m, data[:k], whole=whole), mth(data[k:])]
    return [*consistency(m - k, data[k:], whole=False), mth(data[:k])]


def leaf(row: Stored) -> bytes:
    """Return the bytes of a leaf (docs/proofs.md)."""
    clock = row.recorded_at - YEAR_2000
    fields = [
        number(row.position, 8),
        row.aggregate.bytes,
        number(row.version, 8),
        row.topic.encode(),
        number((clock.days * 86_400 + clock.seconds) * 1_000_000 + clock.microseconds, 8),
        row.state,
    ]
    return number(6, 2) + b"".join(number(len(field), 4) + field for field in fields)


def number(value: int, length: int) -> bytes:
    return value.to_bytes(length, "big", signed=True)


def base64(data: bytes) -> str:
    return b64encode(data).decode()
