"""The audit over more than one block: how it resumes, what it remembers, and the parts it is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.audit
from ledger import merkle
from ledger.audit import Audit, Code, Outside, audit
from ledger.audit.growth import BLOCK, Growth, completed_above, rows_of
from ledger.audit.spans import Span, common, spans_of, without
from ledger.audit.stored import PREFIX, at_position, columns_of, ledger_row, position_of, stored_rows
from ledger.audit.streams import Streams
from ledger.database import connect, found_ledger
from ledger.errors import CannotResume, NoLog, NotFounded
from ledger.leaf import leaf_data
from ledger.notes import Note
from ledger.recorder import Recorder
from ledger.records import Record
from ledger.signed import signed_checkpoint
from ledger.signer import Signer
from ledger.store import Datastore
from ledger.streams import Stream, streams_root
from ledger.tree import Log
from tests import postgres
from tests.conftest import COUNTY, ORIGIN
from tests.ledger.tampering import owner, told

EVENTS = 2 * BLOCK + 1000
SPACE = UUID(int=7)
OWNERS = [UUID(int=n) for n in range(1, 12)]


@pytest.fixture(scope="module")
def master(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """More than two blocks of events of eleven aggregates, signed at four sizes."""
    keys = tmp_path_factory.mktemp("keys")
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
            with Datastore(conninfo, pool_size=1, max_overflow=0) as datastore:
                Recorder(datastore).insert_events([lit(n) for n in range(EVENTS)])
            log = Log()
            log.look(conn)
            log.catch_up(conn, EVENTS)
        signer = Signer(conninfo, keys)
        for size in (5, BLOCK - 1, BLOCK, EVENTS - 1):
            signer.sign(size)
        yield conninfo


@pytest.fixture
def big(master: str, server: str) -> Iterator[str]:
    """A copy of it."""
    with connect(master) as conn:
        name = conn.info.dbname
    with postgres.database_from(server, name) as conninfo:
        yield conninfo


def lit(number: int) -> Record:
    """The event at position number + 1."""
    whose, command = OWNERS[number % len(OWNERS)], uuid5(SPACE, str(number))
    state = f'{{"command_id":"{command}","by":null}}'
    return Record(whose, number // len(OWNERS) + 1, "Lamp.Lit", state.encode(), command)


def test_all_blocks_are_verified_and_progress_is_told(big: str) -> None:
    progress: list[tuple[int, int]] = []
    found = audit(big, progress=lambda *it: progress.append(it))
    assert found.findings == ()
    assert (found.size, found.checkpoints, found.agreed) == (EVENTS, 4, EVENTS - 1)
    assert progress == [(done, EVENTS) for done in (0, BLOCK, 2 * BLOCK, EVENTS)]
    with connect(big) as conn:
        rows = conn.execute("select hash from ledger.tree_node where level = 0 order by index").fetchall()
    assert found.root == merkle.root_of([leaf for (leaf,) in rows])


def test_what_differs_in_several_blocks_is_told_of_each(big: str) -> None:
    with owner(big) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position in (7, 5000, 9000)")
        conn.execute("delete from ledger.events where position between 4090 and 4100")
    assert told(audit(big)) == [
        (Code.CHANGED, 7, 7),
        (Code.REMOVED, 4090, 4100),
        (Code.CHANGED, 5000, 5000),
        (Code.CHANGED, 9000, 9000),
    ]


def test_events_renumbered_over_several_blocks_are_one_finding(big: str) -> None:
    with owner(big) as conn:
        conn.execute("alter table ledger.events drop constraint events_position_key")
        conn.execute("delete from ledger.events where position between 101 and 300")
        conn.execute("update ledger.events set position = position - 200 where position > 300")
        conn.execute("alter table ledger.events add constraint events_position_key unique (position)")
    found = audit(big)
    assert told(found) == [(Code.REMOVED, 101, 300), (Code.RENUMBERED, 101, EVENTS - 200)]


def test_more_changes_than_are_examined_are_all_told(big: str) -> None:
    with owner(big) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position > 2000")
    found = audit(big)
    assert told(found) == [(Code.CHANGED, 2001, 3000), (Code.CHANGED, 3001, EVENTS)]


def test_of_very_many_differences_a_hundred_are_told_and_the_others_counted(big: str) -> None:
    with owner(big) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position % 2 = 0")
    found = audit(big)
    assert len(found.findings) == 101
    assert found.findings[-1].facts == {"of": "CHANGED", "count": EVENTS // 2 - 100}
    assert f"另有 {EVENTS // 2 - 100} 处同类差异(CHANGED)" in found.findings[-1].zh


def test_the_newest_thousands_cut_off_are_one_finding(big: str) -> None:
    with owner(big) as conn:
        conn.execute("delete from ledger.events where position > 3000")
    assert told(audit(big)) == [(Code.CUT_OFF, 3001, EVENTS)]


@pytest.mark.parametrize("level", [0, 4, 8, 12])
def test_a_node_of_any_level_is_told_once(big: str, level: int) -> None:
    with owner(big) as conn:
        conn.execute("update ledger.tree_node set hash = sha256('') where level = %s and index = 1", (level,))
    found = audit(big)
    assert told(found) == [(Code.TREE_NODE, (1 << level) + 1, 2 << level)]


class Interrupted(Exception):  # noqa: N818 - named as what happened
    """Somebody pressed the keys."""


def interrupted(conninfo: str, file: Path, at: int) -> None:
    def stop(done: int, _: int) -> None:
        if done == at:
            raise Interrupted

    with pytest.raises(Interrupted):
        audit(conninfo, progress=stop, state_file=file)


@pytest.fixture
def saved_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger.audit, "SAVED", BLOCK)


@pytest.mark.usefixtures("saved_often")
def test_an_interrupted_audit_goes_on_where_it_was_and_finds_the_same(big: str, tmp_path: Path) -> None:
    with owner(big) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position in (7, 5000)")
        conn.execute("update ledger.events set position = position + 100000 where position in (90, 91)")
        conn.execute("update ledger.events set position = 100181 - position where position > 100000")
        conn.execute("update ledger.tree_node set hash = sha256('') where level = 4 and index = 300")
    file = tmp_path / "state.json"
    interrupted(big, file, 2 * BLOCK)
    progress: list[int] = []
    resumed = audit(big, progress=lambda done, _: progress.append(done), state_file=file, resume=True)
    assert progress == [2 * BLOCK, EVENTS]
    assert resumed == audit(big)
    assert {it.code for it in resumed.findings} == {Code.CHANGED, Code.REORDERED, Code.TREE_NODE}
    assert not file.exists(), "it is done"


@pytest.mark.usefixtures("saved_often")
def test_without_resume_an_audit_begins_anew(big: str, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    interrupted(big, file, BLOCK)
    progress: list[int] = []
    assert audit(big, progress=lambda done, _: progress.append(done), state_file=file).clean
    assert progress[0] == 0


@pytest.mark.usefixtures("saved_often")
def test_a_checkpoint_that_was_not_known_when_it_was_interrupted_is_compared(
    big: str, tmp_path: Path
) -> None:
    with connect(big) as conn:
        kept = signed_checkpoint(conn, 5)
    assert kept is not None
    false = Note(replace(kept.checkpoint, root=bytes(32)).text, kept.signatures)
    file = tmp_path / "state.json"
    interrupted(big, file, BLOCK)
    found = audit(big, outside=[Outside("kept.txt", false)], state_file=file, resume=True)
    assert Code.CONTRADICTED in {it.code for it in found.findings}


@pytest.mark.usefixtures("saved_often")
@pytest.mark.parametrize("damage", [{"origin": "another.example/1"}, {"format": "x"}, {"streams": 7}])
def test_a_state_that_is_damaged_or_of_another_log_is_refused(
    big: str, tmp_path: Path, damage: dict[str, Any]
) -> None:
    file = tmp_path / "state.json"
    interrupted(big, file, BLOCK)
    file.write_text(json.dumps(json.loads(file.read_text()) | damage))
    with pytest.raises(CannotResume, match="--resume"):
        audit(big, state_file=file, resume=True)
    file.write_text("{")
    with pytest.raises(CannotResume):
        audit(big, state_file=file, resume=True)


def test_an_audit_with_nothing_to_resume_begins_at_the_beginning(big: str, tmp_path: Path) -> None:
    assert audit(big, state_file=tmp_path / "none.json", resume=True).clean


def test_a_log_longer_than_the_state_knows_is_taken_up(big: str, tmp_path: Path) -> None:
    assert audit(big, state_file=tmp_path / "state.json", resume=True).size == EVENTS


def test_a_database_without_a_ledger_has_nothing_to_audit(database: str) -> None:
    with pytest.raises(NotFounded):
        audit(database)


def test_a_ledger_that_an_earlier_version_made_has_no_log_to_audit(real_ledger: str) -> None:
    with connect(real_ledger) as conn:
        conn.execute("drop table ledger.tree_node")
    with pytest.raises(NoLog, match="zhucun checkpoint"):
        audit(real_ledger)


def test_an_empty_ledger_is_clean(real_ledger: str) -> None:
    found = audit(real_ledger)
    assert found == Audit(ORIGIN, 0, 0, merkle.EMPTY_ROOT, 0, 0, ())


# The parts


def test_rows_are_the_bytes_of_leaves_however_they_are_taken(master: str) -> None:
    with connect(master) as conn:
        with stored_rows(conn, 10, 30) as rows:
            taken = rows.take(7)
            rows.give_back(taken[5:])
            taken = taken[:5] + rows.take(1) + rows.take(100)
            assert rows.take(1) == []
        with stored_rows(conn, 10, 30) as rows:
            rows.take(3)  # and the rest is never asked for
        with stored_rows(conn, EVENTS, EVENTS) as rows:
            assert rows.take(1) == []
        assert conn.execute("select 1").fetchone() == (1,)
    assert [position_of(row) for row in taken] == list(range(11, 31))
    assert [PREFIX + leaf_data(ledger_row(row)) for row in taken] == taken
    assert ledger_row(at_position(taken[0], 99)) == ledger_row(taken[0])._replace(position=99)
    aggregates, versions, moments = columns_of(taken)
    assert [ledger_row(row).originator_id.bytes for row in taken] == aggregates
    assert tuple(ledger_row(row).originator_version for row in taken) == versions
    assert moments == sorted(moments)


def test_a_tree_grown_in_blocks_has_the_roots_and_nodes_of_the_tree() -> None:
    leaves = [merkle.leaf_hash(bytes([n % 251, n // 251])) for n in range(5 * BLOCK + 3)]
    kept = dict(merkle.Edge().add(leaves))
    growth, made = Growth(), dict[merkle.Node, bytes]()
    for start in range(0, len(leaves), BLOCK):
        levels = rows_of(leaves[start : start + BLOCK])
        for size in (start + 1, start + len(levels[0])):
            assert growth.root_at(size, levels) == merkle.root_of(leaves[:size])
        if len(levels[0]) == BLOCK:
            made |= dict(growth.add(levels))
    assert {node: made[node] for node in kept if node.level >= 12} == {
        node: hash_ for node, hash_ in kept.items() if node.level >= 12
    }
    assert [node for stop in range(1, 6) for node in completed_above(stop * BLOCK)] == [
        node for node in kept if node.level >= 12
    ]


@given(st.lists(st.lists(st.integers(0, 20), max_size=9), max_size=12))
def test_the_root_of_streams_kept_up_to_date_is_the_root_computed_at_once(steps: list[list[int]]) -> None:
    streams, counts = Streams(), dict[int, int]()
    for step in steps:
        versions = []
        for number in step:
            counts[number] = counts.get(number, 0) + 1
            versions.append(counts[number])
        streams.add([UUID(int=number).bytes for number in step], versions)
        expected = streams_root([Stream(UUID(int=number), count) for number, count in counts.items()])
        assert streams.root == expected
        assert Streams(streams.counts).root == expected


positions = st.sets(st.integers(1, 40))


@given(positions, positions)
def test_spans_are_sets(ours: set[int], theirs: set[int]) -> None:
    def members(spans: list[Span]) -> list[int]:
        return [position for first, last in spans for position in range(first, last + 1)]

    assert members(common(spans_of(ours), spans_of(theirs))) == sorted(ours & theirs)
    assert members(without(spans_of(ours), spans_of(theirs))) == sorted(ours - theirs)
    assert members(spans_of(ours, spans_of(theirs))) == sorted(ours | theirs)
    assert all(
        after.first > before.last + 1
        for before, after in zip(spans_of(ours), spans_of(ours)[1:], strict=False)
    )
