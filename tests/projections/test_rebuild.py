"""The rebuild: beside the live read side, in its place when it says the same, and nobody notices."""

from __future__ import annotations

from threading import Event as Signal
from threading import Thread

import pytest

from ledger.database import connect
from projections.rebuild import RebuildUnderWay, ViewsInTheWay, rebuild
from projections.status import read_status
from tests.facts import MAY_3, ONE_OF_EACH, POSTED, checked_in, voided
from tests.projections.readside import FOR_EVER, ReadSide
from tests.projections.test_projector import long_life, running, until_at
from tests.scenario import PERSON


@pytest.fixture
def filled(read_side: ReadSide) -> ReadSide:
    """One of each event, and a mistake voided."""
    read_side.enter(*ONE_OF_EACH)
    read_side.project()
    return read_side


def test_a_rebuild_agrees_and_takes_over(filled: ReadSide) -> None:
    before = filled.value("select 'read.event'::regclass::oid"), filled.ask("event")
    told: list[tuple[int, int]] = []
    report = rebuild(filled.conninfo, filled.keys, lambda *it: told.append(it))
    assert (report.position, report.swapped, report.differences) == (len(ONE_OF_EACH), True, ())
    assert told == [(len(ONE_OF_EACH), len(ONE_OF_EACH))]
    after = filled.value("select 'read.event'::regclass::oid"), filled.ask("event")
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert schemas(filled) == {"read"}


@pytest.mark.parametrize(
    ("tampering", "table", "position"),
    [
        ("update read.check_in set place = '家中'", "check_in", 16),
        ("delete from read.visit", "visit", 18),
        ("update read.award set voided_at = 9", "award", 9),
        ("update read.household_entry set category = 'ordinary'", "household_entry", 4),
        ("insert into read.leave select 17, %s, %s, 'sick', now(), now(), now()", "leave", 17),
    ],
)
def test_a_table_that_was_tampered_with_is_shown_and_not_replaced_in_silence(
    filled: ReadSide, tampering: str, table: str, position: int
) -> None:
    if table == "leave":
        filled.conn.execute("delete from read.leave")
    filled.conn.execute(tampering.encode(), (PERSON, PERSON) if "%s" in tampering else None)
    report = rebuild(filled.conninfo, filled.keys)
    (difference,) = report.differences
    assert not report.swapped
    assert (difference.table, difference.first_position, difference.rows) == (table, position, 1)
    assert schemas(filled) == {"read", "read_next"}, "kept, to be looked into"
    assert rebuild(filled.conninfo, filled.keys, accept_difference=True).swapped
    assert rebuild(filled.conninfo, filled.keys).differences == ()


def test_a_rule_that_was_tampered_with_is_shown(filled: ReadSide) -> None:
    filled.conn.execute("update read.rule set value = '1' where code = 'MONTHLY_DAYS'")
    (difference,) = rebuild(filled.conninfo, filled.keys).differences
    assert (difference.table, difference.rows) == ("rule", None)


def test_a_schema_of_another_shape_differs_and_is_replaced_when_that_is_accepted(filled: ReadSide) -> None:
    filled.conn.execute("alter table read.check_in rename column place to somewhere")
    filled.conn.execute("update read.projector set schema_digest = 'of another version'")
    report = rebuild(filled.conninfo, filled.keys)
    assert {(it.table, it.live) for it in report.differences} == {("check_in", None)}
    assert rebuild(filled.conninfo, filled.keys, accept_difference=True).swapped
    assert read_status(filled.conninfo).current


def before_imports(side: ReadSide) -> None:
    """Let the read schema be as it was before there were imports, and `outside` on check-ins."""
    side.conn.execute("alter table read.check_in drop column outside cascade")
    side.conn.execute("drop table read.import_run cascade")
    side.conn.execute("update read.projector set schema_digest = 'of an earlier version'")


def test_what_came_after_an_earlier_version_is_no_difference(filled: ReadSide) -> None:
    before_imports(filled)
    report = rebuild(filled.conninfo, filled.keys)
    assert (report.swapped, report.differences) == (True, ())
    assert filled.value("select count(*) from read.check_in where not outside") == 1
    assert len(filled.ask("import")) == 1


