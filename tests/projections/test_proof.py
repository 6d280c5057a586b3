"""The proof of the read side: it finds whatever is not what the events make of it, and changes nothing."""

from __future__ import annotations

import pytest
from psycopg.sql import SQL, Identifier

from ledger.audit import Code
from ledger.database import connect
from projections.proof import PROVING, ProofUnderWay, prove, recall_from
from tests.facts import ONE_OF_EACH, POSTED, checked_in, voided
from tests.projections.readside import ReadSide
from tests.projections.test_projector import running, until_at


@pytest.fixture
def filled(read_side: ReadSide) -> ReadSide:
    """One of each event, projected and counted."""
    read_side.enter(*ONE_OF_EACH)
    read_side.project()
    return read_side


def test_a_read_side_that_nobody_touched_is_what_the_events_make_of_it(filled: ReadSide) -> None:
    told: list[tuple[int, int]] = []
    proof = prove(filled.conninfo, filled.keys, lambda *it: told.append(it))
    assert (proof.position, proof.findings) == (len(ONE_OF_EACH), ())
    assert told == [(len(ONE_OF_EACH), len(ONE_OF_EACH))]
    assert schemas(filled) == {"read"}


def test_an_empty_read_side_is_proved_too(read_side: ReadSide) -> None:
    assert prove(read_side.conninfo, read_side.keys).findings == ()


@pytest.mark.parametrize(
    ("tampering", "table", "rows"),
    [
        ("update read.check_in set place = '家中'", "check_in", 1),
        ("delete from read.visit", "visit", 1),
        ("update read.award set voided_at = 9", "award", 1),
        (
            "update read.event set recorded_at = recorded_at - interval '1 day' where position > 12",
            "event",
            len(ONE_OF_EACH) - 12,
        ),
    ],
)
def test_a_fact_that_was_tampered_with_is_told_with_its_position(
    filled: ReadSide, tampering: str, table: str, rows: int
) -> None:
    filled.conn.execute(tampering.encode())
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts["table"], found.facts["rows"]) == (Code.READ_TABLE, table, rows)
    first = found.facts["first"]
    assert f"读表 {table} 与由事件重算的不同,共 {rows} 行,自位置 {first} 起。" == found.zh
    assert f"{rows} rows, from position {first} on" in found.en
    assert schemas(filled) == {"read"}


def test_a_rule_that_was_tampered_with_is_told(filled: ReadSide) -> None:
    filled.conn.execute("update read.rule set value = '1' where code = 'MONTHLY_DAYS'")
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts["table"]) == (Code.READ_TABLE, "rule")
    assert found.zh == "读表 rule 与由事件重算的不同。"


@pytest.mark.parametrize(
    ("tampering", "table"),
    [
        ("update read.work_month set days_present = days_present + 1", "work_month"),
        ("update read.posting_service set short = '{9}'", "posting_service"),
        ("update read.posting_coverage set households = households + 1", "posting_coverage"),
    ],
)
def test_a_roll_up_that_counts_as_true_and_is_not_is_told(
    filled: ReadSide, tampering: str, table: str
) -> None:
    filled.conn.execute(tampering.encode())
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts["table"]) == (Code.READ_ROLLUP, table)
    assert f"汇总表 {table} 有 {found.facts['rows']} 行" in found.zh


@pytest.mark.parametrize("table", ["work_month", "posting_service", "posting_coverage"])
def test_a_roll_up_that_was_emptied_is_told(filled: ReadSide, table: str) -> None:
    filled.conn.execute(SQL("truncate read.{}").format(Identifier(table)))
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts["table"]) == (Code.READ_ROLLUP, table)


def test_a_roll_up_that_is_due_answers_for_the_past_no_more_after_a_proof(filled: ReadSide) -> None:
    before = filled.conn.execute("table read.work_month").fetchall()
    filled.conn.execute("update read.work_month set days_present = 99, good_from = 0, good_until = 1")
    assert prove(filled.conninfo, filled.keys).findings == ()
    assert sorted(filled.conn.execute("table read.work_month").fetchall()) == sorted(before)


def test_a_read_side_that_says_it_is_further_than_the_events_is_told(filled: ReadSide) -> None:
    head = filled.project()
    filled.conn.execute("update read.projector set position = position + 5")
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts) == (Code.READ_AHEAD, {"position": head + 5, "head": head})


