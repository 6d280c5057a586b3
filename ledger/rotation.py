"""Replacing the master key, and destroying persons' keys that the log says are gone.

Whatever was copied before, of the database or of a key that was destroyed since, the new master key does not
open. The file of the new one is on the disk before anything is wrapped by it, and the old are removed when
nothing is wrapped by them any more: killed at any moment, a rotation has happened or has not, and the next
one clears away what it left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from ledger.errors import KeysUnusable
from ledger.personal import IDENTITY, masters_of
from ledger.sealing import DataKey

LOCK: Final = "lock table personal.master in exclusive mode"
"""Nobody's key is kept while this is held: `personal.keep` waits."""

NAME: Final = """
insert into personal.master (id) values (%s)
on conflict (only_row) do update set id = excluded.id, since = clock_timestamp()
"""

LEFT_OVER: Final = """
select told.id from (
    select k.id, k.person, max(f.originator_version) as forgotten
    from personal.key k
    join ledger.events f on f.originator_id = k.person and f.topic = 'Instructor.Forgotten'
    where k.wrapped is not null
    group by k.id, k.person
) told
where exists (
    select from ledger.events n
    where n.originator_id = told.person and n.topic = 'Instructor.Nominated'
        and n.originator_version < told.forgotten
        and convert_from(n.state, 'UTF8')::jsonb #>> '{form,key}' = told.id::text
)
"""
"""Keys that are there although the log says that they were destroyed: put back from an older copy."""

_DESTROY: Final = """
update personal.key set wrapped = null, destroyed_at = clock_timestamp()
where id = any(%s) and wrapped is not null
"""
_ALL: Final = "select id, person, master, wrapped from personal.key where wrapped is not null for update"
_REWRAP: Final = "update personal.key set master = %s, wrapped = %s where id = %s"


class Rotation(NamedTuple):
    """What a rotation did.

    Attributes:
        master: id of the new master key.
        wrapped: number of persons' keys that it wraps.
        destroyed: number of keys that were there although the log says that they were destroyed.
        lost: number of keys that were given up because nothing here opens them.
    """

    master: str
    wrapped: int
    destroyed: int
    lost: int


class _Row(NamedTuple):
    id: UUID
    person: UUID
    master: str
    wrapped: bytes


def rotate(conn: Connection[Any], root: Path, *, lost: bool = False) -> Rotation:
    """Wrap every person's key by a new master key, and destroy all others.

    Args:
        conn: of the owner of the ledger, in autocommit mode.
        root: folder of the keys of all logs.
        lost: give up the keys that nothing here opens: what they sealed is never read again.

    Raises:
        NotFounded, MasterKeyMissing, MasterKeyDamaged, PersonalKeyDamaged, CannotSign: nothing was replaced.
    """
    masters = masters_of(root, conn.execute(IDENTITY).fetchall())
    with masters.folder.locked():
        with conn.transaction(), conn.cursor(row_factory=class_row(_Row)) as cursor:
            conn.execute(LOCK)
            destroyed, given_up = _destroy_left_over(conn), list[UUID]()
            opened = list[tuple[DataKey, UUID]]()
            for row in cursor.execute(_ALL).fetchall():
                try:
                    key = masters.get(row.master).unwrap(row.id, row.person, row.wrapped)
                except KeysUnusable:
                    if not lost:
                        raise
                    given_up.append(row.id)
                else:
                    opened.append((key, row.person))
            conn.execute(_DESTROY, (given_up,))
            new = masters.make()
            for key, person in opened:
                cursor.execute(_REWRAP, (new.id, new.wrap(key, person), key.id))
            conn.execute(NAME, (new.id,))
        masters.destroy_but(new.id)
    return Rotation(new.id, len(opened), destroyed, len(given_up))


def _destroy_left_over(conn: Connection[Any]) -> int:
    """Destroy the keys that the log says are gone, and return how many were there."""
    gone = [key for (key,) in conn.execute(LEFT_OVER)]
    return conn.execute(_DESTROY, (gone,)).rowcount
