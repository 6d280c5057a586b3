"""What the database itself refuses, whoever asks and by whatever program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from ledger.database import connect, prepare
from ledger.errors import AppendOnly, refusals
from ledger.recorder import MANY, Recorder
from ledger.store import Datastore
from tests.ledger.samples import records

INSERT = """
insert into ledger.events (originator_id, originator_version, topic, state, position, recorded_at)
values (gen_random_uuid(), 1, 'Lamp.Lit', '', 3, now())
"""

COLUMNS = {
    "events": "recorded_at = now()",
    "identity": "created_at = now()",
    "tree_node": "hash = ''",
    "signing_key": "note = ''",
    "checkpoint": "root = ''",
    "signature": "signature = ''",
    "witness": "url = ''",
}


@pytest.fixture
def ledger(real_ledger: str) -> str:
    """A ledger with two events."""
    with Datastore(real_ledger) as datastore:
        Recorder(datastore).insert_events(records(2))
    return real_ledger


@pytest.fixture
def owner(ledger: str) -> Iterator[Connection[Any]]:
    with connect(ledger) as conn:
        yield conn


@pytest.fixture
def served(ledger: str) -> str:
    """A connection string of the serving role."""
    return make_conninfo(ledger, options="-c role=zhucun_serving")


@pytest.mark.parametrize(
    "table", ["events", "identity", "tree_node", "signing_key", "checkpoint", "signature", "witness"]
)
@pytest.mark.parametrize(
    "change",
    [
        "update ledger.{} set recorded_at = now()",
        "delete from ledger.{}",
        "delete from ledger.{} where false",
        "truncate ledger.{} cascade",
    ],
)
def test_the_owner_cannot_change_or_remove_what_is_written(
    owner: Connection[Any], table: str, change: str
) -> None:
    statement = change.format(table).replace("recorded_at = now()", COLUMNS[table])
    with pytest.raises(psycopg.Error, match=r"never change|only ever added to") as refused:
        owner.execute(statement.encode())
    assert refused.value.sqlstate == "ZC003"
    assert any(word in str(refused.value) for word in ("更改", "作废", "只增不改"))


def test_the_refusal_holds_under_replication_too(owner: Connection[Any]) -> None:
    owner.execute("set session_replication_role = replica")
    with pytest.raises(AppendOnly), refusals():
        owner.execute("delete from ledger.events")


def test_the_owner_cannot_insert_past_the_append_function(owner: Connection[Any]) -> None:
    with pytest.raises(AppendOnly), refusals():
        owner.execute(INSERT)
    with pytest.raises(AppendOnly), refusals(), owner.cursor().copy("copy ledger.events from stdin"):
        pass


def test_nobody_founds_a_ledger_twice(owner: Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        owner.execute("insert into ledger.identity (origin, county, simulated) values ('x', 'y', true)")


@pytest.mark.parametrize("count", [1, MANY], ids=["few", "many"])
def test_the_serving_role_appends_and_reads(served: str, count: int) -> None:
    with Datastore(served) as datastore:
        recorder = Recorder(datastore)
        assert recorder.insert_events(records(count)) == list(range(3, count + 3))
        assert len(recorder.read_after(0, limit=2 * MANY)) == count + 2


def test_the_serving_role_starts_a_program_where_nothing_waits_to_be_migrated(served: str) -> None:
    assert prepare(served) == []


@pytest.mark.parametrize(
    "statement",
    [
        INSERT,
        "update ledger.events set topic = 'x'",
        "delete from ledger.events",
        "truncate ledger.events",
        "update ledger.identity set simulated = true",
        "insert into ledger.identity (origin, county, simulated) values ('x', 'y', true)",
        "alter table ledger.events disable trigger all",
        "set zhucun.appending = 'on'; " + INSERT,
        "create function ledger.mine() returns int language sql as 'select 1'",
        "select ledger.grant_serving()",
        "select ledger.restore(array[]::uuid[], '{}', '{}', '{}', array[]::uuid[], '{}', 3)",
        "insert into ledger.signing_key (number, vkey, note) values (9, 'x', 'y')",
        "insert into ledger.witness (vkey) values ('x')",
        "delete from ledger.tree_node",
        "begin; lock table ledger.identity in exclusive mode",
    ],
)
def test_the_serving_role_can_do_nothing_else(served: str, statement: str) -> None:
    with connect(served) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement.encode())