def test_what_an_earlier_version_says_already_is_compared_all_the_same(filled: ReadSide) -> None:
    before_imports(filled)
    filled.conn.execute("update read.check_in set place = '家中'")
    (difference,) = rebuild(filled.conninfo, filled.keys).differences
    assert (difference.table, difference.rows, difference.first_position) == ("check_in", 1, 16)


def test_a_column_that_this_version_ought_to_have_made_is_missed(filled: ReadSide) -> None:
    filled.conn.execute("alter table read.check_in drop column outside cascade")
    filled.conn.execute("drop table read.award cascade")
    differences = rebuild(filled.conninfo, filled.keys).differences
    assert {(it.table, it.live) for it in differences} == {("check_in", None), ("award", None)}


def test_readers_and_the_projector_go_on_through_swaps(read_side: ReadSide) -> None:
    first = long_life(read_side, 500)
    read_side.project()
    expected = read_side.one("instructor", FOR_EVER, first)
    stop, answers = Signal(), []

    def ask() -> None:
        reader = ReadSide(read_side.conninfo)
        while not stop.is_set():
            answers.append(reader.one("instructor", FOR_EVER, first))
        reader.close()

    reader = Thread(target=ask)
    with running(read_side.conninfo):
        reader.start()
        for n in range(4):
            last = read_side.enter(checked_in(on=MAY_3))
            report = rebuild(read_side.conninfo, read_side.keys)
            assert (report.swapped, report.differences) == (True, ()), n
        until_at(read_side, last)
        stop.set()
        reader.join()
    assert len(answers) > 10
    assert all(answer == expected for answer in answers)
    assert read_side.value("select count(*) from read.event") == last


def test_a_prepared_statement_survives_a_swap(filled: ReadSide) -> None:
    query = "select id, stage from read.instructor_at(%s, %s)"
    with connect(filled.conninfo) as conn:
        answers = []
        for _ in range(3):
            answers += [conn.execute(query.encode(), (MAY_3, 99), prepare=True).fetchall() for _ in range(8)]
            assert rebuild(filled.conninfo, filled.keys).swapped
    assert len(answers) == 24
    assert all(answer == answers[0] for answer in answers)


def test_a_rebuild_stopped_by_an_event_does_not_take_over_from_one_that_went_further(
    read_side: ReadSide,
) -> None:
    read_side.enter(*POSTED, checked_in())
    read_side.project()
    read_side.enter(voided(99))
    read_side.conn.execute("update read.projector set position = 9")
    report = rebuild(read_side.conninfo, read_side.keys)
    assert (report.swapped, report.stopped_at, report.position) == (False, 9, 8)


def test_a_stopped_read_side_can_be_rebuilt_and_stays_stopped(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(), voided(99))
    read_side.project()
    report = rebuild(read_side.conninfo, read_side.keys)
    assert (report.swapped, report.stopped_at) == (True, 9)
    status = read_status(read_side.conninfo)
    assert (status.state, status.position, status.stopped_position) == ("stopped", 8, 9)


def test_one_rebuild_at_a_time(filled: ReadSide) -> None:
    def second(*_: int) -> None:
        with pytest.raises(RebuildUnderWay):
            rebuild(filled.conninfo, filled.keys)

    assert rebuild(filled.conninfo, filled.keys, second).swapped


def test_what_a_killed_rebuild_left_is_cleared_away(filled: ReadSide) -> None:
    filled.conn.execute("create schema read_next")
    filled.conn.execute("create schema read_old")
    assert rebuild(filled.conninfo, filled.keys).swapped
    assert schemas(filled) == {"read"}


def test_a_view_that_stands_on_the_read_side_is_named_before_anything_is_done(filled: ReadSide) -> None:
    filled.conn.execute("create schema office")
    filled.conn.execute("create view office.mine as select * from read.batch_at('2026-01-01', 99)")
    with pytest.raises(ViewsInTheWay) as refusal:
        rebuild(filled.conninfo, filled.keys)
    assert refusal.value.views == ["office.mine"]
    filled.conn.execute("drop view office.mine")
    assert rebuild(filled.conninfo, filled.keys).swapped


def schemas(side: ReadSide) -> set[str]:
    found = side.conn.execute("select nspname from pg_namespace where nspname like 'read%'").fetchall()
    return {name for (name,) in found}
