"""The guards of the ledger: triggers that refuse changes, keys that refuse twins, and the functions behind.

They stop an ordinary session; an owner can switch them off. That one is off, or is not what the migrations
made, tells that somebody was at work, or that the next mistake will go through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, LiteralString

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import SHOWN, Finding, finding
from ledger.database import MIGRATIONS

_APPENDED: Final = ("checkpoint", "events", "restoration", "signature", "signing_key", "tree_node", "witness")
_TRIGGER: Final = (
    "{mode} CREATE TRIGGER {name} BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.{table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
)
_TRIGGERS: Final[Mapping[str, str]] = {
    **{
        f"only_appended on ledger.{table}": _TRIGGER.format(mode="A", name="only_appended", table=table)
        for table in _APPENDED
    },
    "written_once on ledger.identity": _TRIGGER.format(mode="A", name="written_once", table="identity"),
    "only_by_append on ledger.events": (
        "O CREATE TRIGGER only_by_append BEFORE INSERT ON ledger.events FOR EACH STATEMENT WHEN "
        "((current_setting('zhucun.appending'::text, true) IS DISTINCT FROM 'on'::text)) "
        "EXECUTE FUNCTION ledger.refuse_insert()"
    ),
    "forgotten on ledger.events": (
        "A CREATE TRIGGER forgotten AFTER INSERT ON ledger.events FOR EACH ROW WHEN "
        "((new.topic = 'Instructor.Forgotten'::text)) EXECUTE FUNCTION ledger.destroy_keys()"
    ),
    "readable on ledger.events": (
        "A CREATE TRIGGER readable AFTER INSERT ON ledger.events FOR EACH ROW WHEN "
        "((new.topic = 'Instructor.Nominated'::text)) EXECUTE FUNCTION ledger.refuse_destroyed_key()"
    ),
}
_CONSTRAINTS: Final[Mapping[str, str]] = {
    "checkpoint_pkey": "ledger.checkpoint PRIMARY KEY (size)",
    "checkpoint_root_check": "ledger.checkpoint CHECK ((octet_length(root) = 32))",
    "checkpoint_size_check": "ledger.checkpoint CHECK ((size >= 0))",
    "events_originator_version_check": "ledger.events CHECK ((originator_version >= 0))",
    "events_pkey": "ledger.events PRIMARY KEY (originator_id, originator_version)",
    "events_position_check": 'ledger.events CHECK (("position" > 0))',
    "events_position_key": 'ledger.events UNIQUE ("position")',
    "events_topic_check": "ledger.events CHECK ((topic <> ''::text))",
    "identity_county_check": "ledger.identity CHECK ((county <> ''::text))",
    "identity_only_row_check": "ledger.identity CHECK (only_row)",
    "identity_origin_check": "ledger.identity CHECK ((origin <> ''::text))",
    "identity_pkey": "ledger.identity PRIMARY KEY (only_row)",
    "migration_pkey": "ledger.migration PRIMARY KEY (component, name)",
    "restoration_only_row_check": "ledger.restoration CHECK (only_row)",
    "restoration_pkey": "ledger.restoration PRIMARY KEY (only_row)",
    "restoration_root_check": "ledger.restoration CHECK ((octet_length(root) = 32))",
    "serving_only_row_check": "ledger.serving CHECK (only_row)",
    "serving_pkey": "ledger.serving PRIMARY KEY (only_row)",
    "signature_key_id_check": "ledger.signature CHECK ((octet_length(key_id) = 4))",
    "signature_pkey": "ledger.signature PRIMARY KEY (size, name, key_id)",
    "signature_size_fkey": "ledger.signature FOREIGN KEY (size) REFERENCES ledger.checkpoint(size)",
    "signing_key_number_check": "ledger.signing_key CHECK ((number > 0))",
    "signing_key_pkey": "ledger.signing_key PRIMARY KEY (number)",
    "signing_key_vkey_key": "ledger.signing_key UNIQUE (vkey)",
    "tree_node_hash_check": "ledger.tree_node CHECK ((octet_length(hash) = 32))",
    "tree_node_index_check": "ledger.tree_node CHECK ((index >= 0))",
    "tree_node_level_check": "ledger.tree_node CHECK (((level >= 0) AND (((level)::integer % 4) = 0)))",
    "tree_node_pkey": "ledger.tree_node PRIMARY KEY (level, index)",
    "witness_pkey": "ledger.witness PRIMARY KEY (vkey)",
}
_TABLES: Final[Mapping[str, str]] = {
    f"ledger.{table}": "ordinary" for table in (*_APPENDED, "identity", "migration", "serving")
}
_ROWS: Final = "uuid[], bigint[], text[], bytea[], uuid[], timestamp with time zone[]"
_CAREFUL: Final = "{search_path=pg_catalog}"
_MORE_CAREFUL: Final = '{"search_path=pg_catalog, pg_temp"}'
_FUNCTIONS: Final[Mapping[str, str]] = {
    f"append({_ROWS})": f"bigint plpgsql f v definer u {_MORE_CAREFUL}",
    "destroy_keys()": f"trigger plpgsql f v definer u {_MORE_CAREFUL}",
    "grant_serving()": f"boolean plpgsql f v u {_MORE_CAREFUL}",
    "position_at(timestamp with time zone)": "bigint sql f s s",
    "refuse_destroyed_key()": f"trigger plpgsql f v definer u {_MORE_CAREFUL}",
    "refuse_change()": f"trigger plpgsql f v u {_CAREFUL}",
    "refuse_insert()": f"trigger plpgsql f v u {_CAREFUL}",
    f"restore({_ROWS}, bigint)": f"bigint plpgsql f v u {_MORE_CAREFUL}",
}
"""What is said of a function before its body, which stands in the migrations."""

_BODY: Final = re.compile(
    r"^create (?:or replace )?function ledger\.(\w+)\(.*?^\$\$(.*?)^\$\$;", re.MULTILINE | re.DOTALL
)

_FIND_TRIGGERS: Final = """
select t.tgname || ' on ledger.' || c.relname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'ledger'::regnamespace and not t.tgisinternal
"""
# That a column is not null is a constraint in some versions of PostgreSQL, and none in others.
_FIND_CONSTRAINTS: Final = """
select c.conname, concat_ws(
    ' ', c.conrelid::regclass::text, pg_get_constraintdef(c.oid),
    case when not c.convalidated then 'not valid' end,
    case when not (i.indisvalid and i.indisready and i.indislive) then 'out of use' end
)
from pg_constraint c left join pg_index i on i.indexrelid = c.conindid and c.contype in ('p', 'u')
where c.connamespace = 'ledger'::regnamespace and c.contype <> 'n'
"""
_FIND_TABLES: Final = """
select 'ledger.' || c.relname, case
    when c.relkind = 'r' and c.relpersistence = 'p' and not c.relrowsecurity and not c.relhasrules
        and not exists (select from pg_inherits i where c.oid in (i.inhparent, i.inhrelid))
    then 'ordinary' else 'extraordinary'
