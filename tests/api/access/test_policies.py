"""What the database itself lets the offices see, whatever asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from psycopg import Connection, errors
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from api.access.principal import Office, Principal
from api.access.scope import PEOPLE_ROLE, TOWNSHIP_ROLE, scope_of
from ledger.database import connect, found_ledger
from ledger.database import prepare as prepare_ledger
from ledger.personal import PersonalKeys
from ledger.store import Datastore
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.schema import prepare
from tests import facts
from tests.api.access.conftest import Life
from tests.api.access.looking import Look, instructor, sending_unit, township
from tests.api.server import serving
from tests.conftest import COUNTY, ORIGIN
from tests.postgres import keys_of
from tests.projections.readside import ReadSide

ROLES = (TOWNSHIP_ROLE, PEOPLE_ROLE)
NOBODYS = {"look", "import_run", "remark", "remark_step"}
"""Tables that only those see who see the county."""
EVERYBODYS = {"projector", "rule"}
"""Tables that tell of nobody."""


@pytest.fixture
def conn(life: Life) -> Iterator[Connection[Any]]:
    """A connection to the county, of its owner."""
    with connect(life.served.county.conninfo) as conn:
        yield conn


def tables(conn: Connection[Any]) -> set[str]:
    return {name for (name,) in conn.execute("select tablename from pg_tables where schemaname = 'read'")}


def count(conn: Connection[Any], table: str) -> int:
    ((number,),) = conn.execute(SQL("select count(*) from {}").format(Identifier("read", table))).fetchall()
    return int(number)


def test_every_read_table_is_closed_to_all_that_no_policy_names(conn: Connection[Any]) -> None:
    closed = "select relname from pg_class where relnamespace = 'read'::regnamespace and relrowsecurity"
    assert {name for (name,) in conn.execute(closed)} == tables(conn)


@pytest.mark.parametrize("role", ROLES)
def test_every_read_table_but_those_named_here_has_a_policy_for_each_role(
    conn: Connection[Any], role: str
) -> None:
    ruled = "select tablename from pg_policies where schemaname = 'read' and %s = any (roles)"
    assert {name for (name,) in conn.execute(ruled, (role,))} == tables(conn) - NOBODYS


@pytest.mark.parametrize("role", ROLES)
def test_a_session_that_is_not_told_how_far_it_sees_sees_nothing(conn: Connection[Any], role: str) -> None:
    filled = {name for name in tables(conn) if count(conn, name)}
    conn.execute(f"set role {role}".encode())
    assert {name for name in tables(conn) if count(conn, name)} == filled & EVERYBODYS
    assert conn.execute("select count(*) from read.stored").fetchone() == (0,)


@pytest.mark.parametrize("role", ROLES)
def test_the_roles_only_read_and_only_what_is_open_to_them(conn: Connection[Any], role: str) -> None:
    rights = conn.execute(
        "select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = %s",
        (role,),
    ).fetchone()
    assert rights == (False,)
    conn.execute(f"set role {role}".encode())
    for refused in (
        "select from ledger.events",
        "select ledger.append(null, null, null, null, null, null)",
        "select from access.token",
        "update read.event set voided_at = 0",
        "delete from read.event",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute(refused.encode())


def test_no_function_of_the_read_side_looks_with_its_owners_eyes_but_the_one_that_tells_a_position(
    conn: Connection[Any],
) -> None:
    found = conn.execute(
        "select proname from pg_proc where pronamespace = 'read'::regnamespace and prosecdef"
    ).fetchall()
    assert found == [("position_known_at",)]
    views = conn.execute("select viewname from pg_views where schemaname = 'read'").fetchall()
    assert views == [("stored",)]


def test_nothing_of_ours_may_look_at_a_row_before_its_policy_has(conn: Connection[Any]) -> None:
    hasty = "select count(*) from pg_proc where proleakproof and pronamespace = any (%s::regnamespace[])"
    assert conn.execute(hasty, (["read", "ledger", "access"],)).fetchone() == (0,)
    barred = (
        "select reloptions from pg_class where relname = 'stored' and relnamespace = 'read'::regnamespace"
    )
    assert conn.execute(barred).fetchone() == (["security_barrier=true"],)


@pytest.mark.parametrize("who", [township("430624105"), sending_unit("县教育局"), instructor("XY-2")])
def test_an_event_is_read_as_it_was_stored_by_whoever_sees_it(conn: Connection[Any], who: Principal) -> None:
    scope = scope_of(who)
    assert scope is not None
    with conn.transaction():
        told = {"whose": scope.whose, "organisation": scope.organisation, "as_of": None, "known": 10**6}
        conn.execute(scope.see.encode(), told)
        conn.execute(scope.become.encode())
        seen = conn.execute("select position from read.event order by 1").fetchall()
        assert conn.execute("select position from read.stored order by 1").fetchall() == seen
        assert seen
    assert len(seen) < count(conn, "event")


def test_what_an_office_sees_is_the_same_after_a_rebuild(simulated_ledger: str) -> None:
    side = ReadSide(simulated_ledger)
    side.enter(*facts.POSTED, facts.checked_in())
    side.project()
    side.close()
    query = "{ programme { totals { appointed daysPresent } } events { totalCount } }"
    with serving(simulated_ledger) as served:
        before = Look(served, township("430624105")).ask(query)
        assert rebuild(simulated_ledger, served.county.keys).swapped
        assert Look(served, township("430624105")).ask(query) == before
    assert before["programme"]["totals"] == {"appointed": 1, "daysPresent": 1}


def test_who_serves_without_owning_the_tables_projects_and_answers(simulated_ledger: str) -> None:
    side = ReadSide(simulated_ledger)
    side.enter(*facts.POSTED, facts.checked_in())
    side.close()
    as_server = make_conninfo(simulated_ledger, options="-c role=zhucun_serving")
    with closing(PersonalKeys(Datastore(as_server, pool_size=0), keys_of(simulated_ledger))) as keys:
        assert Projector(as_server, keys).catch_up() == len(facts.POSTED) + 1
    with connect(as_server) as conn:
        assert (count(conn, "event"), count(conn, "check_in")) == (len(facts.POSTED) + 1, 1)


def test_without_leave_to_make_roles_the_offices_are_refused_until_somebody_with_leave_prepares(
    empty_database: str,
) -> None:
    with connect(empty_database) as conn:
        owner = f"owner_{conn.info.dbname}"
        conn.execute(SQL("create role {}").format(Identifier(owner)))
        conn.execute(
            SQL("alter database {} owner to {}").format(Identifier(conn.info.dbname), Identifier(owner))
        )
    as_owner = make_conninfo(empty_database, options=f"-c role={owner}")
    query = "{ programme { totals { appointed } } }"
    try:
        prepare_ledger(as_owner)
        prepare(as_owner)
        with connect(as_owner) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        with serving(empty_database) as served:
            everything = Look(served, Principal(id="x", office=Office.AUDITOR, organisation=""))
            assert everything.ask(query)["programme"]["totals"] == {"appointed": 0}
            code, message = Look(served, township("430624105")).refused(query)
            assert code == "NOT_SET_UP"
            assert "zhucun serve" in message
            prepare(empty_database)
            assert Look(served, township("430624105")).ask(query) == everything.ask(query)
    finally:
        with connect(empty_database) as conn:
            conn.execute(SQL("reassign owned by {} to current_user").format(Identifier(owner)))
            conn.execute(SQL("drop owned by {}").format(Identifier(owner)))
            conn.execute(SQL("drop role {}").format(Identifier(owner)))