def test_an_event_with_a_time_that_no_clock_shows_stops_the_proof_and_is_told(filled: ReadSide) -> None:
    filled.conn.execute("alter table ledger.events disable trigger only_appended")
    filled.conn.execute("update ledger.events set recorded_at = 'infinity' where position = 7")
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts) == (Code.READ_STOPPED, {"position": 7})


@pytest.mark.parametrize(
    ("tampering", "kind", "name"),
    [
        (
            (
                "create or replace function read.refresh_months(most integer) returns integer language sql"
                " as 'select 0'"
            ),
            "function",
            "refresh_months(most integer)",
        ),
        ("create function read.mine() returns integer language sql as 'select 0'", "function", "mine()"),
        ("create view read.mine as select 1 as one", "view", "mine"),
        ("alter table read.check_in disable row level security", "table", "check_in"),
        ("alter table read.check_in alter voided_at set default 7", "table", "check_in"),
        (
            "create rule mine as on insert to read.check_in do instead nothing",
            "table",
            "check_in",
        ),
        (
            "create trigger mine before insert on read.leave execute function ledger.refuse_insert()",
            "trigger",
            "leave.mine",
        ),
    ],
)
def test_a_definition_that_was_tampered_with_is_told(
    filled: ReadSide, tampering: str, kind: str, name: str
) -> None:
    filled.conn.execute(tampering.encode())
    (found,) = prove(filled.conninfo, filled.keys).findings
    assert (found.code, found.facts["kind"], found.facts["name"]) == (Code.READ_DEFINITION, kind, name)


def test_a_row_of_an_event_to_come_is_told(filled: ReadSide) -> None:
    filled.conn.execute("update read.leave set position = 1000")
    found = prove(filled.conninfo, filled.keys).findings
    assert [(it.code, it.facts["table"]) for it in found] == [
        (Code.READ_TABLE, "leave"),
        (Code.READ_BEYOND, "leave"),
    ]


def test_a_read_side_of_another_version_cannot_be_proved(filled: ReadSide) -> None:
    filled.conn.execute("update read.projector set schema_digest = 'of another version'")
    assert [it.code for it in prove(filled.conninfo, filled.keys).findings] == [Code.READ_OUTDATED]


def test_an_event_that_cannot_be_read_stops_the_proof_and_is_told(filled: ReadSide) -> None:
    filled.conn.execute("alter table ledger.events disable trigger user")
    filled.conn.execute("update ledger.events set state = '{}' where position = 9")
    proof = prove(filled.conninfo, filled.keys)
    assert [(it.code, it.facts["position"]) for it in proof.findings] == [(Code.READ_STOPPED, 9)]
    assert schemas(filled) == {"read"}


def test_a_schema_left_over_is_made_anew(filled: ReadSide) -> None:
    filled.conn.execute("create schema read_proof; create table read_proof.event (position bigint)")
    assert prove(filled.conninfo, filled.keys).findings == ()
    assert schemas(filled) == {"read"}


def test_two_proofs_of_a_database_do_not_meet(filled: ReadSide) -> None:
    with connect(filled.conninfo) as other:
        other.execute("select pg_advisory_lock(%s)", (PROVING,))
        with pytest.raises(ProofUnderWay, match="另一进程"):
            prove(filled.conninfo, filled.keys)
        # Let go of it here: a session that ends lets go only some time later.
        other.execute("select pg_advisory_unlock(%s)", (PROVING,))
    assert prove(filled.conninfo, filled.keys).findings == ()


def test_the_read_side_is_proved_while_events_come_in(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.project()
    with running(read_side.conninfo):
        for _ in range(4):
            last = read_side.enter(checked_in(), voided(read_side.versions[checked_in().whose]))
            assert prove(read_side.conninfo, read_side.keys).findings == ()
        until_at(read_side, last)


def test_the_read_side_remembers_events(filled: ReadSide) -> None:
    recall = recall_from(filled.conninfo)
    remembered = recall([1, 3, 1000])
    assert sorted(remembered) == [1, 3]
    assert [tuple(remembered[at]) for at in (1, 3)] == filled.conn.execute(
        "select originator_id, originator_version, topic, recorded_at from ledger.events"
        " where position in (1, 3) order by position"
    ).fetchall()
    filled.conn.execute("drop schema read cascade")
    assert recall([1]) == {}


def schemas(side: ReadSide) -> set[str]:
    return {
        name
        for (name,) in side.conn.execute(
            "select nspname from pg_namespace where starts_with(nspname, 'read')"
        )
    }
