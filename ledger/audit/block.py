"""What the log keeps for a block of events, fetched while the block before it is checked."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from psycopg import Connection

from ledger.audit.growth import BLOCK, LEVELS, completed_above
from ledger.audit.signed import Kept, kept_checkpoints
from ledger.merkle import STRIDE, Node
from ledger.tree import NODES, nodes_of

INNER: Final = range(STRIDE, LEVELS, STRIDE)
"""Levels kept between a block's leaves and its root."""

_TOGETHER: Final = """
select coalesce(string_agg(n.hash, ''::bytea), '')
from (
    select hash from ledger.tree_node where level = %s and index >= %s and index < %s order by index
) n
"""
_APART: Final = """
select level, index, hash from ledger.tree_node where level = %s and index >= %s and index < %s
"""


class Block(NamedTuple):
    """What the log has for the events after `start`, up to `stop`.

    Attributes:
        start, stop: positions.
        leaves: their hashes, one after the other.
        inner: the nodes of each of the levels `INNER` that the block completes, one after the other.
        above: the nodes above that it completes, beginning with its own root.
        checkpoints: those signed at a size within it, `stop` included.
    """

    start: int
    stop: int
    leaves: bytes
    inner: dict[int, bytes]
    above: dict[Node, bytes]
    checkpoints: list[Kept]


def block_of(conn: Connection[Any], start: int, size: int) -> Block:
    """Return the block that begins after `start` in a log of `size` events."""
    stop = min(start + BLOCK, size)
    above = completed_above(stop) if stop - start == BLOCK else []
    with conn.cursor(binary=True) as cursor:
        leaves, *inner = (
            bytes(hashes)
            for level in (0, *INNER)
            for (hashes,) in cursor.execute(_TOGETHER, (level, start >> level, stop >> level))
        )
        params = {"levels": [node.level for node in above], "indexes": [node.number for node in above]}
        nodes = nodes_of(cursor.execute(NODES, params)) if above else {}
    checkpoints = kept_checkpoints(conn, start + 1, stop)
    return Block(start, stop, leaves, dict(zip(INNER, inner, strict=True)), nodes, checkpoints)


def nodes_between(conn: Connection[Any], level: int, start: int, stop: int) -> dict[int, bytes]:
    """Return the kept nodes of a level over the leaves from `start` to before `stop`, by their numbers."""
    with conn.cursor(binary=True) as cursor:
        found = cursor.execute(_APART, (level, max(start, 0) >> level, stop >> level))
        return {number: bytes(hash_) for _, number, hash_ in found}
