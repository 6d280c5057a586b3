"""What a read schema is made of, as texts that do not name it, so that two schemas can be compared."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier

# With the schema as the search path, PostgreSQL writes the names in it without naming the schema.
_DEFINITIONS: Final = """
select
    'function', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    concat_ws(
        E'\\n', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname, p.provolatile,
        p.proisstrict, p.prosecdef, p.proparallel, p.proconfig::text, p.prosrc, pg_get_function_sqlbody(p.oid)
    )
from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = %(schema)s::regnamespace
union all
select 'view', c.relname, pg_get_viewdef(c.oid)
from pg_class c
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('v', 'm')
union all
select 'trigger', c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid, true) || t.tgenabled::text
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = %(schema)s::regnamespace and not t.tgisinternal
union all
select
    'table', c.relname,
    concat_ws(
        E'\\n', c.relkind, c.relrowsecurity,
        (
            select string_agg(
                concat_ws(
                    ' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
                    pg_get_expr(d.adbin, d.adrelid)
                ),
                E'\\n' order by a.attnum
            )
            from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        ),
        (select string_agg(r.rulename || r.ev_enabled::text, E'\\n' order by r.rulename)
         from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN')
    )
from pg_class c
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p', 'f')
"""


def definitions(conn: Connection[Any], schema: str) -> dict[tuple[str, str], str]:
    """Return the text of each function, view, trigger and table of a schema, by its kind and name."""
    with conn.transaction():
        conn.execute(SQL("set local search_path = {}, pg_catalog").format(Identifier(schema)))
        found = conn.execute(_DEFINITIONS, {"schema": schema}).fetchall()
    return {(kind, name): text for kind, name, text in found}
