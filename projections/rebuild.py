"""The rebuild: a second read schema is filled beside the first and takes its place when it says the same.

Readers and the projector go on meanwhile. The functions of a schema are bound to its tables, so both follow
when the schema is renamed; a statement under way finishes on the old one, which is dropped when none is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.database import connect
from ledger.sealing import Keyring
from ledger.tree import Grown, Log
from projections import rollups
from projections.content import Difference, differences
from projections.follower import CHANNEL, Follower, Poison
from projections.projector import head, tidy
from projections.schema import NEXT, OLD, READ, drop, make

REBUILDING: Final = 0x7A68_7563_756E_03
"""The advisory lock of the one that rebuilds."""

PATIENCE: Final = 30.0
"""Seconds to wait for statements that began before the swap, before the old schema is left for later."""

_logger = logging.getLogger(__name__)


class RebuildUnderWay(Exception):  # noqa: N818 - named as what is so
    """Another process rebuilds this database's read side."""

    def __init__(self) -> None:
        super().__init__("另一进程正在重建读表。 Another process is rebuilding the read side.")


class ViewsInTheWay(Exception):  # noqa: N818 - named as what is so
    """Views outside the read schema stand on it; they would stay behind on the old one."""

    def __init__(self, views: list[str]) -> None:
        names = ", ".join(views)
        super().__init__(
            f"以下视图依赖读表,请先删除,重建后再建:{names}。 "
            f"These views stand on the read side: drop them, and make them again afterwards: {names}."
        )
        self.views = views


@dataclass(frozen=True)
class RebuildReport:
    """What a rebuild came to.

    Attributes:
        position: where the two schemas were compared.
        swapped: whether the rebuilt one took over; if not, it stays as `read_next`, to be looked into.
        differences: tables whose content differed, but for what an earlier version did not have yet;
            empty: they said the same.
        stopped_at: an event that could not be projected, so that the rebuilt schema stands before it.
    """

    position: int
    swapped: bool
    differences: tuple[Difference, ...]
    stopped_at: int | None


def rebuild(
    conninfo: str,
    keys: Keyring,
    progress: Callable[[int, int], None] | None = None,
    *,
    accept_difference: bool = False,
) -> RebuildReport:
    """Fill the read side anew from the ledger, compare, and swap when the content agrees.

    Args:
        conninfo: of the database, as the owner of the read schema.
        keys: open what is sealed.
        progress: told the position reached and the position aimed at, after each batch.
        accept_difference: swap even so: for a program whose facts have another meaning or shape than the
            live schema's, or when the live content is known to be wrong.

    Raises:
        RebuildUnderWay: by somebody else.
        ViewsInTheWay: something outside stands on the read schema.
    """
    with connect(conninfo) as conn, _alone(conn):
        if views := [name for (name,) in conn.execute(_VIEWS, (READ,))]:
            raise ViewsInTheWay(views)
        for left_over in (NEXT, OLD):
            drop(conn, left_over)
        make(conn, NEXT)
        follower = Follower(conn, NEXT, keys=keys)
        follower.look()
        stopped_at = _fill(conn, follower, progress)
        tidy(conn, NEXT)
        while follower.refresh():
            pass
        rollups.tidy(conn, NEXT)
        position = min(follower.position, _position(conn, READ))
        found = tuple(differences(conn, READ, NEXT, position))
        behind = follower.position < _position(conn, READ) and stopped_at is not None
        swapped = accept_difference or not (found or behind)
        if swapped:
            _swap(conn, follower)
            _retire(conn)
        return RebuildReport(position, swapped, found, stopped_at)


@contextmanager
def _alone(conn: Connection[Any]) -> Iterator[None]:
    """Hold the lock of the one that rebuilds; a session that ends lets go of it only some time later."""
    if conn.execute("select pg_try_advisory_lock(%s)", (REBUILDING,)).fetchone() != (True,):
        raise RebuildUnderWay
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("select pg_advisory_unlock(%s)", (REBUILDING,))


def _fill(
    conn: Connection[Any], follower: Follower, progress: Callable[[int, int], None] | None
) -> int | None:
    """Project all events into the schema; return the position that stopped it, if one did."""
    aim = head(conn)
    try:
        while follower.advance():
            if progress is not None:
                progress(follower.position, max(aim, follower.position))
    except Poison as poison:
        return poison.position
    return None


# Swapping.


def _swap(conn: Connection[Any], follower: Follower) -> None:
    """Let the rebuilt schema catch up and take the live one's name, in one transaction."""
    _catch_up(follower, None)
    with conn.transaction():
        # The projector's transactions begin with this row: it waits here, and then finds the row's digest
        # changed and looks anew, at the schema that has the name by then.
        live = conn.execute(
            SQL("update {} set schema_digest = 'replaced' returning position").format(
                Identifier(READ, "projector")
            )
        ).fetchone()
        _catch_up(follower, None if live is None else live[0])
        _log(conn, follower.position)
        for schema, name in ((READ, OLD), (NEXT, READ)):
            conn.execute(SQL("alter schema {} rename to {}").format(Identifier(schema), Identifier(name)))
        conn.execute("select pg_notify(%s, %s)", (CHANNEL, str(follower.position)))


def _catch_up(follower: Follower, upto: int | None) -> None:
    with suppress(Poison):
        while follower.advance(upto):
            pass


def _log(conn: Connection[Any], upto: int) -> None:
    """Let the log have all that the rebuilt schema has, which may be ahead of the live one."""
    log = Log()
    while log.look(conn) < upto:
        with suppress(Grown):
            log.catch_up(conn, upto)


def _retire(conn: Connection[Any]) -> None:
    """Drop the old schema when no transaction is left that may have begun with it."""
    ((swapped_at,),) = conn.execute("select clock_timestamp()").fetchall()
    until = monotonic() + PATIENCE
    while conn.execute(_OLDER, (swapped_at,)).fetchone() == (True,):
        if monotonic() > until:
            _logger.warning(
                "Statements older than the swap are under way; %s goes with the next rebuild.", OLD
            )
            return
        sleep(0.05)
    drop(conn, OLD)


def _position(conn: Connection[Any], schema: str) -> int:
    found = conn.execute(SQL("select position from {}").format(Identifier(schema, "projector"))).fetchone()
    return 0 if found is None else int(found[0])


_OLDER = """
select exists (
    select from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid()
        and a.backend_type = 'client backend' and a.xact_start < %s
)
"""
_VIEWS = """
select distinct v.oid::regclass::text
from pg_depend d
join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
join pg_class v on v.oid = r.ev_class
left join pg_proc f on d.refclassid = 'pg_proc'::regclass and f.oid = d.refobjid
left join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
join pg_namespace n on n.oid = coalesce(f.pronamespace, t.relnamespace) and n.nspname = %s
where v.relnamespace <> n.oid
order by 1
"""
