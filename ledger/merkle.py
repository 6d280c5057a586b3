"""Merkle trees as RFC 6962 has them: which hashes a root and a proof are made of, and whether a proof holds.

Pure functions. A proof is planned as ranges of leaves, each standing for the hash of its own tree; a range is
made of perfect subtrees, and those of nodes of the kept levels. Whoever keeps nodes knows nothing of proofs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""

STRIDE: Final = 4
"""Nodes are kept of every level that is a multiple of this; those between are a few hashes away."""

_FAN: Final = 1 << STRIDE


class Node(NamedTuple):
    """A perfect subtree: the 2^level leaves from number · 2^level on."""

    level: int
    number: int


class Leaves(NamedTuple):
    """The leaves from `start` to before `stop`."""

    start: int
    stop: int


Nodes = Mapping[Node, bytes]


class ProofInvalid(Exception):  # noqa: N818 - named as what is wrong
    """A proof does not lead to the root that it should."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two children."""
    return sha256(b"\x01" + left + right).digest()


# What a root and a proof are made of


def inclusion(index: int, size: int) -> list[Leaves]:
    """Return what proves that the leaf `index` is in the tree of `size` leaves (section 2.1.1), lowest first.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof: list[Leaves] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            proof.append(Leaves(middle, stop))
            stop = middle
        else:
            proof.append(Leaves(start, middle))
            start = middle
    return proof[::-1]


def consistency(old: int, new: int) -> list[Leaves]:
    """Return what proves that the tree of `new` leaves begins with that of `old` (section 2.1.2).

    Nothing has to be proved of an empty tree, or of the same one.

    Raises:
        ValueError: the sizes are not in order.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot begin with one of {old}")
    if old in {0, new}:
        return []
    proof: list[Leaves] = []
    start, stop, whole = 0, new, True
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            proof.append(Leaves(middle, stop))
            stop = middle
        else:
            proof.append(Leaves(start, middle))
            start, whole = middle, False
    return ([] if whole else [Leaves(start, stop)]) + proof[::-1]


def needed(leaves: Sequence[Leaves]) -> list[Node]:
    """Return the kept nodes that the hashes of these ranges are made of."""
    return [kept for range_ in leaves for node in perfect(range_) for kept in _kept(node)]


def hashes(leaves: Sequence[Leaves], nodes: Nodes) -> list[bytes]:
    """Return the hash of each range.

    Args:
        leaves: ranges that begin where a tree of theirs can: those of a root, or of a proof.
        nodes: at least those `needed`.
    """
    return [fold([_hash(node, nodes) for node in perfect(range_)]) for range_ in leaves]


def perfect(leaves: Leaves) -> Iterator[Node]:
    """Yield the perfect subtrees of a range, from left to right, each smaller than the one before."""
    start, stop = leaves
    while start < stop:
        level = (stop - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def fold(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, from left to right, each smaller than the one before."""
    if not subtrees:
        return EMPTY_ROOT
    *rest, root = subtrees
    for left in reversed(rest):
        root = node_hash(left, root)
    return root


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over all leaves at hand."""
    return fold(
        [
            _climb(leaf_hashes[n.number << n.level : (n.number + 1) << n.level])
            for n in perfect(Leaves(0, len(leaf_hashes)))
        ]
    )


def _split(size: int) -> int:
    """Return the greatest power of two below the size, where a tree divides."""
    return 1 << ((size - 1).bit_length() - 1)


def _kept(node: Node) -> list[Node]:
    below = node.level % STRIDE
    first = node.number << below
    return [Node(node.level - below, number) for number in range(first, first + (1 << below))]


def _hash(node: Node, nodes: Nodes) -> bytes:
    return _climb([nodes[kept] for kept in _kept(node)])


def _climb(row: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of siblings."""
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


# Growing


class Edge:
    """The right edge of a growing tree: the kept nodes whose parent is not complete yet.

    Args:
        size: leaves so far.
        nodes: at least those of `edge_of(size)`.
    """

    def __init__(self, size: int = 0, nodes: Nodes | None = None) -> None:
        self.size = size
        self._rows: list[list[bytes]] = []
        for node in edge_of(size):
            while len(self._rows) <= node.level // STRIDE:
                self._rows.append([])
            self._rows[node.level // STRIDE].append((nodes or {})[node])

    def copy(self) -> Edge:
        """Return one that grows by itself."""
        twin = Edge()
        twin.size, twin._rows = self.size, [list(row) for row in self._rows]
        return twin

    def add(self, leaf_hashes: Sequence[bytes]) -> Iterator[tuple[Node, bytes]]:
        """Append leaves, and yield all nodes to be kept, the leaves among them; exhaust it."""
        level, first, row = 0, self.size, leaf_hashes
        self.size += len(leaf_hashes)
        while row:
            for number, hash_ in enumerate(row, first):
                yield Node(level, number), hash_
            if len(self._rows) <= level // STRIDE:
                self._rows.append([])
            waiting = self._rows[level // STRIDE]
            first = (first - len(waiting)) >> STRIDE
            waiting.extend(row)
            whole = len(waiting) // _FAN * _FAN
            row = [_climb(waiting[i : i + _FAN]) for i in range(0, whole, _FAN)]
            del waiting[:whole]
            level += STRIDE

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        nodes = {
            Node(level * STRIDE, ((self.size >> (level * STRIDE)) & -_FAN) + i): hash_
            for level, row in enumerate(self._rows)
            for i, hash_ in enumerate(row)
        }
        return fold([_hash(node, nodes) for node in perfect(Leaves(0, self.size))])


def edge_of(size: int) -> list[Node]:
    """Return the kept nodes at the right edge of a tree, whose parent is not complete yet."""
    found, level = [], 0
    while size >> level:
        stop = size >> level
        found += [Node(level, number) for number in range(stop & -_FAN, stop)]
        level += STRIDE
    return found


# Checking


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf, given by its hash, is in a tree.

    Raises:
        ProofInvalid: the proof does not show it.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"no leaf {index} in a tree of {size}")
    left, right, found = index, size - 1, leaf
    for sibling in proof:
        if right == 0:
            raise ProofInvalid("the proof is too long")
        if left & 1 or left == right:
            found = node_hash(sibling, found)
            while not left & 1 and left:
                left, right = left >> 1, right >> 1
        else:
            found = node_hash(found, sibling)
        left, right = left >> 1, right >> 1
    if right != 0:
        raise ProofInvalid("the proof is too short")
    if found != root:
        raise ProofInvalid("the proof leads to another root")


def verify_consistency(  # noqa: C901, PLR0912 - the steps of RFC 9162, section 2.1.4.2
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree begins with an earlier one.

    Raises:
        ProofInvalid: the proof does not show it.
    """
    if not 0 <= old <= new:
        raise ProofInvalid(f"a tree of {new} cannot begin with one of {old}")
    if old in {0, new}:
        if proof:
            raise ProofInvalid("nothing is to be proved, and yet there is a proof")
        if old == new and old_root != new_root:
            raise ProofInvalid("two roots for one size")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofInvalid("an empty tree has another root")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("the proof is too short")
    left, right = old - 1, new - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if right == 0:
            raise ProofInvalid("the proof is too long")
        if left & 1 or left == right:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not left & 1 and left:
                left, right = left >> 1, right >> 1
        else:
            now = node_hash(now, sibling)
        left, right = left >> 1, right >> 1
    if right != 0:
        raise ProofInvalid("the proof is too short")
    if was != old_root or now != new_root:
        raise ProofInvalid("the proof leads to other roots")
