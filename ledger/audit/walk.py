"""The walk along the log: every event, every node and every checkpoint once, in one pass, in blocks.

What is as it should be costs a few steps in Python for each event: two hashes and what has to be compared.
Only where something differs, a block is looked at event by event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import count, pairwise
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from ledger.audit.block import INNER, Block, block_of, nodes_between
from ledger.audit.codes import Code
from ledger.audit.compare import REACH
from ledger.audit.findings import finding
from ledger.audit.growth import BLOCK, rows_of
from ledger.audit.growth import Rows as Levels
from ledger.audit.promises import Promises
from ledger.audit.resuming import State
from ledger.audit.signed import kept_checkpoints
from ledger.audit.stored import Rows, columns_of, position_of, stored_rows
from ledger.merkle import EMPTY_ROOT, STRIDE, Node, root_of

_UNKNOWN: Final = bytes(32)
_FAN: Final = 1 << STRIDE

Progress = Callable[[int, int], None]
"""Told how many of how many events are verified."""


class Walk:
    """Walks along a log and collects what differs in its state.

    Args:
        events: a connection for the events alone.
        log: another one for what the log has for them.
        size: of the log, where the walk ends.
        head: the last event's position.
        promises: what was signed.
        state: from where to go on; it is changed.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what is walked along, and what it is compared with
        self,
        events: Connection[Any],
        log: Connection[Any],
        size: int,
        head: int,
        promises: Promises,
        state: State,
    ) -> None:
        self._events = events
        self._log = log
        self._size = size
        self._head = head
        self._promises = promises
        self.state = state
        self._due: defaultdict[bytes, count[int]] = defaultdict(partial(count, 1))
        for aggregate, version in state.streams.counts.items():
            self._due[aggregate] = count(version + 1)
        self.root = EMPTY_ROOT
        self.waiting: list[int] = []

    def run(self) -> Iterator[int]:
        """Walk, and yield the position reached after each block; between two, the state can be kept."""
        growth = self.state.growth
        if growth.size == 0:
            for kept in self._promises.among(kept_checkpoints(self._log, 0, 0), 0, 0):
                self._promises.check(kept, EMPTY_ROOT, self.state)
        with (
            stored_rows(self._events, growth.size, min(self._head, self._size + BLOCK)) as rows,
            ThreadPoolExecutor(1, "zhucun-audit") as ahead,
        ):
            upcoming = ahead.submit(block_of, self._log, growth.size, self._size)
            for _start in range(growth.size, self._size, BLOCK):
                block = upcoming.result()
                if block.stop < self._size:
                    upcoming = ahead.submit(block_of, self._log, block.stop, self._size)
                self._block(block, rows)
                yield block.stop
            self._beyond(rows)

    def _block(self, block: Block, rows: Rows) -> None:
        taken = rows.take(block.stop - block.start)
        leaves = [sha256(row).digest() for row in taken]
        if not _dense(taken, block) or b"".join(leaves) != block.leaves:
            taken = _upto(block.stop, taken, rows)
            leaves = self._examine(block, taken)
        orderly = self.state.comparison.clean
        aggregates, versions, moments = columns_of(taken)
        if orderly:
            self._order(block.start, aggregates, versions, moments)
        levels = rows_of(leaves)
        done = 0
        for kept in self._promises.among(block.checkpoints, block.start + 1, block.stop):
            if orderly:
                upto = kept.size - block.start
                self.state.streams.add(aggregates[done:upto], versions[done:upto])
                done = upto
            self._promises.check(kept, self.state.growth.root_at(kept.size, levels), self.state)
        if orderly:
            self.state.streams.add(aggregates[done:], versions[done:])
        self._tree(block, levels)

    # -- the events

    def _order(
        self, start: int, aggregates: Sequence[bytes], versions: Sequence[int], moments: Sequence[bytes]
    ) -> None:
        """Check that versions follow on each other, and that times never go back."""
        due = tuple(map(next, map(self._due.__getitem__, aggregates)))
        if due != versions:
            self._versions(start, aggregates, versions, due)
        moments = [self.state.moment, *moments]
        if moments != sorted(moments):
            for position, (before, moment) in enumerate(pairwise(moments), start + 1):
                if moment < before:
                    self._within(Code.CLOCK, position=position)
        self.state.moment = moments[-1]

    def _versions(
        self, start: int, aggregates: Sequence[bytes], versions: Sequence[int], due: Sequence[int]
    ) -> None:
        ahead: defaultdict[bytes, int] = defaultdict(int)
        for position, (aggregate, version, at_first) in enumerate(
            zip(aggregates, versions, due, strict=True), start + 1
        ):
            expected = at_first + ahead[aggregate]
            if version != expected:
                ahead[aggregate] += version - expected
                named = str(UUID(bytes=aggregate))
                self._within(
                    Code.VERSIONS, position=position, aggregate=named, version=version, expected=expected
                )
            self._due[aggregate] = count(version + 1)

    def _within(self, code: Code, **facts: object) -> None:
        self.state.within.add(finding(code, **facts))

    def _examine(self, block: Block, rows: Sequence[bytes]) -> list[bytes]:
        """Place what differs in a block; return its leaves as the log has them, as far as it can be told."""
        kept = nodes_between(self._log, 0, block.start - REACH, block.stop + REACH)
        parents = nodes_between(self._log, STRIDE, block.start, block.stop)
        found: dict[int, tuple[bytes, bytes]] = {}
        for row in rows:
            position, hash_ = position_of(row), sha256(row).digest()
            if position in found:  # its key was dropped, and a second event put beside the first
                self.state.comparison.twin(position)
                if hash_ != kept.get(position - 1):
                    continue
            found[position] = row, hash_
        positions = range(block.start + 1, block.stop + 1)
        made = [found.get(position, (b"", _UNKNOWN))[1] for position in positions]
        leaves = []
        for index, hash_ in enumerate(made, block.start):
            leaf, row = kept.get(index), found.get(index + 1, (b"",))[0]
            if hash_ == leaf:
                leaves.append(hash_)
            elif row and (leaf is None or _leaf_is_wrong(index, block.start, made, parents, kept)):
                self._node(Node(0, index))
                leaves.append(hash_)
            else:
                if row:
                    self.state.comparison.row(index + 1, row, _positions_in(kept))
                self.state.comparison.absent(index + 1, leaf or b"")
                leaves.append(leaf or hash_)
        return leaves

    def _beyond(self, rows: Rows) -> None:
        """Look at what follows the log's end: events that wait for it, or such that were moved there."""
        comparison = self.state.comparison
        if comparison.clean:
            self.waiting = [self._size + 1, self._head] if self._head > self._size else []
            return
        kept = _positions_in(nodes_between(self._log, 0, self._size - REACH, self._size))
        for row in rows.take(BLOCK):
            position = position_of(row)
            if not comparison.moved_from(position, row, kept):
                self.waiting = [position, self._head]
                return

    # -- the tree

    def _tree(self, block: Block, levels: Levels) -> None:
        growth = self.state.growth
        for level in INNER:
            made = levels[level] if level < len(levels) else []
            if b"".join(made) != block.inner[level]:
                kept = nodes_between(self._log, level, block.start, block.stop)
                for number, hash_ in enumerate(made, block.start >> level):
                    if kept.get(number) != hash_:
                        self._node(Node(level, number))
        if block.stop == self._size:
            self.root = growth.root_at(self._size, levels)
        if block.stop - block.start == BLOCK:
            for node, hash_ in growth.add(levels):
                if node.level % STRIDE == 0 and block.above.get(node) != hash_:
                    self._node(node)

    def _node(self, node: Node) -> None:
        """Report a node, unless it differs for the sake of one below it."""
        first, last = (node.number << node.level) + 1, (node.number + 1) << node.level
        told = [it.facts for it in self.state.findings.of(Code.TREE_NODE)]
        if not any(first <= it["first"] and it["last"] <= last for it in told):
            self.state.findings.add(
                finding(Code.TREE_NODE, level=node.level, number=node.number, first=first, last=last)
            )


