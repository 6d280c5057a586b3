"""The guards of the ledger and of the persons' keys: triggers, what refuses twins, and the functions behind.

They stop an ordinary session; an owner can switch them off. That one is off, or is not what the migrations
made, tells that somebody was at work, or that the next mistake will go through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, LiteralString

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import SHOWN, Finding, finding
from ledger.audit.made import CONSTRAINTS, INDEXES, TABLES, TRIGGERS, functions

_FIND_TRIGGERS: Final = """
select format('%s on %s', t.tgname, c.oid::regclass), t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = any('{ledger,personal}'::regnamespace[]) and not t.tgisinternal
"""
# That a column is not null is a constraint in some versions of PostgreSQL, and none in others.
_FIND_CONSTRAINTS: Final = """
select c.conname, concat_ws(
    ' ', c.conrelid::regclass::text, pg_get_constraintdef(c.oid),
    case when not c.convalidated then 'not valid' end,
    case when not (i.indisvalid and i.indisready and i.indislive) then 'out of use' end
)
from pg_constraint c left join pg_index i on i.indexrelid = c.conindid and c.contype in ('p', 'u')
where c.connamespace = any('{ledger,personal}'::regnamespace[]) and c.contype <> 'n'
"""
_FIND_INDEXES: Final = """
select c.relname, concat_ws(
    ' ', pg_get_indexdef(c.oid),
    case when not (i.indisvalid and i.indisready and i.indislive) then 'out of use' end
)
from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relnamespace = any('{ledger,personal}'::regnamespace[]) and i.indisunique
    and not exists (select from pg_constraint made where made.conindid = c.oid)
"""
_FIND_TABLES: Final = """
select c.oid::regclass::text, case
    when c.relkind = 'r' and c.relpersistence = 'p' and not c.relrowsecurity and not c.relhasrules
        and not exists (select from pg_inherits i where c.oid in (i.inhparent, i.inhrelid))
    then 'ordinary' else 'extraordinary'
end
from pg_class c
where c.relnamespace = any('{ledger,personal}'::regnamespace[]) and c.relkind not in ('i', 't', 'c')
"""
_FIND_FUNCTIONS: Final = """
select format('%s.%s(%s)', p.pronamespace::regnamespace, p.proname, oidvectortypes(p.proargtypes)), concat_ws(
    ' ', format_type(p.prorettype, null), l.lanname, p.prokind::text, p.provolatile::text,
    case when p.prosecdef then 'definer' end, case when p.proisstrict then 'strict' end, p.proparallel::text,
    p.proconfig::text
) || p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')
from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any('{ledger,personal}'::regnamespace[])
"""
# What stands here holds for every session from its beginning.
_FIND_SETTINGS: Final = """
select distinct split_part(setting, '=', 1)
from pg_db_role_setting s cross join unnest(s.setconfig) as setting
where s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
    and split_part(setting, '=', 1) in ('session_replication_role', 'zhucun.appending')
order by 1
"""
# A search in the bytes first: it is quick, and settles all but the odd ones. Offset: not by the index, row by
# row in the hope of a hundred, but by all workers there are.
_COMMANDS: Final = """
select found.position
from (
    select e.position from ledger.events e
    where e.position <= %s
        and position(convert_to('"command_id":"' || e.command_id::text || '"', 'UTF8') in e.state) > 0
            is not true
        and e.command_id::text is distinct from convert_from(e.state, 'UTF8')::jsonb ->> 'command_id'
    offset 0
) found
order by found.position limit %s
"""

# Row by row, whatever the indexes say.
_COUNT: Final = "select count(*) from ledger.events where position between 1 and %s"


def guards_down(conn: Connection[Any]) -> Iterator[Finding]:
    """Yield the guards that are not as the migrations made them.

    Args:
        conn: to the database; names outside its search path, which has neither schema, are told in full.
    """
    for kind, query, made in (
        ("trigger ", _FIND_TRIGGERS, TRIGGERS),
        ("table ", _FIND_TABLES, TABLES),
        ("constraint ", _FIND_CONSTRAINTS, CONSTRAINTS),
        ("index ", _FIND_INDEXES, INDEXES),
        ("function ", _FIND_FUNCTIONS, functions()),
    ):
        found = dict(_all(conn, query))
        for name in sorted(made):
            if found.get(name) != made[name]:
                yield _down(f"{kind}{name}")
        for name in sorted(found.keys() - made.keys()):
            yield _down(f"unknown {kind}{name}")
    for (name,) in _all(conn, _FIND_SETTINGS):
        yield _down(f"setting {name}")


def misplaced(conn: Connection[Any], upto: int) -> Iterator[Finding]:
    """Yield what the columns beside the leaf's say wrongly, and events that stand before the first.

    Also if there are more or fewer events than the log's size: that means something only where all that are
    found by their positions are as logged, and is of an index then.
    """
    for (position,) in _all(conn, "select position from ledger.events where position < 1 limit 100"):
        yield finding(Code.INSERTED, first=position, last=position)
    with conn.transaction():
        conn.execute("set local enable_seqscan = on")
        conn.execute("set local enable_indexscan = off")
        conn.execute("set local enable_indexonlyscan = off")
        conn.execute("set local enable_bitmapscan = off")
        ((count,),) = conn.execute(_COUNT, (upto,)).fetchall()
        if count != upto:
            yield finding(Code.HIDDEN, count=count, size=upto)
    for (position,) in conn.execute(_COMMANDS, (upto, SHOWN)):
        yield finding(Code.COLUMN_DIFFERS, position=position)


def _down(guard: str) -> Finding:
    return finding(Code.GUARD_DOWN, guard=guard)


def _all(conn: Connection[Any], query: LiteralString) -> list[tuple[Any, ...]]:
    return conn.execute(query).fetchall()