end
from pg_class c where c.relnamespace = 'ledger'::regnamespace and c.relkind not in ('i', 't', 'c')
"""
_FIND_FUNCTIONS: Final = """
select p.proname || '(' || oidvectortypes(p.proargtypes) || ')', concat_ws(
    ' ', format_type(p.prorettype, null), l.lanname, p.prokind::text, p.provolatile::text,
    case when p.prosecdef then 'definer' end, case when p.proisstrict then 'strict' end, p.proparallel::text,
    p.proconfig::text
) || p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')
from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = 'ledger'::regnamespace
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
        conn: to the database; names outside its search path, which has not `ledger`, are told in full.
    """
    for kind, query, made in (
        ("trigger ", _FIND_TRIGGERS, _TRIGGERS),
        ("table ", _FIND_TABLES, _TABLES),
        ("constraint ", _FIND_CONSTRAINTS, _CONSTRAINTS),
        ("function ledger.", _FIND_FUNCTIONS, _functions()),
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


def _functions() -> dict[str, str]:
    """Return what the migrations made the functions, the latest of a name."""
    bodies: dict[str, str] = {}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        bodies.update(_BODY.findall(path.read_text(encoding="utf-8")))
    return {name: says + bodies[name.partition("(")[0]] for name, says in _FUNCTIONS.items()}


def _down(guard: str) -> Finding:
    return finding(Code.GUARD_DOWN, guard=guard)


def _all(conn: Connection[Any], query: LiteralString) -> list[tuple[Any, ...]]:
    return conn.execute(query).fetchall()