def _dense(rows: Sequence[bytes], block: Block) -> bool:
    """Tell whether these are a block's rows, of which each position has one: they come in order."""
    return len(rows) == block.stop - block.start and [position_of(it) for it in (rows[0], rows[-1])] == [
        block.start + 1,
        block.stop,
    ]


def _upto(stop: int, taken: Sequence[bytes], rows: Rows) -> list[bytes]:
    """Return the rows up to a position of which some were taken, and give back those beyond."""
    taken = list(taken)
    while taken and position_of(taken[-1]) <= stop and (more := rows.take(1)):
        taken += more
    here = [row for row in taken if position_of(row) <= stop]
    rows.give_back(taken[len(here) :])
    return here


def _positions_in(kept: Mapping[int, bytes]) -> Callable[[int], bytes | None]:
    return lambda position: kept.get(position - 1)


def _leaf_is_wrong(
    index: int, start: int, made: Sequence[bytes], parents: Mapping[int, bytes], kept: Mapping[int, bytes]
) -> bool:
    """Tell whether the node above says that the event is right and the leaf that is kept of it is wrong."""
    first = index & -_FAN
    events = made[first - start : first - start + _FAN]
    leaves = [kept.get(other, _UNKNOWN) for other in range(first, first + _FAN)]
    parent = parents.get(first >> STRIDE)
    return parent is not None and len(events) == _FAN and root_of(leaves) != parent == root_of(events)
