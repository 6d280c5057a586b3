"""Streams: how many events each aggregate has at a size of the log, so that none can be left out of a record.

A checkpoint names the root of a tree over these counts (docs/proofs.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import Connection

from ledger import merkle
from ledger.merkle import leaf_hash

# Steps from one aggregate to the next by the index, so that the cost is that of the aggregates, not of the
# events; and in each back from the newest event to the position asked for, which is mostly no step at all.
STREAMS: Final[LiteralString] = """
with recursive ids (id) as (
    (select e.originator_id from ledger.events e order by e.originator_id limit 1)
    union all
    select (select e.originator_id from ledger.events e where e.originator_id > ids.id
            order by e.originator_id limit 1)
    from ids where ids.id is not null
)
select ids.id, last.originator_version
from ids
cross join lateral (
    select e.position from ledger.events e
    where e.originator_id = ids.id order by e.originator_version limit 1
) first
cross join lateral (
    select e.originator_version from ledger.events e
    where e.originator_id = ids.id and e.position <= %(size)s order by e.originator_version desc limit 1
) last
where first.position <= %(size)s
order by first.position
"""
"""The statement for the streams at a size, in the order of their first events."""

_LEAF: Final = Struct(">16sQ")


class Stream(NamedTuple):
    """An aggregate, and how many events it has."""

    aggregate: UUID
    events: int


def streams_at(conn: Connection[Any], size: int) -> list[Stream]:
    """Return all streams at a size of the log, in the order of their first events."""
    with conn.cursor(binary=True) as cursor:
        return [Stream._make(row) for row in cursor.execute(STREAMS, {"size": size})]


def stream_data(stream: Stream) -> bytes:
    """Return the bytes of a stream's leaf."""
    return _LEAF.pack(stream.aggregate.bytes, stream.events)


def streams_root(streams: Sequence[Stream]) -> bytes:
    """Return the root of the tree over streams."""
    return merkle.root_of([leaf_hash(stream_data(stream)) for stream in streams])


def stream_proofs(streams: Sequence[Stream], indexes: Sequence[int]) -> list[list[bytes]]:
    """Return for each of these streams the proof that it is in the tree, lowest hash first."""
    leaves = [leaf_hash(stream_data(stream)) for stream in streams]
    return [
        [merkle.root_of(leaves[start:stop]) for start, stop in merkle.inclusion(index, len(leaves))]
        for index in indexes
    ]
