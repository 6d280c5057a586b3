"""How far a ledger and its log go, as an audit finds them at one moment, and what lies beyond their ends."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import SHOWN, Finding, finding

_COUNTED: Final = """
select (select coalesce(max(size), 0) from ledger.checkpoint),
    (select coalesce(max(position), 0) from ledger.events),
    (select count(*) from ledger.tree_node where level = 0),
    (select coalesce(max(index) + 1, 0) from ledger.tree_node where level = 0)
"""
# One that lies far out must not make the log seem longer than anybody could walk.
_BOUNDED: Final = """
select coalesce(max(index) + 1, 0) from ledger.tree_node
where level = 0 and index < greatest(%s, (select count(*) from ledger.events))
"""
_STRAY: Final = """
select n.level, n.index
from generate_series(0, 60, 4) as l (level)
cross join lateral (
    select t.level, t.index from ledger.tree_node t
    where t.level = l.level::smallint and t.index >= (%(size)s::bigint >> l.level) order by t.index
    limit %(shown)s
) n
union all
(select level, index from ledger.tree_node where level > 60 limit %(shown)s)
"""
_GAPS: Final = """
select placed.before + 1, placed.position - 1
from (
    select e.position, lag(e.position, 1, %(size)s) over (order by e.position) as before
    from ledger.events e where e.position > %(size)s
) placed
where placed.position > placed.before + 1
order by placed.position limit %(shown)s
"""


class Extent(NamedTuple):
    """How far it goes.

    Attributes:
        size: of the log.
        head: the last event's position.
        signed: the greatest size that was signed, of those that the database keeps.
        strays: nodes of the tree beyond its end.
        gaps: positions beyond the log's end that no event has, and later events are there.
    """

    size: int
    head: int
    signed: int
    strays: tuple[Finding, ...]
    gaps: tuple[Finding, ...]


def extent_of(conn: Connection[Any]) -> Extent:
    """Return how far a ledger and its log go; what comes later is another audit's."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        ((signed, head, leaves, size),) = conn.execute(_COUNTED).fetchall()
        if leaves != size:
            ((size,),) = conn.execute(_BOUNDED, (leaves,)).fetchall()
        beyond = {"size": size, "shown": SHOWN}
        strays = conn.execute(_STRAY, beyond).fetchall()
        gaps = conn.execute(_GAPS, beyond).fetchall()
    return Extent(
        size,
        head,
        signed,
        tuple(finding(Code.STRAY_NODE, level=level, number=number, size=size) for level, number in strays),
        tuple(finding(Code.GAP, first=first, last=last) for first, last in gaps),
    )
