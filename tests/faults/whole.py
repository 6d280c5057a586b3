"""What every fault leaves: nothing acknowledged is lost, nothing counts twice, the read side is the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from uuid import UUID

import pymerkle  # type: ignore[import-untyped]  # it has no types

from ledger import signed
from ledger.database import connect
from ledger.leaf import leaf_data
from ledger.records import LedgerRow
from ledger.tree import root_at, tree_size
from projections.projector import Projector
from projections.proof import prove
from tests.keyring import keys_in

_EVENTS = """
select position, originator_id, originator_version, topic, state, recorded_at from ledger.events
order by position
"""
_COMMANDS = "select command_id from ledger.events"


def nothing_lost_and_nothing_twice(conninfo: str, acknowledged: Iterable[UUID]) -> None:
    """Check a ledger after a fault, in all that it promises.

    Args:
        conninfo: of its database. Every command of these tests makes one event.
        acknowledged: the commands whose recording was acknowledged.
    """
    with closing(keys_in(conninfo)) as keys:
        Projector(conninfo, keys).catch_up()
        proof = prove(conninfo, keys)
    with connect(conninfo) as conn:
        rows = [LedgerRow._make(row) for row in conn.execute(_EVENTS)]
        recorded = Counter(command for (command,) in conn.execute(_COMMANDS))
        roots = [_root(rows, len(rows)), root_at(conn, tree_size(conn))]
        last = signed.latest(conn)
    assert set(acknowledged) <= recorded.keys()
    assert set(recorded.values()) == {1}
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    assert roots[0] == roots[1]
    if last is not None:
        assert last.checkpoint.root == _root(rows, last.checkpoint.size)
    assert (proof.position, proof.findings) == (len(rows), ())


def _root(rows: list[LedgerRow], size: int) -> bytes:
    """The root over the first events, by software that is not ours."""
    tree = pymerkle.InmemoryTree()
    for row in rows[:size]:
        tree.append_entry(leaf_data(row))
    root: bytes = tree.get_root()
    return root
