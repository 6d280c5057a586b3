"""The tree as the database keeps it: grown in any pieces, read in few, never two that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from ledger import merkle, tree
from ledger.database import connect
from ledger.errors import AppendOnly, NotInLog, refusals
from ledger.leaf import leaf_data
from ledger.merkle import leaf_hash, root_of
from ledger.recorder import Recorder
from ledger.records import LedgerRow
from ledger.store import Datastore
from ledger.streams import Stream, stream_data, stream_proofs, streams_at, streams_root
from ledger.tree import Grown, Log, consistency_proof, inclusion_proof, root_at, tree_size
from tests.ledger.samples import NOON, append, records

EVENTS = 300


@pytest.fixture
def ledger(real_ledger: str) -> str:
    """A ledger whose log waits to grow."""
    append(real_ledger, records(EVENTS))
    return real_ledger


@pytest.fixture
def conn(ledger: str) -> Iterator[Connection[Any]]:
    with connect(ledger) as it:
        yield it


def leaves(conninfo: str) -> list[bytes]:
    """The hashes of all leaves, computed from the events."""
    with Datastore(conninfo) as datastore:
        rows = Recorder(datastore).read_after(0, limit=10_000)
    return [leaf_hash(leaf_data(row)) for row in rows]


def grown(conn: Connection[Any], *sizes: int) -> Log:
    """A log that grew to each of these sizes in turn."""
    log = Log()
    log.look(conn)
    for size in sizes:
        log.catch_up(conn, size)
        assert log.size == tree_size(conn) == size
    return log


def test_the_log_of_no_events_has_the_root_of_nothing(conn: Connection[Any]) -> None:
    assert tree_size(conn) == 0
    assert root_at(conn, 0) == merkle.EMPTY_ROOT


@pytest.mark.parametrize("sizes", [[EVENTS], [1, 2, 15, 16, 17, 255, 256, 257, EVENTS], [100, EVENTS]])
def test_in_whatever_pieces_it_grew_every_root_is_that_of_the_first_events(
    ledger: str, conn: Connection[Any], sizes: list[int]
) -> None:
    grown(conn, *sizes)
    expected = leaves(ledger)
    for size in (0, 1, 2, 3, 15, 16, 17, 31, 255, 256, 257, EVENTS):
        assert root_at(conn, size) == root_of(expected[:size])


def test_a_log_that_looks_again_goes_on_where_another_stopped(ledger: str, conn: Connection[Any]) -> None:
    for size in (7, 16, 40, 256, EVENTS):
        grown(conn, size)
    assert root_at(conn, EVENTS) == root_of(leaves(ledger))


def test_proofs_read_from_the_database_hold(ledger: str, conn: Connection[Any]) -> None:
    grown(conn, EVENTS)
    expected = leaves(ledger)
    root = root_of(expected)
    for index in (0, 1, 16, 255, 256, EVENTS - 1):
        merkle.verify_inclusion(expected[index], index, EVENTS, inclusion_proof(conn, index, EVENTS), root)
    for old in (0, 1, 16, 255, 256, EVENTS):
        proof = consistency_proof(conn, old, EVENTS)
        merkle.verify_consistency(old, EVENTS, root_of(expected[:old]), root, proof)


def test_a_proof_reads_no_more_nodes_than_the_tree_is_high(conn: Connection[Any]) -> None:
    size = 10_000_000
    height = size.bit_length()
    for plan in (merkle.inclusion(size // 3, size), merkle.consistency(size // 3, size)):
        assert len(plan) <= height + 1
        assert len(tree.wanted(plan)["levels"]) <= 2 ** (merkle.STRIDE - 1) * 2 * height
    assert root_at(conn, 0) == merkle.EMPTY_ROOT


def test_more_than_the_log_has_is_refused_by_name(conn: Connection[Any]) -> None:
    grown(conn, 20)
    with pytest.raises(NotInLog, match="21"):
        root_at(conn, 21)
    with pytest.raises(NotInLog):
        inclusion_proof(conn, 3, 21)
    with pytest.raises(NotInLog):
        consistency_proof(conn, 3, 21)


def test_what_another_added_meanwhile_is_noticed_and_nothing_is_added_twice(
    ledger: str, conn: Connection[Any]
) -> None:
    slow = grown(conn, 10)
    grown(conn, 25)
    with pytest.raises(Grown):
        slow.catch_up(conn, 30)
    assert slow.look(conn) == 25
    slow.catch_up(conn, 30)
    assert root_at(conn, 30) == root_of(leaves(ledger)[:30])


def test_what_is_rolled_back_was_never_in_the_log(ledger: str, conn: Connection[Any]) -> None:
    log = grown(conn, 10)
    with Datastore(ledger) as datastore:
        rows = Recorder(datastore).read_after(0, limit=30)
    with conn.transaction(force_rollback=True), conn.cursor() as cursor:
        log.grow(cursor, rows)
    assert (log.size, tree_size(conn)) == (10, 10)
    log.catch_up(conn, EVENTS)
    assert root_at(conn, EVENTS) == root_of(leaves(ledger))


def test_an_event_cannot_be_left_out(ledger: str, conn: Connection[Any]) -> None:
    log = grown(conn, 10)
    with Datastore(ledger) as datastore:
        rows = Recorder(datastore).read_after(0, limit=30)
    with pytest.raises(ValueError, match="event 13 cannot follow on 11"), conn.transaction():
        log.grow(conn.cursor(), [*rows[:11], *rows[12:]])
    assert tree_size(conn) == 10


@pytest.mark.parametrize(
    "change",
    ["update ledger.tree_node set hash = hash", "delete from ledger.tree_node", "truncate ledger.tree_node"],
)
def test_a_node_is_never_changed_or_removed(conn: Connection[Any], change: str) -> None:
    grown(conn, 10)
    with pytest.raises(AppendOnly), refusals():
        conn.execute(change.encode())


def test_a_node_cannot_be_kept_twice(conn: Connection[Any]) -> None:
    grown(conn, 10)
    with pytest.raises(psycopg.errors.UniqueViolation):
        conn.execute("insert into ledger.tree_node select * from ledger.tree_node where level = 0 limit 1")


def test_streams_come_in_the_order_of_their_first_events_and_count_up_to_the_size(real_ledger: str) -> None:
    last, first, other = UUID(int=9), UUID(int=5), UUID(int=1)
    append(real_ledger, records(2, originator_id=first))
    append(real_ledger, records(1, originator_id=last))
    append(real_ledger, records(3, originator_id=first, first=3))
    append(real_ledger, records(1, originator_id=other))
    with connect(real_ledger) as conn:
        found = [streams_at(conn, size) for size in range(8)]
    assert found == [
        [],
        [Stream(first, 1)],
        [Stream(first, 2)],
        [Stream(first, 2), Stream(last, 1)],
        [Stream(first, 3), Stream(last, 1)],
        [Stream(first, 4), Stream(last, 1)],
        [Stream(first, 5), Stream(last, 1)],
        [Stream(first, 5), Stream(last, 1), Stream(other, 1)],
    ]


def test_the_proof_of_a_stream_holds_for_its_number_of_events_alone() -> None:
    streams = [Stream(UUID(int=n), n) for n in range(1, 8)]
    root = streams_root(streams)
    for index, proof in enumerate(stream_proofs(streams, range(7))):
        aggregate, events = streams[index]
        leaf = leaf_hash(stream_data(Stream(aggregate, events)))
        merkle.verify_inclusion(leaf, index, len(streams), proof, root)
        less = leaf_hash(stream_data(Stream(aggregate, events - 1)))
        with pytest.raises(merkle.ProofInvalid):
            merkle.verify_inclusion(less, index, len(streams), proof, root)


def test_a_leaf_is_told_apart_by_every_stored_field() -> None:
    row = LedgerRow(1, UUID(int=1), 1, "Lamp.Lit", b"{}", NOON)
    others = [
        row._replace(position=2),
        row._replace(originator_id=UUID(int=2)),
        row._replace(originator_version=2),
        row._replace(topic="Lamp.Lit "),
        row._replace(state=b"{} "),
        row._replace(recorded_at=row.recorded_at.replace(microsecond=1)),
        row._replace(topic="Lamp.Li", state=b"t{}"),
    ]
    assert len({leaf_data(it) for it in [row, *others]}) == len(others) + 1
