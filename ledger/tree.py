"""The tree as the database keeps it: growing it with the events, and reading roots and proofs from it.

A proof reads a few dozen nodes, however long the log is; an event adds its leaf, and every sixteenth a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, LiteralString

from psycopg import Connection, Cursor

from ledger import merkle
from ledger.errors import LogDamaged, NotInLog
from ledger.leaf import leaf_data
from ledger.merkle import Edge, Leaves, Node, Nodes
from ledger.records import LedgerRow

NODES: Final[LiteralString] = """
select n.level, n.index, n.hash
from unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) as wanted (level, index)
join ledger.tree_node n using (level, index)
"""
"""The statement for nodes, with the parameters of `wanted`."""

BATCH: Final = 5000
"""Events in one transaction when the log catches up with them by itself."""

_SIZE: Final = "select coalesce(max(index) + 1, 0) from ledger.tree_node where level = 0"
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(%s)"
_GROWING: Final = 0x7A68_7563_756E_04
_COPY: Final = "copy ledger.tree_node (level, index, hash) from stdin (format binary)"
_ROWS: Final = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
where position > %b and position <= %b order by position limit %b
"""


class Grown(Exception):  # noqa: N818 - named as what happened
    """Somebody else let the log grow meanwhile: look again where it stands."""


def tree_size(conn: Connection[Any]) -> int:
    """Return how many events are in the log."""
    return _one(conn.execute(_SIZE))


def wanted(plan: Sequence[Leaves]) -> dict[str, list[int]]:
    """Return the parameters of `NODES` for what a root or proofs are made of; each node once."""
    nodes = sorted(set(merkle.needed(plan)))
    return {"levels": [node.level for node in nodes], "indexes": [node.number for node in nodes]}


def nodes_of(rows: Iterable[tuple[Any, ...]]) -> dict[Node, bytes]:
    """Return the nodes that `NODES` found."""
    return {Node(level, number): bytes(hash_) for level, number, hash_ in rows}


def read_nodes(conn: Connection[Any], plan: Sequence[Leaves]) -> dict[Node, bytes]:
    """Return the nodes that a root or proofs are made of, by one statement."""
    with conn.cursor(binary=True) as cursor:
        return nodes_of(cursor.execute(NODES, wanted(plan)))


def hashes_of(plan: Sequence[Leaves], nodes: Nodes, size: int) -> list[bytes]:
    """Return the hashes of a plan.

    Raises:
        NotInLog: nodes are missing, so the log is not as long as `size`.
    """
    try:
        return merkle.hashes(plan, nodes)
    except KeyError as error:
        raise NotInLog(size=size) from error


def root_at(conn: Connection[Any], size: int) -> bytes:
    """Return the root over the first `size` events.

    Raises:
        NotInLog: there are not so many.
    """
    plan = [Leaves(0, size)]
    return hashes_of(plan, read_nodes(conn, plan), size)[0]


def inclusion_proof(conn: Connection[Any], index: int, size: int) -> list[bytes]:
    """Return the proof that the event at position index + 1 is in the log of `size` events.

    Raises:
        NotInLog: there are not so many.
        ValueError: the event is not among them.
    """
    plan = merkle.inclusion(index, size)
    return hashes_of(plan, read_nodes(conn, plan), size)


def consistency_proof(conn: Connection[Any], old: int, new: int) -> list[bytes]:
    """Return the proof that the log of `new` events begins with that of `old`.

    Raises:
        NotInLog: there are not so many.
        ValueError: the sizes are not in order.
    """
    plan = merkle.consistency(old, new)
    return hashes_of(plan, read_nodes(conn, plan), new)


class Log:
    """Lets the log grow with the events, in the transaction of whoever calls, or in its own.

    It remembers the tree's right edge. Whoever uses it calls `look` first, and again after `Grown`.

    Attributes:
        size: of the log, as far as this one knows.
    """

    def __init__(self) -> None:
        self._edge = Edge()

    @property
    def size(self) -> int:
        """How many events are in the log."""
        return self._edge.size

    def look(self, conn: Connection[Any]) -> int:
        """Read where the log stands, and return its size.

        Raises:
            LogDamaged: nodes of its right edge are missing.
        """
        size = tree_size(conn)
        edge = merkle.edge_of(size)
        at = {"levels": [node.level for node in edge], "indexes": [node.number for node in edge]}
        with conn.cursor(binary=True) as cursor:
            nodes = nodes_of(cursor.execute(NODES, at))
        try:
            self._edge = Edge(size, nodes)
        except KeyError as error:
            raise LogDamaged(size=size) from error
        return size

    def grow(self, cursor: Cursor[Any], rows: Iterable[LedgerRow]) -> Edge:
        """Add events, in a transaction; return the edge to `settle` on when it is committed.

        Args:
            cursor: in that transaction.
            rows: consecutive events; those that the log has are passed over, the next one must be among them.

        Raises:
            Grown: the log is not where it was.
        """
        cursor.execute(_ONE_AT_A_TIME, (_GROWING,))
        if _one(cursor.execute(_SIZE)) != self.size:
            raise Grown
        leaves = [merkle.leaf_hash(leaf_data(row)) for row in self._next(rows)]
        edge = self._edge.copy()
        if leaves:
            with cursor.copy(_COPY) as copy:
                copy.set_types(["int2", "int8", "bytea"])
                for (level, number), hash_ in edge.add(leaves):
                    copy.write_row((level, number, hash_))
        return edge

    def settle(self, edge: Edge) -> None:
        """Take note that what `grow` did is committed."""
        self._edge = edge

    def catch_up(self, conn: Connection[Any], upto: int) -> None:
        """Add the events up to a position, in transactions of its own (savepoints, inside another one).

        Raises:
            Grown: the log is not where it was.
        """
        while self.size < upto:
            with conn.cursor(binary=True) as cursor:
                found = cursor.execute(_ROWS, (self.size, upto, BATCH), prepare=True)
                rows = [LedgerRow._make(row) for row in found]
            if not rows:
                return
            with conn.transaction(), conn.cursor() as cursor:
                edge = self.grow(cursor, rows)
            self.settle(edge)

    def _next(self, rows: Iterable[LedgerRow]) -> Iterator[LedgerRow]:
        expected = self.size + 1
        for row in rows:
            if row.position < expected:
                continue
            if row.position > expected:
                raise ValueError(f"event {row.position} cannot follow on {expected - 1} in the log")
            yield row
            expected += 1


def _one(cursor: Cursor[Any]) -> int:
    ((value,),) = cursor.fetchall()
    return int(value)
