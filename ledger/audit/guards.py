"""The guards of the ledger: triggers that refuse changes, keys that refuse twins, and the functions behind.

They stop an ordinary session; an owner can switch them off. That one is off tells that somebody was at work,
or that the next mistake will go through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, LiteralString

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import SHOWN, Finding, finding
from ledger.database import MIGRATIONS

_TABLES: Final = (
    "events",
    "identity",
    "tree_node",
    "signing_key",
    "checkpoint",
    "signature",
    "witness",
    "restoration",
)
_TRIGGERS: Final = {(table, "only_appended"): "A" for table in _TABLES if table != "identity"} | {
    ("identity", "written_once"): "A",
    ("events", "only_by_append"): "O",
}
_CONSTRAINTS: Final = {
    "events_pkey",
    "events_position_key",
    "events_position_check",
    "events_originator_version_check",
    "identity_pkey",
    "tree_node_pkey",
    "signing_key_pkey",
    "checkpoint_pkey",
    "signature_pkey",
    "signature_size_fkey",
}
_FIND_TRIGGERS: Final = """
select c.relname, t.tgname, t.tgenabled::text, p.proname
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
where c.relnamespace = 'ledger'::regnamespace and not t.tgisinternal
"""
_FIND_CONSTRAINTS: Final = """
select c.conname from pg_constraint c
where c.connamespace = 'ledger'::regnamespace and c.convalidated
"""
_FIND_FUNCTIONS: Final = """
select p.proname, p.prosrc from pg_proc p where p.pronamespace = 'ledger'::regnamespace order by p.proname
"""
_FUNCTIONS: Final = {
    "append",
    "grant_serving",
    "position_at",
    "refuse_change",
    "refuse_insert",
    "restore",
}
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


def guards_down(conn: Connection[Any]) -> Iterator[Finding]:
    """Yield the guards that are not as the migrations made them."""
    found = {
        (table, name): (enabled, function) for table, name, enabled, function in _all(conn, _FIND_TRIGGERS)
    }
    for (table, name), enabled in _TRIGGERS.items():
        function = "refuse_insert" if name == "only_by_append" else "refuse_change"
        if found.get((table, name)) != (enabled, function):
            yield _down(f"trigger {name} on ledger.{table}")
    for table, name in sorted(found.keys() - _TRIGGERS.keys()):
        yield _down(f"unknown trigger {name} on ledger.{table}")
    constraints = {name for (name,) in _all(conn, _FIND_CONSTRAINTS)}
    for name in sorted(_CONSTRAINTS - constraints):
        yield _down(f"constraint {name}")
    functions = dict(_all(conn, _FIND_FUNCTIONS))
    made = [path.read_text(encoding="utf-8") for path in sorted(MIGRATIONS.glob("*.sql"))]
    for name in sorted(_FUNCTIONS - functions.keys()):
        yield _down(f"function ledger.{name}")
    for name, body in functions.items():
        latest = next((text for text in reversed(made) if f"function ledger.{name}(" in text), "")
        if body not in latest:
            yield _down(f"function ledger.{name}")


def misplaced(conn: Connection[Any], upto: int) -> Iterator[Finding]:
    """Yield what the columns beside the leaf's say wrongly, and events that stand before the first."""
    for (position,) in _all(conn, "select position from ledger.events where position < 1 limit 100"):
        yield finding(Code.INSERTED, first=position, last=position)
    for (position,) in conn.execute(_COMMANDS, (upto, SHOWN)):
        yield finding(Code.COLUMN_DIFFERS, position=position)


def _down(guard: str) -> Finding:
    return finding(Code.GUARD_DOWN, guard=guard)


def _all(conn: Connection[Any], query: LiteralString) -> list[tuple[Any, ...]]:
    return conn.execute(query).fetchall()
