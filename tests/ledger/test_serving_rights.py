"""The database role that serves: every right that it has, as a table says.

`serving.csv` is that table; the read side, which is made from the record and can be made again, stands in it
as one. A right more is a way to change what is on record; a right less is a server that
does not run.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ledger.database import connect

TABLE = Path(__file__).parent / "serving.csv"
RIGHTS = """
with schemas as (
    select oid, nspname as name from pg_namespace
    where nspname not like 'pg\\_%' and nspname <> 'information_schema'
)
select 'database', '', kind from unnest(array['CREATE', 'TEMPORARY', 'CONNECT']) as kind
where has_database_privilege('zhucun_serving', current_database(), kind)
union all
select 'schema', name, kind from schemas, unnest(array['USAGE', 'CREATE']) as kind
where has_schema_privilege('zhucun_serving', oid, kind)
union all
select 'table', case s.name when 'read' then 'read.*' else s.name || '.' || c.relname end, kind
from pg_class c join schemas s on s.oid = c.relnamespace,
     unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'])
     as kind
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and (kind <> 'MAINTAIN' or current_setting('server_version_num')::int >= 170000)
  and (has_table_privilege('zhucun_serving', c.oid, kind)
       or kind in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
          and has_any_column_privilege('zhucun_serving', c.oid, kind))
union all
select 'sequence', s.name || '.' || c.relname, kind
from pg_class c join schemas s on s.oid = c.relnamespace, unnest(array['USAGE', 'SELECT', 'UPDATE']) as kind
where c.relkind = 'S' and has_sequence_privilege('zhucun_serving', c.oid, kind)
union all
select 'function', s.name || '.' || p.proname, 'EXECUTE'
from pg_proc p join schemas s on s.oid = p.pronamespace
where has_function_privilege('zhucun_serving', p.oid, 'EXECUTE')
  and (p.prosecdef or p.provolatile = 'v')
union all
select 'role', r.rolname, 'MEMBER' from pg_roles r
where r.rolname <> 'zhucun_serving' and pg_has_role('zhucun_serving', r.oid, 'MEMBER')
"""
ATTRIBUTES = """
select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
from pg_roles where rolname = 'zhucun_serving'
"""
OWNED = """
select count(*) from pg_shdepend
where refobjid = to_regrole('zhucun_serving') and deptype = 'o'
  and dbid in (0, (select oid from pg_database where datname = current_database()))
"""


def test_the_serving_role_has_the_rights_of_the_table_and_no_others(simulated_ledger: str) -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        listed = {tuple(row) for row in csv.reader(file)}
    with connect(simulated_ledger) as conn:
        has = {tuple(map(str, row)) for row in conn.execute(RIGHTS)}

    assert sorted(has - listed) == []
    assert sorted(listed - has) == []


def test_the_serving_role_owns_nothing_and_is_no_administrator(simulated_ledger: str) -> None:
    with connect(simulated_ledger) as conn:
        assert conn.execute(ATTRIBUTES).fetchone() == (False,)
        assert conn.execute(OWNED).fetchone() == (0,)


def test_no_right_of_the_table_changes_what_is_on_record() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    on_record = {
        (name, right) for kind, name, right in rows if kind == "table" and name.startswith("ledger.")
    }

    assert ("ledger.events", "SELECT") in on_record
    assert {right for _, right in on_record} == {"SELECT", "INSERT"}
    assert ("ledger.events", "INSERT") not in on_record  # only by ledger.append
    assert {right for kind, name, right in rows if name == "access.token"} == {"SELECT"}
