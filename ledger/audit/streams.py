"""The tree of streams once more, kept up to date with the events that are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash

_VERSION = 8  # bytes of a count in a stream's leaf


class Streams:
    """How many events each aggregate has so far, and the root of the tree over that.

    Args:
        counts: by the aggregates' bytes, in the order of their first events.
    """

    def __init__(self, counts: dict[bytes, int] | None = None) -> None:
        self.counts = dict(counts or {})
        self._changed = set(self.counts)
        self._places: dict[bytes, int] = {}
        self._rows: list[list[bytes]] = [[]]

    def add(self, aggregates: Sequence[bytes], versions: Sequence[int]) -> None:
        """Count events, in their order; an aggregate's last version is its number of events."""
        self.counts.update(zip(aggregates, versions, strict=True))
        self._changed.update(aggregates)

    @property
    def root(self) -> bytes:
        """The root over all streams so far; only what has changed since the last one is hashed."""
        if len(self._places) < len(self.counts):
            for aggregate in islice(self.counts, len(self._places), None):
                self._places[aggregate] = len(self._places)
                self._rows[0].append(b"")
        leaves = self._rows[0]
        dirty = [self._places[aggregate] for aggregate in self._changed]
        for aggregate in self._changed:
            data = aggregate + self.counts[aggregate].to_bytes(_VERSION, "big")
            leaves[self._places[aggregate]] = leaf_hash(data)
        self._changed.clear()
        self._climb(dirty)
        return self._rows[-1][0] if leaves else EMPTY_ROOT

    def _climb(self, dirty: Iterable[int]) -> None:
        """Hash anew what stands above changed nodes; one without a sibling stands for itself above."""
        level = 0
        while len(below := self._rows[level]) > 1:
            level += 1
            if len(self._rows) == level:
                self._rows.append([])
            row = self._rows[level]
            row.extend([b""] * ((len(below) + 1) // 2 - len(row)))
            dirty = {place >> 1 for place in dirty}
            for place in dirty:
                left, right = below[2 * place], below[2 * place + 1 : 2 * place + 2]
                row[place] = node_hash(left, right[0]) if right else left
