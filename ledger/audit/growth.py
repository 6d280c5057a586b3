"""The tree once more: recomputed from leaves block by block, and compared with the one that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from ledger.merkle import STRIDE, Leaves, Node, Nodes, fold, node_hash, perfect

LEVELS: Final = 12
"""A block is a perfect subtree of this level."""

BLOCK: Final = 1 << LEVELS
"""Leaves in a block."""

Rows = list[list[bytes]]
"""The hashes of a block, the leaves first, then each level's whole nodes above."""


def rows_of(leaves: list[bytes]) -> Rows:
    """Return all levels over a block's leaves."""
    rows = [leaves]
    while (whole := len(rows[-1]) // 2 * 64) > 0:
        below = b"".join(rows[-1])
        rows.append([sha256(b"\x01" + below[i : i + 64]).digest() for i in range(0, whole, 64)])
    return rows


class Growth:
    """A tree over whole blocks, of which only the perfect subtrees' roots are remembered.

    Args:
        size: leaves so far, whole blocks.
        peaks: roots of the perfect subtrees of a tree of this size, from left to right.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def root_at(self, size: int, rows: Rows) -> bytes:
        """Return the root over so many leaves, of which `rows` has those beyond the whole blocks."""
        here = [
            rows[node.level][node.number - (self.size >> node.level)]
            for node in perfect(Leaves(self.size, size))
        ]
        return fold(self.peaks + here)

    def add(self, rows: Rows) -> Iterator[tuple[Node, bytes]]:
        """Append a whole block, and yield the nodes that it completes, its own root first; exhaust it."""
        (root,) = rows[LEVELS]
        self.size += BLOCK
        level, number = LEVELS, (self.size >> LEVELS) - 1
        yield Node(level, number), root
        while number & 1:
            root = node_hash(self.peaks.pop(), root)
            level, number = level + 1, number >> 1
            yield Node(level, number), root
        self.peaks.append(root)


def completed_above(stop: int) -> list[Node]:
    """Return the kept nodes that a block ending at `stop` completes, its own and those above it."""
    found, level = [], LEVELS
    while stop % (1 << level) == 0:
        found.append(Node(level, (stop >> level) - 1))
        level += STRIDE
    return found


def differing(level: int, start: int, made: Sequence[bytes], kept: Nodes) -> Iterator[Node]:
    """Yield the nodes of a level, from the leaf `start` on, that are kept otherwise than they are made."""
    for number, hash_ in enumerate(made, start >> level):
        node = Node(level, number)
        if kept.get(node) != hash_:
            yield node
