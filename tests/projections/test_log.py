"""The log grows with the read side, in the same transactions, and waits for nothing."""

from __future__ import annotations

import random
from time import sleep

import pytest

from ledger.leaf import leaf_data
from ledger.merkle import leaf_hash, root_of
from ledger.recorder import Recorder
from ledger.records import Record
from ledger.store import Datastore
from ledger.tree import Log, root_at, tree_size
from projections.rebuild import rebuild
from tests.facts import POSTED, checked_in, voided
from tests.projections.readside import ReadSide
from tests.projections.test_projector import long_life, process, running, until, until_at
from tests.scenario import PERSON


def holds(side: ReadSide, size: int) -> None:
    """The log has the first `size` events and no others."""
    with Datastore(side.conninfo) as datastore:
        rows = Recorder(datastore).read_after(0, limit=size)
    assert tree_size(side.conn) == size
    assert root_at(side.conn, size) == root_of([leaf_hash(leaf_data(row)) for row in rows])


def test_what_is_projected_is_in_the_log(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    holds(read_side, read_side.project())
    read_side.enter(checked_in())
    holds(read_side, read_side.project())


def test_at_no_moment_is_an_event_in_the_read_side_and_not_in_the_log(read_side: ReadSide) -> None:
    both = "select p.position, (select count(*) from ledger.tree_node where level = 0) from read.projector p"
    with running(read_side.conninfo):
        last = long_life(read_side, 2000)
        seen: set[tuple[int, int]] = set()
        while (last, last) not in seen:
            seen |= set(read_side.conn.execute(both.encode()).fetchall())
    assert all(position == size for position, size in seen)
    holds(read_side, last)


def test_a_projector_killed_anywhere_leaves_a_log_that_goes_on(read_side: ReadSide) -> None:
    last = long_life(read_side, 2000)
    chance = random.Random(4)  # noqa: S311 - moments to kill at
    killed_at = 0
    for _ in range(4):
        with process(read_side.conninfo) as projector:
            until(lambda before=killed_at: tree_size(read_side.conn) > before)  # type: ignore[misc]  # bound now
            sleep(chance.random() * 0.05)
            projector.kill()
        killed_at = tree_size(read_side.conn)
    assert killed_at < last, "killed after the last batch"
    holds(read_side, read_side.project())


def test_an_event_that_stops_the_read_side_does_not_stop_the_log(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    poison = read_side.append_stored([Record(PERSON, 4, "Instructor.Unheard", b"{}")], [read_side.clock])
    read_side.versions[PERSON] = 4
    last = read_side.enter(checked_in())
    assert read_side.project() == poison - 1
    holds(read_side, last)


def test_the_log_goes_on_live_behind_a_stopped_read_side_and_is_joined_by_it(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED)
    read_side.conn.execute("alter table read.check_in add constraint mistaken check (place <> '村部')")
    with running(read_side.conninfo):
        until_at(read_side, last)
        last = read_side.enter(checked_in())
        while tree_size(read_side.conn) < last:
            sleep(0.05)
        read_side.conn.execute("alter table read.check_in drop constraint mistaken")
        until_at(read_side, last)
        last = read_side.enter(voided(4))
        until_at(read_side, last)
    holds(read_side, last)


def test_a_log_that_is_younger_than_the_read_side_catches_up_with_it(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.project()
    read_side.conn.execute("alter table ledger.tree_node disable trigger all")
    read_side.conn.execute("delete from ledger.tree_node where index > 2 or level > 0")
    holds(read_side, 3)
    read_side.enter(checked_in())
    holds(read_side, read_side.project())


@pytest.mark.parametrize("again", [False, True], ids=["only rebuilt", "and projected on"])
def test_a_rebuilt_read_side_that_is_further_than_the_log_takes_it_along(
    read_side: ReadSide, *, again: bool
) -> None:
    read_side.enter(*POSTED)
    read_side.project()
    last = read_side.enter(checked_in())
    assert rebuild(read_side.conninfo, read_side.keys).swapped
    if again:
        last = read_side.enter(voided(4))
        read_side.project()
    holds(read_side, last)


def test_a_rebuild_does_not_add_to_the_log(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    last = read_side.project()
    assert rebuild(read_side.conninfo, read_side.keys).swapped
    holds(read_side, last)


def test_the_log_and_the_read_side_can_be_ahead_of_one_another_in_turn(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    last = read_side.enter(checked_in())
    log = Log()
    log.look(read_side.conn)
    log.catch_up(read_side.conn, 5)
    assert read_side.projector.catch_up(upto=7) == 7
    holds(read_side, 7)
    log.look(read_side.conn)
    log.catch_up(read_side.conn, last)
    assert read_side.project() == last
    holds(read_side, last)
