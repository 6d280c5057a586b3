"""What a dossier rests on: the events of a person and of the villages, each proved to be in the log.

Everything is read up to a position that has been reached, so it is the same whenever it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection

from ledger import merkle
from ledger.checkpoints import Checkpoint
from ledger.errors import EventsContradictLog
from ledger.exchange import event_line
from ledger.leaf import leaf_data
from ledger.merkle import Leaves, ProofInvalid, verify_inclusion
from ledger.recorder import Recorder
from ledger.records import LedgerRow
from ledger.streams import Stream, stream_data, stream_proofs, streams_at
from ledger.textual import base64_of
from ledger.tree import hashes_of, read_nodes

Hashes = Sequence[bytes]


@dataclass(frozen=True)
class ProvedEvent:
    """An event, the hash of its leaf, and the proof that it is in the log."""

    row: LedgerRow
    leaf: bytes
    proof: Hashes


@dataclass(frozen=True)
class ProvedStream:
    """How many events an aggregate has, and the proof that it has no more: that of its leaf among streams."""

    aggregate: UUID
    index: int
    count: int
    proof: Hashes


@dataclass(frozen=True)
class Evidence:
    """The events of some aggregates up to a position, each stream whole.

    Attributes:
        events: in the order of positions.
        streams: in the order of their first events.
    """

    events: Sequence[ProvedEvent]
    streams: Sequence[ProvedStream]

    def of(self, aggregate: UUID) -> list[LedgerRow]:
        """Return the events of one aggregate, in their order."""
        return [it.row for it in self.events if it.row.originator_id == aggregate]

    @property
    def counts(self) -> dict[UUID, int]:
        """How many events each aggregate has."""
        return {it.aggregate: it.count for it in self.streams}

    @property
    def event_lines(self) -> bytes:
        """The events as JSON Lines, each with its proof."""
        lines = (event_line(it.row, it.leaf) | {"proof": _written(it.proof)} for it in self.events)
        return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)

    @property
    def stream_list(self) -> list[dict[str, Any]]:
        """The streams, ready for JSON."""
        return [
            {
                "aggregate": str(it.aggregate),
                "index": it.index,
                "count": it.count,
                "proof": _written(it.proof),
            }
            for it in self.streams
        ]


def gather(conn: Connection[Any], recorder: Recorder, person: UUID, log: Checkpoint) -> Evidence:
    """Return the events of a person, and of all villages that they speak of, as far as a checkpoint goes.

    Args:
        conn: to the ledger.
        recorder: of the same ledger.
        person: whose record.
        log: what everything is proved to be in.

    Raises:
        EventsContradictLog: an event is not what the log says, so a dossier would prove nothing.
        UnreadableEvent: the state of an event is no JSON object.
    """
    own = recorder.read_life(person, log.size)
    rows = own + [row for village in villages_of(own) for row in recorder.read_life(village, log.size)]
    rows.sort(key=lambda row: row.position)
    leaves = [merkle.leaf_hash(leaf_data(row)) for row in rows]
    proofs = _prove([row.position - 1 for row in rows], log.size, conn)
    for row, leaf, proof in zip(rows, leaves, proofs, strict=True):
        try:
            verify_inclusion(leaf, row.position - 1, log.size, proof, log.root)
        except ProofInvalid as error:
            raise EventsContradictLog(position=row.position) from error
    events = [ProvedEvent(*it) for it in zip(rows, leaves, proofs, strict=True)]
    return Evidence(events, _prove_streams(conn, rows, log))


def villages_of(rows: Sequence[LedgerRow]) -> list[UUID]:
    """Return the villages that events of a person speak of, in the order of their first mention."""
    said = (orjson.loads(row.state).get("village_id") for row in rows)
    return [UUID(it) for it in dict.fromkeys(said) if it]


def _prove(indexes: Sequence[int], size: int, conn: Connection[Any]) -> list[Hashes]:
    """Return the inclusion proof of each leaf; what they have in common is read and hashed once."""
    plans = [merkle.inclusion(index, size) for index in indexes]
    parts: list[Leaves] = list(dict.fromkeys(part for plan in plans for part in plan))
    hashes = dict(zip(parts, hashes_of(parts, read_nodes(conn, parts), size), strict=True))
    return [[hashes[part] for part in plan] for plan in plans]


def _prove_streams(conn: Connection[Any], rows: Sequence[LedgerRow], log: Checkpoint) -> list[ProvedStream]:
    """Return the streams of the events at hand, which must be all that the log has of them."""
    there = streams_at(conn, log.size)
    at_hand = Counter(row.originator_id for row in rows)
    last = {row.originator_id: row.position for row in rows}
    indexes = [index for index, stream in enumerate(there) if stream.aggregate in at_hand]
    found = []
    for index, proof in zip(indexes, stream_proofs(there, indexes), strict=True):
        aggregate = there[index].aggregate
        stream = Stream(aggregate, at_hand[aggregate])
        try:
            verify_inclusion(
                merkle.leaf_hash(stream_data(stream)), index, log.streams, proof, log.streams_root
            )
        except ProofInvalid as error:
            raise EventsContradictLog(position=last[aggregate]) from error
        found.append(ProvedStream(aggregate, index, stream.events, proof))
    return found


def _written(proof: Hashes) -> list[str]:
    return [base64_of(hash_) for hash_ in proof]
