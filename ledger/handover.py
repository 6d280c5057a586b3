"""Handing the persons' keys on with a log: JSON Lines, a head and a key a line, each still wrapped.

Whoever has the file has no key yet: it takes the master key, which is a file of its own (`ledger.masters`).
What is taken in has to open with it, and to be asked for by the log that is there: a key that a later
forgetting destroyed stays destroyed, however old the file.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row

from ledger.checkpoints import log_origin
from ledger.errors import KeyFileWrong, KeysOfAnotherLedger, NotFounded
from ledger.masters import Masters
from ledger.personal import IDENTITY, MASTER, masters_of
from ledger.rotation import LOCK, NAME
from ledger.sealing import DataKey
from ledger.textual import base64_of

FORMAT: Final = "zhucun-personal-keys-v1"

_ALL: Final = "select id, person, master, wrapped from personal.key where wrapped is not null order by id"
_TOLD: Final = """
select given.id, nominated.first, forgotten.last
from unnest(%s::uuid[], %s::uuid[]) given (id, person)
cross join lateral (
    select min(e.originator_version) as first from ledger.events e
    where e.originator_id = given.person and e.topic = 'Instructor.Nominated'
        and convert_from(e.state, 'UTF8')::jsonb #>> '{form,key}' = given.id::text
) nominated
cross join lateral (
    select max(e.originator_version) as last from ledger.events e
    where e.originator_id = given.person and e.topic = 'Instructor.Forgotten'
) forgotten
"""
_THERE: Final = "select wrapped is not null from personal.key where id = %s"
_ADD: Final = """
insert into personal.key (id, person, master, wrapped) values (%s, %s, %s, %s)
on conflict (person) where wrapped is not null do nothing
"""
_PUT_BACK: Final = """
update personal.key set master = %s, wrapped = %s, destroyed_at = null where id = %s
    and not exists (select from personal.key k where k.person = %s and k.wrapped is not null)
"""

_encode: Final = msgspec.json.Encoder().encode


class Fate(StrEnum):
    """What becomes of a key of a file."""

    ADDED = "added"
    THERE = "there"
    FORGOTTEN = "forgotten"
    """The log says that it was destroyed: it is not taken in."""
    UNASKED = "unasked"
    """Nothing in the log is sealed with it."""
    REPLACED = "replaced"
    """The person has another key in use by now: this one is not taken in."""


class _Head(msgspec.Struct):
    format: str
    origin: str
    master: str | None
    keys: int


class _Line(msgspec.Struct):
    id: UUID
    person: UUID
    master: str
    wrapped: str


class _Given(NamedTuple):
    key: DataKey
    person: UUID


def export_keys(conn: Connection[Any], write: Callable[[bytes], object]) -> int:
    """Write the keys in use, each as it is wrapped, and return their number.

    Raises:
        NotFounded: there is no ledger.
    """
    with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        named = cursor.execute(MASTER).fetchone()
        rows = cursor.execute(_ALL).fetchall()
        head = _Head(FORMAT, _origin(conn), named[0] if named else None, len(rows))
    write(_encode(head) + b"\n")
    for key, person, master, wrapped in rows:
        write(_encode(_Line(key, person, master, base64_of(wrapped))) + b"\n")
    return len(rows)


def import_keys(conn: Connection[Any], root: Path, lines: Iterable[bytes]) -> Counter[Fate]:
    """Take in the keys of a file, all that are asked for or none, and return how many had which fate.

    They are wrapped by the master key of this ledger; one that has none yet gets that of the file.

    Args:
        conn: of the owner of the ledger, in autocommit mode.
        root: folder of the keys of all logs, with the master key of the file.
        lines: of the file, the head first.

    Raises:
        KeyFileWrong: it is not as it was written.
        KeysOfAnotherLedger: it is of another one.
        MasterKeyMissing, MasterKeyDamaged, PersonalKeyDamaged: a key cannot be unwrapped here.
        NotFounded: there is no ledger.
    """
    masters = masters_of(root, conn.execute(IDENTITY).fetchall())
    source = enumerate(lines, start=1)
    head = _head(source)
    if (origin := _origin(conn)) != head.origin:
        raise KeysOfAnotherLedger(found=head.origin, origin=origin)
    given = [_given(line, number, masters) for number, line in source]
    if len(given) != head.keys:
        number, found = len(given) + 1, f"{len(given)} / {head.keys}"
        raise KeyFileWrong(line=number, zh=f"密钥不全:{found}", en=f"it is cut short: {found} keys")
    fates = Counter[Fate]()
    with conn.transaction():
        conn.execute(LOCK)
        for it, fate in zip(given, _judged(conn, given), strict=True):
            fates[_added(conn, it, masters, head) if fate is Fate.ADDED else fate] += 1
    return fates


def _origin(conn: Connection[Any]) -> str:
    identity = conn.execute(IDENTITY).fetchone()
    if identity is None:
        raise NotFounded
    return log_origin(identity[0], simulated=identity[1])


def _head(source: Iterator[tuple[int, bytes]]) -> _Head:
    _, line = next(source, (1, b""))
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.MsgspecError as error:
        raise KeyFileWrong(line=1, zh=f"不是密钥文件:{error}", en=f"no file of keys: {error}") from error
    if head.format != FORMAT:
        raise KeyFileWrong(line=1, zh="格式不明", en=f"not of the format {FORMAT}")
    return head


def _given(line: bytes, number: int, masters: Masters) -> _Given:
    try:
        told = msgspec.json.decode(line, type=_Line)
        wrapped = b64decode(told.wrapped, validate=True)
    except ValueError as error:
        raise KeyFileWrong(line=number, zh=f"无法读取:{error}", en=str(error)) from error
    return _Given(masters.get(told.master).unwrap(told.id, told.person, wrapped), told.person)


def _judged(conn: Connection[Any], given: list[_Given]) -> Iterator[Fate]:
    """Yield for each key what the log, and the keys that are there, have to say."""
    asked = [it.key.id for it in given], [it.person for it in given]
    told = {key: (first, last) for key, first, last in conn.execute(_TOLD, asked)}
    for it in given:
        first, last = told[it.key.id]
        if first is None:
            yield Fate.UNASKED
        elif last is not None and first < last:
            yield Fate.FORGOTTEN
        else:
            yield Fate.THERE if conn.execute(_THERE, (it.key.id,)).fetchone() == (True,) else Fate.ADDED


def _added(conn: Connection[Any], it: _Given, masters: Masters, head: _Head) -> Fate:
    """Keep a key that the log asks for, unless the person has another by now."""
    if (named := conn.execute(MASTER).fetchone()) is None and head.master is not None:
        masters.get(head.master)
        conn.execute(NAME, (head.master,))
    master = masters.get(named[0] if named else head.master or "")
    wrapped = master.wrap(it.key, it.person)
    if conn.execute(_THERE, (it.key.id,)).fetchone() == (False,):
        found = conn.execute(_PUT_BACK, (master.id, wrapped, it.key.id, it.person))
    else:
        found = conn.execute(_ADD, (it.key.id, it.person, master.id, wrapped))
    return Fate.ADDED if found.rowcount else Fate.REPLACED
